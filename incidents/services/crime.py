"""The police record a crime, with its reference, whichever agency leads the case (docs/domain.md §1.4)."""

from __future__ import annotations

from django.db import transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Classification, Level
from incidents.choices.changes import DecisionKind
from incidents.models import Case, ClassificationChange
from incidents.rules.triage_routes import Route
from incidents.selectors.audience import spoc_ids
from incidents.selectors.crime import crime_reference as reference_of
from incidents.selectors.crime import records_crimes
from incidents.services.common import case_hold, text_check
from incidents.services.decision_keep import decision_keep, standing_of
from incidents.services.recipients import case_workers
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.ways import way_require
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError
from kernel.plausible import crime_reference_problem

REASON_LIMIT = 500
CRIME_REFERENCE_LIMIT = 40


def crime_record(*, actor: Actor, case: Case, version: int, crime_reference: str, reason: str = "") -> Case:
    """Say that a crime is recorded and under which reference; or correct the reference of one that is.

    For somebody who sorts reports for a police force that may add to the case. It is no triage: priority, lead worker
    and the time limit of the triage stay the lead agency's. Its lead worker and points of contact are told. The same
    reference again changes nothing. Raises ForbiddenError, StaleError, RuleError with the field: no reference, a case
    that is closed, or in which nobody has found a hate factor yet.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False, people=True)
        way_require(actor, held, Route.CRIME, records_crimes=records_crimes(actor, held))
        reference = reference_check(crime_reference, required=True)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT, required=False)
        before = {"classification": held.classification, "crime_reference": reference_of(held)}
        after = {"classification": Classification.CRIME_RECORDED.value, "crime_reference": reference}
        if before == after and not reason:
            return held
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        stood = standing_of(held)
        decision_write(actor, held, Classification.CRIME_RECORDED, reason, reference)
        held.version += 1
        held.updated_at = clock.now()
        held.save(update_fields=["classification", "version", "updated_at"])
        if before["classification"] != held.classification:
            search_refresh(held)
            repeat_refresh(held)
        decision_keep(actor, held, DecisionKind.CRIME, stood)
        audit.record(actor, "case.crime", held, before=before, after=after, reason=reason)
        _tell(actor, held)
        return held


def decision_write(actor: Actor, case: Case, value: str, reason: str, crime_reference: str = "") -> None:
    """Write one decision about what a case is into its history, and set it; the caller saves the case. One query."""
    ClassificationChange(
        case=case,
        before=case.classification,
        after=value,
        reason=reason,
        crime_reference=crime_reference,
        by_id=actor.user_id,
        at=clock.now(),
    ).save(force_insert=True)
    case.classification = value


def reference_check(text: str, *, required: bool) -> str:
    """A crime reference as it is kept. Raises RuleError for its field."""
    reference = text_check(
        text, name="Crime reference", field="crime_reference", limit=CRIME_REFERENCE_LIMIT, required=required
    )
    if reference and (problem := crime_reference_problem(reference)):
        raise RuleError(f"{problem}.", "crime_reference")
    return reference


def reference_decide(actor: Actor, case: Case, value: str, sent: str) -> str:
    """The reference that a triage decision keeps: that of a recorded crime, which stays where none is sent; of any other
    case none. A new one is the police's to give. Raises RuleError with the field. Up to two queries.
    """
    if value != Classification.CRIME_RECORDED:
        return ""
    kept = reference_of(case)
    if case.classification == value and sent.strip() in ("", kept):
        return kept
    if not records_crimes(actor, case):
        field = "crime_reference" if case.classification == value else "classification"
        raise RuleError("Only the police can say that a crime is recorded.", field)
    return reference_check(sent, required=True)


def _tell(actor: Actor, case: Case) -> None:
    """Who works the case, and their agency's points of contact; never whoever records it."""
    whom = {*case_workers(case), *spoc_ids(case.lead_agency_id)} - {actor.user_id}
    text = f"The police recorded a crime in {case.ref}"
    notices_create(
        NoticeData(
            user, f"crime:{case.pk}:{case.version}", "crime", text, f"/cases/{case.ref}/classification/", case.pk
        )
        for user in sorted(user for user in whom if user is not None)
    )
