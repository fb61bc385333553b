"""Rows on their way into PostgreSQL: by COPY into a temporary table, then by INSERT through the policies.

COPY itself is refused where row-level security is forced. Keys are given here, so that rows of one chunk can refer to
each other; whatever Django would fill in by itself with the present time or a random key has to be said, so that
the county stays the same for a seed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from typing import Any

from django.db import connection, models

_MISSING = object()


class Written(str):
    """JSON that is written out already."""

    __slots__ = ()


class Sheet:
    """The rows of one table that are not written yet."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        self.table = model._meta.db_table
        self.key = model._meta.pk.attname
        self.columns = [str(field.column) for field in fields]
        self._places = {field.attname: place for place, field in enumerate(fields)}
        self._json = {place for place, field in enumerate(fields) if isinstance(field, models.JSONField)}
        self._template = [_default(field) for field in fields]
        for place in self._json:
            if self._template[place] is not _MISSING:
                self._template[place] = json.dumps(self._template[place])
        self._wanted = [place for place, value in enumerate(self._template) if value is _MISSING]
        self._rows: list[list[Any]] = []
        self.counts = isinstance(model._meta.pk, models.AutoField)
        self._next = 1

    def start(self) -> None:
        """Count keys from the first free one. One query."""
        if self.counts:
            with connection.cursor() as cursor:
                cursor.execute(f"select coalesce(max({self.key}), 0) + 1 from {self.table}")  # noqa: S608
                self._next = cursor.fetchone()[0]

    def add(self, **values: Any) -> int:
        """Put a row on the sheet; answers its key where keys are counted. Raises LookupError for a value left out."""
        row = self._template.copy()
        if self.counts:
            row[self._places[self.key]] = self._next
            self._next += 1
        for name, value in values.items():
            place = self._places[name]
            if place in self._json:
                row[place] = value if isinstance(value, Written) else json.dumps(value, ensure_ascii=False)
            else:
                row[place] = value.value if isinstance(value, Enum) else value
        missing = [self.columns[place] for place in self._wanted if row[place] is _MISSING]
        if missing:
            raise LookupError(f"{self.table}: {', '.join(missing)} must be given.")
        self._rows.append(row)
        return self._next - 1

    @property
    def last(self) -> int:
        """The key given last."""
        return self._next - 1

    def take(self) -> list[list[Any]]:
        """The rows, which leave the sheet empty."""
        rows, self._rows = self._rows, []
        return rows

    def write(self, rows: Iterable[list[Any]]) -> None:
        """Write rows in the present transaction. Four queries."""
        names = ", ".join(connection.ops.quote_name(column) for column in self.columns)
        temporary = f"county_{self.table}"
        with connection.cursor() as cursor:
            cursor.execute(f"create temporary table if not exists {temporary} (like {self.table})")
            with cursor.copy(f"copy {temporary} ({names}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(f"insert into {self.table} ({names}) select {names} from {temporary}")  # noqa: S608
            cursor.execute(f"truncate {temporary}")

    def finish(self) -> None:
        """Let the database count on from here. One query."""
        if self.counts:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select setval(pg_get_serial_sequence(%s, %s), %s, false)", [self.table, self.key, self._next]
                )


def _default(field: models.Field) -> Any:
    if not field.has_default():
        if field.null:
            return None
        return "" if field.empty_strings_allowed and field.blank else _MISSING
    if field.default in (list, dict):
        return field.default()
    if callable(field.default):
        return _MISSING
    return field.default.value if isinstance(field.default, Enum) else field.default
