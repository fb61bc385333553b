"""Celery doors of the figures."""

from __future__ import annotations

from celery import shared_task

from kernel.actors import system_actor
from strategy.selectors.published import release_is_due
from strategy.services import facts_refresh as refresh


@shared_task(name="strategy.tasks.facts_refresh", ignore_result=True)
def facts_refresh() -> bool:
    """Make the day's figures if they are not there yet. Often asked, so a lost night heals itself; done once a day."""
    if not release_is_due():
        return False
    return refresh(actor=system_actor("the figures are made once a day")) is not None
