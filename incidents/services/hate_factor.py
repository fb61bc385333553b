"""Anti-social behaviour in which a hate factor is found becomes a hate case, with its history (docs/domain.md §1.4, §3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from incidents.choices import (
    CaseStatus,
    Classification,
    Level,
    PerceivedBy,
    ReporterKind,
    Strand,
    strand_mask,
)
from incidents.models import Case, Characteristic
from incidents.rules.triage_routes import Route
from incidents.scoping import in_case, is_triager
from incidents.services.access import access_rebuild
from incidents.services.change import status_tell
from incidents.services.clock import REFUSALS, clocks_for_hate
from incidents.services.closure import closure_end
from incidents.services.common import case_hold
from incidents.services.crime import decision_write
from incidents.services.incident import StrandData
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.ways import way_require
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from victims.models import Victim

REASON_LIMIT = 500
REOPENED_LIMIT = 300
TRIAGER_SAYS = (Classification.HATE_INCIDENT, Classification.CRIME_SUSPECTED)


def hate_factor_found(
    *,
    actor: Actor,
    case: Case,
    version: int,
    strands: Sequence[StrandData],
    perceived_by: str,
    reason: str,
    classification: str = "",
) -> Case:
    """Say which hate factor was found in a case of anti-social behaviour, or in one that was taken for not hate.

    For who manages the case. A triager of the lead agency may classify it at once; otherwise it is *not yet decided*
    and stands in the triage inbox, where the decision is due anew. The characteristics go to its incidents that have
    none; acknowledging, first contact, risk assessment and support referral run from now. A closed case is reopened by
    a triager. Raises StaleError, ForbiddenError, RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False, people=True)
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        after = _check(actor, held, strands, perceived_by, classification)
        reason = case_words(actor, held, reason, name="How it was found", field="reason", limit=REASON_LIMIT)
        before = {"classification": held.classification, "status": held.status, "strands": held.strands}
        _characteristics(held, strands, perceived_by)
        _become(actor, held, after, reason)
        _clocks(actor, held)
        access_rebuild([held.pk])
        search_refresh(held)
        repeat_refresh(held)
        audit.record(
            actor,
            "case.hate_factor",
            held,
            before=before,
            after={name: getattr(held, name) for name in before},
            detail={"perceived_by": perceived_by},
            reason=reason,
        )
        return held


def _check(
    actor: Actor, case: Case, strands: Sequence[StrandData], perceived_by: str, classification: str
) -> Classification:
    way_require(actor, case, Route.HATE_FACTOR)
    if not strands:
        raise RuleError("Choose at least one characteristic that it was aimed at.", "strands")
    if any(one.code not in Strand.values for one in strands):
        raise RuleError("Choose characteristics from the list.", "strands")
    if perceived_by not in PerceivedBy.values:
        raise RuleError("Choose who believes that it was hate.", "perceived_by")
    if not classification:
        return Classification.UNDETERMINED
    if not is_triager(actor, case.lead_agency_id):
        raise ForbiddenError("Only a triager of the lead agency classifies a case.")
    if classification not in [value.value for value in TRIAGER_SAYS]:
        raise RuleError("Choose the classification from the list.", "classification")
    return Classification(classification)


def _characteristics(case: Case, strands: Sequence[StrandData], perceived_by: str) -> None:
    """Give the characteristics to the incidents that have none; where all have some, to the one reported first."""
    rows = list(case.incidents.order_by("received_at", "pk"))
    known = set(case.incidents.filter(characteristics__isnull=False).values_list("pk", flat=True))
    wanted = [row for row in rows if row.pk not in known]
    Characteristic.objects.bulk_create(
        [
            Characteristic(
                incident=row, case=case, code=s.code, sub=s.sub, other=s.other, by_association=s.by_association
            )
            for row in wanted or rows[:1]
            for s in {(s.code, s.sub): s for s in strands}.values()
        ],
        ignore_conflicts=True,
    )
    case.incidents.filter(pk__in=[row.pk for row in wanted]).update(perceived_by=perceived_by)


def _become(actor: Actor, case: Case, after: Classification, reason: str) -> None:
    now, status = clock.now(), case.status
    decision_write(actor, case, after, reason)
    codes = case.incidents.values_list("characteristics__code", flat=True).distinct()
    case.strands = strand_mask(code for code in codes if code)
    if not CaseStatus(case.status).is_open:
        closure_end(actor, case, reason[:REOPENED_LIMIT], now)
        case.status, case.closed_at = CaseStatus.REOPENED, None
    elif after == Classification.UNDETERMINED:
        case.status, case.triaged_at = CaseStatus.TRIAGE, None
    elif case.status in (CaseStatus.NEW, CaseStatus.TRIAGE):
        case.status, case.triaged_at = CaseStatus.OPEN, now
    case.version += 1
    case.updated_at = now
    names = ("classification", "strands", "status", "closed_at", "triaged_at", "version", "updated_at")
    case.save(update_fields=names)
    if status != CaseStatus.CLOSED:
        # That it was opened again stands with its closing.
        status_tell(actor, case, status)


def _clocks(actor: Actor, case: Case) -> None:
    reachable, wanted = _victims(actor, case)
    for incident in case.incidents.filter(same_as=None):
        clocks_for_hate(
            case,
            incident,
            reporter_reachable=incident.reporter_kind != ReporterKind.ANONYMOUS and not incident.reporter_no_contact,
            victim_reachable=reachable,
            support_wanted=wanted,
            undecided=case.classification == Classification.UNDETERMINED,
        )


def _victims(actor: Actor, case: Case) -> tuple[bool, bool]:
    """Whether a victim can be reached, and whether one may want support; where the actor may not know victims, both
    clocks run. One query."""
    if not in_case(actor, case).sees_victims:
        return True, True
    rows: list[Any] = list(Victim.objects.visible_to(actor).filter(access__case_id=case.pk))
    names = ("organisation", "given_name", "family_name", "phone", "email", "address")
    reachable = any(getattr(victim, name) for victim in rows for name in names)
    return reachable, any(victim.wish_share_support not in REFUSALS for victim in rows)
