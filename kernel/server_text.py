"""A prepared query as the server is sent it: what never changes is written out, and each value is bound once.

The walls name the asker's keys in every condition, so the long queries of a page hold a hundred values of which a dozen
differ; and the server can prove that a partial index serves only from words that stand in the text, not from values that
come later (docs/decisions/0015-prepared-queries.md). The driver would also look for placeholders anew in every text
beyond some kilobytes. All else sees the query as Django wrote it: logs, counts, and what wraps the execution.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import RawCursor
from psycopg.sql import Literal
from psycopg.types.numeric import Int4

_INT4 = 2**31
_PLACE = re.compile(r"%([%s])")
_TYPED = (int, dt.datetime, dt.date, uuid.UUID)
"""What the driver sends with its type. Words come without one, and the server makes out another for each place; so does a
list that has no number in it, as that of nobody's agencies has."""


@dataclass(frozen=True)
class ServerText:
    """The text with the server's own placeholders, and which of the query's parameters goes to each."""

    sql: bytes
    picks: tuple[int, ...]

    @classmethod
    def of(cls, sql: str, params: Sequence[Any], values: Sequence[bool]) -> ServerText:
        """From Django's SQL with a sample of its parameters; `values` says which of them change from call to call."""
        places: dict[Any, tuple[int, int]] = {}
        number = iter(range(len(params)))

        def placed(found: re.Match[str]) -> str:
            if found[1] == "%":
                return "%"
            at = next(number)
            param = params[at]
            if not values[at] and (isinstance(param, str) or param == []):
                # A list of nothing goes without a type as well.
                return Literal(param).as_string()
            key: Any = (type(param), str(param)) if _has_type(param) else at
            place, _ = places.setdefault(key, (len(places) + 1, at))
            return f"${place}"

        text = _PLACE.sub(placed, sql)
        return cls(text.encode(), tuple(at for _, at in places.values()))


def _has_type(param: Any) -> bool:
    if isinstance(param, list):
        return bool(param) and all(isinstance(one, int) for one in param)
    return isinstance(param, _TYPED)


NO_TEXT = ServerText(b"", ())


class ServerTextCursor(RawCursor[Any]):
    """Asks one query in the server's own words, whatever text it is given; it takes the parameters of Django's."""

    text: ServerText
    usual: bool

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Ask it, with the parameters that Django's text has."""
        picked = [_one_type(params[at]) for at in self.text.picks]
        return super().execute(self.text.sql, picked, prepare=self.usual or None, **options)


def _one_type(param: Any) -> Any:
    """A number, or a list of numbers, of one type whatever its size: the driver would send small ones as another type, and
    the server would keep a plan for each.
    """
    if type(param) is int and -_INT4 <= param < _INT4:
        return Int4(param)
    if type(param) is list:
        return [_one_type(one) for one in param]
    return param


class ServerTextConnection:
    """Django's connection, but for its cursors, which ask one query in the server's own words; a `usual` query has the
    server keep its plan from the first time."""

    def __init__(self, connection: Any, text: ServerText, *, usual: bool) -> None:
        self._connection, self._text, self._usual = connection, text, usual

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Any:
        """A cursor for the query, counted and logged as any other."""
        self._connection.ensure_connection()
        driver = self._connection.connection
        usual, driver.cursor_factory = driver.cursor_factory, ServerTextCursor
        try:
            wrapped = self._connection.cursor()
        finally:
            driver.cursor_factory = usual
        wrapped.cursor.text, wrapped.cursor.usual = self._text, self._usual
        return wrapped
