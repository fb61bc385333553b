"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import FilteredRelation, Q

from agencies.models import User


class SessionBackend(AuthenticationBackend):
    """allauth's, but that a person comes with the sign-in in force and their memberships: every page asks for all three."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session with `open_sign_in` (or None) and `memberships_found`; None for a closed account. One
        query, whose rows are a person's memberships; one row without where there are none.
        """
        people: Any = User.objects
        rows: list[Any] = list(
            people.filter(pk=user_id)
            .annotate(
                now_in=FilteredRelation("sign_ins", condition=Q(sign_ins__ended_at=None)),
                place=FilteredRelation("memberships", condition=Q(memberships__is_active=True)),
            )
            .select_related("now_in", "place__agency")
            .order_by("place__pk")
        )
        if not rows:
            return None
        person: User = rows[0]
        # Where a row has none, Django sets no attribute.
        places = [place for row in rows if (place := getattr(row, "place", None)) is not None]
        person.open_sign_in = getattr(person, "now_in", None)  # type: ignore[attr-defined]
        person.memberships_found = [place for place in places if place.agency.is_active]  # type: ignore[attr-defined]
        return person if self.user_can_authenticate(person) else None
