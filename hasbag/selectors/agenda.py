"""The agenda as one actor may see it: numbered for that actor, so that what is hidden leaves no gap."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, Q

from hasbag import rules
from hasbag.choices import AgendaSection, Criterion, ItemState
from hasbag.models import AgendaItem, Meeting
from incidents.choices import Band, PartyRole, Strand, strand_codes
from incidents.models import Case, Party, RiskAssessment
from incidents.rules.repeat import under_18
from incidents.selectors.text import text_shown, written_by, written_by_colleague
from kernel import clock
from kernel.actors import Actor
from kernel.working_days import local_date

STRANDS_SHORT = {
    Strand.RACE: "Race",
    Strand.RELIGION: "Religion",
    Strand.ORIENTATION: "Orientation",
    Strand.DISABILITY: "Disability",
    Strand.TRANSGENDER: "Transgender",
    Strand.ALTERNATIVE: "Subculture",
    Strand.SEX: "Sex",
    Strand.AGE: "Age",
    Strand.OTHER: "Other",
}
_OF_VICTIMS = frozenset({Criterion.MEDIUM_REPEAT_VICTIM, Criterion.MEDIUM_UNDER_18, Criterion.MEDIUM_VULNERABLE})
TRENDS = {"up": "rising", "down": "falling", "same": "unchanged", "": ""}


@dataclass(frozen=True)
class AgendaLine:
    """One case on the agenda, as this actor may see it. `number` counts this actor's lines only."""

    number: int
    uid: uuid.UUID
    case_id: int
    case_ref: str
    section: AgendaSection
    discussed_before: bool
    last_meeting_at: dt.datetime | None
    strands: tuple[str, ...]
    band: str
    risk_total: int | None
    trend: str
    repeat_victim: bool
    child: bool
    lead_agency_id: int
    lead_agency: str
    lead_code: str
    presenter: str
    criteria: tuple[str, ...]
    reason: str
    late: bool
    added_at: dt.datetime
    removed: bool
    removed_reason: str
    minutes: int

    @property
    def strands_short(self) -> tuple[str, ...]:
        """The strands in one word each, for a narrow table."""
        return tuple(STRANDS_SHORT[Strand(code)] for code in self.strands)

    @property
    def strand_labels(self) -> tuple[str, ...]:
        """The strands in full."""
        return tuple(Strand(code).label for code in self.strands)

    @property
    def band_label(self) -> str:
        """The band in a word; "Not assessed" without an assessment."""
        return Band(self.band).label if self.band else "Not assessed"

    @property
    def trend_text(self) -> str:
        """How the risk moved since the assessment before: rising, falling, unchanged, or nothing."""
        return TRENDS[self.trend]

    @property
    def why(self) -> tuple[str, ...]:
        """Why the case is here, as sentences."""
        return (*(f"{text}." for text in self.criteria), *((self.reason,) if self.reason else ()))


def agenda_lines(actor: Actor, meeting: Meeting, *, states: Sequence[str] = (ItemState.LISTED,)) -> list[AgendaLine]:
    """The items of a meeting whose cases the actor may see now, in the order of the agenda. Four queries."""
    items = list(
        AgendaItem.objects.visible_to(actor)
        .filter(meeting=meeting, state__in=states)
        .select_related("case__lead_agency", "case__lead_worker")
        .annotate(
            reason_shown=text_shown(actor, F("case_id"), F("reason"), _reason_written_by(actor)),
            removed_reason_shown=text_shown(
                actor, F("case_id"), F("removed_reason"), written_by_colleague(actor, "removed_by")
            ),
        )
    )
    case_ids = [item.case_id for item in items]
    # Of an assessment its band is for everybody in the case, its points for who may know the victim.
    totals = _totals(actor, case_ids) if actor.sees_victims else {}
    earlier = _earlier(actor, meeting, case_ids)
    children = _children(actor, meeting, case_ids)
    facts = {item.case.ref: (_facts(actor, item, totals, earlier), item) for item in items}
    lines = []
    for number, fact in enumerate(rules.agenda_order(fact for fact, _ in facts.values()), start=1):
        item = facts[fact.ref][1]
        lines.append(_line(actor, number, fact, item, totals, earlier, children))
    return lines


