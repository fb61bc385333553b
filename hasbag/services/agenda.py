"""The system chooses the agenda (docs/domain.md §6.3). Nobody is asked, and the chair's agency learns nothing of what
it may not see: such cases become proposals to their lead agencies."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import DurationField, Exists, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Now, TruncDate

from agencies.choices import District
from agencies.models import Agency
from agencies.scoping import actor_for_agency
from agencies.services.notice import NoticeData, notices_create
from hasbag import rules
from hasbag.choices import AgendaState, ItemState, ProposalState
from hasbag.models import AgendaItem, AgendaProposal, Meeting, Referral
from incidents.choices import LEVEL_RANK, OPEN_STATUSES, Band, Classification, Level, PartyRole, Tier
from incidents.models import Case, CaseExclusion, CaseGrant, Incident, Party, RiskAssessment, Task
from incidents.rules.sharing import Wishes, consent_conflict
from incidents.selectors.audience import spoc_ids
from incidents.services.clock import holidays_all
from incidents.services.reminder import cases_seen
from incidents.services.task import task_create
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.identity import acting_as
from kernel.working_days import LONDON, add_working_days, close_of, local_date

log = logging.getLogger(__name__)
WHY = "choose the agenda of a meeting"
_HELD = uuid.UUID("6f1b3c58-6f0a-4a8e-9d2e-6f8b6f4f8a11")


@dataclass(frozen=True)
class Chosen:
    """What one choice did: how many cases came on the agenda, were put to their lead agency, or were held."""

    items: int = 0
    proposals: int = 0
    held: int = 0


def agenda_choose(*, actor: Actor, meeting_id: int) -> Chosen:
    """Choose the cases of a meeting by §6.3, for the system. Safe to repeat: what was listed, taken off, proposed or
    refused before stays as it is; a proposal falls away when the chair's agency sees the case anyhow.

    A case comes on the agenda where the chair's agency may see it; else its lead agency is asked. Where a victim's
    wishes stand against sharing with a member, it is held with a task for whoever leads the case. Twelve queries or
    so, whatever the number of cases; three more for each case that is newly held, seven for each person who is told.
    """
    with transaction.atomic():
        meeting = (
            Meeting.objects.unscoped(reason=WHY)
            .select_for_update(of=("self",))
            .select_related("chair_agency")
            .get(pk=meeting_id)
        )
        if meeting.minutes_signed_at or meeting.cancelled_at:
            return Chosen()
        chosen = _choose(meeting)
        meeting.agenda_state, meeting.agenda_chosen_at = AgendaState.CHOSEN, clock.now()
        meeting.save(update_fields=["agenda_state", "agenda_chosen_at"])
        audit.record(
            actor,
            "meeting.agenda_choose",
            meeting,
            detail={"items": chosen.items, "proposals": chosen.proposals, "held": chosen.held},
        )
    return chosen


def _choose(meeting: Meeting) -> Chosen:
    referrals = _referrals(meeting)
    chosen = {case.pk: (case, found) for case, found in _candidates(meeting, referrals)}
    held = _consent_conflicts(meeting, [case for case, _ in chosen.values()])
    free = [pk for pk in chosen if pk not in held]
    with acting_as(actor_for_agency(meeting.chair_agency)) as chair:
        seen = set(Case.objects.visible_to(chair).filter(pk__in=free).values_list("pk", flat=True))
    # What a release to another meeting has opened meanwhile needs no decision any more.
    waiting = AgendaProposal.objects.unscoped(reason=WHY).filter(meeting=meeting, state=ProposalState.WAITING)
    waiting.filter(case_id__in=seen).delete()
    asked = set(waiting.values_list("case_id", flat=True))
    items = [_item(meeting, *chosen[pk]) for pk in free if pk in seen]
    proposals = [_proposal(meeting, *chosen[pk]) for pk in free if pk not in seen and pk not in asked]
    AgendaItem.objects.bulk_create(items, ignore_conflicts=True)
    AgendaProposal.objects.bulk_create(proposals, ignore_conflicts=True)
    referrals.filter(case_id__in=free).update(meeting=meeting)
    _tell_deciders(proposals, meeting)
    return Chosen(len(items), len(proposals), _hold(meeting, [chosen[pk][0] for pk in held]))


# --- Which cases ---------------------------------------------------------------------------------


def _candidates(meeting: Meeting, referrals: QuerySet[Referral]) -> list[tuple[Any, rules.Choice]]:
    """Cases that the rule chooses and that this meeting does not know yet. One query reads every fact."""
    found = []
    for case in _facts_query(meeting, referrals).iterator(chunk_size=2000):
        choice = rules.agenda_choice(_facts(case), meeting.area)
        if choice.listed:
            found.append((case, choice))
    return found


def _facts_query(meeting: Meeting, referrals: QuerySet[Referral]) -> QuerySet[Case]:
    """Open cases of the area that may meet a criterion, each with the facts that the rule looks at."""
    districts = [code.value for code in District if code.area == meeting.area]
    incidents = Incident.objects.unscoped(reason=WHY).filter(case=OuterRef("pk"))
    victims = Party.objects.unscoped(reason=WHY).filter(case=OuterRef("pk"), role=PartyRole.VICTIM)
    latest = RiskAssessment.objects.unscoped(reason=WHY).filter(case=OuterRef("pk")).order_by("-assessed_at", "-id")
    subjects = Party.objects.unscoped(reason=WHY).filter(case=OuterRef("pk"), role=PartyRole.ALLEGED_PERPETRATOR)
    in_area = (
        Q(district__in=districts)
        | Q(victim_district__in=districts)
        | Q(incident_there__isnull=False)
        | Q(victim_there__isnull=False)
        | Q(subject_there__isnull=False)
    )
    listed = AgendaItem.objects.unscoped(reason=WHY).filter(meeting=meeting, case=OuterRef("pk"))
    decided = AgendaProposal.objects.unscoped(reason=WHY).filter(meeting=meeting, case=OuterRef("pk"))
    return (
        Case.objects.unscoped(reason=WHY)
        .alias(
            incident_there=_first(incidents.filter(district__in=districts)),
            victim_there=_first(victims.filter(victim__district__in=districts)),
            subject_there=_first(subjects.filter(perpetrator__district__in=districts)),
        )
        .filter(in_area, status__in=OPEN_STATUSES, restricted=False)
        .exclude(tier=Tier.RESTRICTED)
        .exclude(classification__in=[Classification.NOT_HATE, Classification.NO_RECORD])
        .filter(~Exists(listed), ~Exists(decided.exclude(state=ProposalState.WAITING)))
        .annotate(
            answers=Subquery(latest.values("answers")[:1]),
            referral=Subquery(referrals.filter(case=OuterRef("pk")).values("reason")[:1]),
        )
        .filter(Q(band__in=[Band.HIGH, Band.MEDIUM]) | Q(answers__E2=rules.CLEAR_TENSION) | Q(referral__isnull=False))
        .annotate(
            incident_districts=ArraySubquery(incidents.values("district_id").distinct()),
            victim_districts=ArraySubquery(victims.values("victim__district").distinct()),
            subject_districts=ArraySubquery(subjects.values("perpetrator__district").distinct()),
            child=_first(victims.filter(_under_18())),
        )
        .only("ref", "status", "classification", "tier", "band", "district_id", "victim_district", "repeat_victim",
              "lead_agency_id", "lead_worker_id")
    )  # fmt: skip


def _first(rows: QuerySet) -> Subquery:
    """Whether there is such a row, asked for each case at hand: an Exists would be worked out for every case there is."""
    return Subquery(rows.order_by().values("pk")[:1])


def _under_18() -> Q:
    """Born less than eighteen years before the incident (docs/domain.md §9.3)."""
    eighteen = Func(Value(18), template="make_interval(years => %(expressions)s)", output_field=DurationField())
    return Q(victim__date_of_birth__gt=TruncDate("incident__occurred_from", tzinfo=LONDON) - eighteen)


def _facts(case: Any) -> rules.CaseFacts:
    answers = case.answers or {}
    return rules.CaseFacts(
        status=case.status,
        classification=case.classification,
        tier=case.tier,
        band=case.band,
        victim_districts=frozenset(filter(None, [case.victim_district, *case.victim_districts])),
        incident_districts=frozenset([case.district_id, *case.incident_districts]),
        subject_districts=frozenset(filter(None, case.subject_districts)),
        repeat_victim=case.repeat_victim,
        victim_under_18=case.child is not None,
        d4=_score(answers.get("D4")),
        e2=_score(answers.get("E2")),
        referral_reason=case.referral or "",
    )


def _score(answer: Any) -> int | None:
    return answer if isinstance(answer, int) else None


def meetings_unfrozen(area: str = "") -> list[Meeting]:
    """Meetings to come whose agenda still takes cases in time, soonest first; of one area or of both. Two queries."""
    now, holidays = clock.now(), holidays_all()
    found = Meeting.objects.unscoped(reason=WHY).filter(starts_at__gt=now, cancelled_at=None, minutes_signed_at=None)
    found = found.filter(area=area) if area else found
    return [m for m in found.order_by("starts_at", "pk") if rules.pack_freeze_at(m.starts_at, holidays) > now]


def area_choose(*, actor: Actor, area: str) -> Chosen:
    """Choose the agenda of the next meeting of an area again, because a case was referred to it."""
    meetings = meetings_unfrozen(area)
    return agenda_choose(actor=actor, meeting_id=meetings[0].pk) if meetings else Chosen()


def _referrals(meeting: Meeting) -> QuerySet[Referral]:
    """The referrals that wait for this meeting: of its area, if it is the next one that is not frozen."""
    waiting = Referral.objects.unscoped(reason=WHY).filter(area=meeting.area, meeting=None)
    following = meetings_unfrozen(meeting.area)
    return waiting if following and following[0].pk == meeting.pk else waiting.none()


# --- Consent -------------------------------------------------------------------------------------


def _consent_conflicts(meeting: Meeting, cases: Sequence[Any]) -> list[int]:
    """The cases in which a victim does not want a member that cannot read it yet to know of it. Four queries."""
    case_ids = [case.pk for case in cases]
    members = dict(Agency.objects.filter(pk__in=meeting.agency_ids).values_list("pk", "type"))
    wishes = _wishes(case_ids)
    readers = _pairs(
        CaseGrant.objects.unscoped(reason=WHY)
        .filter(content_object__in=case_ids, ended_at=None, rank__gte=LEVEL_RANK[Level.VIEW])
        .filter(Q(until=None) | Q(until__gt=Now()), starts_at__lte=Now())
        .values_list("content_object_id", "agency_id")
    )
    excluded = _pairs(
        CaseExclusion.objects.unscoped(reason=WHY)
        .filter(case__in=case_ids, ended_at=None, agency__isnull=False)
        .values_list("case_id", "agency_id")
    )
    held, passed = [], readers | excluded
    for pk in case_ids:
        newcomers = [kind for agency, kind in members.items() if (pk, agency) not in passed]
        if consent_conflict(wishes.get(pk, ()), newcomers):
            held.append(pk)
    return held


def _wishes(case_ids: Sequence[int]) -> dict[int, list[Wishes]]:
    rows = (
        Party.objects.unscoped(reason=WHY)
        .filter(case__in=case_ids, role=PartyRole.VICTIM)
        .values_list(
            "case_id", "victim__wish_share_police", "victim__wish_share_council", "victim__wish_share_support"
        )
    )
    wishes: dict[int, list[Wishes]] = {}
    for case_id, *said in rows:
        wishes.setdefault(case_id, []).append(Wishes(*said))
    return wishes


def _pairs(rows: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    return set(rows)


def _hold(meeting: Meeting, cases: Sequence[Any]) -> int:
    """Ask whoever leads each held case, once, to settle the victim's wishes. Answers how many are newly asked."""
    keys = {uuid.uuid5(_HELD, f"{meeting.pk}:{case.pk}"): case for case in cases}
    asked = set(
        Task.objects.unscoped(reason=WHY).filter(submission_id__in=keys).values_list("submission_id", flat=True)
    )
    return sum(_hold_one(meeting, case, key) for key, case in keys.items() if key not in asked)


