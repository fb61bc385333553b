"""Devices on which somebody has signed in before, by a signed cookie.

Who guesses passwords from elsewhere uses up the attempts of unknown devices; the person herself goes on signing in on
hers. The cookie proves nothing else, and ends with the password that it was made under.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from agencies.models import User

COOKIE = "known_device"
_SALT = "agencies.devices"
_DAYS = 90
# A shared desk: the last few people who signed in there.
_PEOPLE = 5


def device_of(request: HttpRequest, user: User | None) -> str:
    """This device's own number, if the person has signed in on it before; else nothing."""
    return "" if user is None else _known(request).get(_mark(user), "")


def device_remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Note on the device that this person has signed in here."""
    known = _known(request)
    number = known.pop(_mark(user), "") or secrets.token_urlsafe(12)
    kept = dict([*known.items(), (_mark(user), number)][-_PEOPLE:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=_DAYS * 24 * 3600,
        path="/accounts/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        found: Any = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_DAYS * 24 * 3600)
    except signing.BadSignature:
        return {}
    return dict(found)


def _mark(user: User) -> str:
    """Whose device it is, without a name or an address, and only for the present password."""
    return salted_hmac(_SALT, f"{user.pk}:{user.password}", algorithm="sha256").hexdigest()[:24]
