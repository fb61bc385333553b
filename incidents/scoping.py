"""Who may see and do what with cases: the first wall. Row-level security (incidents/migrations) is the second.

A case is visible to an actor when a grant of level view or higher is in force for one of the actor's
agencies (or the actor is named on it), and no exclusion names the actor or one of those agencies. What is
in force is decided by the database's clock. See docs/permissions.md.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThanOrEqual

from agencies.choices import Role, Side
from agencies.models import Notice
from agencies.scoping import governs, supervised
from incidents.choices import LEVEL_RANK, Level
from incidents.models import (
    AccessMessage,
    AccessRequest,
    Breach,
    Case,
    CaseAccess,
    CaseExclusion,
    CaseGrant,
    CasePerson,
    Characteristic,
    ClassificationChange,
    Clock,
    Contact,
    CustodyEvent,
    DipItem,
    DipSample,
    EmergencyAccess,
    Evidence,
    Incident,
    IncidentDraft,
    Note,
    Party,
    Reveal,
    RiskAssessment,
    RiskDraft,
    SubjectReport,
    Task,
    WishOverride,
    WorkerShown,
)
from kernel.actors import Actor
from kernel.scoping import scope
from perpetrators.models import PerpetratorAccess
from victims.models import VictimAccess, VictimSensitive

TRIAGERS = (Role.TRIAGER, Role.SPOC, Role.DEPUTY_SPOC, Role.MANAGER)
DECIDERS = (Role.SPOC, Role.DEPUTY_SPOC, Role.MANAGER)
REQUEST_NOTICE, BREACH_NOTICE = "access_request", "breach"
KNOWN_KINDS = (REQUEST_NOTICE, BREACH_NOTICE)
"""Kinds of notices that reach somebody who may know of a case without opening it."""


def _agencies_as(actor: Actor, *roles: str) -> list[int]:
    """The agencies whose cases the actor may use in which they hold one of these roles."""
    return [agency for agency in actor.agency_ids if actor.has_role(*roles, agency_id=agency)]


class CaseLevel(Func):
    """The rank of the asker's highest grant in force, exactly: exclusions and ends taken into account."""

    function = "hatecase_case_level"
    output_field = IntegerField()


class CaseSides(Func):
    """The sides of the asker's agencies through which they hold a case, exactly."""

    function = "hatecase_case_sides"
    output_field: Any = ArrayField(CharField())


class CaseGroups(Func):
    """The groups of fields that the asker's shares of a case cover, exactly; null where no share narrows them."""

    function = "hatecase_case_groups"
    output_field: Any = ArrayField(CharField())


class CaseKnows(Func):
    """Whether the asker may know people of a side in a case, exactly."""

    function = "hatecase_case_knows"
    output_field: Any = BooleanField()


def in_case(actor: Actor, case: Case) -> Actor:
    """The actor as far as one case goes: who works for agencies of different sides knows there whom those agencies
    may know through which they hold it (docs/permissions.md). One query for such a person, else none.
    """
    if len(actor.sides) < 2:
        return actor
    found = Case.objects.visible_to(actor).filter(pk=case.pk).values_list(CaseSides("pk"), flat=True).first()
    return actor.knowing(frozenset(found or ()))


class EvidenceTold(Func):
    """Whether the asker may know of a file in a case: it cannot be redacted, so only who may know both sides there, and
    the agency that added it (docs/permissions.md, "Evidence").
    """

    function = "hatecase_evidence_told"
    output_field: Any = BooleanField()


class CaseKnown(Func):
    """Whether the asker may be told something about sharing a case that they may not open: a signposted agency, and
    information governance, unless a conflict of interest stands against it.
    """

    function = "hatecase_case_known"
    output_field = BooleanField()


class Excluded(Func):
    """Whether a conflict of interest keeps the asker from a case, also somebody without case content."""

    function = "hatecase_excluded"
    output_field = BooleanField()


def _level_now(case_id: str, level: Level) -> GreaterThanOrEqual:
    return GreaterThanOrEqual(CaseLevel(case_id), LEVEL_RANK[level])


