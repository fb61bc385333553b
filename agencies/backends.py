"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import FilteredRelation, Q, QuerySet

from agencies.models import User
from kernel.actors import ANONYMOUS, Actor
from kernel.prepared import Prepared


@Prepared
def _person_rows(actor: Actor, user_id: int) -> QuerySet:
    """A person with the sign-in in force, a row for each of their memberships. Asked of every page, before anybody acts."""
    people: Any = User.objects
    return (
        people.filter(pk=user_id)
        .annotate(
            now_in=FilteredRelation("sign_ins", condition=Q(sign_ins__ended_at=None)),
            place=FilteredRelation("memberships", condition=Q(memberships__is_active=True)),
        )
        .select_related("now_in", "place__agency")
        .order_by("place__pk")
    )


class SessionBackend(AuthenticationBackend):
    """allauth's, but that a person comes with the sign-in in force and their memberships: every page asks for all three."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session with `open_sign_in` (or None) and `memberships_found`; None for a closed account. One
        query, whose rows are a person's memberships; one row without where there are none.
        """
        rows = _person_rows(ANONYMOUS, int(user_id))
        if not rows:
            return None
        person: User = rows[0]
        # Where a row has none, Django sets no attribute.
        places = [place for row in rows if (place := getattr(row, "place", None)) is not None]
        person.open_sign_in = getattr(person, "now_in", None)  # type: ignore[attr-defined]
        person.memberships_found = [place for place in places if place.agency.is_active]  # type: ignore[attr-defined]
        return person if self.user_can_authenticate(person) else None
