"""Fixtures: a real mail server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail_server import Inbox, mail_server


@pytest.fixture
def inbox(settings) -> Iterator[Inbox]:
    """Mail goes to a real server on loopback meanwhile."""
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running
