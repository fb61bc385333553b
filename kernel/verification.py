"""Verifying the audit: every row, every link, every signed head; the first bad one is named.

What is found, whoever did it and with whatever powers over the database: a sealed row that was altered, deleted,
moved or put in, a copy of a genuine row, a row written without the key, a tail cut off before the last signed head.
The stated limit: what was written after the last signed head, within the last minute, could be cut off unseen.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from kernel import audit

BATCH = 10_000
_DETAIL = audit.COLUMNS.index("detail")
# The moment as the HMAC takes it, written by the server: reading it as a moment and writing it again costs as much as
# the rest of the row.
_AT = """to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
_VALUES = ", ".join(_AT if column == "at" else f"e.{column}" for column in audit.COLUMNS)


@dataclass(frozen=True)
class Verdict:
    """What verification found. `broken` is the first bad position in the chain (None: whole), `event` the row there.

    `signed` is the position up to which a signed head vouches; `waiting` is when the oldest unsealed event was
    written.
    """

    checked: int
    unsealed: int
    broken: int | None = None
    problem: str = ""
    event: int | None = None
    signed: int = 0
    waiting: dt.datetime | None = None


@dataclass
class _Walk:
    """How far the walk has come."""

    previous: str = audit.GENESIS
    seq: int = 0


def verify() -> Verdict:
    """Walk the whole chain in order, then what is not sealed yet. One pass through a server-side cursor.

    Raises nothing for a broken chain: the verdict says so. Two queries and the cursor.
    """
    heads = _heads()
    signed = max(heads, default=0)
    with transaction.atomic():
        unsealed = _unsealed()
        waiting = min((dt.datetime.fromisoformat(values[0]) for _, _, values in unsealed), default=None)
        copies = _copies()
        walk = _Walk()
        for seq, event_id, prior, digest, row_mac, *values in _chain_rows():
            problem = "is a copy of an earlier row" if event_id in copies else ""
            problem = _problem(walk, seq, event_id, prior, digest, row_mac, _parsed(values)) or problem
            if not problem and heads.get(seq, digest) != digest:
                problem = "differs from the signed head"
            if problem:
                return Verdict(walk.seq, len(unsealed), walk.seq + 1, problem, event_id, signed, waiting)
            walk.previous, walk.seq = digest, seq
    problem, event = "", None
    if signed > walk.seq:
        problem = "is missing: the signed head counts more rows"
    for event_id, row_mac, values in unsealed:
        if not problem and event_id in copies:
            problem, event = "is a copy of an earlier row, not sealed yet", event_id
        elif not problem and not hmac.compare_digest(audit.values_hmac(values), row_mac):
            problem, event = "was put in or altered before it was sealed", event_id
    broken = walk.seq + 1 if problem else None
    return Verdict(walk.seq, len(unsealed), broken, problem, event, signed, waiting)


def _problem(
    walk: _Walk, seq: int, event_id: int, prior: str, digest: str, row_mac: str | None, values: list[Any]
) -> str:
    if seq != walk.seq + 1:
        return "is missing"
    if row_mac is None:
        return "has lost its event"
    if not hmac.compare_digest(audit.values_hmac(values), row_mac):
        return "was altered"
    expected = audit.link_digest(seq, event_id, row_mac, walk.previous)
    if prior != walk.previous or not hmac.compare_digest(expected, digest):
        return "is out of order"
    return ""


def _chain_rows() -> Iterator[Any]:
    return _stream(
        f"select s.seq, s.event_id, s.previous, s.digest, e.hmac, {_VALUES}"  # noqa: S608
        " from kernel_auditseal s left join kernel_auditevent e on e.id = s.event_id order by s.seq"
    )


def _stream(query: str) -> Iterator[Any]:
    # Along the chain, each event looked up by its key: they lie in nearly the same order. Any other way sorts a
    # million rows on the disk before the first one comes.
    with connection.cursor() as cursor:
        cursor.execute("set local enable_mergejoin = off")
        cursor.execute("set local enable_hashjoin = off")
    with connection.connection.cursor(name="audit_verify") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query)
        yield from cursor


def _unsealed() -> list[tuple[int, str, list[Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select e.id, e.hmac, {_VALUES} from kernel_auditevent e"  # noqa: S608
            " where not exists (select 1 from kernel_auditseal s where s.event_id = e.id) order by e.id"
        )
        return [(event_id, row_mac, _parsed(values)) for event_id, row_mac, *values in cursor]


def _parsed(values: list[Any]) -> list[Any]:
    # Django's connection leaves JSON as text, and most of it is empty.
    detail = values[_DETAIL]
    if isinstance(detail, str):
        values[_DETAIL] = {} if detail == "{}" else json.loads(detail)
    return values


def _copies() -> frozenset[int]:
    """Events whose HMAC an earlier event has: the time in it, to the microsecond, makes each genuine one unlike."""
    with connection.cursor() as cursor:
        cursor.execute("select hmac from kernel_auditevent group by hmac having count(*) > 1")
        repeated = [row[0] for row in cursor.fetchall()]
        if not repeated:
            return frozenset()
        cursor.execute(
            "select id from (select e.id, row_number() over (partition by e.hmac order by s.seq nulls last, e.id) as n"
            " from kernel_auditevent e left join kernel_auditseal s on s.event_id = e.id where e.hmac = any(%s)) ranked"
            " where n > 1",
            [repeated],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def _heads() -> dict[int, str]:
    """The signed heads by position. A line whose signature is not ours counts for nothing."""
    path = audit.head_path()
    heads: dict[int, str] = {}
    if not path.exists():
        return heads
    with path.open() as lines:
        for line in lines:
            entry = json.loads(line)
            signature = entry.pop("signature", "")
            expected = audit.digest_of(json.dumps(entry, sort_keys=True).encode())
            if hmac.compare_digest(signature, expected) and entry["seq"]:
                heads[entry["seq"]] = entry["digest"]
    return heads
