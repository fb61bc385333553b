"""A case as one page: what it is, who is in it, how it stands, what was done and who sees it.

The page, the API and the briefing pack read it here, so that they cannot disagree. What the reader may not know
is not in the answer: no template has to hide it (docs/domain.md §5.3, §5.4).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from agencies.choices import Role
from incidents.choices import (
    LEVEL_RANK,
    OPEN_REQUESTS,
    CaseStatus,
    Classification,
    ClockKind,
    FieldGroup,
    Level,
    OverrideState,
    Priority,
    ProposalState,
    Strand,
    strand_codes,
)
from incidents.models import (
    AccessRequest,
    Case,
    CaseGrant,
    CasePerson,
    ClassificationProposal,
    Clock,
    Incident,
    RiskDraft,
    SubjectReport,
    Task,
    WishOverride,
)
from incidents.rules.fields import Paper
from incidents.rules.sharing import PolicePrompt, Wishes, police_prompt
from incidents.rules.triage_routes import RouteFacts, reopening_shut
from incidents.scoping import CaseLevel, Homes, allocates, in_case, is_decider, is_triager, may_name_lead, may_set_tier
from incidents.selectors import case_people, case_work
from incidents.selectors.audience import IN_FORCE, POLICE_READ
from incidents.selectors.case_incidents import IncidentView, incident_view, incidents_page
from incidents.selectors.case_people import PEOPLE_SHOWN, PerpetratorView, VictimView
from incidents.selectors.case_work import TASKS_SHOWN, ClockView, RiskView, ShareView
from incidents.selectors.chronology import Chronology, chronology
from incidents.selectors.closing import ClosingView, closing_array, closing_view, closure_waits
from incidents.selectors.crime import crime_recorders
from incidents.selectors.emergency import OpeningLine, opening_lines, openings_array
from incidents.selectors.evidence import ROWS_SHOWN, EvidenceLine, evidence_array, evidence_lines
from incidents.selectors.fields import VICTIM_GROUPS, FieldAccess, field_access, field_facts
from incidents.selectors.involved import Household, InvolvedView, involved_array, ties_array
from incidents.selectors.priority import PriorityDecision, priority_array, priority_last
from incidents.selectors.share import wishes_of
from incidents.selectors.text import case_written_by, danger_drafted, text_shown
from incidents.selectors.titles import title_facts, title_of
from incidents.selectors.visit import visit_array
from kernel import clock
from kernel.actors import Actor
from kernel.field_groups import FieldLine
from kernel.prepared import Prepared
from victims.selectors import sensitive_texts


@dataclass(frozen=True)
class Abilities:
    """What the reader may do in this case; the services decide again."""

    level: Level
    look: bool = True
    leads: bool = False
    add: bool = False
    change: bool = False
    share: bool = False
    triage: bool = False
    record_crime: bool = False
    contact: bool = False
    assess: bool = False
    open_up: bool = False
    allocate: bool = False
    name_lead: bool = False
    keep_out: bool = False
    pause: bool = False
    close: bool = False
    outcome: bool = False
    reopen: bool = False

    @property
    def manages(self) -> bool:
        """Whether the terms of every share may be read."""
        return self.level.covers(Level.MANAGE)


@dataclass(frozen=True)
class CasePage:
    """The whole page. Lists are cut to what a page shows; `…_more` says that there is more."""

    case: Case
    summary: str
    title: str
    strands: list[str]
    can: Abilities
    victims: list[VictimView]
    perpetrators: list[PerpetratorView]
    people_more: bool
    incidents: list[IncidentView]
    incidents_newer: str
    incidents_older: str
    clocks: list[ClockView]
    risk: RiskView | None
    risk_history: list[RiskView]
    tasks: list[Task]
    tasks_more: bool
    shares: list[ShareView]
    openings: list[OpeningLine]
    fields: FieldAccess
    evidence: list[EvidenceLine]
    evidence_more: bool
    closing: ClosingView | None = None
    priority_changed: PriorityDecision | None = None
    involved: list[InvolvedView] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    chronology: Chronology = field(default_factory=Chronology)

    police: PolicePrompt = PolicePrompt.NOTHING
    since: dt.datetime | None = None
    knows_victims: bool = True
    knows_perpetrators: bool = True

    @property
    def repeat(self) -> bool:
        """Whether a victim is targeted again, for those who may know victims (docs/domain.md §9.3)."""
        return self.case.repeat_victim and self.knows_victims

    @property
    def further_report(self) -> bool:
        """Whether a report came into the case after it was sorted, and nobody has sorted that one."""
        return case_work.further_waits(self.case)

    @property
    def several_incidents(self) -> bool:
        """Whether there is more than one incident."""
        return len(self.incidents) > 1 or bool(self.incidents_newer or self.incidents_older)

    @property
    def band_from_elsewhere(self) -> bool:
        """Whether the case counts as at risk by an assessment of another one, joined to it or that it was split from."""
        return bool(self.case.band) and (self.risk is None or self.risk.band != self.case.band)

    @property
    def access(self) -> str:
        """What the reader's agency may do, in words."""
        return str(self.can.level.label)

    @property
    def dangers(self) -> list[tuple[str, dt.datetime]]:
        """Who says, in an assessment that is not submitted yet, that somebody is in danger now; when they saved it."""
        return [(name, dt.datetime.fromisoformat(at)) for name, at in getattr(self.case, "danger_rows", None) or []]

    @property
    def priority_colour(self) -> str:
        """The colour of the priority's tag."""
        return Priority(self.case.priority).colour

    @property
    def urgent_reports(self) -> list[IncidentView]:
        """The incidents on the page of which it has to be known beside the priority why they are urgent, or that
        somebody thought otherwise than the rule."""
        return [one for one in self.incidents if one.urgency.stands_out]

    @property
    def victim_lines(self) -> list[FieldLine]:
        """What of the victims is hidden or was opened; with no victim there is nothing to say."""
        return self.fields.lines(*VICTIM_GROUPS) if self.victims else []

    @property
    def reporter_lines(self) -> list[FieldLine]:
        """Whether who reported is hidden or was opened."""
        return self.fields.lines(FieldGroup.REPORTER_IDENTITY)

    @property
    def subject_lines(self) -> list[FieldLine]:
        """Whether names of alleged perpetrators are hidden or were opened; with none kept there is nothing to say."""
        kept = any(person.named or person.hidden for person in self.perpetrators) or any(
            view.online.accounts or view.online.hidden for view in self.incidents
        )
        return self.fields.lines(FieldGroup.SUBJECT_IDENTITY) if kept else []

    @property
    def safe_contacts(self) -> list[VictimView | InvolvedView]:
        """Those about whose contact something has to be known first."""
        return case_people.to_be_known_first(self.victims, self.involved)


