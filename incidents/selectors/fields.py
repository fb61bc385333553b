"""Which groups of fields a reader is shown in a case: the one filter of pages, API, packs and mails.

The rules stand in `rules.fields`; here are the facts that they ask for. Whatever shows a victim's contact details,
what is extra-sensitive of them, a reporter or an alleged perpetrator's identity asks here (docs/domain.md §5.4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef
from django.db.models.functions import JSONObject

from incidents.choices import LEVEL_RANK, Classification, FieldGroup, Level
from incidents.models import Case, CaseGrant, Incident, Party, Reveal, Task, WorkerShown
from incidents.rules.fields import (
    CHANGED_BY,
    FieldDecision,
    FieldFacts,
    Paper,
    field_why,
    fields_decide,
    fields_printed,
    groups_hidden,
    groups_shown,
)
from incidents.scoping import CaseGroups, CaseLevel, CaseSides
from incidents.selectors.audience import IN_FORCE
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.field_groups import FieldLine, FieldsShown
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim

VICTIM_GROUPS = (
    FieldGroup.VICTIM_CONTACT,
    FieldGroup.TRANS_STATUS,
    FieldGroup.HEALTH,
    FieldGroup.IMMIGRATION_STATUS,
)
"""The groups on a victim's record, in the order in which a page offers them."""

MOST_CASES = 200

_LABELS = {
    FieldGroup.VICTIM_CONTACT: "phone, email and address",
    FieldGroup.TRANS_STATUS: "trans status",
    FieldGroup.HEALTH: "health",
    FieldGroup.IMMIGRATION_STATUS: "immigration status",
    FieldGroup.REPORTER_IDENTITY: "who reported",
    FieldGroup.SUBJECT_IDENTITY: "names of alleged perpetrators",
}


@dataclass(frozen=True)
class FieldAccess:
    """What one reader is shown in one case. `until` says when what was opened closes; `noted` that the audit already
    has it that they were shown something today because they work the case.
    """

    case_ref: str
    decisions: dict[FieldGroup, FieldDecision]
    until: dict[str, dt.datetime] = field(default_factory=dict)
    noted: bool = False

    @property
    def shown(self) -> frozenset[FieldGroup]:
        """The groups that are shown."""
        return groups_shown(self.decisions)

    @property
    def hidden(self) -> list[str]:
        """The groups that the reader may ask for and is not shown."""
        return groups_hidden(self.decisions)

    @property
    def assigned(self) -> list[str]:
        """The groups that are shown because the reader works the case."""
        return [group.value for group, decision in self.decisions.items() if decision.rule == "assigned"]

    def lines(self, *groups: FieldGroup) -> list[FieldLine]:
        """What a page says of some groups: those that can be asked for, and those that close again."""
        return [line for group in groups if (line := self.line(group))]

    def line(self, group: FieldGroup) -> FieldLine | None:
        """What a page says of a group; None where there is nothing to say."""
        decision = self.decisions[group]
        hidden = not decision.shown
        if (hidden and not decision.can_ask) or decision.rule in ("assigned", "pack"):
            return None
        return FieldLine(self.case_ref, group.value, _LABELS[group], hidden, self.until.get(group.value))


def shown(actor: Actor, case: Case) -> frozenset[FieldGroup]:
    """The groups of fields that the actor is shown in a case. No query for a case from `case_get`, else one."""
    return field_access(actor, case).shown


def field_access(actor: Actor, case: Case, *, printed: Paper | None = None) -> FieldAccess:
    """What the actor is shown in a case that they may see, what they may ask for, and why; `printed` for a paper of this
    kind that is made for their agency.

    No query for a case with `field_facts` (every case from `case_get`), else one. Raises Case.DoesNotExist out of scope.
    """
    if not hasattr(case, "reveal_rows"):
        case = (
            Case.objects.visible_to(actor)
            .annotate(rank=CaseLevel("pk"), **field_facts(actor, clock.today_real()))
            .get(pk=case.pk)
        )
    return _access(actor, case, printed=printed)


