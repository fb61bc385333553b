"""What a case was classified as, by whom and why, and what waits for a second person."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F

from agencies.choices import AgencyType
from incidents.choices import ProposalState
from incidents.models import Case, ClassificationChange, ClassificationProposal, Task
from incidents.rules.classification import Change, effects
from incidents.rules.triage_routes import Route, RouteFacts, shut_by
from incidents.scoping import TRIAGERS, agencies_as
from incidents.selectors.audience import IN_FORCE, POLICE_READ, role_holders
from incidents.selectors.text import person_told, text_shown, written_by, written_by_colleague
from incidents.selectors.titles import title_facts, title_of
from kernel import clock
from kernel.actors import Actor

SHOWN = 25


@dataclass(frozen=True)
class Decision:
    """One decision about the classification, as the history shows it."""

    before: str
    after: str
    reason: str
    crime_reference: str
    by: str
    at: dt.datetime

    @property
    def same(self) -> bool:
        """Whether it was looked at again without being changed: a corrected reference, another reason."""
        return self.before == self.after


@dataclass(frozen=True)
class Queued:
    """A proposal that waits for a second person, as a list shows it."""

    uid: uuid.UUID
    case_ref: str
    summary: str
    to: str
    at: dt.datetime
    expires_at: dt.datetime
    mine: bool


def classification_history(*, actor: Actor, case: Case) -> list[Decision]:
    """The decisions about a case, newest first. One query."""
    shown = text_shown(actor, F("case_id"), F("reason"), written_by_colleague(actor, "by"))
    rows: Any = (
        ClassificationChange.objects.visible_to(actor)
        .filter(case=case)
        .annotate(reason_shown=shown, by_told=person_told(actor, "by"))
        .order_by("-at", "-pk")
    )
    return [
        Decision(
            before=row.get_before_display(),
            after=row.get_after_display(),
            reason=row.reason_shown,
            crime_reference=row.crime_reference,
            by=row.by_told or "",
            at=row.at,
        )
        for row in rows
    ]


def proposals_of(*, actor: Actor, case: Case) -> list[Any]:
    """The proposals about a case, newest first, each with `reason_shown`, `decision_shown`, `by_told` and
    `decided_told`; for triagers of the lead agency. One query."""
    return list(_proposals(actor).filter(case=case))


def proposal_get(*, actor: Actor, case: Case, uid: uuid.UUID) -> Any | None:
    """One of them. One query."""
    return _proposals(actor).filter(case=case, uid=uid).first()


def _proposals(actor: Actor) -> Any:
    def shown(name: str, who: str) -> Any:
        return text_shown(actor, F("case_id"), F(name), written_by_colleague(actor, who))

    return (
        ClassificationProposal.objects.visible_to(actor)
        .select_related("case")
        .annotate(
            reason_shown=shown("reason", "proposed_by"),
            decision_shown=shown("decision_reason", "decided_by"),
            by_told=person_told(actor, "proposed_by"),
            decided_told=person_told(actor, "decided_by"),
        )
    )


def proposals_waiting(*, actor: Actor) -> list[Queued]:
    """What waits for a second person in the agencies for which the actor sorts reports, soonest to expire first.

    One query, none for who sorts for no agency.
    """
    if not agencies_as(actor, *TRIAGERS):
        return []
    rows = ClassificationProposal.objects.visible_to(actor).filter(
        state=ProposalState.WAITING, expires_at__gt=clock.now()
    )
    summary = text_shown(actor, F("case_id"), F("case__summary"), written_by(actor, "case__summary_by_agency"))
    found: Any = (
        rows.select_related("case")
        .annotate(summary_shown=summary, **title_facts(actor, "case"))
        .order_by("expires_at", "pk")[:SHOWN]
    )
    return [
        Queued(
            row.uid,
            row.case.ref,
            title_of(row.case, row.summary_shown, row.title_behaviours),
            row.get_to_display(),
            row.at,
            row.expires_at,
            row.proposed_by_id == actor.user_id,
        )
        for row in found
    ]


def effects_of(actor: Actor, case: Case, to: str) -> list[str]:
    """What classifying a case so would change, in sentences: of its tasks, as far as the actor is told of them. One query,
    and one more where it would close."""
    change = Change(case.classification, to, police_see_it=_police_see(case))
    if change.closes:
        tasks = Task.objects.visible_to(actor).filter(case_id=case.pk, closed_at=None)
        change = replace(change, open_tasks=tasks.count())
    return effects(change)


def _police_see(case: Case) -> bool:
    if case.lead_agency.type == AgencyType.POLICE:
        return True
    return case.grants.filter(IN_FORCE, *POLICE_READ).exists()


def triager_ids(agency_id: int) -> list[int]:
    """Who sorts reports for an agency. One query."""
    return role_holders([role.value for role in TRIAGERS], agency_id=agency_id)


def factor_findable(case: Case) -> bool:
    """Whether a hate factor can still be found by somebody: it is anti-social behaviour, or was closed as not hate."""
    return shut_by(Route.HATE_FACTOR, RouteFacts(case.classification, case.status)) is None
