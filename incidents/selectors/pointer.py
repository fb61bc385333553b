"""Whether a partner may hold a record of somebody: whom to ask, and nothing else (docs/domain.md §5.5)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from agencies.choices import AgencyType, Role
from agencies.models import Agency
from incidents.choices import OPEN_STATUSES
from incidents.models import Case
from incidents.selectors.audience import ContactPoint, contact_points
from incidents.selectors.case_list import case_ids_newest
from incidents.selectors.text import case_written_by, text_shown
from kernel.actors import Actor

OFFERED = 50
NEWEST = 200


@dataclass(frozen=True)
class Pointer:
    """One place to ask: an agency, or information governance where the agency's name would say too much."""

    agency: str
    contacts: list[ContactPoint]
    desk: bool = False


def pointers(*, name: str, related: Case) -> list[Pointer]:
    """Whom to ask about somebody of this full name, for who works the related case. By the identity of this transaction.

    Three queries, whatever there is to find.
    """
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_pointers(%s, %s)", [name, related.pk])
        found = {row[0] for row in cursor.fetchall()}
    agencies = list(Agency.objects.filter(pk__in=found or {0}).order_by("name"))
    named = [agency for agency in agencies if not AgencyType(agency.type).gives_role_away]
    hidden = len(named) < len(agencies)
    points = contact_points([agency.pk for agency in named] or [0])
    answers = [Pointer(agency.name, [p for p in points if p.agency == agency.name]) for agency in named]
    return [*answers, *_governance()] if hidden else answers


def _governance() -> list[Pointer]:
    desks = list(Agency.objects.filter(type=AgencyType.GOVERNANCE, is_active=True).order_by("name"))
    points = contact_points([desk.pk for desk in desks], roles=(Role.GOVERNANCE,))
    return [Pointer(desk.name, [p for p in points if p.agency == desk.name], desk=True) for desk in desks]


def cases_related(*, actor: Actor) -> list[tuple[str, str]]:
    """The actor's open cases to choose from, as (reference, words): those they lead first, then the newest. Two queries."""
    cases = Case.objects.visible_to(actor).filter(status__in=OPEN_STATUSES)
    wanted = cases.filter(lead_worker_id=actor.user_id) | cases.filter(pk__in=case_ids_newest(NEWEST))
    rows = list(
        wanted.annotate(words=text_shown(actor, F("pk"), F("summary"), case_written_by(actor)))
        .order_by("-received_at", "-pk")
        .values_list("ref", "words", "lead_worker_id")[: OFFERED * 4]
    )
    rows.sort(key=lambda row: row[2] != actor.user_id)
    return [(ref, f"{ref} {words[:60]}".strip()) for ref, words, _ in rows[:OFFERED]]