@dataclass(frozen=True)
class PageMarks:
    """Where the two long lists of the page stand, and what the chronology is narrowed to."""

    kind: str = ""
    older: str = ""
    newer: str = ""
    incidents_older: str = ""
    incidents_newer: str = ""


def case_get(*, actor: Actor, ref: str) -> Case:
    """A case that the actor may see, with `rank` (the actor's level), its clocks, its latest evidence, what waits in it,
    and what decides about its groups of fields. One query.

    Raises Case.DoesNotExist, the same for what is out of scope and what is not there.
    """
    found = _case(actor, ref, clock.today_real())
    if not found:
        raise Case.DoesNotExist
    case: Any = found[0]
    case.proposal_waits = case.proposal_until is not None and case.proposal_until > clock.now()
    return case


@Prepared
def _case(actor: Actor, ref: str, today: dt.date) -> QuerySet[Case]:
    duty = Clock.objects.visible_to(actor).filter(case_id=OuterRef("pk"), kind=ClockKind.K0, met_at=None)
    unseen = Incident.objects.visible_to(actor).filter(case_id=OuterRef("pk"), looked_at=None)
    requests = AccessRequest.objects.visible_to(actor).filter(case_id=OuterRef("pk"), state__in=OPEN_REQUESTS)
    overrides = WishOverride.objects.visible_to(actor).filter(case_id=OuterRef("pk"), state=OverrideState.WAITING)
    proposals = ClassificationProposal.objects.visible_to(actor).filter(
        case_id=OuterRef("pk"), state=ProposalState.WAITING
    )
    emergencies = CasePerson.objects.visible_to(actor).filter(
        IN_FORCE, case_id=OuterRef("pk"), user_id=actor.user_id, source=CasePerson.Source.EMERGENCY
    )
    draft = RiskDraft.objects.visible_to(actor).filter(case_id=OuterRef("pk"))
    cases = Case.objects.visible_to(actor).select_related("lead_agency", "lead_worker", "deputy", "district")
    return cases.filter(ref=ref).annotate(
        rank=CaseLevel("pk"),
        summary_shown=text_shown(actor, F("pk"), F("summary"), case_written_by(actor)),
        **title_facts(actor),
        duty_check_waits=Exists(duty) | Exists(unseen),
        has_risk_draft=Exists(draft),
        danger_rows=danger_drafted(actor),
        opening_rows=openings_array(actor),
        merged_into_ref=Subquery(Case.objects.visible_to(actor).filter(pk=OuterRef("merged_into_id")).values("ref")),
        proposal_until=Subquery(proposals.order_by().values("expires_at")[:1]),
        requests_wait=Exists(requests),
        records_crimes=crime_recorders(actor),
        police_read=Exists(_police_grants(actor)),
        overrides_wait=Exists(overrides),
        visit_rows=visit_array(actor),
        has_quarantine=Exists(SubjectReport.objects.visible_to(actor).filter(case_id=OuterRef("pk"))),
        clock_rows=case_work.clocks_array(actor),
        closure_waits=closure_waits(actor),
        closing_rows=closing_array(actor),
        priority_rows=priority_array(actor),
        involved_rows=involved_array(actor),
        tie_rows=ties_array(actor),
        home_rows=Homes("pk"),
        evidence_rows=evidence_array(actor),
        emergency_until=Subquery(emergencies.order_by("-until").values("until")[:1]),
        **field_facts(actor, today),
    )


