"""Who is told of a deadline: whoever works it, whoever stands in for them, and the ladder above (docs/domain.md §3.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from agencies.choices import Role
from agencies.models import Membership
from incidents.models import Case, Cover
from incidents.selectors.audience import spoc_ids
from kernel import clock

_CONTACTS = frozenset({Role.SPOC.value, Role.DEPUTY_SPOC.value})


@dataclass
class People:
    """The points of contact, managers and chairs of every agency, and who stands in for whom today."""

    contacts: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    chairing: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    cover: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))

    def spocs(self, agency_id: int) -> tuple[int, ...]:
        """The points of contact of an agency and their deputies."""
        return tuple(self.contacts.get(agency_id, ()))

    def managers(self, agency_id: int) -> tuple[int, ...]:
        """The managers of an agency; where it has none its points of contact, so that the ladder does not end there."""
        return tuple(self.heads.get(agency_id, ())) or self.spocs(agency_id)

    def chairs(self, area: str) -> tuple[int, ...]:
        """The HASBAG chairs of an area."""
        return tuple(self.chairing.get(area, ()))

    def standing_in(self, agency_id: int, user_id: int | None) -> tuple[int, ...]:
        """Somebody, and whoever covers for them at that agency today; nobody for nobody."""
        return () if user_id is None else (user_id, *self.cover.get((agency_id, user_id), ()))

    def working(self, agency_id: int, *workers: int | None) -> tuple[int, ...]:
        """Who works a case that the agency leads: these, with whoever covers for them; else its points of contact."""
        found = [person for worker in workers for person in self.standing_in(agency_id, worker)]
        return tuple(dict.fromkeys(found)) or self.spocs(agency_id)


def at_work(agency_id: int, people: Iterable[int | None]) -> list[int]:
    """Those of these people whose account is open, and whoever covers for them at the agency today. One query."""
    wanted = [person for person in people if person is not None]
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_at_work(%s, %s, %s)", [agency_id, wanted, clock.today()])
        return sorted(row[0] for row in cursor.fetchall())


def case_workers(case: Case) -> list[int]:
    """Who works a case: its lead worker and deputy, with whoever covers for them; where there is nobody, the lead
    agency's points of contact. Two queries at most."""
    return at_work(case.lead_agency_id, [case.lead_worker_id, case.deputy_id]) or spoc_ids(case.lead_agency_id)


def people_load() -> People:
    """All of them. Two queries."""
    people = People()
    wanted = [*_CONTACTS, Role.MANAGER.value, Role.CHAIR.value]
    members = Membership.objects.filter(is_active=True, user__is_active=True, roles__overlap=wanted)
    for agency_id, user_id, roles, areas in members.order_by("user_id").values_list(
        "agency_id", "user_id", "roles", "agency__areas"
    ):
        if _CONTACTS & set(roles):
            people.contacts[agency_id].append(user_id)
        if Role.MANAGER in roles:
            people.heads[agency_id].append(user_id)
        if Role.CHAIR in roles:
            for area in areas:
                people.chairing[area].append(user_id)
    today = clock.today()
    covers = Cover.objects.unscoped(reason="reminders go to who covers as well").filter(
        ended_at=None, starts_on__lte=today, ends_on__gte=today, covering__is_active=True
    )
    for agency_id, away, covering in covers.order_by("covering_id").values_list("agency_id", "away_id", "covering_id"):
        people.cover[agency_id, away].append(covering)
    return people
