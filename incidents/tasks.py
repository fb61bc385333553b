"""Celery doors of incidents. Each sweep finds its work by query: a run that is lost only delays it."""

from __future__ import annotations

from celery import shared_task

from incidents.services import evidence_work
from incidents.services.access_request import requests_sweep
from incidents.services.access_sweep import access_apply, tasks_apply
from incidents.services.audit import dips_pick, dips_remind
from incidents.services.breach import breaches_remind
from incidents.services.cover import covers_apply
from incidents.services.draft import drafts_erase_due, drafts_warn_due
from incidents.services.emergency import reviews_remind
from incidents.services.override import overrides_expire
from incidents.services.pause import pauses_end_due
from incidents.services.people import subject_reports_erase_due
from incidents.services.reminder import reminders_send
from incidents.services.saved_search import searches_alert
from incidents.services.share_warning import shares_warn
from kernel.actors import system_actor
from kernel.queue import enqueue


@shared_task(name="incidents.tasks.reminders_sweep", ignore_result=True)
def reminders_sweep() -> int:
    """Let clocks go on whose pause is over, and tell people of deadlines that are near or past."""
    pauses_end_due(actor=system_actor("pauses end"))
    return reminders_send(actor=system_actor("reminders"))


@shared_task(name="incidents.tasks.access_sweep", ignore_result=True)
def access_sweep() -> int:
    """Apply grants and cover that have begun, and tidy up after those that have ended; what an agency had to do goes back."""
    begun = covers_apply(actor=system_actor("cover begins"))
    system = system_actor("grants begin and end")
    return begun + access_apply(actor=system) + tasks_apply(actor=system)


@shared_task(name="incidents.tasks.retention_sweep", ignore_result=True)
def retention_sweep() -> int:
    """Warn of drafts that will be erased; erase drafts and quarantined reports whose time has come."""
    system = system_actor("retention")
    drafts_warn_due(actor=system)
    return drafts_erase_due(actor=system) + subject_reports_erase_due(actor=system)


@shared_task(name="incidents.tasks.sharing_sweep", ignore_result=True)
def sharing_sweep() -> int:
    """Let overrides and requests for access run out that nobody answered, and remind of those, of breaches, of emergency
    openings to review and of shares that end.
    """
    system = system_actor("answers that are due")
    expired = overrides_expire(actor=system) + requests_sweep(actor=system)
    return expired + breaches_remind(actor=system) + reviews_remind(actor=system) + shares_warn(actor=system)


@shared_task(name="incidents.tasks.evidence_process", ignore_result=True)
def evidence_process(evidence_id: int) -> bool:
    """Have one file scanned, and its copy without location made, unless another worker is at it."""
    return evidence_work.evidence_process(evidence_id=evidence_id)


@shared_task(name="incidents.tasks.evidence_sweep", ignore_result=True)
def evidence_sweep() -> int:
    """Send the worker every file that still waits: for the scanner, for its copy, or because a worker died."""
    waiting = evidence_work.evidence_waiting_ids()
    for pk in waiting:
        enqueue(evidence_process, pk)
    return len(waiting)


@shared_task(name="incidents.tasks.files_sweep", ignore_result=True)
def files_sweep() -> int:
    """Remove files that nothing refers to: what a process that was killed half-way left behind."""
    return evidence_work.orphans_remove()


@shared_task(name="incidents.tasks.audit_sample", ignore_result=True)
def audit_sample() -> int:
    """Pick the audit's sample of every month that is over, and tell of one that is late. Any number may run: one picks."""
    system = system_actor("the monthly dip sample")
    picked = dips_pick(actor=system)
    dips_remind(actor=system)
    return picked


@shared_task(name="incidents.tasks.searches_sweep", ignore_result=True)
def searches_sweep() -> int:
    """Tell owners of saved searches how many cases are new to them, once a day."""
    return searches_alert(actor=system_actor("alerts of saved searches"))