class _Opens(Func):
    """Whether the access envelope of a row lets an actor in, where `named` also by name; past an end only the exact
    answer of the grants themselves, or of those that let a `side` be known. The source expression is the case's key.

    One expression rather than a tree of look-ups: it stands in every query many times, and Django builds this in a
    tenth of the time.
    """

    output_field: Any = BooleanField()

    def __init__(self, key: Any, actor: Actor, *, named: bool = True, side: str = "") -> None:
        super().__init__(key)
        self.agencies, self.user_id = list(actor.agency_ids), actor.user_id
        self.named, self.side = named and actor.user_id is not None, side

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (column,) = self.get_source_expressions()
        key, _params = compiler.compile(column)
        return self._conditions(compiler.quote_name_unless_alias(column.alias), key)

    def _conditions(self, row: str, key: str) -> tuple[str, list[Any]]:
        exact = f"hatecase_case_knows({key}, '{self.side}')" if self.side else f"hatecase_case_level({key}) >= 2"
        by_name, user = (f" OR {row}.user_ids @> %s::int[]", [self.user_id]) if self.named else ("", None)
        sql = (
            f"(((NOT {row}.restricted AND {row}.agency_ids && %s::int[]){by_name})"
            f" AND ({row}.access_ends_at IS NULL OR {row}.access_ends_at > STATEMENT_TIMESTAMP() OR {exact})"
            f" AND NOT ({row}.excluded_agency_ids && %s::int[] OR {row}.excluded_user_ids @> %s::int[]))"
        )
        params = [self.agencies, *([user] if user else []), self.agencies, [self.user_id or 0]]
        return sql, params


class _CaseOpens(_Opens):
    """The same of the case to which a row's column leads."""

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        key, _params = compiler.compile(self.get_source_expressions()[0])
        conditions, params = self._conditions("c", "c.id")
        # `key` is the column as Django compiled it.
        return f"EXISTS (SELECT 1 FROM incidents_case c WHERE c.id = {key} AND {conditions})", params  # noqa: S608


def _opens_nothing(actor: Actor) -> bool:
    """Who holds no share: but for information governance, to which a case opens by name, in an emergency."""
    return not actor.agency_ids and not actor.has_role(Role.GOVERNANCE)


def _envelope(actor: Actor, queryset: QuerySet, key: str, *, named: bool = True, side: str = "") -> QuerySet:
    if _opens_nothing(actor):
        return queryset.none()
    return queryset.filter(_Opens(F(key), actor, named=named, side=side))


@scope(Case)
def _cases(queryset: Any, actor: Actor) -> Any:
    return _envelope(actor, queryset, "pk")


# A person's access rows carry a copy of the case's envelope, to the agencies of their side. Registered here: people
# know no cases.
@scope(VictimAccess)
def _victim_access(queryset: Any, actor: Actor) -> Any:
    return _envelope(actor, queryset, "case_id", named=actor.sees_some_victims, side=Side.VICTIM)


@scope(PerpetratorAccess)
def _perpetrator_access(queryset: Any, actor: Actor) -> Any:
    return _envelope(actor, queryset, "case_id", named=actor.sees_some_perpetrators, side=Side.PERPETRATOR)


def _through_case(queryset: Any, actor: Actor, path: str = "case") -> Any:
    if _opens_nothing(actor):
        return queryset.none()
    return queryset.filter(_CaseOpens(F(f"{path}_id"), actor))


for _model in (
    Incident,
    Characteristic,
    ClassificationChange,
    Note,
    Contact,
    Clock,
    RiskAssessment,
    CasePerson,
    CaseExclusion,
):
    scope(_model)(_through_case)


def hidden_sides(actor: Actor) -> list[str]:
    """The sides whose own agencies the actor is not told of: that a programme provider works in a case tells something
    about the alleged perpetrator, and that a victim service does about the victim.
    """
    hidden = [] if actor.sees_perpetrators else [Side.PERPETRATOR.value]
    return hidden if actor.sees_victims else [*hidden, Side.VICTIM.value]


def tasks_told(tasks: Any, actor: Actor) -> Any:
    """Of tasks in cases that the actor may see those that the actor is told of: all but the ones that an agency of a
    hidden side does or asked for, and of those the ones that the actor's own agency does or asked for.
    """
    hidden = hidden_sides(actor)
    if not hidden:
        return tasks
    theirs = Q(agency__side__in=hidden) | Q(asked_by_agency__side__in=hidden)
    return tasks.filter(Q(agency_id__in=actor.agency_ids) | Q(asked_by_agency_id__in=actor.agency_ids) | ~theirs)


@scope(Task)
def _tasks(queryset: Any, actor: Actor) -> Any:
    return tasks_told(_through_case(queryset, actor), actor)


@scope(Evidence)
def _evidence(queryset: Any, actor: Actor) -> Any:
    """Files of cases that the actor may see: all of them for who may know both sides there, else one's own agency's."""
    rows = _through_case(queryset, actor)
    return rows if actor.sides == {Side.BOTH.value} else rows.filter(EvidenceTold("case_id", "agency_id"))


@scope(CustodyEvent)
def _custody(queryset: Any, actor: Actor) -> Any:
    """The log of a file is for whoever may know of the file."""
    return queryset.filter(Exists(Evidence.objects.visible_to(actor).filter(pk=OuterRef("evidence_id"))))