def _police_grants(actor: Actor) -> QuerySet[CaseGrant]:
    return CaseGrant.objects.visible_to(actor).filter(IN_FORCE, *POLICE_READ, content_object_id=OuterRef("pk"))


def case_page(
    *,
    actor: Actor,
    case: Case,
    marks: PageMarks | None = None,
    printed: Paper | None = None,
    since: dt.datetime | None = None,
) -> CasePage:
    """Everything that a case's page shows, for a case from `case_get`. To show it to a person: `services.reading`;
    `printed` for a paper of this kind that is made for the actor's agency. `since` is when its reader last looked.

    Queries, whatever the size of the case: people, incidents with their characteristics, assessments, tasks, shares,
    chronology: six; one more for somebody of agencies of different sides, and while something extra-sensitive is open.
    """
    marks = marks or PageMarks()
    actor = in_case(actor, case)
    can = abilities(actor, case)
    fields = field_access(actor, case, printed=printed)
    people = case_people.people(actor, case)
    texts = sensitive_texts(actor=actor, victims=[p.victim for p in people if p.victim], groups=fields.shown)
    incidents = incidents_page(actor, case, older=marks.incidents_older, newer=marks.incidents_newer)
    assessments = case_work.assessments(actor, case)
    tasks = case_work.tasks(actor, case)
    contact = can.level.covers(Level.CONTRIBUTE)
    evidence = getattr(case, "evidence_rows", [])
    known = case_people.known(case, people, contact=contact, shown=fields.shown, texts=texts)
    return CasePage(
        case=case,
        summary=case.summary_shown,  # type: ignore[attr-defined]
        title=title_of(case, case.summary_shown),  # type: ignore[attr-defined]
        strands=strand_labels(case.strands),
        can=can,
        victims=known.victims,
        perpetrators=known.perpetrators,
        involved=known.involved,
        households=known.households,
        people_more=len(people) > PEOPLE_SHOWN,
        incidents=[incident_view(actor, case, row, shown=fields.shown) for row in incidents.rows],
        incidents_newer=incidents.newer,
        incidents_older=incidents.older,
        clocks=case_work.clocks(getattr(case, "clock_rows", [])),
        risk=assessments[0] if assessments else None,
        risk_history=assessments[1:],
        tasks=tasks[:TASKS_SHOWN],
        tasks_more=len(tasks) > TASKS_SHOWN,
        shares=case_work.shares(actor, case, can),
        openings=opening_lines(actor, getattr(case, "opening_rows", [])),
        fields=fields,
        evidence=evidence_lines(evidence),
        evidence_more=len(evidence) > ROWS_SHOWN,
        police=_police(case, can, people, printed=bool(printed)) if actor.sees_victims else PolicePrompt.NOTHING,
        closing=closing_view(getattr(case, "closing_rows", [])),
        priority_changed=priority_last(case),
        knows_victims=actor.sees_victims,
        knows_perpetrators=actor.sees_perpetrators,
        chronology=chronology(
            actor=actor,
            case=case,
            kind=marks.kind,
            after=marks.older,
            before=marks.newer,
            since=since,
            shown=fields.shown,
        ),
        since=since,
    )


