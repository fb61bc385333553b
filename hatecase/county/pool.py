"""Whom a new report may concern again: people and alleged perpetrators of the last year and a bit, by district."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from hatecase.county.dice import Dice

T = TypeVar("T")
_KEEP = timedelta(days=430)
_LOOK = 400


class Pool(Generic[T]):
    """The most recent ones of each place. It forgets what is old, so that its size follows the pace of reports."""

    def __init__(self, most: int = _LOOK) -> None:
        self._rows: dict[str, deque[tuple[datetime, T]]] = {}
        self._most = most

    def add(self, key: str, at: datetime, value: T) -> None:
        """Remember one."""
        rows = self._rows.setdefault(key, deque(maxlen=self._most))
        while rows and rows[0][0] < at - _KEEP:
            rows.popleft()
        rows.append((at, value))

    def pick(self, key: str, at: datetime, dice: Dice) -> T | None:
        """One of those who are still remembered, the recent ones more often."""
        rows = self._rows.get(key)
        if not rows:
            return None
        place = len(rows) - 1 - int(dice.random() ** 1.5 * len(rows))
        then, value = rows[place]
        return value if at - _KEEP <= then < at else None
