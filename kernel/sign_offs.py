"""What waits for somebody's second signature or review, contributed by the apps that know of it.

An app registers each kind when it starts (`apps.py`, `ready`). All kinds are asked in one query, so every kind gives
rows with the same columns (`sign_off_rows`):

    sign_off_register(SignOffKind("override", "Override of a wish", rows=overrides, describe=override_words), order=10)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, DateTimeField, QuerySet, Value
from django.db.models.functions import Cast

from kernel.actors import Actor
from kernel.prepared import Prepared

MOST = 100
"""So many of each kind are listed."""


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: its key and reference, whom it concerns, and the moment that matters."""

    key: str
    ref: str
    who: str
    at: dt.datetime


@dataclass(frozen=True)
class SignOff:
    """One thing that waits as a page shows it: what, where it is decided, and what its moment means ("Expires")."""

    kind: str
    label: str
    title: str
    href: str
    ref: str
    when: str
    at: dt.datetime
    late: bool = False


@dataclass(frozen=True)
class SignOffKind:
    """One kind of decision.

    `rows(actor, now)` answers what waits for the actor, made by `sign_off_rows`, or None where the actor never decides
    such things; by both walls like any other query. `describe(waiting)` answers the title and the address. `due`: its
    moment is a deadline, after which it is late and waits all the same.
    """

    name: str
    label: str
    when: str
    rows: Callable[[Actor, dt.datetime], QuerySet | None]
    describe: Callable[[Waiting], tuple[str, str]]
    due: bool = False


_KINDS: dict[str, tuple[int, SignOffKind]] = {}


def sign_off_register(kind: SignOffKind, *, order: int = 50) -> None:
    """Let a kind stand in the queue; one that is registered again is replaced."""
    _KINDS[kind.name] = (order, kind)


def sign_off_rows(name: str, rows: Any, *, key: Any, ref: Any, who: Any, at: Any) -> QuerySet:
    """The rows of a kind in the columns that all kinds share; each argument is an expression, or a column's name."""
    columns = rows.order_by().annotate(
        so_what=Value(name, output_field=CharField()),
        so_key=Cast(key, CharField()),
        so_ref=Cast(ref, CharField()),
        so_who=Cast(who, CharField()),
        so_at=Cast(at, DateTimeField()),
    )
    found: QuerySet = columns.order_by("so_at").values_list("so_what", "so_key", "so_ref", "so_who", "so_at")
    return found


def sign_off_labels(actor: Actor, now: dt.datetime) -> list[str]:
    """The kinds that the actor decides, in words, in the order of the queue. No query."""
    kinds = sorted(_KINDS.values(), key=lambda pair: (pair[0], pair[1].name))
    return [kind.label for _, kind in kinds if kind.rows(actor, now) is not None]


def signs_off(actor: Actor, now: dt.datetime) -> bool:
    """Whether there is a queue for the actor at all. No query."""
    return any(kind.rows(actor, now) is not None for _, kind in _KINDS.values())


def sign_offs_for(actor: Actor, now: dt.datetime, *, without: tuple[str, ...] = ()) -> list[SignOff]:
    """What waits for the actor over all kinds, or those that are not left out, the most pressing first. One query; none
    for who never decides."""
    found, _ = sign_offs_pressing(actor, now, None, without=without)
    return found


def sign_offs_pressing(
    actor: Actor, now: dt.datetime, most: int | None, *, without: tuple[str, ...] = ()
) -> tuple[list[SignOff], int]:
    """So many of the same, and how many there are. One query; none for who never decides."""
    kinds = [kind for _, kind in sorted(_KINDS.values(), key=lambda pair: (pair[0], pair[1].name))]
    wanted = tuple(kind.name for kind in kinds if kind.name not in without)
    rows = [(what, Waiting(*row)) for what, *row in _waiting_rows(actor, now, kinds=wanted)]
    rows.sort(key=lambda row: row[1].at)
    return [_sign_off(_KINDS[what][1], waiting, now) for what, waiting in rows[:most]], len(rows)


def _rows(actor: Actor, now: dt.datetime, *, kinds: tuple[str, ...]) -> QuerySet | None:
    parts = [rows[:MOST] for name in kinds if (rows := _KINDS[name][1].rows(actor, now)) is not None]
    if not parts:
        return None
    first, *others = parts
    return first.union(*others, all=True) if others else first


# Most kinds look at no moment.
_waiting_rows = Prepared(_rows, spare=(0,))


def _sign_off(kind: SignOffKind, waiting: Waiting, now: dt.datetime) -> SignOff:
    title, href = kind.describe(waiting)
    late = kind.due and waiting.at <= now
    return SignOff(kind.name, kind.label, title, href, waiting.ref, kind.when, waiting.at, late)
