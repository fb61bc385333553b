"""Who may see and arrange who works what: handovers, cover, comments on tasks, a supervisor's team."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from incidents.choices import Level
from incidents.models import Case, Cover, Handover, Task, TaskComment
from incidents.scoping.deciding import asked_for_task, does_task, is_decider, is_triager
from incidents.scoping.opening import DECIDERS, agencies_as, through_case
from kernel.actors import Actor
from kernel.scoping import scope

scope(Handover)(through_case)


@scope(Cover)
def _covers(queryset: Any, actor: Actor) -> Any:
    """Who is away, and who covers, is for the people of the agency that do casework."""
    return queryset.filter(agency_id__in=actor.agency_ids)


@scope(TaskComment)
def _comments(queryset: Any, actor: Actor) -> Any:
    """What is said about a task is for whoever may know of the task."""
    return queryset.filter(Exists(Task.objects.visible_to(actor).filter(pk=OuterRef("task_id"))))


def supervises(actor: Actor) -> list[int]:
    """The agencies whose teams the actor answers for: as point of contact, deputy or manager."""
    return agencies_as(actor, *DECIDERS)


def allocates(actor: Actor, case: Case) -> bool:
    """Whether the actor says who works a case: who decides for the lead agency, and who works it now."""
    leads = case.lead_agency_id in actor.agency_ids
    works = actor.user_id is not None and actor.user_id in (case.lead_worker_id, case.deputy_id)
    return leads and (is_decider(actor, case.lead_agency_id) or works)


def may_name_lead(actor: Actor, case: Case) -> bool:
    """Whether the actor, who manages the case, may name its lead worker: anybody where nobody leads it yet; else who says
    who works it, and who sorts reports for the lead agency."""
    return case.lead_worker_id is None or allocates(actor, case) or is_triager(actor, case.lead_agency_id)


def may_end_cover(actor: Actor, cover: Cover) -> bool:
    """Whether the actor may end cover, or call it off: who is away, and who decides for the agency."""
    return cover.away_id == actor.user_id or is_decider(actor, cover.agency_id)


def party_to_task(actor: Actor, task: Task) -> bool:
    """Whether the actor's agency asked for the task, or does it."""
    return does_task(actor, task) or asked_for_task(actor, task)


def may_comment(actor: Actor, task: Task, level: Level | None) -> bool:
    """Whether the actor, with this level on the case, may say something about a task: the agencies that asked for it
    and do it, and who may contribute to the case."""
    return party_to_task(actor, task) or (level is not None and level.covers(Level.CONTRIBUTE))
