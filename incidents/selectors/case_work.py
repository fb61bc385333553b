"""How the work on a case stands: clocks, assessments, tasks, and who sees the case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models import Case as Choose
from django.db.models.functions import JSONObject, Now

from incidents.choices import ClockKind, ClockState, ClockTone
from incidents.models import Case, CaseGrant, Clock, RiskAssessment, Task
from incidents.rules.clocks import clock_tone
from incidents.scoping import hidden_sides
from incidents.selectors.share import group_labels
from incidents.selectors.text import person_told, purpose_text, task_asked_by, text_shown
from incidents.services.clock import NOT_APPLICABLE, clock_state
from kernel import clock as time
from kernel.actors import Actor
from kernel.prepared import Prepared
from kernel.when import date_text

TASKS_SHOWN = 15
ASSESSMENTS_SHOWN = 6


@dataclass(frozen=True)
class ClockView:
    """One clock: what it measures, how it stands, and how pressing that is."""

    kind: str
    label: str
    state: ClockState
    tone: ClockTone | None
    due_at: dt.datetime | None
    met_at: dt.datetime | None
    paused_until: dt.date | None = None
    pause_reason: str = ""
    exception_days: int = 0

    @property
    def exception(self) -> str:
        """That and why it waits or has waited, in words: an exception, never a way of meeting it."""
        if self.paused_until is not None:
            return f"Exception: {self.pause_reason.lower()}, until {date_text(self.paused_until)}"
        if self.exception_days:
            days = "1 working day" if self.exception_days == 1 else f"{self.exception_days} working days"
            return f"Exception: moved by {days} ({self.pause_reason.lower()})"
        return ""

    @property
    def light(self) -> str:
        """The colour in which its tag is drawn: amber or red while something can still be done."""
        return str(self.tone.value) if self.tone in (ClockTone.AMBER, ClockTone.RED) else ""


@dataclass(frozen=True)
class ShareView:
    """One agency's access: at which level, why, by which gateway, until when, and whether it may be ended here."""

    uid: str
    agency: str
    level: str
    source: str
    purpose: str
    gateway: str
    starts_at: dt.datetime
    until: dt.datetime | None
    given_by: str
    endable: bool
    recallable: bool
    future: bool
    groups: list[str]
    necessity: str
    basis: str
    guardian: str
    chosen: bool


@dataclass(frozen=True)
class RiskView:
    """One assessment. For those who may not know the victim it has the band, without the points (`total` and `gaps`
    are None) and the explanation, which speak of the victim's health.
    """

    uid: str
    band: str
    total: int | None
    gaps: int | None
    assessed_at: dt.datetime
    assessed_by: str
    review_due_at: dt.datetime
    explanation: str


class Sharing(Protocol):
    """What of a reader's abilities decides about the list of shares."""

    @property
    def share(self) -> bool: ...

    @property
    def manages(self) -> bool: ...


_CLOCK_MOMENTS = ("starts_at", "due_at", "amber_at", "met_at", "paused_at", "closed_at")


