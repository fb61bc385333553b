"""Logging an incident: opens a case or joins one, with its people, access, clocks and search."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from agencies.choices import DistrictSource
from agencies.models import Agency, District
from incidents.choices import (
    CaseStatus,
    Channel,
    Classification,
    ClockKind,
    Level,
    PartyRole,
    PerceivedBy,
    PlaceType,
    Priority,
    ReporterKind,
    strand_mask,
)
from incidents.models import (
    Case,
    CaseGrant,
    Characteristic,
    ClassificationChange,
    Incident,
    Party,
    SubjectReport,
)
from incidents.rules.lead_agency import lead_agency
from incidents.rules.repeat import IncidentDay, repeat_victim, under_18
from incidents.rules.triage import Suggestion, TriageAnswers, priority_change_error, priority_suggest
from incidents.scoping import is_triager
from incidents.services.access import access_rebuild, grant_create, require_level
from incidents.services.clock import REFUSALS, clock_meet, clocks_start, holidays_all
from incidents.services.repeat import repeat_refresh, victim_days
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation
from kernel.references import reference_make
from kernel.working_days import add_working_days, local_date
from perpetrators.choices import PerpetratorStatus
from perpetrators.services import PerpetratorData, perpetrator_add, perpetrator_find
from victims.models import Victim
from victims.services import VictimData, victim_add, victim_find

QUARANTINE_WORKING_DAYS = 20
NARRATIVE_LIMIT = 20_000
_TRIES = 5


@dataclass(frozen=True)
class StrandData:
    """One characteristic the incident was aimed at: a strand code, and its sub-category's slug."""

    code: str
    sub: str = ""
    other: str = ""
    by_association: bool = False


@dataclass(frozen=True)
class IncidentData:
    """An incident as reported. Instants are aware; `district` is one of the seven codes; choices hold their values.

    `triage_answers` are the yes/no answers of incidents.rules.triage.TriageAnswers by name. `by_hand` is True
    where a person keyed it, which counts as the duty check (contract: K0).
    """

    received_at: dt.datetime
    occurred_from: dt.datetime
    narrative: str
    perceived_by: str = PerceivedBy.VICTIM
    channel: str = Channel.PHONE
    strands: list[StrandData] = field(default_factory=list)
    occurred_to: dt.datetime | None = None
    ongoing: bool = False
    behaviours: list[str] = field(default_factory=list)
    place_type: str = ""
    location: str = ""
    postcode: str = ""
    district: str = ""
    district_source: str = DistrictSource.CONFIRMED
    online: bool = False
    online_detail: dict[str, Any] = field(default_factory=dict)
    reporter_kind: str = ReporterKind.VICTIM
    reporter_name: str = ""
    reporter_contact: str = ""
    reporter_no_contact: bool = False
    triage_answers: dict[str, bool] = field(default_factory=dict)
    priority: str | None = None
    priority_reason: str = ""
    classification: str | None = None
    summary: str = ""
    victims: list[VictimData] = field(default_factory=list)
    perpetrators: list[PerpetratorData] = field(default_factory=list)
    by_hand: bool = True


def incident_log(
    *,
    actor: Actor,
    agency: Agency,
    data: IncidentData,
    submission_id: uuid.UUID | None = None,
    case: Case | None = None,
) -> Incident:
    """Log an incident for an agency of the actor: into `case`, or into a case that it opens.

    The same `submission_id` twice (a double click, a repeated request) gives the first incident. Raises
    RuleError with the field that is wrong, ForbiddenError where the case may be read but not added to.
    """
    if agency.pk not in actor.agency_ids:
        raise RuleError("You can only log incidents for your own agency.", "agency")
    submission_id = submission_id or uuid.uuid4()
    earlier = _submitted(actor, submission_id)
    if earlier is not None:
        return earlier
    _check(data)
    try:
        with transaction.atomic():
            return _log(actor, agency, data, submission_id, case)
    except IntegrityError:
        earlier = _submitted(actor, submission_id)
        if earlier is None:
            raise
        return earlier


def _submitted(actor: Actor, submission_id: uuid.UUID) -> Incident | None:
    return (
        Incident.objects.visible_to(actor)
        .select_related("case")
        .filter(submission_id=submission_id, entered_by_id=actor.user_id)
        .first()
    )


