"""Celery doors of agencies."""

from __future__ import annotations

from celery import shared_task

from agencies.services.mail import mails_send


@shared_task(name="agencies.tasks.mail_sweep", ignore_result=True)
def mail_sweep() -> int:
    """Send the mail that is due. Any number may run at once."""
    return mails_send()
