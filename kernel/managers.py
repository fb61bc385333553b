"""The closed manager: the first wall.

A root queryset over records with personal data refuses to be evaluated unless it started at
`visible_to(actor)`, was reached through a parent record that was, or was opened by the named and
linted `unscoped(reason=…)`. What it cannot stop (`Exists`, joins, `select_related` from elsewhere) is
what row-level security is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models

from kernel.actors import Actor
from kernel.errors import ScopeError
from kernel.scoping import scope_for


class ClosedQuerySet(models.QuerySet):
    _scoped = False

    def visible_to(self, actor: Actor) -> ClosedQuerySet:
        """The records this actor may see, by the app's `scoping.py`."""
        return scope_for(self.model)(self._mark(), actor)._mark()

    def unscoped(self, *, reason: str) -> ClosedQuerySet:
        """All records, for system code that states why. Row-level security still applies."""
        if len(reason) < 10:
            raise ScopeError("Say why this query may pass the first wall.")
        return self._mark()

    def _mark(self) -> ClosedQuerySet:
        clone = self._chain()  # type: ignore[attr-defined]
        clone._scoped = True
        return clone

    def _clone(self) -> Any:
        clone = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        return clone

    def _check(self) -> None:
        # A related manager leaves its parent in the hints: children are reached through a parent that is closed itself.
        parent = self._hints.get("instance")  # type: ignore[attr-defined]
        if not (self._scoped or isinstance(getattr(type(parent), "_default_manager", None), ClosedManager)):
            raise ScopeError(
                f"{self.model._meta.label}: start at visible_to(actor); system code says unscoped(reason=…)."
            )

    def _fetch_all(self) -> None:
        self._check()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator:
        self._check()
        return super().iterator(chunk_size=chunk_size)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()

    def explain(self, **kwargs: Any) -> str:
        self._check()
        return super().explain(**kwargs)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        raise ScopeError("Raw SQL over records with personal data goes through a narrow database function.")

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super().resolve_expression(*args, **kwargs)

    def _combinator_query(self, combinator: str, *other_qs: Any, all: bool = False) -> Any:  # noqa: A002
        for queryset in (self, *other_qs):
            if isinstance(queryset, ClosedQuerySet):
                queryset._check()
        return super()._combinator_query(combinator, *other_qs, all=all)  # type: ignore[misc]


class ClosedManager(models.Manager.from_queryset(ClosedQuerySet)):  # type: ignore[misc]
    """The manager of every model that holds personal data."""

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        return self.get_queryset().raw(*args, **kwargs)
