"""What was missed while the broker or the worker was away, found by query (docs/deadlines.md)."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Q

from hasbag import tasks
from hasbag.choices import AgendaState
from hasbag.models import Meeting
from hasbag.services.agenda import meetings_unfrozen
from hasbag.services.meeting import released_without_end
from hasbag.services.pack import packs_to_make
from kernel import clock
from kernel.queue import enqueue

WHY = "the sweep looks for what was missed"
CHOOSE_AGAIN = dt.timedelta(minutes=15)


def sweep() -> dict[str, int]:
    """Send the worker whatever waits; answers how much of each. Five queries; every task may run twice."""
    waiting = {
        tasks.agenda_choose: _agendas(),
        tasks.release_ends_set: _signed(),
        tasks.pack_make: list(packs_to_make().values_list("pk", flat=True)),
    }
    for task, ids in waiting.items():
        for pk in ids:
            enqueue(task, pk)
    return {task.name.rpartition(".")[2]: len(ids) for task, ids in waiting.items()}


def _agendas() -> list[int]:
    """Meetings whose agenda was never chosen, and, until the freeze, those chosen a while ago: cases change."""
    now = clock.now()
    queued = Meeting.objects.unscoped(reason=WHY).filter(
        agenda_state=AgendaState.QUEUED, starts_at__gt=now, cancelled_at=None, minutes_signed_at=None
    )
    old = [m.pk for m in meetings_unfrozen() if m.agenda_chosen_at and m.agenda_chosen_at < now - CHOOSE_AGAIN]
    return sorted({*queued.values_list("pk", flat=True), *old})


def _signed() -> list[int]:
    """Meetings whose minutes are signed and to which something is still released without an end."""
    refs = released_without_end().values("source_ref")
    signed = Meeting.objects.unscoped(reason=WHY).filter(~Q(minutes_signed_at=None), ref__in=refs)
    return list(signed.order_by(F("pk")).values_list("pk", flat=True))
