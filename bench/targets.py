"""What is aimed for at 100,000 cases on two cores, and how a figure stands against it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A limit: the most milliseconds of server time at the 95th percentile, and the most queries."""

    p95_ms: float
    queries: int | None = None


TARGETS = {
    "list": Target(100, 8),
    "search": Target(100),
    "work": Target(100),
    "case": Target(100, 15),
    "desk": Target(100),
    "part": Target(100),
    "strategy": Target(300),
}
PACK_SECONDS, PACK_MEGABYTES, IDLE_MEGABYTES, CHAIN_SECONDS = 20, 300, 1024, 60
TOLD_APART = 0.55
"""Below it the times of answers tell nobody what is hidden from them; one half is blind guessing."""


def verdict(figure: float, limit: float | None) -> str:
    """In a word; nothing where nothing is aimed for."""
    if limit is None:
        return ""
    return "met" if figure <= limit else "missed"


def blind(auc: float, low: float, high: float) -> str:
    """In a word: whether the interval has blind guessing in it, and the figure is below its limit on either side."""
    return "met" if low <= 0.5 <= high and max(auc, 1 - auc) < TOLD_APART else "missed"