def _check(data: IncidentData) -> None:
    now = clock.now()
    if data.received_at > now + dt.timedelta(minutes=5):
        raise RuleError("When it was reported must be in the past.", "received_at")
    if data.occurred_from > now + dt.timedelta(minutes=5):
        raise RuleError("When it happened must be in the past.", "occurred_from")
    if data.occurred_to is not None and data.occurred_to < data.occurred_from:
        raise RuleError("The end must be after the start.", "occurred_to")
    if not data.strands and data.classification != Classification.ASB:
        raise RuleError("Choose at least one characteristic that it was aimed at.", "strands")
    if not data.narrative.strip():
        raise RuleError("Say what happened.", "narrative")
    if len(data.narrative) > NARRATIVE_LIMIT:
        raise RuleError(f"What happened must be {NARRATIVE_LIMIT:,} characters or fewer.", "narrative")


def _log(actor: Actor, agency: Agency, data: IncidentData, submission_id: uuid.UUID, case: Case | None) -> Incident:
    suggestion = priority_for(actor=actor, data=data)
    refused = data.priority and priority_change_error(suggestion.priority, data.priority, data.priority_reason)
    if refused:
        raise RuleError(refused, "priority_reason")
    joined = case is not None
    if case is None:
        case = _case_open(actor, agency, data, data.priority or suggestion.priority)
    else:
        case = _case_join(actor, agency, data, case, data.priority or suggestion.priority)
    incident = _incident_insert(actor, agency, data, case, submission_id, suggestion)
    _people_add(actor, agency, data, case, incident)
    access_rebuild([case.pk])
    clocks_start(
        case,
        incident,
        reporter_reachable=data.reporter_kind != ReporterKind.ANONYMOUS and not data.reporter_no_contact,
        victim_reachable=_victim_reachable(data),
        support_wanted=any(v.wish_share_support not in REFUSALS for v in data.victims),
    )
    if data.by_hand and agency.pk == case.lead_agency_id:
        clock_meet(case, ClockKind.K0, clock.now())
    search_refresh(case)
    repeat_refresh(case)
    case.refresh_from_db()
    incident.case = case
    audit.record(
        actor,
        "incident.join" if joined else "incident.log",
        incident,
        operation=AuditOperation.COLLECTION,
        detail={"case": case.ref, "channel": data.channel, "priority": case.priority},
    )
    return incident


def priority_for(*, actor: Actor, data: IncidentData) -> Suggestion:
    """The suggested priority with its reasons (docs/domain.md §2.6). One or two queries for known victims."""
    born = [v.date_of_birth for v in data.victims if v.date_of_birth]
    known = [v.ref for v in data.victims if v.ref]
    repeat = False
    if known:
        for victim in Victim.objects.visible_to(actor).filter(ref__in=known):
            born += [victim.date_of_birth] if victim.date_of_birth else []
            days = [*victim_days(victim.pk), IncidentDay("this", local_date(data.occurred_from))]
            repeat = repeat or repeat_victim(days).is_repeat
    day = local_date(data.occurred_from)
    facts: dict[str, Any] = {k: bool(v) for k, v in data.triage_answers.items() if k in _TRIAGE_QUESTIONS}
    facts["victim_under_18"] = facts.get("victim_under_18", False) or any(under_18(d, day) for d in born)
    facts["repeat_victim"] = facts.get("repeat_victim", False) or repeat
    facts["worship_or_community_venue"] = (
        facts.get("worship_or_community_venue", False) or data.place_type == PlaceType.WORSHIP
    )
    return priority_suggest(
        TriageAnswers(
            received_at=data.received_at,
            occurred_from=data.occurred_from,
            occurred_to=data.occurred_to,
            behaviours=frozenset(data.behaviours),
            classification=data.classification or Classification.UNDETERMINED,
            **facts,
        )
    )


_TRIAGE_QUESTIONS = frozenset(
    name
    for name in TriageAnswers.__dataclass_fields__
    if name not in ("received_at", "occurred_from", "occurred_to", "behaviours", "classification")
)