def _hold_one(meeting: Meeting, case: Any, key: uuid.UUID) -> bool:
    lead = Agency.objects.get(pk=case.lead_agency_id)
    holidays = holidays_all()
    due_at = rules.pack_freeze_at(meeting.starts_at, holidays)
    if due_at <= clock.now():
        due_at = close_of(add_working_days(local_date(clock.now()), 1, holidays))
    try:
        with acting_as(actor_for_agency(lead)) as agency:
            found = Case.objects.visible_to(agency).select_related("lead_worker").get(pk=case.pk)
            task_create(
                actor=agency,
                case=found,
                title=f"Settle the victim’s wishes about sharing before {meeting.ref}",
                detail="The case meets the criteria of the meeting, and a victim does not want it shared with one of"
                " its members. Speak with the victim. It comes before the meeting once the wishes allow it.",
                agency=lead,
                assignee=found.lead_worker,
                due_at=due_at,
                submission_id=key,
            )
    except (RuleError, Case.DoesNotExist) as error:
        log.warning("no task for a held case of %s: %s", meeting.ref, error)
        return False
    return True


# --- Rows ----------------------------------------------------------------------------------------


def _item(meeting: Meeting, case: Any, choice: rules.Choice) -> AgendaItem:
    return AgendaItem(
        meeting=meeting,
        case_id=case.pk,
        criteria=[criterion.value for criterion in choice.criteria],
        reason=case.referral or "",
        state=ItemState.LISTED,
        added_at=clock.now(),
    )


def _proposal(meeting: Meeting, case: Any, choice: rules.Choice) -> AgendaProposal:
    return AgendaProposal(
        meeting=meeting,
        case_id=case.pk,
        lead_agency_id=case.lead_agency_id,
        criteria=[criterion.value for criterion in choice.criteria],
        reason=case.referral or "",
        state=ProposalState.WAITING,
        created_at=clock.now(),
    )


def _tell_deciders(proposals: Sequence[AgendaProposal], meeting: Meeting) -> None:
    """The lead agencies' points of contact hear of what waits for them: one notice an agency and meeting. It carries
    no case, so each hears of it only where they may see one of the cases. Seven queries for each of them.
    """
    by_agency: dict[int, set[int]] = {}
    for proposal in proposals:
        by_agency.setdefault(proposal.lead_agency_id, set()).add(proposal.case_id)
    notices_create(
        NoticeData(
            user_id,
            f"release:{meeting.pk}:{agency_id}:{clock.today()}",
            "release",
            f"{meeting.ref} asks you to release a case or more to the meeting",
            "/",
        )
        for agency_id, case_ids in by_agency.items()
        for user_id in spoc_ids(agency_id)
        if cases_seen(user_id, case_ids)
    )
