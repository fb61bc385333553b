"""Taking back, within a minute, what was just decided about a case: its closing, the triage decision, a handover, that a crime
is recorded (docs/decisions/0033-decisions-taken-back.md).

What the decision changed is as it was, where nobody has changed it since. What was told stays told: the histories and the
chronology say both, and whoever had a notice gets another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import ClockKind, Level
from incidents.choices.changes import ChangeKind, DecisionKind, TaskStepKind
from incidents.models import Case, Clock, JustDecided, Task
from incidents.selectors.audience import spoc_ids
from incidents.services.access import access_rebuild
from incidents.services.change import change_tell, status_tell
from incidents.services.closure import closure_end
from incidents.services.common import case_hold
from incidents.services.conflict import hand_back
from incidents.services.contact_clocks import clocks_after_reopening
from incidents.services.crime import decision_write
from incidents.services.decision_keep import CASE_FIELDS, CLOCK_FIELDS, TASK_FIELDS, plain, stored
from incidents.services.names import names_quarantine, names_restore
from incidents.services.priority import priority_write
from incidents.services.recipients import case_workers
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.task_trace import doers_tell, step_keep, task_record
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError

WHY = "Taken back at once by who had decided it"
CHANGED = (
    "Somebody has changed the case since, so it cannot be taken back as a whole. Put right what is wrong instead."
)
_PLAIN = ("status", "closed_at", "lead_worker_id", "deputy_id", "triaged_at", "band", "review_due_at")


def decision_undo(actor: Actor, case: Case, row: JustDecided) -> None:
    """Take back a decision that the caller has found to be the actor's own and fresh; twice is once.

    Raises ForbiddenError for who may not change the case any more, RuleError where somebody has saved it since.
    """
    kind = DecisionKind(row.kind)
    held = case_hold(
        actor, case, Level.CONTRIBUTE if kind == DecisionKind.CRIME else Level.MANAGE, open_only=False, people=True
    )
    rows = JustDecided.objects.visible_to(actor).filter(case=held, pk=row.pk)
    kept = rows.select_for_update(of=("self",)).get()
    if kept.undone_at is not None:
        return
    if held.version != kept.version:
        raise RuleError(CHANGED)
    before, after = kept.kept["before"], kept.kept["after"]
    worker, status = held.lead_worker_id, held.status
    if kind == DecisionKind.CLOSED:
        closure_end(actor, held, WHY, clock.now())
    reclassified = _case_back(actor, held, before, after)
    _clocks_back(held, before, after)
    _tasks_back(actor, held, before, after)
    for said in held.exclusions.filter(ended_at=None, created_at__gte=kept.at).select_related("user", "agency"):
        # Whoever came to be kept out meanwhile does not get back what they led or were asked to do.
        hand_back(actor, held, said.user, said.agency)
    if kind == DecisionKind.CLOSED:
        clocks_after_reopening(held)
    else:
        status_tell(actor, held, status)
    access_rebuild([held.pk])
    if reclassified:
        names_restore(actor=actor, case=held, keys=_put_aside(before, after))
        names_quarantine(actor=actor, case=held)
        search_refresh(held)
        repeat_refresh(held)
    kept.undone_at = clock.now()
    kept.save(update_fields=["undone_at"])
    audit.record(
        actor,
        f"case.{_ACTIONS[kind]}_undo",
        held,
        before={name: stored(Case, name, after["case"][name]) for name in _differing(before, after)},
        after={name: stored(Case, name, before["case"][name]) for name in _differing(before, after)},
    )
    _TELL[kind](actor, held, worker)


_ACTIONS = {
    DecisionKind.CLOSED: "close",
    DecisionKind.TRIAGED: "triage",
    DecisionKind.HANDED: "handover",
    DecisionKind.CRIME: "crime",
}


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in CASE_FIELDS if before["case"][name] != after["case"][name]]


def _case_back(actor: Actor, case: Case, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """The case as it was, with its histories; answers whether it is something else again in law."""
    changed = _differing(before, after)
    for name in [name for name in changed if name in _PLAIN]:
        setattr(case, name, stored(Case, name, before["case"][name]))
    if "priority" in changed:
        priority_write(actor, case, before["case"]["priority"], WHY)
    reclassified = "classification" in changed
    if reclassified or before["crime_reference"] != after["crime_reference"]:
        decision_write(actor, case, before["case"]["classification"], WHY, before["crime_reference"])
    case.version += 1
    case.updated_at = clock.now()
    case.save(update_fields=[*_PLAIN, "priority", "classification", "version", "updated_at"])
    if "lead_worker_id" in changed:
        change_tell(actor, case, ChangeKind.LEAD_WORKER, person_id=case.lead_worker_id)
    if "deputy_id" in changed:
        change_tell(actor, case, ChangeKind.DEPUTY, person_id=case.deputy_id)
    return reclassified


def _put_aside(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The keys of what the decision itself put into quarantine."""
    return sorted(set(after.get("waiting", [])) - set(before.get("waiting", [])))