@scope(CaseGrant)
def _grants(queryset: Any, actor: Actor) -> Any:
    return _through_case(queryset, actor, "content_object")


@scope(Party)
def _parties(queryset: Any, actor: Actor) -> Any:
    """The parties whom the actor may know in their very case."""
    rows = _through_case(queryset, actor)
    if not actor.sees_victims:
        rows = rows.filter(Q(victim=None) | _known(actor, VictimAccess, "victim"))
    if not actor.sees_perpetrators:
        rows = rows.filter(Q(perpetrator=None) | _known(actor, PerpetratorAccess, "perpetrator"))
    return rows


def _known(actor: Actor, access: Any, person: str) -> Exists:
    mine = access.objects.visible_to(actor)
    return Exists(mine.filter(**{f"{person}_id": OuterRef(f"{person}_id"), "case_id": OuterRef("case_id")}))


@scope(CaseAccess)
def _access(queryset: Any, actor: Actor) -> Any:
    """The actor's own access rows in force, signposts included."""
    agencies = list(actor.agency_ids)
    if not agencies and not actor.has_role(Role.GOVERNANCE):
        return queryset.none()
    mine = Q(agency_id__in=agencies) | Q(user_id=actor.user_id or 0)
    return (
        queryset.filter(mine)
        .exclude(Q(excluded_agency_ids__overlap=agencies) | Q(excluded_user_ids__contains=[actor.user_id or 0]))
        .filter(Q(ends_at=None) | Q(ends_at__gt=Now()) | Q(_level_now("case_id", Level.SIGNPOST)))
    )


@scope(IncidentDraft)
def _drafts(queryset: Any, actor: Actor) -> Any:
    """The author's own drafts, and those of the agencies in which the actor is SPOC."""
    if actor.user_id is None or not actor.agency_ids:
        return queryset.none()
    spoc_of = _agencies_as(actor, Role.SPOC, Role.DEPUTY_SPOC)
    return queryset.filter(Q(author_id=actor.user_id, agency_id__in=actor.agency_ids) | Q(agency_id__in=spoc_of))


@scope(SubjectReport)
def _subject_reports(queryset: Any, actor: Actor) -> Any:
    """The lead agency's triagers only, and none of an agency that works with victims alone (docs/domain.md §1.4)."""
    triager_of = _agencies_as(actor, *TRIAGERS)
    theirs = queryset.filter(lead_agency_id__in=triager_of).exclude(lead_agency__side=Side.VICTIM)
    return _through_case(theirs, actor)


@scope(EmergencyAccess)
def _emergency(queryset: Any, actor: Actor) -> Any:
    """One's own openings; those of cases that the actor's agency leads, for who decides there and may see the case; and
    all of them for information governance, without a conflict of interest (docs/domain.md §5.5)."""
    if actor.has_role(Role.GOVERNANCE):
        return queryset.filter(Q(user_id=actor.user_id or 0) | ~Q(Excluded("case_id")))
    decides = _agencies_as(actor, *DECIDERS)
    seen = Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id")))
    return queryset.filter(Q(user_id=actor.user_id or 0) | (Q(lead_agency_id__in=decides) & seen))


@scope(RiskDraft)
def _risk_drafts(queryset: Any, actor: Actor) -> Any:
    return _through_case(queryset.filter(author_id=actor.user_id or 0), actor)


@scope(Reveal)
def _reveals(queryset: Any, actor: Actor) -> Any:
    """One's own looks at hidden groups that are still open. Asked beside a case that the actor may see."""
    return queryset.filter(user_id=actor.user_id or 0, ended_at=None, until__gt=Now())


@scope(WorkerShown)
def _worker_shown(queryset: Any, actor: Actor) -> Any:
    return queryset.filter(user_id=actor.user_id or 0)


@scope(VictimSensitive)
def _sensitive(queryset: Any, actor: Actor) -> Any:
    """What is extra-sensitive of a victim, group by group: while the actor has opened it in a case with that victim,
    which they still hold at the level contribute from the victim side. Registered here: victims know no cases.
    """
    looks = Reveal.objects.visible_to(actor).filter(
        _level_now("case_id", Level.CONTRIBUTE),
        CaseKnows("case_id", Value(Side.VICTIM.value)),
        group=OuterRef("group"),
        case__parties__victim_id=OuterRef("victim_id"),
    )
    return queryset.filter(Exists(looks))


@scope(Notice)
def _notices(queryset: Any, actor: Actor) -> Any:
    """One's own notices; one about a case only while that may be seen, one about a request or a breach while it may
    be known. Registered here: agencies know no cases.
    """
    if actor.user_id is None:
        return queryset.none()
    seen = Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id")))
    known = Q(kind__in=KNOWN_KINDS) & Q(CaseKnown("case_id"))
    return queryset.filter(Q(case_id=None) | seen | known, user_id=actor.user_id)