def clocks_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: one clock a kind, the unmet one that is due first, else the one met last; of
    routine updates that the victim wants no more, that they do not apply.
    """
    over = Q(outcome=NOT_APPLICABLE) & ~Q(kind=ClockKind.K7)
    idle = Choose(When(over, then=Value(1)), default=Value(0), output_field=IntegerField())
    names = ("kind", "outcome", "pause_reason", "paused_until", "exception_days", *_CLOCK_MOMENTS)
    rows = Clock.objects.visible_to(actor).filter(case_id=OuterRef("pk")).annotate(idle=idle)
    stopped = F("closed_at").desc(nulls_first=True)
    rows = rows.order_by("kind", "idle", F("met_at").desc(nulls_first=True), stopped, "due_at").distinct("kind")
    return ArraySubquery(rows.values(data=JSONObject(**{name: name for name in names})))


def clocks(rows: Iterable[dict[str, Any]]) -> list[ClockView]:
    """The clocks of `clocks_array` in words. No query."""
    now = time.now()
    return [clock_view(_clock(row), now) for row in rows]


def further_waits(case: Any) -> bool:
    """Whether a report came into a case from `case_get` after its triage, and its own triage decision (K2) runs or is
    overdue. No query."""
    running = [row for row in getattr(case, "clock_rows", []) if not (row["met_at"] or row["closed_at"])]
    return case.triaged_at is not None and any(row["kind"] == ClockKind.K2 for row in running)


def _clock(row: dict[str, Any]) -> Clock:
    moments = {name: dt.datetime.fromisoformat(row[name]) if row[name] else None for name in _CLOCK_MOMENTS}
    until = dt.date.fromisoformat(row["paused_until"]) if row["paused_until"] else None
    told = {name: row[name] for name in ("kind", "outcome", "pause_reason", "exception_days")}
    return Clock(**told, paused_until=until, **moments)


def clock_view(row: Clock, now: dt.datetime | None = None) -> ClockView:
    """One stored clock in words. No query."""
    now = now or time.now()
    state = ClockState(clock_state(row, now))
    tone = clock_tone(state, row.amber_at, now, finished=row.met_at is not None or row.closed_at is not None)
    return ClockView(
        kind=row.kind,
        label=str(ClockKind(row.kind).label),
        state=state,
        tone=tone,
        due_at=row.due_at,
        met_at=row.met_at,
        paused_until=row.paused_until,
        pause_reason=row.get_pause_reason_display(),
        exception_days=row.exception_days,
    )


def assessments(actor: Actor, case: Case) -> list[RiskView]:
    """The latest assessment and the ones before it, latest first. One query."""
    return [risk_view(actor, row) for row in _assessments(actor, case.pk)]


@Prepared
def _assessments(actor: Actor, case_id: int) -> QuerySet[RiskAssessment]:
    rows = RiskAssessment.objects.visible_to(actor).filter(case_id=case_id)
    rows = rows.defer("answers", "safety", "asked", "facts").annotate(by_told=person_told(actor, "assessed_by"))
    return rows[:ASSESSMENTS_SHOWN]


def risk_view(actor: Actor, row: Any) -> RiskView:
    """One assessment as its reader may see it, for a row that carries `by_told`."""
    return RiskView(
        uid=str(row.uid),
        band=row.final_band,
        total=row.total if actor.sees_victims else None,
        gaps=row.gaps if actor.sees_victims else None,
        assessed_at=row.assessed_at,
        assessed_by=row.by_told or "",
        review_due_at=row.review_due_at,
        explanation=row.explanation if actor.sees_victims else "",
    )


def tasks(actor: Actor, case: Case) -> list[Task]:
    """The tasks of a case, open ones first, each with `title_shown`; one more than is shown. One query."""
    return _tasks(actor, case.pk)


@Prepared
def _tasks(actor: Actor, case_id: int) -> QuerySet[Task]:
    rows = Task.objects.visible_to(actor).filter(case_id=case_id).select_related("agency", "assignee")
    rows = rows.annotate(title_shown=text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)))
    return rows.order_by(F("closed_at").desc(nulls_first=True), "due_at")[: TASKS_SHOWN + 1]


def shares(actor: Actor, case: Case, can: Sharing) -> list[ShareView]:
    """Who sees a case, or will: every grant that has not ended, widest first. One query.

    The terms are for who manages the case, and for whom the share is for.
    """
    return [_share(row, can, terms_told(actor, row, manages=can.manages)) for row in _shares(actor, case.pk)]


@Prepared
def _shares(actor: Actor, case_id: int) -> QuerySet[CaseGrant]:
    future = ExpressionWrapper(Q(starts_at__gt=Now()), output_field=BooleanField())
    return shares_told(actor, case_id).annotate(future=future, by_told=person_told(actor, "given_by"))


def shares_told(actor: Actor, case_id: int) -> QuerySet[CaseGrant]:
    """The grants on a case that have not ended, but for those of agencies of a hidden side, widest first; each with
    `purpose_shown` and `necessity_shown`."""
    lasting = Q(until=None) | Q(until__gt=Now())
    rows = CaseGrant.objects.visible_to(actor).filter(lasting, content_object_id=case_id, ended_at=None)
    rows = rows.exclude(agency__side__in=hidden_sides(actor))
    rows = rows.annotate(purpose_shown=purpose_text(actor), necessity_shown=purpose_text(actor, "necessity"))
    return rows.select_related("agency").order_by("-rank", "agency__name", "pk")


def terms_told(actor: Actor, grant: CaseGrant, *, manages: bool) -> bool:
    """Whether the actor reads purpose and gateway of a share: who manages the case, and for whom it is."""
    return manages or grant.agency_id in actor.agency_ids


def _share(grant: Any, can: Sharing, terms: bool) -> ShareView:
    return ShareView(
        uid=str(grant.uid),
        agency=grant.agency.name,
        level=grant.get_level_display(),
        source=grant.source_words,
        purpose=grant.purpose_shown if terms else "",
        gateway=grant.get_gateway_display() if terms and grant.gateway else "",
        starts_at=grant.starts_at,
        until=grant.until,
        given_by=grant.by_told or "",
        endable=can.share and grant.source == CaseGrant.Source.SHARE,
        recallable=can.share and CaseGrant.Source(grant.source).can_be_recalled,
        future=grant.future,
        groups=group_labels(grant.field_groups) if terms else [],
        necessity=grant.necessity_shown if terms else "",
        basis=grant.get_basis_display() if terms and grant.basis else "",
        guardian=grant.caldicott_guardian if terms else "",
        chosen=CaseGrant.Source(grant.source).can_be_recalled,
    )
