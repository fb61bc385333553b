"""Queries that are put together once and from then on only filled in.

Who may see what stands in every query as conditions, and Django writes a query's SQL anew each time it is asked: on
the page of a case that took longer than asking the database. A `Prepared` query is built once for each *shape* of
asker, with symbols where their keys and the query's values go, compiled once, and then filled in
(docs/decisions/0015-prepared-queries.md). As its text stays the same, PostgreSQL keeps its plan too.

What may go into the SQL is the shape (which roles, sides and how many agencies the asker has, and the keyword
arguments); everything else is a value, given by position. A symbol matches no record, and one that is left over, or
has been changed on its way into the SQL, is an error. Under test the first answer of every shape and then each eighth are compared with the
query built anew.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BooleanField, F, Func, QuerySet

from kernel.actors import Actor
from kernel.identity import PLANS_KEPT
from kernel.server_text import NO_TEXT, ServerText, ServerTextConnection

MOST_PLANS = 200
"""So many shapes of one query are kept."""
USUAL = 3
"""What this process was asked so many times, it is asked again: a new connection has the server keep its plan at once. What
is asked once in a while is not kept, as the server keeps only so many (the driver's `prepare_threshold` does the same,
but begins anew with each connection)."""

_NUMBER = -2_000_000_000
_MOMENT = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
_DAY = dt.date(9999, 1, 1)
_UUID = 0xFEDC << 112
_VALUES = (int, str, list, dt.datetime, dt.date, uuid.UUID)


class PreparedError(Exception):
    """A query that cannot be prepared: what it is built from is not only the shape and the symbols."""


@dataclass(frozen=True)
class _Slot:
    """A place in the parameters: the number of the value, and the database's type of number that Django chose."""

    number: int
    kind: type | None


