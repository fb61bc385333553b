"""A referral task that asks a support service for a victim is the support referral too: one act, one form (K5)."""

from __future__ import annotations

import uuid

from incidents.choices import ReferralService, ReferralWish, TaskKind
from incidents.choices.progress import SUPPORT_TYPES
from incidents.models import Case, Party, SupportReferral, Task
from incidents.scoping import in_case
from incidents.services.progress import ReferralData, support_referral_record
from incidents.services.strike import referral_strike
from kernel import clock
from kernel.actors import Actor


def referral_follow(actor: Actor, task: Task, victim: str = "") -> SupportReferral | None:
    """Record the support referral that a task is, which meets K5: where a victim wants it, and a support service of
    the directory is asked. Once for each service that the task was offered to. In the task's own transaction.

    `victim` by reference; without it the first one of the case. None for any other task, and where the actor may not
    know victims. Raises RuleError for a victim who is not of this case.
    """
    if not _refers(task) or not _knows_one(actor, task.case):
        return None
    earlier = list(SupportReferral.objects.visible_to(actor).filter(task=task).select_related("victim"))
    made = next((row for row in earlier if row.to_agency_id == task.agency_id), None)
    if made is not None:
        return made
    # Offered to another service, it is for the same victim.
    whom = victim or (earlier[0].victim.ref if earlier else "")
    data = ReferralData(True, victim=whom, agency=task.agency.code, sent_at=clock.now())
    return support_referral_record(actor=actor, case=task.case, data=data, submission_id=uuid.uuid4(), task=task)


def referral_unsend(actor: Actor, task: Task, *, to_agency: int | None = None) -> None:
    """Strike the support referrals that a task was, or the one to this agency: nobody was asked in effect, so K5 runs
    again. In the task's own transaction, once it is withdrawn. One query, and what striking takes.

    A referral that was declined was sent and stays; so does one of which the actor may not know.
    """
    sent = SupportReferral.objects.visible_to(actor).filter(task=task, struck_at=None)
    if to_agency is not None:
        sent = sent.filter(to_agency_id=to_agency)
    for uid in sent.order_by("pk").values_list("uid", flat=True):
        referral_strike(actor, task.case, uid)


def _refers(task: Task) -> bool:
    about_victim = task.kind == TaskKind.REFERRAL and task.service != ReferralService.PROGRAMME
    return about_victim and task.wish == ReferralWish.WANTED and task.agency.type in SUPPORT_TYPES


def _knows_one(actor: Actor, case: Case) -> bool:
    if not in_case(actor, case).sees_victims:
        return False
    return Party.objects.visible_to(actor).filter(case=case, victim__isnull=False).exists()
