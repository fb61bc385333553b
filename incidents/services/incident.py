"""Logging an incident: opens a case or joins one, with its people, access, clocks and search."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from agencies.choices import DistrictSource
from agencies.models import Agency
from incidents.choices import (
    Channel,
    Classification,
    ClockKind,
    PartyRole,
    PerceivedBy,
    ReporterKind,
)
from incidents.models import (
    Case,
    Characteristic,
    Incident,
    Party,
)
from incidents.rules.triage import Suggestion, priority_change_error
from incidents.services.access import access_rebuild
from incidents.services.alarm import danger_tell
from incidents.services.case_open import case_join, case_open, district_of
from incidents.services.clock import REFUSALS, clock_meet, clocks_sort, clocks_start
from incidents.services.clock_moved import clocks_after_coming
from incidents.services.common import text_check
from incidents.services.hold import kin_hold
from incidents.services.incident_names import report_names_kept_out
from incidents.services.online import PostData, online_log
from incidents.services.online_account import AccountData
from incidents.services.perpetrator_part import perpetrator_join
from incidents.services.priority import priority_for
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation
from kernel.plausible import order_problem
from kernel.references import reference_make
from perpetrators.services import PerpetratorData
from victims.models import Victim
from victims.services import VictimData, victim_add, victim_find

NARRATIVE_LIMIT, REASON_LIMIT = 20_000, 200


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
    post: PostData | None = None
    account: AccountData | None = None
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
    if problem := order_problem(data.occurred_from, data.received_at):
        raise RuleError(f"{problem}.", "occurred_from")
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
    text_check(data.priority_reason, name="Reason", field="priority_reason", limit=REASON_LIMIT, required=False)
    joined = case is not None
    _hold(actor, data, case)
    if case is None:
        case = case_open(actor, agency, data, data.priority or suggestion.priority)
    else:
        case = case_join(actor, agency, data, case, data.priority or suggestion.priority)
    report_names_kept_out(actor, case, data, joined=joined)
    incident = _incident_insert(actor, agency, data, case, submission_id, suggestion)
    victims = _people_add(actor, agency, data, case, incident)
    online_log(actor=actor, agency_id=agency.pk, case=case, incident=incident, post=data.post, account=data.account)
    access_rebuild([case.pk])
    clocks_start(
        case,
        incident,
        reporter_reachable=data.reporter_kind != ReporterKind.ANONYMOUS and not data.reporter_no_contact,
        victim_reachable=_victim_reachable(data),
        support_wanted=any(victim.wish_share_support not in REFUSALS for victim in victims),
    )
    if data.by_hand and agency.pk == case.lead_agency_id:
        clock_meet(case, ClockKind.K0, clock.now())
        case.incidents.filter(looked_at=None).update(looked_at=clock.now())
    if joined and data.by_hand:
        clocks_sort(actor, case, [incident])
    if joined:
        clocks_after_coming(case, [incident])
    search_refresh(case)
    repeat_refresh(case)
    case.refresh_from_db()
    incident.case = case
    danger_tell(actor, case, incident)
    audit.record(
        actor,
        "incident.join" if joined else "incident.log",
        incident,
        operation=AuditOperation.COLLECTION,
        detail={"case": case.ref, "channel": data.channel, "priority": case.priority},
    )
    return incident


def _hold(actor: Actor, data: IncidentData, case: Case | None) -> None:
    """Lock the case that the incident joins, and the other cases of its victims. Two queries; none where nobody is known."""
    refs = [victim.ref for victim in data.victims if victim.ref]
    known = list(Victim.objects.visible_to(actor).filter(ref__in=refs).values_list("pk", flat=True)) if refs else []
    if case is not None or known:
        kin_hold(case.pk if case else None, people=case is not None, known=known)


def _incident_insert(
    actor: Actor, agency: Agency, data: IncidentData, case: Case, submission_id: uuid.UUID, suggestion: Suggestion
) -> Incident:
    names = (
        "received_at occurred_from occurred_to ongoing channel narrative perceived_by behaviours place_type location"
        " postcode district_source online reporter_kind reporter_name reporter_contact"
        " reporter_no_contact triage_answers"
    ).split()
    chosen = bool(data.priority) and data.priority != suggestion.priority
    incident = Incident(
        ref=reference_make("HI", clock.now().year),
        case=case,
        submission_id=submission_id,
        entered_at=clock.now(),
        district_id=district_of(data.district).pk,
        priority_reasons=list(suggestion.reasons),
        priority_set=(data.priority or "") if chosen else "",
        priority_set_reason=data.priority_reason.strip() if chosen else "",
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


def _people_add(actor: Actor, agency: Agency, data: IncidentData, case: Case, incident: Incident) -> list[Victim]:
    """Add everybody of a report; answers its victims as they are recorded, those who were known with their own wishes."""
    victims = []
    for victim_data in data.victims:
        if victim_data.ref:
            victim = victim_find(actor=actor, ref=victim_data.ref)
        else:
            victim = victim_add(actor=actor, agency=agency, data=victim_data, case_id=case.pk)
        Party(case=case, incident=incident, role=PartyRole.VICTIM, victim=victim).save(force_insert=True)
        victims.append(victim)
    for perpetrator_data in data.perpetrators:
        perpetrator_join(actor=actor, agency=agency, case=case, incident=incident, data=perpetrator_data)
    return victims


def _victim_reachable(data: IncidentData) -> bool:
    """Whether first contact with a victim can run at all (docs/domain.md §3.3: no contact details, no clock)."""
    return any(v.reachable for v in data.victims)