def field_facts(actor: Actor, today: dt.date) -> dict[str, Any]:
    """The annotations of a query for cases that `field_access` reads, so that it needs none of its own."""
    sides = {"knows_sides": CaseSides("pk")} if len(actor.sides) > 1 else {}
    noted = WorkerShown.objects.visible_to(actor).filter(case_id=OuterRef("pk"), day=today)
    return {
        "has_work": ExpressionWrapper(_has_work(actor, "pk"), output_field=BooleanField()),
        "reveal_rows": ArraySubquery(_reveals(actor, "pk").values(data=JSONObject(group="group", until="until"))),
        "was_noted": Exists(noted),
        # The only place where what a share covers narrows what is shown; the second wall asks the same function.
        "groups_granted": CaseGroups("pk"),
        **sides,
    }


def _has_work(actor: Actor, case: str) -> Any:
    mine = actor.user_id or 0
    tasks = Task.objects.visible_to(actor).filter(case_id=OuterRef(case), assignee_id=mine, closed_at=None)
    logged = Incident.objects.visible_to(actor).filter(case_id=OuterRef(case), entered_by_id=mine)
    return Exists(tasks) | Exists(logged)


def _reveals(actor: Actor, case: str) -> Any:
    return Reveal.objects.visible_to(actor).filter(case_id=OuterRef(case))


def may_be_shown(actor: Actor) -> Any:
    """A condition for rows of cases that the actor's agencies do not lead: whether the actor works the case or has
    opened something in it. Without either they are shown no group there that a victim's address belongs to; whether
    they are shown it, `shown_in` says.
    """
    return _has_work(actor, "case_id") | Exists(_reveals(actor, "case_id"))


def shown_in(actor: Actor, case_ids: Iterable[int], group: FieldGroup) -> frozenset[int]:
    """In which of some cases the actor is shown a group of fields now. One query."""
    rows = Case.objects.visible_to(actor).filter(pk__in=sorted(case_ids))
    rows = rows.annotate(rank=CaseLevel("pk"), **field_facts(actor, clock.today_real()))
    return frozenset(case.pk for case in rows if group in _access(actor, case).shown)


def _access(actor: Actor, case: Any, *, printed: Paper | None = None) -> FieldAccess:
    if len(actor.sides) > 1:
        actor = actor.knowing(frozenset(case.knows_sides))
    until: dict[str, dt.datetime] = {}
    for row in case.reveal_rows:
        ends = dt.datetime.fromisoformat(row["until"])
        until[row["group"]] = max(ends, until.get(row["group"], ends))
    facts = FieldFacts(
        rank=case.rank,
        sees_victims=actor.sees_victims,
        sees_perpetrators=actor.sees_perpetrators,
        leads=case.lead_agency_id in actor.agency_ids,
        works=actor.user_id is not None and (actor.user_id in (case.lead_worker_id, case.deputy_id) or case.has_work),
        person=actor.user_id is not None,
        revealed=frozenset(until),
        granted=None if case.groups_granted is None else frozenset(case.groups_granted),
    )
    decisions = fields_printed(facts, printed) if printed else fields_decide(facts)
    return FieldAccess(case.ref, decisions, until, case.was_noted)


def reveal_get(actor: Actor, case: Case, pk: str) -> Reveal:
    """One of the actor's own openings in a case, whether or not it is still open. One query. Raises AbsentError."""
    found = case.reveals.filter(pk=pk, user_id=actor.user_id or 0).first()
    if found is None:
        raise AbsentError
    return found


# --- A person's page -------------------------------------------------------------------------------


def victim_cases_access(actor: Actor, victim: Victim) -> list[tuple[Case, FieldAccess]]:
    """What the actor is shown in each case with a victim that they may see, newest first. One query."""
    return _cases_access(actor, Party.objects.visible_to(actor).filter(victim=victim))


