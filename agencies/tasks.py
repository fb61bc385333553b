"""Celery doors of agencies."""

from __future__ import annotations

from celery import shared_task

from agencies.services.mail import mails_send
from agencies.services.sign_in import sign_ins_sweep


@shared_task(name="agencies.tasks.mail_sweep", ignore_result=True)
def mail_sweep() -> int:
    """Send the mail that is due. Any number may run at once."""
    return mails_send()


@shared_task(name="agencies.tasks.sign_in_sweep", ignore_result=True)
def sign_in_sweep() -> int:
    """End sign-ins that are over, and throw away forms that were kept long enough. Any number may run at once."""
    return sign_ins_sweep()
