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
    window = KeysetWindow.of(moment, size=size, descending=descending, after=after, before=before)
    return window.page(list(keyset_rows(queryset, *window.start, moment=moment, size=size, down=window.down)))


@dataclass(frozen=True)
class KeysetWindow:
    """Where a page begins and which way it goes, for a prepared query that asks for `keyset_rows` itself."""

    moment: str
    size: int
    start: tuple[dt.datetime, int] | tuple[()]
    down: bool
    backwards: bool

    @classmethod
    def of(
        cls, moment: str, *, size: int, descending: bool = False, after: str = "", before: str = ""
    ) -> KeysetWindow:
        """The window of a page; the arguments are those of `keyset_page`."""
        start, backwards = _parse(after), False
        if start is None and (start := _parse(before)) is not None:
            backwards = True
        return cls(moment, size, start or (), descending != backwards, backwards)

    def page(self, found: list[Any]) -> KeysetPage[Any]:
        """The page of the rows found."""
        more, rows = len(found) > self.size, found[: self.size]
        if self.backwards:
            rows.reverse()
        if not rows:
            return KeysetPage([])
        has_older = self.backwards or more
        has_newer = more if self.backwards else bool(self.start)
        return KeysetPage(
            rows,
            newer=_mark(rows[0], self.moment) if has_newer else "",
            older=_mark(rows[-1], self.moment) if has_older else "",
        )


def keyset_rows(queryset: QuerySet[Row], *start: Any, moment: str, size: int, down: bool) -> QuerySet[Row]:
    """The rows of a page and one more, from `start` (a moment and a key) if there is one."""
    ordered = queryset.order_by(f"-{moment}", "-pk") if down else queryset.order_by(moment, "pk")
    return (ordered.filter(_beyond(moment, start, down)) if start else ordered)[: size + 1]


def _beyond(moment: str, start: tuple[Any, ...], down: bool) -> Q:
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
