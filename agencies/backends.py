"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from agencies.models import SignIn, User


class SessionBackend(AuthenticationBackend):
    """allauth's, but that a person comes with the sign-in in force: every page asks for both."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session with `open_sign_in`; None for a closed account. One query, two without a sign-in."""
        found = SignIn.objects.select_related("user").filter(user_id=user_id, ended_at=None).first()
        if found is None:
            return super().get_user(user_id)
        person = found.user
        person.open_sign_in = found  # type: ignore[attr-defined]
        return person if self.user_can_authenticate(person) else None