def _case_open(actor: Actor, agency: Agency, data: IncidentData, priority: str) -> Case:
    district = _district(data.district)
    lead = _lead(agency, data, district)
    both = sorted({lead.pk, agency.pk})
    case = case_insert(
        actor,
        {
            "agency_ids": both,
            "lead_agency": lead,
            "lead_worker_id": None,
            "status": CaseStatus.NEW,
            "priority": priority,
            "classification": _classification(actor, agency, data, lead),
            "summary": data.summary[:300],
            "summary_by_agency": agency,
            "received_at": data.received_at,
            "district": district,
            "victim_district": _home_district(data),
            "strands": strand_mask(s.code for s in data.strands),
        },
    )
    grant_create(case=case, agency=lead, level=Level.MANAGE, source=CaseGrant.Source.LEAD, given_by_id=actor.user_id)
    if agency.pk != lead.pk:
        grant_create(
            case=case,
            agency=agency,
            level=Level.VIEW,
            source=CaseGrant.Source.REPORT,
            purpose="Made the report",
            given_by_id=actor.user_id,
        )
    if case.classification != Classification.UNDETERMINED:
        ClassificationChange(
            case=case,
            before=Classification.UNDETERMINED,
            after=case.classification,
            reason="Reported as it was logged"
            if case.classification == Classification.ASB
            else "Set when the incident was logged",
            by_id=actor.user_id,
        ).save(force_insert=True)
    return case


def case_insert(actor: Actor, values: dict[str, Any]) -> Case:
    """A new case under a reference that is free; its envelope lets the actor read it back. One query."""
    for _ in range(_TRIES):
        case = Case(ref=reference_make("HC", clock.now().year), created_by_id=actor.user_id, **values)
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError:
            continue
        return case
    raise RuntimeError("No free reference for a case was found.")


def _case_join(actor: Actor, agency: Agency, data: IncidentData, case: Case, priority: str) -> Case:
    case = Case.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=case.pk)
    require_level(actor, case, Level.CONTRIBUTE)
    if not CaseStatus(case.status).is_open:
        raise RuleError(f"{case.ref} is not open. Log the incident as a new case.", "case")
    _check_same_matter(case, data)
    case.received_at = min(case.received_at, data.received_at)
    case.strands |= strand_mask(s.code for s in data.strands)
    # A joined incident may raise the case's priority; it never lowers it.
    case.priority = min(case.priority, priority)
    case.updated_at = clock.now()
    case.version += 1
    case.save(update_fields=["received_at", "strands", "priority", "updated_at", "version"])
    return case


def _check_same_matter(case: Case, data: IncidentData) -> None:
    """Hate does not go unnoticed into a case of anti-social behaviour, nor the other way about."""
    if (case.classification == Classification.ASB) != (data.classification == Classification.ASB):
        if data.strands:
            raise RuleError(
                f"{case.ref} is anti-social behaviour without a hate factor. Say first, on its page, which one was"
                " found.",
                "case",
            )
        raise RuleError(f"{case.ref} is about hate. Choose at least one characteristic, or open a new case.", "case")


def _lead(agency: Agency, data: IncidentData, district: District) -> Agency:
    rule = lead_agency(agency.type, [v.district for v in data.victims], district.code)
    return (
        agency if rule.district is None else District.objects.select_related("council").get(pk=rule.district).council
    )


def _district(code: str) -> District:
    found = District.objects.select_related("council").filter(pk=code).first()
    if found is None:
        raise RuleError("Choose the district where it happened.", "district")
    return found


def _home_district(data: IncidentData) -> str:
    return next((v.district for v in data.victims if v.district), "")


def _classification(actor: Actor, agency: Agency, data: IncidentData, lead: Agency) -> str:
    """Only the lead agency's own triager may say at once that it looks like a crime; nobody else decides here."""
    wanted = data.classification or Classification.UNDETERMINED
    if wanted == Classification.ASB:
        # It is what was reported: nobody has named a hate factor. Whoever takes the report may say so.
        if data.strands:
            raise RuleError("Anti-social behaviour has no characteristic that it was aimed at.", "strands")
        return wanted
    if wanted not in (Classification.UNDETERMINED, Classification.CRIME_SUSPECTED, Classification.HATE_INCIDENT):
        raise RuleError("That classification is set on the case, with a reason.", "classification")
    if wanted != Classification.UNDETERMINED and not (lead.pk == agency.pk and is_triager(actor, agency.pk)):
        raise RuleError("Only a triager of the lead agency can classify a report.", "classification")
    return wanted