@scope(WishOverride)
def _overrides(queryset: Any, actor: Actor) -> Any:
    """Those of the actor's own agencies, while they manage the case."""
    theirs = queryset.filter(from_agency_id__in=actor.agency_ids)
    return _through_case(theirs.filter(_level_now("case_id", Level.MANAGE)), actor)


@scope(AccessRequest)
def _requests(queryset: Any, actor: Actor) -> Any:
    """The agency that asked, while it may know of the case; and the lead agency."""
    asked = Q(agency_id__in=actor.agency_ids) & Q(_level_now("case_id", Level.SIGNPOST))
    led = Case.objects.visible_to(actor).filter(pk=OuterRef("case_id"), lead_agency_id__in=actor.agency_ids)
    return queryset.filter(asked | Exists(led))


@scope(AccessMessage)
def _messages(queryset: Any, actor: Actor) -> Any:
    return queryset.filter(Exists(AccessRequest.objects.visible_to(actor).filter(pk=OuterRef("request_id"))))


@scope(Breach)
def _breaches(queryset: Any, actor: Actor) -> Any:
    """Information governance, and who decides for the lead agency while they may see the case."""
    free = queryset.exclude(Excluded("case_id"))
    if actor.has_role(Role.GOVERNANCE):
        return free
    decides = _agencies_as(actor, *DECIDERS)
    return free.filter(_level_now("case_id", Level.VIEW), lead_agency_id__in=decides)


class DipTold(Func):
    """How far the asker may be told of an event of the monthly sample: 0 not at all."""

    function = "hatecase_dip_told"
    output_field = IntegerField()


@scope(DipSample)
def _dip_samples(queryset: Any, actor: Actor) -> Any:
    """Information governance alone: the numbers would tell a supervisor how much is hidden from them."""
    return queryset if governs(actor) else queryset.none()


@scope(DipItem)
def _dip_items(queryset: Any, actor: Actor) -> Any:
    """Information governance those of all agencies, a supervisor those of their own, less what is hidden from each."""
    if not governs(actor):
        queryset = queryset.filter(agency_id__in=supervised(actor))
    return queryset.filter(GreaterThanOrEqual(DipTold("event_id", "agency_id"), 1))


# --- What may be done -----------------------------------------------------------------------------


def may_see_breaches(actor: Actor) -> bool:
    """Whether there is a list of breaches for the actor at all: information governance, and who decides somewhere."""
    return actor.has_role(Role.GOVERNANCE) or any(is_decider(actor, agency_id) for agency_id in actor.agency_ids)


def is_triager(actor: Actor, agency_id: int) -> bool:
    """Whether the actor sorts reports for that agency: priority, classification, names in quarantine."""
    return actor.has_role(*TRIAGERS, agency_id=agency_id)


def is_decider(actor: Actor, agency_id: int) -> bool:
    """Whether the actor decides for that agency: sharing, releases, allocation."""
    return actor.has_role(*DECIDERS, agency_id=agency_id)


def may_set_tier(actor: Actor, case: Case) -> bool:
    """Whether the actor chooses how widely a case is shared: who decides for the lead agency, and its lead worker."""
    leads = case.lead_agency_id in actor.agency_ids
    return leads and (is_decider(actor, case.lead_agency_id) or case.lead_worker_id == actor.user_id)


def withdraws_evidence(actor: Actor, case: Case, evidence: Evidence) -> bool:
    """Whether the actor may withdraw a file: the agency that added it, and the lead agency."""
    return evidence.agency_id in actor.agency_ids or case.lead_agency_id in actor.agency_ids


def takes_original(actor: Actor, case: Case, evidence: Evidence) -> bool:
    """Whether the actor may have the original of a picture, location and all: the agency that added it, and who decides
    for the lead agency."""
    return evidence.agency_id in actor.agency_ids or is_decider(actor, case.lead_agency_id)


def does_task(actor: Actor, task: Task) -> bool:
    """Whether the task was given to an agency of the actor, who may then accept, decline and finish it."""
    return task.agency_id in actor.agency_ids


def asked_for_task(actor: Actor, task: Task) -> bool:
    """Whether the actor's agency asked for the task, whose words are then its own to change."""
    return task.asked_by_agency_id in actor.agency_ids


def may_direct_task(actor: Actor, task: Task) -> bool:
    """Whether the actor's agency asked for the task, or leads its case: who may withdraw it and offer it again."""
    return asked_for_task(actor, task) or task.case.lead_agency_id in actor.agency_ids
