"""Who may do what with a case that they may see."""

from __future__ import annotations

from agencies.choices import Role
from incidents.models import Case, Evidence, Task
from incidents.scoping.opening import DECIDERS, TRIAGERS
from kernel.actors import Actor


def may_see_breaches(actor: Actor) -> bool:
    """Whether there is a list of breaches for the actor at all: information governance, and who decides somewhere."""
    return actor.has_role(Role.GOVERNANCE) or any(is_decider(actor, agency_id) for agency_id in actor.agency_ids)


def may_judge_breaches(actor: Actor) -> bool:
    """Whether the actor decides on breaches: information governance alone."""
    return actor.has_role(Role.GOVERNANCE)


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
