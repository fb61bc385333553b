"""Tasks that come back: their agency may know of the case no more, or its sharing agreement has ended.

Nothing that somebody waits for is lost: such a task stays open, with its time, at the agency that asked for it, else at
the lead agency, whose people are told.
"""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from agencies.choices import Side
from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import OPEN_STATUSES, TaskState, Tier
from incidents.choices.changes import TaskStepKind
from incidents.models import SupportReferral, Task
from incidents.selectors.audience import case_agencies, spoc_ids
from incidents.services.common import case_touch
from incidents.services.task_trace import doers_tell, step_back, task_record
from kernel import clock
from kernel.actors import Actor

_WHY = "what others asked of an agency whose agreement has ended"
_OPEN = [state.value for state in TaskState if state.is_open]
GONE = "It came back: the agency that was to do it cannot do it any more."


def tasks_return(*, actor: Actor, tasks: QuerySet[Task]) -> int:
    """Give the open tasks among these back; answers how many. Seven queries a task.

    What an agency asked of itself goes to the lead agency, or is withdrawn where that agency is not told of it; nobody
    is told of that, for who asked may not know of the case any more. Its steps say what happened, not because of whom.
    """
    held = tasks.filter(state__in=_OPEN).select_related("case__lead_agency", "agency", "asked_by_agency")
    rows = list(held.select_for_update(of=("self",)).order_by("pk"))
    for task in rows:
        taker = _taker(task)
        before = {"agency": task.agency_id, "assignee": task.assignee_id, "state": task.state}
        task.assignee, task.accepted_at = None, None
        if taker is None:
            task.state, task.outcome, task.closed_at = TaskState.WITHDRAWN, GONE, clock.now()
        else:
            task.agency, task.state = taker, TaskState.OFFERED
        task.save(update_fields=["agency", "assignee", "state", "outcome", "accepted_at", "closed_at"])
        case_touch(task.case)
        after = {"agency": task.agency_id, "assignee": None, "state": task.state}
        task_record(actor, "task.return", task, before=before, after=after)
        if taker is None:
            step_back(task, TaskStepKind.WITHDRAWN, GONE)
        else:
            step_back(task, TaskStepKind.OFFERED, agency_id=taker.pk)
            asker = task.asked_by_id if task.asked_by_agency_id == taker.pk else None
            doers_tell(actor, task, "came back to your agency: nobody else is doing it", also=asker)
    return len(rows)


def assignees_drop(*, actor: Actor, tasks: QuerySet[Task], successor: Agency | None = None) -> None:
    """Nobody is named any more for the open tasks among these, which stay with their agency or go to its successor.
    Four queries a task."""
    for task in tasks.filter(state__in=_OPEN).select_related("case", "agency").select_for_update(of=("self",)):
        before = {"agency": task.agency_id, "assignee": task.assignee_id}
        task.assignee, task.agency = None, successor or task.agency
        task.save(update_fields=["agency", "assignee"])
        step_back(task, TaskStepKind.GIVEN, agency_id=successor.pk if successor else None)
        after = {"agency": task.agency_id, "assignee": None}
        task_record(actor, "task.reassign", task, before=before, after=after)


def agency_leave(actor: Actor, agency_id: int) -> int:
    """Give back what others asked of an agency that has left the partnership, and tell who leads the cases in which it
    was to support somebody; answers how many tasks. For the system, and safe to repeat."""
    tasks: QuerySet[Task] = Task.objects.unscoped(reason=_WHY)
    returned = tasks_return(actor=actor, tasks=tasks.filter(agency_id=agency_id))
    _support_tell(agency_id)
    return returned


def _taker(task: Task) -> Agency | None:
    """Who does a task that came back: who asked for it, where they can; else the lead agency, where it is told of it: one
    that works with one side alone gets what was asked by, and of, agencies of that side or of both."""
    case, lead = task.case, task.case.lead_agency
    asker = task.asked_by_agency
    reads = Tier(case.tier) != Tier.OWN or task.asked_by_agency_id == lead.pk
    if asker is not None and asker.pk != task.agency_id and reads and case_agencies(case).filter(pk=asker.pk).exists():
        return asker
    sides = {task.agency.side} | ({asker.side} if asker is not None and asker.pk != lead.pk else set())
    told = lead.side == Side.BOTH or sides <= {Side.BOTH, lead.side}
    return lead if told and lead.pk != task.agency_id else None


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
