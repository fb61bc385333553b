"""A machine's client: JSON in and out, with a bearer token of one of the cast."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from agencies.services.token import token_create
from kernel.actors import system_actor
from tests.cast import cast_get


@pytest.fixture
def api_for(cast: Any) -> Any:
    """`api_for("alice")`: an API client in her name."""

    def make(name: str, **options: Any) -> APIClient:
        _, secret = token_create(actor=system_actor("a test of the API"), user=cast_get()[name], **options)
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_ACCEPT="application/json")

    return make