def _clocks_back(case: Case, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Clocks that nobody has met or changed since stand as they stood; those that the decision started and nobody has met
    are not there, but for the closure contact, which its closing keeps."""
    rows: Any = Clock.objects.unscoped(reason="the clocks of the case that the service holds").filter(case=case)
    for row in rows.filter(pk__in=[int(pk) for pk in before["clocks"]]):
        was, then = before["clocks"][str(row.pk)], after["clocks"].get(str(row.pk))
        if was != then and {name: plain(getattr(row, name)) for name in CLOCK_FIELDS} == then:
            rows.filter(pk=row.pk).update(**{name: stored(Clock, name, value) for name, value in was.items()})
    started = [int(pk) for pk in after["clocks"] if pk not in before["clocks"]]
    # A duty check that a higher priority asked for is not there either: the look that met it stays on record.
    unmet = Q(met_at=None) | Q(kind=ClockKind.K0)
    rows.filter(unmet, pk__in=started).exclude(kind=ClockKind.K11).delete()


def _tasks_back(actor: Actor, case: Case, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Tasks that the decision withdrew are open again, and whoever was told of that is told."""
    ended = [int(pk) for pk, was in before["tasks"].items() if was != after["tasks"].get(pk)]
    rows = case.tasks.filter(pk__in=ended).select_related("agency").select_for_update(of=("self",)).order_by("pk")
    for task in rows:
        if {name: plain(getattr(task, name)) for name in TASK_FIELDS} != after["tasks"][str(task.pk)]:
            continue
        task.case, state = case, task.state
        for name, value in before["tasks"][str(task.pk)].items():
            setattr(task, name, stored(Task, name, value))
        task.save(update_fields=[name.removesuffix("_id") for name in TASK_FIELDS])
        task_record(actor, "task.reopen", task, before={"state": state}, after={"state": task.state})
        step_keep(actor, task, TaskStepKind.REOPENED, WHY)
        doers_tell(actor, task, "is open again: the closing of its case was taken back", also=task.asked_by_id)


# --- Who is told ------------------------------------------------------------------------------------


def _tell(actor: Actor, case: Case, people: Any, kind: str, text: str) -> None:
    notices_create(
        NoticeData(user, f"undo:{case.pk}:{case.version}", kind, f"{case.ref}: {text}", f"/cases/{case.ref}/", case.pk)
        for user in sorted({user for user in people if user is not None} - {actor.user_id})
    )


def _tell_nobody(actor: Actor, case: Case, worker: int | None) -> None:
    """A closing was told to those who had a task in it, each of whom is told already."""


def _tell_worker(actor: Actor, case: Case, worker: int | None) -> None:
    if worker != case.lead_worker_id:
        _tell(actor, case, [worker], "lead", "it is not yours to lead after all. That was taken back at once")


def _tell_taker(actor: Actor, case: Case, worker: int | None) -> None:
    _tell(actor, case, [worker], "handover", "it is not handed over to you after all. That was taken back at once")


def _tell_crime(actor: Actor, case: Case, worker: int | None) -> None:
    whom = {*case_workers(case), *spoc_ids(case.lead_agency_id)}
    _tell(actor, case, whom, "crime", "the police took back at once that a crime is recorded")


_TELL: dict[DecisionKind, Callable[[Actor, Case, int | None], None]] = {
    DecisionKind.CLOSED: _tell_nobody,
    DecisionKind.TRIAGED: _tell_worker,
    DecisionKind.HANDED: _tell_taker,
    DecisionKind.CRIME: _tell_crime,
}