def _incident_insert(
    actor: Actor, agency: Agency, data: IncidentData, case: Case, submission_id: uuid.UUID, suggestion: Suggestion
) -> Incident:
    names = (
        "received_at occurred_from occurred_to ongoing channel narrative perceived_by behaviours place_type location"
        " postcode district_source online online_detail reporter_kind reporter_name reporter_contact"
        " reporter_no_contact triage_answers"
    ).split()
    incident = Incident(
        ref=reference_make("HI", clock.now().year),
        case=case,
        submission_id=submission_id,
        entered_at=clock.now(),
        district_id=_district(data.district).pk,
        priority_reasons=_reasons(data, suggestion),
        reporting_agency=agency,
        entered_by_id=actor.user_id,
        **{name: getattr(data, name) for name in names},
    )
    incident.save(force_insert=True)
    Characteristic.objects.bulk_create(
        [
            Characteristic(
                incident=incident, case=case, code=s.code, sub=s.sub, other=s.other, by_association=s.by_association
            )
            for s in {(s.code, s.sub): s for s in data.strands}.values()
        ]
    )
    return incident


def _reasons(data: IncidentData, suggestion: Suggestion) -> list[str]:
    reasons = list(suggestion.reasons)
    if data.priority and data.priority != suggestion.priority:
        reasons.append(f"Set to {data.priority} by the person who logged it. {data.priority_reason}".strip()[:200])
    return reasons


def _people_add(actor: Actor, agency: Agency, data: IncidentData, case: Case, incident: Incident) -> None:
    for victim_data in data.victims:
        if victim_data.ref:
            victim = victim_find(actor=actor, ref=victim_data.ref)
        else:
            victim = victim_add(actor=actor, agency=agency, data=victim_data, case_id=case.pk)
        Party(case=case, incident=incident, role=PartyRole.VICTIM, victim=victim).save(force_insert=True)
    for perpetrator_data in data.perpetrators:
        perpetrator_join(actor=actor, agency=agency, case=case, incident=incident, data=perpetrator_data)


def perpetrator_join(
    *,
    actor: Actor,
    agency: Agency,
    case: Case,
    incident: Incident,
    data: PerpetratorData,
    party_id: uuid.UUID | None = None,
) -> Party:
    """Put an alleged perpetrator into a case. A name is kept only on a suspected or recorded crime; otherwise what
    was reported waits in the quarantine for 20 working days (docs/domain.md §1.4).

    Raises RuleError for an existing record that the actor may not use, or that has a name where none may be kept.
    """
    keep = Classification(case.classification).keeps_names
    if data.ref:
        person = perpetrator_find(actor=actor, ref=data.ref)
        if person.status == PerpetratorStatus.NAMED and not keep:
            raise RuleError(
                f"{data.ref} is recorded by name, and a name is kept only where a crime is suspected or recorded."
                " Describe the person instead.",
                "perpetrators",
            )
    else:
        person = perpetrator_add(actor=actor, agency=agency, data=data, case_id=case.pk, keep_name=keep)
        if data.identifies and not keep:
            erase_on = add_working_days(clock.today(), QUARANTINE_WORKING_DAYS, holidays_all())
            SubjectReport(
                case=case,
                incident=incident,
                lead_agency_id=case.lead_agency_id,
                perpetrator=person,
                subject_as_reported=data.identity(),
                erase_on=erase_on,
            ).save(force_insert=True)
    party = Party(
        id=party_id or uuid.uuid4(),
        case=case,
        incident=incident,
        role=PartyRole.ALLEGED_PERPETRATOR,
        perpetrator=person,
    )
    party.save(force_insert=True)
    return party


def _victim_reachable(data: IncidentData) -> bool:
    """Whether first contact with a victim can run at all (docs/domain.md §3.3: no contact details, no clock)."""
    return any(v.reachable for v in data.victims)


def priority_label(priority: str) -> str:
    """The priority in words."""
    return Priority(priority).label
