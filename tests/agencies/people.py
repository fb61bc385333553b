"""What the tests of an agency's people do: find somebody's place, and change it as an administrator."""

from __future__ import annotations

import re

from agencies.models import Membership
from agencies.services import people as service
from tests.cast import acting, agency


def place(name: str) -> Membership:
    return Membership.objects.get(user__email__startswith=f"{name}@")


def do(who: str, verb: str, /, **values):
    with acting(who) as actor:
        return getattr(service, verb)(actor=actor, **values)


def invite(who: str = "ada", code: str = "POL", /, **values) -> Membership:
    values = {"email": "Zoe@Police.example", "name": "Zoe Quill", "roles": ["caseworker"]} | values
    return do(who, "person_invite", agency=agency(code), **values)


def mail_link(inbox) -> str:
    body = inbox.messages[-1].get_content()
    return re.search(r"https?://[^/\s]+(/accounts/\S+)", body).group(1)
