"""What a conflict of interest does to a case, and to those that are joined with it (docs/domain.md §5.5).

It belongs to the matter and not to the number: where incidents go, it goes along.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import Q

from agencies.models import Agency, User
from agencies.services.notice import NoticeData, notices_create
from incidents.choices.changes import ChangeKind
from incidents.models import Case, CaseExclusion, Contact, Evidence, Note, Task
from incidents.selectors.audience import spoc_ids
from incidents.services.access import database_now
from incidents.services.change import change_tell
from incidents.services.task_access import people_of, tasks_follow, workers_empty
from incidents.services.task_return import tasks_return
from kernel import audit
from kernel.actors import Actor
from kernel.errors import RuleError

LEADS_JOINED = (
    "This case was joined with another one, which this agency leads. That one must move to another lead agency first."
)


def hand_back(actor: Actor, case: Case, user: User | None, agency: Agency | None) -> None:
    """Nobody goes on leading a case or doing a task in it who may not know of it: neither a person nor whoever has a
    place in an agency that is kept out."""
    out = {user.pk} if user is not None else people_of(agency.pk) if agency is not None else set()
    if agency is not None:
        tasks_return(actor=actor, tasks=case.tasks.filter(agency=agency))
    tasks_follow(actor, case, out=out)
    workers_empty(actor, case, out)


def conflict_record(actor: Actor, action: str, case: Case, exclusion: CaseExclusion, reason: str) -> None:
    """The event of a conflict of interest in the audit of a case."""
    detail = {"user": exclusion.user_id, "agency": exclusion.agency_id}
    audit.record(actor, action, case, detail=detail, reason=reason)


# --- With incidents that go to another case -----------------------------------------------------------


def conflicts_follow(
    actor: Actor, source: Case, target: Case, *, since: dt.datetime | None = None, but: Collection[str] = ()
) -> list[str]:
    """Who is kept out of a case is kept out of the one that its incidents go to: with the reason, since when, and who
    said so. Only what was said since a moment, where one is given; `but` names some that do not go. Answers the new ones.

    The actor manages both cases; the caller rebuilds access and has asked whether the target's lead agency is among them.
    """
    there = {(row.user_id, row.agency_id) for row in target.exclusions.filter(ended_at=None)}
    going = source.exclusions.filter(ended_at=None).exclude(uid__in=list(but)).select_related("user", "agency")
    if since is not None:
        going = going.filter(created_at__gte=since)
    made = []
    for row in going.order_by("pk"):
        if (row.user_id, row.agency_id) in there:
            continue
        there.add((row.user_id, row.agency_id))
        change_tell(actor, target, ChangeKind.CONFLICT)
        hand_back(actor, target, row.user, row.agency)
        made.append(conflict_copy(row, target))
        conflict_record(actor, "case.exclusion", target, row, row.reason)
    if made:
        _tell_came(actor, target.pk, target.ref, target.lead_agency_id, made[0])
    return [str(one.uid) for one in made]


def conflict_copy(row: CaseExclusion, case: Case) -> CaseExclusion:
    """The same in another case. One query."""
    names = ("user_id", "agency_id", "reason", "declared", "set_by_id", "created_at")
    made = CaseExclusion(case=case, **{name: getattr(row, name) for name in names})
    made.save(force_insert=True)
    return made


def conflicts_part(actor: Actor, source: Case, target: Case, came: Collection[str], since: dt.datetime) -> None:
    """After incidents went back to `source`: it has its own conflicts of interest, and what was said meanwhile; `target`
    has those that it had before, and what was said meanwhile. Those that came with the incidents end there, unless
    something was written there meanwhile, which may speak of them: then they stay until somebody ends them.
    """
    conflicts_follow(actor, target, source, since=since, but=came)
    if not came or target.merged_into_id == source.pk or _written_since(actor, target, since):
        return
    for row in target.exclusions.filter(ended_at=None, uid__in=list(came)):
        row.ended_at, row.ended_by_id = database_now(), actor.user_id
        row.save(update_fields=["ended_at", "ended_by"])
        change_tell(actor, target, ChangeKind.CONFLICT_ENDED)
        conflict_record(actor, "case.exclusion_end", target, row, "What it came with was parted again")


def _written_since(actor: Actor, case: Case, since: dt.datetime) -> bool:
    times: dict[Any, str] = {Note: "added_at", Contact: "created_at", Task: "created_at", Evidence: "added_at"}
    return any(
        model.objects.visible_to(actor).filter(case=case, **{f"{name}__gte": since}).exists()
        for model, name in times.items()
    )


# --- In cases that were joined ------------------------------------------------------------------------


def joined_hand_back(actor: Actor, case: Case, user: User | None, agency: Agency | None) -> None:
    """What is about to hold in the cases joined with this one as well: what somebody led or did there goes back, as far
    as the actor may see those cases. Before the conflict stands: afterwards they may not."""
    for one in _joined(actor, case):
        if agency is None or agency.pk != one.lead_agency_id:
            change_tell(actor, one, ChangeKind.CONFLICT)
            hand_back(actor, one, user, agency)


def joined_follow(actor: Actor, exclusion: CaseExclusion) -> None:
    """A conflict of interest that the actor has just said holds in the cases joined with its own too: in the one that has
    its incidents now, and in those that were joined into it, whether or not the actor may see them.

    Raises RuleError where the agency that is kept out leads the case that the incidents are in. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_conflict_joined(%s)", [exclusion.uid])
        answer = cursor.fetchone()[0]
    if answer is None:
        raise RuleError(LEADS_JOINED, "who")
    found: list[dict[str, Any]] = json.loads(answer) if isinstance(answer, str) else answer
    for one in found:
        conflict_record(actor, "case.exclusion", Case(pk=one["id"]), exclusion, exclusion.reason)
        _tell_came(actor, one["id"], one["ref"], one["lead"], exclusion)


def _joined(actor: Actor, case: Case) -> list[Case]:
    """The case into which this one was joined, and on, and those joined into this one, of those that the actor sees."""
    seen = Case.objects.visible_to(actor).select_related("lead_agency")
    found: dict[int, Case] = {}
    into, below = case.merged_into_id, {case.pk}
    while into and into not in found and (above := seen.filter(pk=into).first()):
        found[into], into = above, above.merged_into_id
    while rows := list(seen.filter(Q(merged_into_id__in=below)).exclude(pk__in=[*found, case.pk])):
        found |= {row.pk: row for row in rows}
        below = {row.pk for row in rows}
    return list(found.values())


def _tell_came(actor: Actor, case_id: int, ref: str, lead_agency_id: int, exclusion: CaseExclusion) -> None:
    """The points of contact of the lead agency, who may look who it is; nobody else."""
    notices_create(
        NoticeData(
            user_id,
            f"conflict:{exclusion.uid}:{case_id}",
            "conflict",
            f"{ref}: somebody is kept out because of a conflict of interest in a case that belongs with it",
            f"/cases/{ref}/conflicts/",
            case_id,
        )
        for user_id in spoc_ids(lead_agency_id)
        if user_id not in (actor.user_id, exclusion.user_id)
    )
