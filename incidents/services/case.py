"""Changing a case: summary, priority, standing, lead worker, and the triage decision (docs/domain.md §1.4, §2.6).

An edit says which version it started from. Where somebody saved first, nothing is changed and StaleError carries the
case as it stands, so that both versions can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from agencies.models import User
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import STATUS_STEPS, CaseStatus, Classification, ClockKind, Level, Priority, Tier
from incidents.choices.changes import ChangeKind, DecisionKind
from incidents.models import Case
from incidents.rules.classification import reason_needed
from incidents.rules.triage import priority_change_error
from incidents.rules.triage_routes import Route
from incidents.scoping import may_name_lead
from incidents.selectors.audience import case_staff
from incidents.selectors.crime import crime_reference as crime_reference_of
from incidents.selectors.text import case_written_by, text_shown
from incidents.services.access import access_rebuild, require_level
from incidents.services.change import change_tell, status_tell
from incidents.services.clock import clock_meet, clocks_reprioritise, triage_meet
from incidents.services.common import agency_acting, text_kept
from incidents.services.crime import decision_write, reference_decide
from incidents.services.decision_keep import decision_keep, standing_of
from incidents.services.hold import kin_hold
from incidents.services.names import names_quarantine
from incidents.services.priority import priority_write
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.victim_clock import clocks_reband
from incidents.services.ways import way_require
from incidents.services.words import case_words, names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError

SUMMARY_LIMIT = 300
REASON_LIMIT = 300

EDITABLE = ("summary", "priority", "status", "lead_worker")

SETTABLE_STATUSES = (CaseStatus.TRIAGE, CaseStatus.OPEN, CaseStatus.ON_HOLD, CaseStatus.MONITORING)
"""Where a person may put a case. Closing comes with outcomes and retention, merging with matching."""

SETTABLE_CLASSIFICATIONS = (
    Classification.CRIME_SUSPECTED,
    Classification.CRIME_RECORDED,
    Classification.HATE_INCIDENT,
    Classification.OUT_OF_AREA,
)
"""What one triager decides. *Not hate* and *not to be recorded* need a second person (docs/domain.md §1.4)."""


def case_update(
    *, actor: Actor, case: Case, version: int, changes: Mapping[str, Any], priority_reason: str = ""
) -> Case:
    """Change `summary`, `priority`, `status` or `lead_worker` (a User or None) of a case that the actor manages.

    A summary counts as the actor is shown it: sent back so, it stays as it is, and where names are hidden in it, it
    cannot be changed. Raises StaleError where `version` is not the case's own any more, ForbiddenError below manage,
    RuleError with the field for that, for a step that the case's standing does not allow, or for a priority lowered
    from P1 without a reason.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise RuleError(f"This cannot be changed here: {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        held = case_for_change(actor, case, version)
        changes = _as_kept(held, changes)
        wanted = {name: value for name, value in changes.items() if getattr(held, name) != value}
        if not wanted:
            return held
        before = {name: _plain(getattr(held, name)) for name in wanted}
        for name, value in wanted.items():
            _SETTERS[name](actor, held, value, priority_reason)
        _save(held, tuple(wanted))
        _tell_changes(actor, held, before, tuple(wanted))
        _follow(actor, held, tuple(wanted))
        after = {name: _plain(getattr(held, name)) for name in wanted}
        audit.record(actor, "case.update", held, before=before, after=after, reason=priority_reason)
        return held


def case_triage(
    *,
    actor: Actor,
    case: Case,
    version: int,
    priority: str,
    classification: str,
    lead_worker: User,
    reason: str = "",
    priority_reason: str = "",
    crime_reference: str = "",
) -> Case:
    """Confirm priority and classification and name the lead worker: the triage decision, which meets K2.

    For triagers of the lead agency. A change of classification needs a reason and is kept with it; a recorded crime
    is the police's to say and needs its reference, which stays where none is sent; a reason or another reference
    without a change goes into the history too. Where no crime is suspected any more, names go back to the quarantine.
    Raises StaleError, ForbiddenError, RuleError with the field.
    """
    with transaction.atomic():
        held = case_for_change(actor, case, version)
        way_require(actor, held, Route.ACCEPT)
        stood = standing_of(held)
        fields = ("priority", "classification", "lead_worker_id", "status")
        before = {name: getattr(held, name) for name in fields}
        _set_priority(actor, held, priority, priority_reason)
        _set_lead_worker(actor, held, lead_worker, "")
        _classify(actor, held, classification, reason, crime_reference)
        held.triaged_at = held.triaged_at or clock.now()
        if held.status in (CaseStatus.NEW, CaseStatus.TRIAGE):
            held.status = CaseStatus.OPEN
        changed = tuple(name for name in fields if getattr(held, name) != before[name])
        _save(held, ("priority", "classification", "lead_worker", "status", "triaged_at"))
        _tell_changes(actor, held, before, tuple(name.removesuffix("_id") for name in changed))
        if before["classification"] != held.classification:
            names_quarantine(actor=actor, case=held)
            # A name that this very decision puts aside does not stay in its reason.
            names_kept_out(actor, held, reason, priority_reason, field="reason")
            search_refresh(held)
            repeat_refresh(held)
        clock_meet(held, ClockKind.K2, clock.now())
        _follow(actor, held, tuple(name.removesuffix("_id") for name in changed))
        decision_keep(actor, held, DecisionKind.TRIAGED, stood)
        audit.record(
            actor,
            "case.triage",
            held,
            before={name: before[name] for name in changed},
            after={name: getattr(held, name) for name in changed},
            reason=priority_reason or reason,
        )
        return held


def lead_worker_assign(*, actor: Actor, case: Case, version: int, worker: User | None) -> Case:
    """Name who works the case, among the lead agency's people who may see it. Meets K2 once triage is confirmed."""
    return case_update(actor=actor, case=case, version=version, changes={"lead_worker": worker})


def case_for_change(actor: Actor, case: Case, version: int) -> Case:
    """The case, locked as by `case_hold` with everybody in it, with `summary_shown`, for who manages it and saw its present
    version. Three queries.
    """
    kin_hold(case.pk, people=True)
    held = (
        Case.objects.visible_to(actor)
        .select_related("lead_agency", "lead_worker")
        .annotate(summary_shown=text_shown(actor, F("pk"), F("summary"), case_written_by(actor)))
        .select_for_update(of=("self",))
        .get(pk=case.pk)
    )
    require_level(actor, held, Level.MANAGE)
    if held.version != version:
        raise StaleError("Somebody else changed this case while you were working on it.", held)
    if not CaseStatus(held.status).is_open:
        raise RuleError(f"{held.ref} is closed and cannot be changed.")
    return held


def _as_kept(held: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as they would be stored."""
    wanted = dict(changes)
    if "summary" in wanted:
        shown, stored = held.summary_shown, held.summary
        wanted["summary"] = text_kept(wanted["summary"], stored=stored, shown=shown, name="Summary", field="summary")
    return wanted


# --- Single fields --------------------------------------------------------------------------------


def _set_summary(actor: Actor, case: Case, value: str, _: str) -> None:
    case.summary = case_words(actor, case, value, name="Summary", field="summary", limit=SUMMARY_LIMIT, required=False)
    case.summary_by_agency_id = agency_acting(actor, case)


def _set_priority(actor: Actor, case: Case, value: str, reason: str) -> None:
    if value not in Priority.values:
        raise RuleError("Choose the priority from the list.", "priority")
    error = priority_change_error(case.priority, value, reason)
    if error:
        raise RuleError(error, "priority_reason")
    reason = case_words(
        actor, case, reason, name="Reason", field="priority_reason", limit=REASON_LIMIT, required=False
    )
    priority_write(actor, case, value, reason)


def _set_status(actor: Actor, case: Case, value: str, _: str) -> None:
    if value not in [status.value for status in SETTABLE_STATUSES]:
        raise RuleError("A case cannot be put there by hand.", "status")
    if CaseStatus(value) not in STATUS_STEPS[CaseStatus(case.status)]:
        raise RuleError(
            f"A case that is “{CaseStatus(case.status).label}” cannot become “{CaseStatus(value).label}”.", "status"
        )
    case.status = value


def _set_lead_worker(actor: Actor, case: Case, value: User | None, _: str) -> None:
    if case.lead_worker_id != (value.pk if value else None) and not may_name_lead(actor, case):
        raise ForbiddenError(
            f"Somebody works {case.ref} already. They, and whoever decides or sorts reports for the lead agency, hand it over."
        )
    if value is not None and not case_staff(case, [case.lead_agency]).filter(pk=value.pk).exists():
        raise RuleError(f"{value.name} does not work on cases at {case.lead_agency.name}.", "lead_worker")
    case.lead_worker = value
    if value is not None and case.deputy_id == value.pk:
        case.deputy = None
        change_tell(actor, case, ChangeKind.DEPUTY)


_SETTERS: dict[str, Callable[[Actor, Case, Any, str], None]] = {
    "summary": _set_summary,
    "priority": _set_priority,
    "status": _set_status,
    "lead_worker": _set_lead_worker,
}


def _classify(actor: Actor, case: Case, value: str, reason: str, crime_reference: str) -> None:
    if value not in settable(case):
        raise RuleError("Choose the classification from the list.", "classification")
    changed = value != case.classification
    if changed and value == Classification.OUT_OF_AREA:
        way_require(actor, case, Route.OUT_OF_AREA, "classification")
    reference = reference_decide(actor, case, value, crime_reference)
    needed = reason_needed(case.classification, value)
    reason = case_words(actor, case, reason, name="Reason", field="reason", limit=500, required=needed)
    if changed or reason or reference != crime_reference_of(case):
        decision_write(actor, case, value, reason, reference)


def settable(case: Case) -> list[str]:
    """What one triager may decide about a case. Anti-social behaviour stays what it is, also outside the county, until
    somebody says which hate factor was found (incidents/services/hate_factor.py). One query for what is outside."""
    if case.classification == Classification.ASB or _was_asb(case):
        return [Classification.ASB.value, Classification.OUT_OF_AREA.value]
    return [choice.value for choice in SETTABLE_CLASSIFICATIONS]


def _was_asb(case: Case) -> bool:
    """Whether a case outside the county was anti-social behaviour before that was said of it."""
    if case.classification != Classification.OUT_OF_AREA:
        return False
    said = case.classification_changes.filter(after=Classification.OUT_OF_AREA)
    latest = said.exclude(before=Classification.OUT_OF_AREA).order_by("-at", "-pk").first()
    return latest is not None and latest.before == Classification.ASB


# --- After a change -------------------------------------------------------------------------------


def _save(case: Case, fields: tuple[str, ...]) -> None:
    case.version += 1
    case.updated_at = clock.now()
    with_them = {"summary": "summary_by_agency", "lead_worker": "deputy"}
    along = [with_them[name] for name in fields if name in with_them]
    case.save(update_fields=[*fields, *along, "version", "updated_at"])


def _follow(actor: Actor, case: Case, changed: tuple[str, ...]) -> None:
    """What hangs on the changed fields: clocks, access rows, search, and the new lead worker's notice."""
    if "priority" in changed:
        clocks_reprioritise(case)
        clocks_reband(case)
    triage_meet(case)
    if "status" in changed or ("lead_worker" in changed and case.tier == Tier.OWN):
        access_rebuild([case.pk])
    if "summary" in changed:
        search_refresh(case)
    if "lead_worker" in changed and case.lead_worker_id not in (None, actor.user_id):
        notices_create([_given(case)])


def _tell_changes(actor: Actor, case: Case, before: Mapping[str, Any], changed: tuple[str, ...]) -> None:
    """Each changed field in the chronology; a classification has a history of its own, and of a priority
    `priority_write` tells."""
    for name in changed:
        if name == "status":
            status_tell(actor, case, before[name])
        elif name == "lead_worker":
            change_tell(actor, case, ChangeKind.LEAD_WORKER, person_id=case.lead_worker_id)
        elif name == "summary":
            change_tell(actor, case, ChangeKind.SUMMARY)


def _given(case: Case) -> NoticeData:
    key = f"lead:{case.pk}:{case.version}"
    return NoticeData(
        case.lead_worker_id or 0, key, "lead", f"{case.ref} is yours to lead", f"/cases/{case.ref}/", case.pk
    )


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, User) else value
