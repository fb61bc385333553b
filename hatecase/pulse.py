"""The worker's and beat's pulse: wired to Celery's own signals, so that it stops when they stop doing their work."""

from __future__ import annotations

import logging
import time

import redis
from celery import signals

from hatecase import health

log = logging.getLogger(__name__)
_last: dict[str, float] = {}


@signals.worker_ready.connect(weak=False)
@signals.heartbeat_sent.connect(weak=False)
def worker_pulse(**_: object) -> None:
    """Called by the worker's main loop, which talks to the broker; a busy pool does not hold it up."""
    _leave("worker")


@signals.beat_init.connect(weak=False)
def beat_started(**_: object) -> None:
    """From here on this process is beat: what it publishes is its pulse."""
    signals.after_task_publish.connect(beat_pulse, weak=False)
    _leave("beat")


def beat_pulse(**_: object) -> None:
    """Called in beat after each task that it has sent."""
    _leave("beat")


def _leave(part: str) -> None:
    if time.monotonic() - _last.get(part, float("-inf")) < health.PULSE_EVERY:
        return
    try:
        health.pulse(part)
    except redis.RedisError as error:
        log.warning("no pulse of the %s: %s", part, type(error).__name__)
        return
    _last[part] = time.monotonic()
