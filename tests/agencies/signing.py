"""Signing in by the page itself, as a person does, and the codes of an authenticator app."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from agencies.models import User

PASSWORD = "correct-horse-demo"


def sign_in(client: Client, email: str, password: str = PASSWORD, **data: str) -> Any:
    """Email address and password, sent to the sign-in page."""
    return client.post("/accounts/login/", {"login": email, "password": password, **data})


def code_of(secret: str, step: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def app_of(user: User) -> str:
    """Give somebody an authenticator app; answers its key."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret
