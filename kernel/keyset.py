"""Paging a list by the key of its rows, never by an offset: a deep page costs what the first one costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """One page of a list, with the marks of the pages before and after it; "" where there is none."""

    rows: list[Row]
    newer: str = ""
    older: str = ""


def keyset_page(
    queryset: QuerySet[Row], moment: str, *, size: int, descending: bool = False, after: str = "", before: str = ""
) -> KeysetPage[Row]:
    """A page of the queryset in the order of a moment (a field that is never empty), the key breaking ties.

    `after` and `before` are marks that an earlier page gave; one that is not a mark is as none. One query.
    """
    start, backwards = _parse(after), False
    if start is None and (start := _parse(before)) is not None:
        backwards = True
    down = descending != backwards
    ordered = queryset.order_by(f"-{moment}", "-pk") if down else queryset.order_by(moment, "pk")
    rows = list((ordered if start is None else ordered.filter(_beyond(moment, start, down)))[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return KeysetPage([])
    has_older = backwards or more
    has_newer = more if backwards else start is not None
    return KeysetPage(
        rows,
        newer=_mark(rows[0], moment) if has_newer else "",
        older=_mark(rows[-1], moment) if has_older else "",
    )


def _beyond(moment: str, start: tuple[dt.datetime, int], down: bool) -> Q:
    # The first condition alone lets the index begin at the right place; the second settles ties.
    at, key = start
    inside, strict = (f"{moment}__lte", f"{moment}__lt") if down else (f"{moment}__gte", f"{moment}__gt")
    tie = {moment: at, "pk__lt" if down else "pk__gt": key}
    return Q(**{inside: at}) & (Q(**{strict: at}) | Q(**tie))


def _mark(row: Any, moment: str) -> str:
    at: dt.datetime = getattr(row, moment)
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%f}~{row.pk}"


def _parse(mark: str) -> tuple[dt.datetime, int] | None:
    at, _, key = mark.partition("~")
    try:
        return dt.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=dt.UTC), int(key)
    except ValueError:
        return None
