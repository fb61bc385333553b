"""How fast the machine is at this moment: a fixed piece of work, by whose time two moments can be compared."""

from __future__ import annotations

import time

STEPS = 300_000


def loop_ms() -> float:
    """Milliseconds of the processor for the fixed piece of work."""
    started, total = time.process_time(), 0
    for number in range(STEPS):
        total += number * number % 7
    return (time.process_time() - started) * 1000
