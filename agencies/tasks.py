"""Celery doors of agencies."""

from __future__ import annotations

from celery import shared_task

from agencies.services.agreement import agreements_sweep
from agencies.services.digest import digests_make, digests_send
from agencies.services.mail import mails_send
from agencies.services.sign_in import sign_ins_sweep
from agencies.services.upkeep import accounts_sleep, confirmations_remind
from kernel.actors import system_actor


@shared_task(name="agencies.tasks.mail_sweep", ignore_result=True)
def mail_sweep() -> int:
    """Send the mail that is due. Any number may run at once."""
    return mails_send()


@shared_task(name="agencies.tasks.digest_sweep", ignore_result=True)
def digest_sweep() -> int:
    """Make the digests that are due, and send those that wait. Any number may run at once."""
    digests_make(actor=system_actor("digests"))
    return digests_send()


@shared_task(name="agencies.tasks.sign_in_sweep", ignore_result=True)
def sign_in_sweep() -> int:
    """End sign-ins that are over, and throw away forms that were kept long enough. Any number may run at once."""
    return sign_ins_sweep()


@shared_task(name="agencies.tasks.people_sweep", ignore_result=True)
def people_sweep() -> None:
    """Ask once a quarter who is still here, and put to sleep what nobody uses. Any number may run at once."""
    confirmations_remind()
    accounts_sleep()


@shared_task(name="agencies.tasks.agreement_sweep", ignore_result=True)
def agreement_sweep() -> int:
    """Warn of agreements near their end, and hand on the open cases of those that have ended."""
    return agreements_sweep()