def _reason_written_by(actor: Actor) -> Q:
    """Why a case is discussed: what the system listed it for, its lead agency wrote in a referral."""
    referred = Q(added_by=None) & written_by(actor, "case__lead_agency")
    return referred | written_by_colleague(actor, "added_by")


def _facts(
    actor: Actor, item: AgendaItem, totals: dict[int, list[int]], earlier: dict[int, dt.datetime]
) -> rules.ItemFacts:
    """What decides the heading and the order, by the criteria that the actor is told: a heading tells one too."""
    case = item.case
    return rules.ItemFacts(
        ref=case.ref,
        received_at=case.received_at,
        criteria=frozenset(code for code in item.criteria if not _tells(actor, code)),
        band=case.band,
        risk_total=totals[case.pk][-1] if totals.get(case.pk) else 0,
        discussed_before=case.pk in earlier,
        restricted=case.restricted,
    )


def _line(
    actor: Actor,
    number: int,
    fact: rules.ItemFacts,
    item: Any,
    totals: dict[int, list[int]],
    earlier: dict[int, dt.datetime],
    children: set[int],
) -> AgendaLine:
    case = item.case
    scores = totals.get(case.pk, [])
    return AgendaLine(
        number=number,
        uid=item.uid,
        case_id=case.pk,
        case_ref=case.ref,
        section=rules.agenda_section(fact),
        discussed_before=fact.discussed_before,
        last_meeting_at=earlier.get(case.pk),
        strands=strand_codes(case.strands),
        band=case.band,
        risk_total=scores[-1] if scores else None,
        trend=rules.trend(scores),
        repeat_victim=case.repeat_victim and actor.sees_victims,
        child=case.pk in children,
        lead_agency_id=case.lead_agency_id,
        lead_agency=case.lead_agency.name,
        lead_code=case.lead_agency.code,
        presenter=case.lead_worker.name if case.lead_worker else "",
        criteria=tuple(Criterion(code).label for code in item.criteria if not _tells(actor, code)),
        reason=item.reason_shown,
        late=item.late,
        added_at=item.added_at,
        removed=item.state == ItemState.REMOVED,
        removed_reason=item.removed_reason_shown,
        minutes=rules.minutes_allotted(fact.discussed_before),
    )


def _tells(actor: Actor, criterion: str) -> bool:
    """Whether a criterion speaks of people whom the actor may not know."""
    if criterion in _OF_VICTIMS:
        return not actor.sees_victims
    return criterion == Criterion.MEDIUM_REPEAT_PERPETRATOR and not actor.sees_perpetrators


def _totals(actor: Actor, case_ids: list[int]) -> dict[int, list[int]]:
    """The totals of every assessment of these cases, oldest first. One query."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = (
        RiskAssessment.objects.visible_to(actor)
        .filter(case_id__in=case_ids)
        .order_by("assessed_at", "id")
        .values_list("case_id", "total")
    )
    for case_id, total in rows:
        found[case_id].append(total)
    return found


def _earlier(actor: Actor, meeting: Meeting, case_ids: list[int]) -> dict[int, dt.datetime]:
    """When each case was last before a meeting of this area that was held, as far as the actor knows. One query."""
    return dict(
        AgendaItem.objects.visible_to(actor)
        .filter(
            case_id__in=case_ids,
            state=ItemState.LISTED,
            meeting__area=meeting.area,
            meeting__starts_at__lt=min(meeting.starts_at, clock.now()),
            meeting__cancelled_at=None,
        )
        .values("case_id")
        .annotate(last=Max("meeting__starts_at"))
        .values_list("case_id", "last")
    )


def _children(actor: Actor, meeting: Meeting, case_ids: list[int]) -> set[int]:
    """The cases with a victim who is under 18 on the day of the meeting, as far as the actor knows them. One query."""
    rows: Any = (
        Party.objects.visible_to(actor)
        .filter(case_id__in=case_ids, role=PartyRole.VICTIM, victim__date_of_birth__isnull=False)
        .values_list("case_id", "victim__date_of_birth")
    )
    on = local_date(meeting.starts_at)
    return {case_id for case_id, born in rows if under_18(born, on)}


def case_ids_visible(actor: Actor, case_ids: Sequence[int]) -> set[int]:
    """Which of these cases the actor may see at this moment. One query."""
    return set(Case.objects.visible_to(actor).filter(pk__in=case_ids).values_list("pk", flat=True))
