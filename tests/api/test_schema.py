"""The OpenAPI schema is valid, and names every route of the API."""

from __future__ import annotations

import pytest
import yaml
from openapi_spec_validator import validate

from hatecase.api_urls import urlpatterns

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client):
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    return yaml.safe_load(answer.content)


def test_it_is_valid(schema):
    validate(schema)


def test_it_names_every_route(schema):
    import re

    named = {re.sub(r"\{\w+\}", "*", path) for path in schema["paths"]}
    routed = {
        "/api/v1/" + re.sub(r"<\w+:\w+>", "*", str(route.pattern)) for route in urlpatterns if route.name != "schema"
    }
    assert named == routed


def test_every_operation_says_how_it_refuses(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert {"401", "403"} <= operation["responses"].keys(), (path, method)
            assert operation["operationId"], (path, method)
            assert operation["description"], (path, method)