@dataclass(frozen=True)
class _Plan:
    """A compiled query. Without SQL it finds nothing, whatever its values."""

    queryset: Any
    compiler: Any = None
    sql: str = ""
    params: tuple[Any, ...] = ()
    text: ServerText = NO_TEXT
    slots: tuple[Any, ...] = ()
    converters: Any = None
    """What makes a column's value one of Python, as Django's compiler keeps it: the same whoever asks."""
    places: tuple[tuple[int, int], ...] = ()
    """Which of the parameters are the asker's or a value, each by its place with the number of its slot: the walls ask for
    the same dozen in hundreds of places."""
    asked: Iterator[int] = field(default_factory=itertools.count)
    """How many times it was asked before, counted by who asks."""

    def filled(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Its parameters for these values."""
        made = [_fill(slot, values) for slot in self.slots]
        found = list(self.params)
        for place, number in self.places:
            found[place] = made[number]
        return tuple(found)


def plans_keep() -> None:
    """Until the transaction ends the server takes one plan for a query, whatever its values, and weighs no values anew.

    For a page of many short queries: putting a plan together takes it longer than carrying it out. One query.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(f"select {PLANS_KEPT}")


_ALL: list[Prepared] = []


def plans_forget() -> None:
    """Build every query anew when it is asked next: what it is built from has changed, as a test may do to it."""
    for query in _ALL:
        query._plans.clear()
        query._asked.clear()


class Prepared:
    """A query for whoever asks, as a decorator of the function that builds it.

    The function takes the actor and values by position, and what changes the SQL by keyword; it answers a queryset,
    by the walls like any other, or None where such an asker finds nothing. It compares no value with the asker's own keys (a keyword says how that came out), and
    reaches rows by keys. Calling it answers the rows as a list. One query.

    `spare` are the places of values that some shapes have no use for; any other that is missing in the SQL is an error.
    """

    def __init__(self, build: Callable[..., QuerySet | None], spare: Sequence[int] = ()) -> None:
        self.build = build
        self.spare = frozenset(spare)
        self.__doc__, self.__name__ = build.__doc__, build.__name__
        self._plans: dict[Any, _Plan] = {}
        self._asked: Counter[Any] = Counter()
        _ALL.append(self)

    def __call__(self, actor: Actor, *values: Any, **shape: Any) -> list[Any]:
        asker = _symbolic(actor)
        key = (asker.shape, tuple(type(value) for value in values), tuple(sorted(shape.items())))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.pop(next(iter(self._plans)))
            plan = self._plans[key] = self._plan(asker, values, shape)
        params = plan.filled([*asker.values, *values])
        if each := settings.PREPARED_CHECKED_EACH:
            self._asked[key] += 1
            if self._asked[key] % each == 1 % each:
                self._check(plan, params, actor, values, shape)
        return [] if plan.compiler is None else list(_ready(plan, params))

    def _plan(self, asker: _Asker, values: Sequence[Any], shape: dict[str, Any]) -> _Plan:
        places = itertools.count()
        symbols = [_symbol(value, places) for value in values]
        queryset: Any = self.build(asker.shape, *symbols, **shape)
        if queryset is None:
            return _Plan(None)
        if queryset._known_related_objects:
            raise PreparedError(f"{self.__name__}: rows are reached by keys, not through a record.")
        numbers = {_key(symbol): number for number, symbol in enumerate([*asker.symbols, *symbols])}
        compiler, sql, params = _compiled(queryset)
        slots = tuple(_slots(param, numbers) for param in params)
        first = len(asker.symbols)
        lost = {number - first for number in range(first, len(numbers))} - self.spare
        lost -= {number - first for number in _numbers_in(slots)}
        if lost and compiler is not None:
            # Django drops a comparison with a number that its field cannot hold.
            raise PreparedError(f"{self.__name__}: value {min(lost)} is not in the query.")
        changes = [any(True for _ in _numbers_in([slot])) for slot in slots]
        open_slots = {repr(slot): slot for slot, filled in zip(slots, changes, strict=True) if filled}
        number = {known: at for at, known in enumerate(open_slots)}
        where = tuple((at, number[repr(slots[at])]) for at, filled in enumerate(changes) if filled)
        text = ServerText.of(sql, params, changes)
        return _Plan(queryset, compiler, sql, slots, text, tuple(open_slots.values()), _converters(compiler), where)

    def _check(self, plan: _Plan, params: Any, actor: Actor, values: Sequence[Any], shape: dict[str, Any]) -> None:
        _, sql, plain = _compiled(self.build(actor, *values, **shape))
        if (sql, _plain(plain)) != (plan.sql, _plain(params)):
            raise PreparedError(
                f"{self.__name__} depends on more than its shape:\n{sql}\n{plan.sql}\n{plain}\n{params}"
            )


def _compiled(queryset: Any) -> tuple[Any, str, Sequence[Any]]:
    """The queryset's compiler, SQL and parameters; no compiler where it can find nothing."""
    if queryset is None:
        return None, "", ()
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None, "", ()
    return compiler, sql, params


def _converters(compiler: Any) -> Any:
    return compiler and compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])


def _ready(plan: _Plan, params: Sequence[Any]) -> Any:
    """A queryset that asks the compiled query with these parameters."""
    source = plan.queryset
    rows = source.__class__(model=source.model, query=_Query(plan, params), using=source._db, hints={})
    rows._iterable_class, rows._fields = source._iterable_class, source._fields
    rows._prefetch_related_lookups = source._prefetch_related_lookups
    if hasattr(source, "_scoped"):
        source._check()
        rows._scoped = True
    return rows


class _Query:
    """Stands in for Django's query: whatever is asked of it is the compiled query's, but for the parameters."""

    def __init__(self, plan: _Plan, params: Sequence[Any]) -> None:
        self._plan, self._params = plan, params

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plan.queryset.query, name)

    def get_compiler(self, using: str, **_: Any) -> Any:
        """The compiler, on this thread's connection."""
        compiler = copy.copy(self._plan.compiler)
        connection = ServerTextConnection(connections[using], self._plan.text, usual=next(self._plan.asked) >= USUAL)
        compiler.using, compiler.connection = using, connection
        compiler.as_sql = lambda *_, **__: (self._plan.sql, self._params)
        compiler.get_converters = lambda _: self._plan.converters
        return compiler


class OneOf(Func):
    """Whether a column holds one of some keys. An array, where `__in` would give a text of its own to each number of
    keys.
    """

    output_field: Any = BooleanField()

    def __init__(self, column: str, keys: Sequence[int]) -> None:
        super().__init__(F(column))
        self.keys = list(keys)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} = ANY(%s::bigint[])", [*params, self.keys]


