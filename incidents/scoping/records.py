"""Who may see which record about a case: the first wall, a scope for each table."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThanOrEqual

from agencies.choices import Role, Side
from agencies.models import Notice
from agencies.scoping import governs, supervised
from incidents.choices import Level, ReleasedTo
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
    PriorityChange,
    Reveal,
    RiskAssessment,
    RiskDraft,
    SubjectReport,
    Task,
    WishOverride,
    WorkerShown,
)
from incidents.scoping.opening import (
    DECIDERS,
    KNOWN_KINDS,
    TRIAGERS,
    WISH_END_NOTICE,
    CaseKnown,
    CaseKnows,
    DipTold,
    EvidenceTold,
    Excluded,
    agencies_as,
    envelope,
    hidden_sides,
    level_now,
    through_case,
)
from kernel.actors import Actor
from kernel.scoping import scope
from perpetrators.models import PerpetratorAccess
from victims.models import VictimAccess, VictimSensitive


@scope(Case)
def _cases(queryset: Any, actor: Actor) -> Any:
    return envelope(actor, queryset, "pk")


# A person's access rows carry a copy of the case's envelope, to the agencies of their side. Registered here: people
# know no cases.
@scope(VictimAccess)
def _victim_access(queryset: Any, actor: Actor) -> Any:
    return envelope(actor, queryset, "case_id", named=actor.sees_some_victims, side=Side.VICTIM)


@scope(PerpetratorAccess)
def _perpetrator_access(queryset: Any, actor: Actor) -> Any:
    return envelope(actor, queryset, "case_id", named=actor.sees_some_perpetrators, side=Side.PERPETRATOR)


for _model in (
    Incident,
    Characteristic,
    ClassificationChange,
    PriorityChange,
    Note,
    Contact,
    Clock,
    RiskAssessment,
    CasePerson,
    CaseExclusion,
):
    scope(_model)(through_case)


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
    return tasks_told(through_case(queryset, actor), actor)


@scope(Evidence)
def _evidence(queryset: Any, actor: Actor) -> Any:
    """Files of cases that the actor may see: all of them for who may know both sides there, else one's own agency's, and
    redacted copies that were released to their side."""
    rows = through_case(queryset, actor)
    if actor.sides == {Side.BOTH.value}:
        return rows
    one_side = Q(released_to__in=[Side.VICTIM, Side.PERPETRATOR]) & Q(CaseKnows("case_id", "released_to"))
    told = Q(EvidenceTold("case_id", "agency_id")) | Q(released_to=ReleasedTo.EVERYONE) | one_side
    return rows.filter(told)


@scope(CustodyEvent)
def _custody(queryset: Any, actor: Actor) -> Any:
    """The log of a file is for whoever may know of the file."""
    return queryset.filter(Exists(Evidence.objects.visible_to(actor).filter(pk=OuterRef("evidence_id"))))


@scope(CaseGrant)
def _grants(queryset: Any, actor: Actor) -> Any:
    return through_case(queryset, actor, "content_object")


@scope(Party)
def _parties(queryset: Any, actor: Actor) -> Any:
    """The parties whom the actor may know in their very case."""
    rows = through_case(queryset, actor)
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
        .filter(Q(ends_at=None) | Q(ends_at__gt=Now()) | Q(level_now("case_id", Level.SIGNPOST)))
    )


@scope(IncidentDraft)
def _drafts(queryset: Any, actor: Actor) -> Any:
    """The author's own drafts, and those of the agencies in which the actor is SPOC."""
    if actor.user_id is None or not actor.agency_ids:
        return queryset.none()
    spoc_of = agencies_as(actor, Role.SPOC, Role.DEPUTY_SPOC)
    return queryset.filter(Q(author_id=actor.user_id, agency_id__in=actor.agency_ids) | Q(agency_id__in=spoc_of))


@scope(SubjectReport)
def _subject_reports(queryset: Any, actor: Actor) -> Any:
    """The lead agency's triagers only, and none of an agency that works with victims alone (docs/domain.md §1.4)."""
    triager_of = agencies_as(actor, *TRIAGERS)
    theirs = queryset.filter(lead_agency_id__in=triager_of).exclude(lead_agency__side=Side.VICTIM)
    return through_case(theirs, actor)


@scope(EmergencyAccess)
def _emergency(queryset: Any, actor: Actor) -> Any:
    """One's own openings; those of cases that the actor's agency leads, for who decides there and may see the case; and
    all of them for information governance, without a conflict of interest (docs/domain.md §5.5)."""
    if actor.has_role(Role.GOVERNANCE):
        return queryset.filter(Q(user_id=actor.user_id or 0) | ~Q(Excluded("case_id")))
    decides = agencies_as(actor, *DECIDERS)
    seen = Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id")))
    return queryset.filter(Q(user_id=actor.user_id or 0) | (Q(lead_agency_id__in=decides) & seen))


@scope(RiskDraft)
def _risk_drafts(queryset: Any, actor: Actor) -> Any:
    return through_case(queryset.filter(author_id=actor.user_id or 0), actor)


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
        level_now("case_id", Level.CONTRIBUTE),
        CaseKnows("case_id", Value(Side.VICTIM.value)),
        group=OuterRef("group"),
        case__parties__victim_id=OuterRef("victim_id"),
    )
    return queryset.filter(Exists(looks))


@scope(Notice)
def _notices(queryset: Any, actor: Actor) -> Any:
    """One's own notices; one about a case only while that may be seen, one about a request or a breach while it may
    be known, one about a share that a wish ended unless a conflict of interest stands against it. Registered here:
    agencies know no cases.
    """
    if actor.user_id is None:
        return queryset.none()
    seen = Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id")))
    known = Q(kind__in=KNOWN_KINDS) & Q(CaseKnown("case_id"))
    ended = Q(kind=WISH_END_NOTICE) & ~Q(Excluded("case_id"))
    return queryset.filter(Q(case_id=None) | seen | known | ended, user_id=actor.user_id)


@scope(WishOverride)
def _overrides(queryset: Any, actor: Actor) -> Any:
    """Those of the actor's own agencies, while they manage the case."""
    theirs = queryset.filter(from_agency_id__in=actor.agency_ids)
    return through_case(theirs.filter(level_now("case_id", Level.MANAGE)), actor)


@scope(AccessRequest)
def _requests(queryset: Any, actor: Actor) -> Any:
    """The agency that asked, while it may know of the case; and the lead agency."""
    asked = Q(agency_id__in=actor.agency_ids) & Q(level_now("case_id", Level.SIGNPOST))
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
    decides = agencies_as(actor, *DECIDERS)
    return free.filter(level_now("case_id", Level.VIEW), lead_agency_id__in=decides)


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
