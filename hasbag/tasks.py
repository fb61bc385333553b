"""Celery doors of meetings. Each may run twice, late, or after a crash."""

from __future__ import annotations

from celery import shared_task

from kernel.actors import system_actor


@shared_task(name="hasbag.tasks.agenda_choose")
def agenda_choose(meeting_id: int) -> None:
    """Choose the agenda of one meeting."""
    from hasbag import services

    services.agenda_choose(actor=system_actor("choose the agenda of a meeting"), meeting_id=meeting_id)


@shared_task(name="hasbag.tasks.area_choose")
def area_choose(area: str) -> None:
    """Choose the agenda of the next meeting of an area again."""
    from hasbag.services import agenda

    agenda.area_choose(actor=system_actor("choose the agenda of a meeting"), area=area)


@shared_task(name="hasbag.tasks.release_ends_set")
def release_ends_set(meeting_id: int) -> None:
    """End what was released to a meeting whose minutes were signed."""
    from hasbag import services

    services.release_ends_set(actor=system_actor("end what was released to a meeting"), meeting_id=meeting_id)


@shared_task(name="hasbag.tasks.pack_make")
def pack_make(pack_id: int) -> None:
    """Make one briefing pack, unless another worker is at it."""
    from hasbag import services

    services.pack_make(pack_id=pack_id)


@shared_task(name="hasbag.tasks.hasbag_sweep")
def hasbag_sweep() -> None:
    """Pick up whatever was missed: agendas not chosen, packs not made, releases without their end."""
    from hasbag.services.sweep import sweep

    sweep()
