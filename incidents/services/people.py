"""People who come into a case after it was logged, and names in quarantine. Rules: docs/domain.md §1.4, §9.3."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError, transaction

from agencies.models import Agency
from incidents.choices import Classification, ClockKind, Level, PartyRole
from incidents.choices.changes import ChangeKind
from incidents.models import Case, Incident, Party, SubjectReport
from incidents.rules.clocks import clocks_from_receipt
from incidents.rules.sharing import ASKED_ABOUT
from incidents.rules.victim_clocks import support_clock
from incidents.scoping import is_triager
from incidents.services.access import access_rebuild
from incidents.services.change import change_tell
from incidents.services.clock import NOT_APPLICABLE, REFUSALS, holidays_all, standards_all
from incidents.services.common import case_hold
from incidents.services.hold import kin_free, kin_hold
from incidents.services.names import texts_erased
from incidents.services.online_account import account_record
from incidents.services.perpetrator_part import perpetrator_join
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.wish import wishes_enforce
from incidents.services.words import names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from victims.services import VictimData, victim_add, victim_find


def party_victim_add(
    *,
    actor: Actor,
    case: Case,
    incident: Incident,
    agency: Agency,
    data: VictimData,
    party_id: uuid.UUID | None = None,
) -> Party:
    """Add a victim to an incident of a case: a new one, or one who is recorded and whom the actor may see.

    The same `party_id` twice (a double click) is the first party. Shares of the case that the victim does not wish end,
    perhaps the actor's own agency's (docs/decisions/0029).

    Raises ForbiddenError below contribute, RuleError for a closed case, an unknown reference, or a person who is
    in the incident already.
    """
    with transaction.atomic():
        known = victim_find(actor=actor, ref=data.ref) if data.ref else None
        case = case_hold(actor, case, Level.CONTRIBUTE, people=True, known=[known.pk] if known else [])
        if (before := _added_before(case, party_id)) is not None:
            return before
        if known is not None:
            victim = victim_find(actor=actor, ref=data.ref)
        else:
            victim = victim_add(actor=actor, agency=agency, data=data, case_id=case.pk)
        if case.parties.filter(incident=incident, victim_id=victim.pk).exists():
            raise RuleError("This person is already a victim in the incident.", "ref")
        party = Party(id=party_id or uuid.uuid4(), case=case, incident=incident, role=PartyRole.VICTIM, victim=victim)
        party.save(force_insert=True)
        if data.district and not case.victim_district:
            case.victim_district = data.district
        _after_change(case)
        repeat_refresh(case)
        if data.reachable:
            _reach_start(case, incident, support_wanted=victim.wish_share_support not in REFUSALS)
        audit.record(
            actor,
            "party.add",
            incident,
            operation=AuditOperation.COLLECTION,
            detail={"role": PartyRole.VICTIM, "ref": victim.ref},
        )
        change_tell(actor, case, ChangeKind.VICTIM_ADDED)
        wishes_enforce(actor, victim, ASKED_ABOUT, case=case)
        return party


def _reach_start(case: Case, incident: Incident, *, support_wanted: bool) -> None:
    """Start K3 and K5, counted from receipt, where they did not apply because nobody could be reached (docs/domain.md
    §3.3)."""
    standards, holidays = standards_all(), holidays_all()
    plans = {plan.kind: plan for plan in clocks_from_receipt(case.priority, incident.received_at, standards, holidays)}
    support = support_clock(case.priority, incident.received_at, standards, holidays, applies=support_wanted)
    if support is not None and support.applicable:
        plans[ClockKind.K5] = support
    kinds = [ClockKind.K3, ClockKind.K5]
    for stopped in case.clocks.filter(incident=incident, kind__in=kinds, outcome=NOT_APPLICABLE):
        plan = plans.get(ClockKind(stopped.kind))
        if plan is None:
            continue
        stopped.level, stopped.rule_version = plan.level, plan.rule_version
        stopped.due_at, stopped.amber_at, stopped.set_at = plan.due_at, plan.amber_at, clock.now()
        stopped.outcome, stopped.closed_at = "", None
        stopped.save(update_fields=["level", "rule_version", "due_at", "amber_at", "outcome", "closed_at", "set_at"])


def party_perpetrator_add(
    *,
    actor: Actor,
    case: Case,
    incident: Incident,
    agency: Agency,
    data: PerpetratorData,
    party_id: uuid.UUID | None = None,
) -> bool:
    """Add an alleged perpetrator to an incident. A name goes to the quarantine unless a crime is suspected or
    recorded (docs/domain.md §1.4). False where the same `party_id` was sent before (a double click).

    Whoever adds a party of the other side cannot read it back. Raises ForbiddenError below contribute, RuleError
    for a closed case.
    """
    with transaction.atomic():
        case = case_hold(actor, case, Level.CONTRIBUTE)
        try:
            with transaction.atomic():
                perpetrator_join(
                    actor=actor, agency=agency, case=case, incident=incident, data=data, party_id=party_id
                )
        except IntegrityError:
            if party_id is None:
                raise
            return False
        _after_change(case)
        audit.record(
            actor,
            "party.add",
            incident,
            operation=AuditOperation.COLLECTION,
            detail={"role": PartyRole.ALLEGED_PERPETRATOR, "quarantined": _was_quarantined(case, data)},
        )
        change_tell(actor, case, ChangeKind.SUBJECT_ADDED)
        return True


def _was_quarantined(case: Case, data: PerpetratorData) -> bool:
    return data.identifies and not data.ref and not Classification(case.classification).keeps_names


def _added_before(case: Case, party_id: uuid.UUID | None) -> Party | None:
    return case.parties.filter(pk=party_id).first() if party_id is not None else None


def _after_change(case: Case) -> None:
    case.updated_at = clock.now()
    case.version += 1
    case.save(update_fields=["updated_at", "version", "victim_district"])
    access_rebuild([case.pk])
    search_refresh(case)


# --- The quarantine ------------------------------------------------------------------------------


def perpetrator_name_record(*, actor: Actor, report_id: uuid.UUID) -> AllegedPerpetrator | None:
    """Record a name, or an account (which has no person: None), that waited in quarantine, once a crime is suspected
    or recorded.

    For triagers of the lead agency: raises RuleError where there is no such report for them, ForbiddenError where
    they are not, RuleError while the case's classification does not let a name be kept.
    """
    with transaction.atomic():
        case, report = _report_required(actor, report_id)
        if not is_triager(actor, case.lead_agency_id):
            raise ForbiddenError("Only a triager of the lead agency can record a name.")
        if not Classification(case.classification).keeps_names:
            raise RuleError("A name can be recorded only where a crime is suspected or recorded.")
        if report.perpetrator_id is None:
            _account_recorded(actor, case, report)
            return None
        person = (
            AllegedPerpetrator.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=report.perpetrator_id)
        )
        before, after = _name_set(person, report.subject_as_reported)
        report.delete()
        _after_change(case)
        audit.record(
            actor,
            "perpetrator.name",
            person,
            operation=AuditOperation.COLLECTION,
            before=before,
            after=after,
            case_id=case.pk,
            detail={"case": case.ref, "classification": case.classification},
        )
        change_tell(actor, case, ChangeKind.SUBJECT_NAMED)
        return person


def _account_recorded(actor: Actor, case: Case, report: SubjectReport) -> None:
    account_record(actor=actor, case=case, report=report)
    report.delete()
    _after_change(case)
    detail = {"case": case.ref, "classification": case.classification}
    audit.record(
        actor,
        "online.account_record",
        report.incident,
        operation=AuditOperation.COLLECTION,
        case_id=case.pk,
        detail=detail,
    )


def _name_set(person: AllegedPerpetrator, reported: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = ("status", "given_name", "family_name", "date_of_birth")
    before = {name: getattr(person, name) for name in names}
    born = reported.get("date_of_birth")
    person.status = PerpetratorStatus.NAMED
    person.given_name = reported.get("given_name", "")
    person.family_name = reported.get("family_name", "")
    person.date_of_birth = dt.date.fromisoformat(born) if born else None
    person.version += 1
    person.updated_at = clock.now()
    person.save(update_fields=[*names, "version", "updated_at"])
    return before, {name: getattr(person, name) for name in names}


def subject_report_erase(*, actor: Actor, report_id: uuid.UUID, reason: str) -> None:
    """Erase what waits in quarantine before its day, and out of every text of the case, for good. For triagers of the lead
    agency. Raises RuleError otherwise.
    """
    with transaction.atomic():
        case, report = _report_required(actor, report_id)
        names_kept_out(actor, case, reason, field="reason")
        _erase(actor, report, reason)


def subject_reports_erase_due(*, actor: Actor) -> int:
    """Erase what has waited in quarantine for 20 working days, and out of every text of its case; answers how many. For the
    system.

    The audit says that it was erased, and nothing of what it said. A case that somebody holds at this moment, or one
    of its kin, waits for the next run. Three queries, three a report.
    """
    with transaction.atomic():
        due = SubjectReport.objects.unscoped(reason="quarantine past its end, of every agency").filter(
            erase_on__lte=clock.today()
        )
        held = due.filter(case_id__in=kin_free(due.values_list("case_id", flat=True)))
        reports = list(held.select_for_update(skip_locked=True).defer("subject_as_reported"))
        for report in reports:
            _erase(actor, report, "20 working days without a recording decision")
        return len(reports)


def _report_required(actor: Actor, report_id: uuid.UUID) -> tuple[Case, SubjectReport]:
    """What waits, and its case, both locked: the case first, as everywhere."""
    rows = SubjectReport.objects.visible_to(actor).filter(pk=report_id)
    for case_id in rows.values_list("case_id", flat=True):
        kin_hold(case_id, people=True)
    cases = Case.objects.visible_to(actor).filter(pk__in=rows.values("case_id"))
    case = cases.select_for_update(of=("self",)).first()
    report = rows.select_for_update(of=("self",)).filter(case=case).first() if case is not None else None
    if case is None or report is None:
        raise RuleError("This is no longer in the quarantine.")
    return case, report


def _erase(actor: Actor, report: SubjectReport, reason: str) -> None:
    """The row goes, and by a trigger what it told goes out of every text of the case (migration 0250)."""
    key = report.pk
    report.delete()
    report.pk = key
    audit.record(
        actor,
        "quarantine.erase",
        report,
        operation=AuditOperation.ERASURE,
        case_id=report.case_id,
        reason=reason,
        detail=texts_erased(),
    )
