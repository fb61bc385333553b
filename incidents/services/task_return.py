"""Tasks that come back: their agency may know of the case no more, or its sharing agreement has ended.

Nothing that somebody waits for is lost: such a task stays open, with its time, at the agency that asked for it, else at
the lead agency, whose people are told.
"""

from __future__ import annotations

import uuid

from django.db.models import OuterRef, QuerySet, Subquery

from agencies.choices import Side
from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import OPEN_STATUSES, TaskState
from incidents.models import SupportReferral, Task
from incidents.selectors.audience import case_agencies, spoc_ids
from incidents.services.common import case_touch
from kernel import audit, clock
from kernel.actors import Actor

_WHY = "what others asked of an agency whose agreement has ended"
_OPEN = [state.value for state in TaskState if state.is_open]
GONE = "It came back: the agency that was to do it cannot do it any more."


def tasks_return(*, actor: Actor, tasks: QuerySet[Task]) -> int:
    """Give the open tasks among these back; answers how many. Six queries a task.

    What an agency asked of itself goes to the lead agency, or is withdrawn where that agency is not told of it.
    """
    held = tasks.filter(state__in=_OPEN).select_related("case__lead_agency", "agency", "asked_by_agency")
    rows = list(held.select_for_update(of=("self",)).order_by("pk"))
    for task in rows:
        former, taker = task.agency, _taker(task)
        before = {"agency": task.agency_id, "assignee": task.assignee_id, "state": task.state}
        task.assignee, task.accepted_at = None, None
        if taker is None:
            task.state, task.outcome, task.closed_at = TaskState.WITHDRAWN, GONE, clock.now()
        else:
            task.agency, task.state = taker, TaskState.OFFERED
        task.save(update_fields=["agency", "assignee", "state", "outcome", "accepted_at", "closed_at"])
        case_touch(task.case)
        after = {"agency": task.agency_id, "assignee": None, "state": task.state}
        detail = {"case": task.case.ref, "agency": former.code, "state": task.state}
        audit.record(actor, "task.return", task, before=before, after=after, detail=detail)
        if taker is not None:
            _tell(actor, task)
    return len(rows)


def agency_leave(actor: Actor, agency_id: int) -> int:
    """Give back what others asked of an agency that has left the partnership, and tell who leads the cases in which it
    was to support somebody; answers how many tasks. For the system, and safe to repeat."""
    tasks: QuerySet[Task] = Task.objects.unscoped(reason=_WHY)
    returned = tasks_return(actor=actor, tasks=tasks.filter(agency_id=agency_id))
    _support_tell(agency_id)
    return returned


def _taker(task: Task) -> Agency | None:
    """Who does a task that came back: who asked for it, where they can; else the lead agency, where it is told of it."""
    case, lead = task.case, task.case.lead_agency
    asker = task.asked_by_agency
    if asker is not None and asker.pk != task.agency_id and case_agencies(case).filter(pk=asker.pk).exists():
        return asker
    told = asker is None or asker.pk == lead.pk or Side.BOTH in (lead.side, asker.side) or lead.side == asker.side
    return lead if told and lead.pk != task.agency_id else None


def _tell(actor: Actor, task: Task) -> None:
    people = spoc_ids(task.agency_id)
    if task.asked_by_id and task.asked_by_agency_id == task.agency_id:
        people = [task.asked_by_id, *people]
    text = f"{task.ref} in {task.case.ref} came back to your agency: nobody else is doing it"
    key = f"task:{task.pk}:{uuid.uuid4().hex}"
    notices_create(
        NoticeData(user_id, key, "task", text, f"/tasks/{task.ref}/", task.case_id)
        for user_id in dict.fromkeys(people)
        if user_id != actor.user_id
    )


def _support_tell(agency_id: int) -> None:
    """The lead agencies of open cases whose last referral to support went to an agency that has left, once each."""
    referrals: QuerySet[SupportReferral] = SupportReferral.objects.unscoped(reason=_WHY)
    latest = referrals.filter(case=OuterRef("case"), victim=OuterRef("victim")).order_by("-created_at", "-pk")
    last = referrals.filter(pk=Subquery(latest.values("pk")[:1]), to_agency_id=agency_id)
    open_cases = last.filter(case__status__in=OPEN_STATUSES).exclude(case__lead_agency_id=agency_id)
    told = open_cases.exclude(case__lead_agency__side=Side.PERPETRATOR)
    for case_id, ref, lead in told.values_list("case_id", "case__ref", "case__lead_agency_id").distinct():
        text = f"{ref}: the support service that somebody was referred to has left. Make sure that support goes on"
        key = f"support_end:{case_id}:{agency_id}"
        notices_create(NoticeData(user, key, "task", text, f"/cases/{ref}/", case_id) for user in spoc_ids(lead))