def perpetrator_cases_access(actor: Actor, person: AllegedPerpetrator) -> list[tuple[Case, FieldAccess]]:
    """What the actor is shown in each case with an alleged perpetrator that they may see, newest first. One query."""
    return _cases_access(actor, Party.objects.visible_to(actor).filter(perpetrator=person))


def name_kept(person: AllegedPerpetrator, case: Case) -> bool:
    """Whether a person's name is recorded and a case lets it be kept, so that it could be shown there at all. No query."""
    return person.status == PerpetratorStatus.NAMED and Classification(case.classification).keeps_names


def _cases_access(actor: Actor, parties: Any) -> list[tuple[Case, FieldAccess]]:
    cases = Case.objects.visible_to(actor).filter(Exists(parties.filter(case_id=OuterRef("pk"))))
    rows = cases.annotate(rank=CaseLevel("pk"), **field_facts(actor, clock.today_real())).order_by(
        "-received_at", "-pk"
    )[:MOST_CASES]
    return [(case, _access(actor, case)) for case in rows]


def fields_together(accesses: Iterable[FieldAccess], groups: Iterable[FieldGroup]) -> FieldsShown:
    """What is shown of a person through all of their cases: a group that one case shows is shown; one that none
    shows can be asked for in the newest case that lets it be. No query.
    """
    held, lines = list(accesses), []
    open_groups: set[str] = set()
    for group in groups:
        showing = [access for access in held if access.decisions[group].shown]
        if showing:
            open_groups.add(group.value)
        unasked = any(access.line(group) is None for access in showing)
        offered = [line for access in showing or held if (line := access.line(group))]
        if offered and not unasked:
            lines.append(offered[0])
    return FieldsShown(frozenset(open_groups), tuple(lines))


# --- Why -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldWhy:
    """Why a group is shown or not, in a sentence. `can_ask` says that a reason would open it, `change` where it is
    changed."""

    group: str
    label: str
    shown: bool
    can_ask: bool
    sentence: str
    change: str = ""


def fields_why(actor: Actor, case: Case) -> list[FieldWhy]:
    """Why each group of fields is shown to the actor in a case, or is not. The queries of `field_access`."""
    return _whys(field_access(actor, case).decisions)


def fields_why_of(actor: Actor, case: Case, about: Actor, rank: int) -> list[FieldWhy]:
    """The same about somebody else, whose level in the case is `rank`, for whoever may ask about others.

    What they have opened is theirs: the answer speaks as if nothing were open. Three queries at most.
    """
    theirs = about.user_id or 0
    tasks = Task.objects.visible_to(actor).filter(case=case, assignee_id=theirs, closed_at=None)
    logged = Incident.objects.visible_to(actor).filter(case=case, entered_by_id=theirs)
    works = theirs in (case.lead_worker_id, case.deputy_id) or tasks.values("pk").union(logged.values("pk")).exists()
    facts = FieldFacts(
        rank=rank,
        sees_victims=about.sees_victims,
        sees_perpetrators=about.sees_perpetrators,
        leads=case.lead_agency_id in about.agency_ids,
        works=works,
        granted=_granted_to(about, case),
    )
    return _whys(fields_decide(facts), about.name)


def _granted_to(about: Actor, case: Case) -> frozenset[str] | None:
    """What `hatecase_case_groups` answers, for somebody else."""
    if case.people.filter(IN_FORCE, user_id=about.user_id or 0, rank__gte=LEVEL_RANK[Level.VIEW]).exists():
        return None
    shares = list(case.grants.filter(IN_FORCE, agency_id__in=about.agency_ids).values_list("source", "field_groups"))
    if any(source == CaseGrant.Source.LEAD for source, _ in shares):
        return None
    return frozenset(group for _, groups in shares for group in groups)


def _whys(decisions: dict[FieldGroup, FieldDecision], who: str = "") -> list[FieldWhy]:
    return [
        FieldWhy(
            group.value,
            str(group.label),
            decision.shown,
            not decision.shown and decision.can_ask,
            field_why(group, decision, who=who),
            CHANGED_BY.get(decision.rule, ""),
        )
        for group, decision in decisions.items()
    ]