class AmongRows(Func):
    """Whether a column holds the key of one of some rows, which are found first, all of them, by their own conditions.

    As `__in`, but for the database's choice of the order: for rows that are few, where it would think otherwise. Of a
    slice, those that come first in its own order. `key` is what of the rows is meant.
    """

    template, arg_joiner = "%(expressions)s)", " = ANY("
    output_field: Any = BooleanField()

    def __init__(self, column: str, rows: QuerySet, key: str = "pk") -> None:
        found = rows if rows.query.is_sliced else rows.order_by()
        super().__init__(F(column), ArraySubquery(found.values(key)))


# --- Symbols ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asker:
    """An actor with symbols for what is theirs alone; the symbols, and what they stand for, in the same order."""

    shape: Actor
    symbols: tuple[Any, ...]
    values: tuple[Any, ...]


@lru_cache(maxsize=4096)
def _symbolic(actor: Actor) -> _Asker:
    agencies = list(dict.fromkeys([*actor.agency_ids, *actor.member_ids, *sorted(a for a, _ in actor.roles)]))
    number = {agency: _NUMBER - 1 - place for place, agency in enumerate(agencies)}
    shape = replace(
        actor,
        user_id=None if actor.user_id is None else _NUMBER,
        name=_text(-1),
        email=_text(-2),
        reason=_text(-3),
        agency_ids=tuple(number[a] for a in actor.agency_ids),
        member_ids=tuple(number[a] for a in actor.member_ids),
        roles=frozenset((number[a], role) for a, role in actor.roles),
        agency_names=(),
    )
    symbols = (_NUMBER, shape.name, shape.email, shape.reason, *number.values())
    return _Asker(shape, symbols, (actor.user_id, actor.name, actor.email, actor.reason, *agencies))


def _text(number: int) -> str:
    return f"\ue000{number}\ue001"


def _symbol(value: Any, places: Iterator[int]) -> Any:
    """A value of the same type that no record holds. Raises PreparedError for what is no value."""
    number = next(places)
    makers: dict[type, Callable[[], Any]] = {
        int: lambda: _NUMBER - 1000 - number,
        list: lambda: [_NUMBER - 1000 - number],
        str: lambda: _text(number),
        uuid.UUID: lambda: uuid.UUID(int=_UUID + number),
        dt.datetime: lambda: _MOMENT + dt.timedelta(seconds=number),
        dt.date: lambda: _DAY + dt.timedelta(days=number),
    }
    if type(value) not in makers:
        raise PreparedError(f"A {type(value).__name__} is no value of a prepared query.")
    return makers[type(value)]()


def _slots(param: Any, numbers: dict[Any, int]) -> Any:
    """A parameter with the places of the values in it. Raises PreparedError for a moment that is no value."""
    number = numbers.get(_key(param)) if isinstance(param, _VALUES) and not isinstance(param, bool) else None
    if number is not None:
        return _Slot(number, None if type(param) in _VALUES else type(param))
    if isinstance(param, list | tuple):
        return [_slots(one, numbers) for one in param]
    if isinstance(param, dt.date | dt.timedelta) or "\ue000" in str(param) or str(_NUMBER)[:6] in str(param):
        raise PreparedError(f"{param!r} is neither a value nor the same for everybody.")
    return param


def _key(symbol: Any) -> Any:
    """What a symbol is known by: a list by its only element, and no other list."""
    if not isinstance(symbol, list):
        return symbol
    return ("list", symbol[0]) if len(symbol) == 1 and isinstance(symbol[0], int) else None


def _numbers_in(slots: Any) -> Iterator[int]:
    for slot in slots:
        if isinstance(slot, _Slot):
            yield slot.number
        elif isinstance(slot, list):
            yield from _numbers_in(slot)


def _fill(param: Any, values: Sequence[Any]) -> Any:
    if type(param) is _Slot:
        value = values[param.number]
        return value if param.kind is None else param.kind(value)
    if type(param) is list:
        return [_fill(one, values) for one in param]
    return param


def _plain(params: Any) -> Any:
    """Parameters to compare: a list is as good as a tuple."""
    if isinstance(params, list | tuple):
        return [_plain(one) for one in params]
    return (type(params).__name__, str(params))
