"""Who lives with whom, and for whom that is a danger. Rules: docs/domain.md §5.4, §10.4.

Living together goes on from one to the next: a child lives with a victim, the victim with an alleged perpetrator, so the
child does too. The alleged perpetrators of a case, and whoever is of their household, are one word here: who warns need
not know who it is, and two of them need not live together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from victims.choices import ContactMethod

ACCUSED = "accused"
HOME_WARNING = (
    "An alleged perpetrator in this case, or somebody of their household, lives at the same address. "
    "Do not write or go there before you have agreed with them how."
)
_LETTER = "An alleged perpetrator in this case, or somebody of their household, lives at that address."

Pair = Sequence[str]


def homes(pairs: Iterable[Pair]) -> list[frozenset[str]]:
    """Everybody who lives together, as groups of two and more, in the order in which they were named."""
    near: dict[str, set[str]] = defaultdict(set)
    for first, second in pairs:
        near[first].add(second)
        near[second].add(first)
    found: list[frozenset[str]] = []
    seen: set[str] = set()
    for start in near:
        if start not in seen:
            group = _reached(near, start)
            seen |= group
            found.append(frozenset(group))
    return found


def _reached(near: dict[str, set[str]], start: str) -> set[str]:
    group, todo = {start}, [start]
    while todo:
        further = near[todo.pop()] - group
        group |= further
        todo += further
    return group


def share_home_with_accused(pairs: Iterable[Pair]) -> frozenset[str]:
    """Who lives with an alleged perpetrator or with somebody of their household, directly or by way of others."""
    rows = [tuple(pair) for pair in pairs]
    beside = {key for pair in rows if ACCUSED in pair for key in pair} - {ACCUSED}
    groups = homes(pair for pair in rows if ACCUSED not in pair)
    return frozenset(beside.union(*(group for group in groups if group & beside)))


def home_problems(method: str, *, shares_home: bool) -> tuple[str, ...]:
    """Why a way to reach somebody is not safe because of whom they live with: what comes to the door is seen there."""
    return (_LETTER,) if shares_home and method == ContactMethod.LETTER else ()