def _police(case: Any, can: Abilities, people: list[Any], *, printed: bool) -> PolicePrompt:
    """What is left to do about telling the police of a suspected crime, for who may share the case and know what its
    victims wish, by the people whom the page has. One query where there are more of them than it shows."""
    waits = case.classification == Classification.CRIME_SUSPECTED and CaseStatus(case.status).is_open
    if printed or not (waits and can.share) or case.police_read or case.overrides_wait:
        return PolicePrompt.NOTHING
    return police_prompt(wishes_of(case) if len(people) > PEOPLE_SHOWN else _wishes(people))


def _wishes(people: list[Any]) -> tuple[Wishes, ...]:
    victims = [party.victim for party in people if party.victim]
    return tuple(Wishes(v.wish_share_police, v.wish_share_council, v.wish_share_support) for v in victims)


def abilities(actor: Actor, case: Case, *, even_closed: bool = False) -> Abilities:
    """What an actor may do in a case from `case_get`; with `even_closed` whatever its status. No query,
    or that of `in_case`.
    """
    knows = in_case(actor, case)
    level = Level.from_rank(getattr(case, "rank", 0) or LEVEL_RANK[Level.VIEW])
    is_open = even_closed or CaseStatus(case.status).is_open
    add = level.covers(Level.CONTRIBUTE) and is_open
    manage = level.covers(Level.MANAGE)
    leads, victims = case.lead_agency_id in actor.agency_ids, knows.sees_victims
    reaches = add or (level.covers(Level.CONTRIBUTE) and getattr(case, "closure_waits", False))
    closed = manage and case.status == CaseStatus.CLOSED and leads and victims
    works = any(is_decider(actor, a) or actor.has_role(Role.CASEWORKER, agency_id=a) for a in actor.agency_ids)
    return Abilities(
        level=level,
        leads=leads,
        add=add,
        change=manage and is_open,
        share=manage and works,
        triage=manage and is_open and is_triager(actor, case.lead_agency_id),
        record_crime=add and getattr(case, "records_crimes", False),
        contact=reaches and victims,
        assess=add and victims,
        open_up=manage and may_set_tier(actor, case),
        allocate=manage and is_open and allocates(actor, case),
        name_lead=manage and is_open and may_name_lead(actor, case),
        keep_out=manage and is_decider(actor, case.lead_agency_id),
        pause=manage and victims,
        close=manage and is_open and leads and victims,
        outcome=closed,
        reopen=closed and reopening_shut(_reopening(actor, case)) is None,
    )


def _reopening(actor: Actor, case: Case) -> RouteFacts:
    return RouteFacts(case.classification, case.status, triages=is_triager(actor, case.lead_agency_id))


def strand_labels(mask: int) -> list[str]:
    """The strands of a mask in words."""
    return [str(Strand(code).label) for code in strand_codes(mask)]
