"""The registry behind `visible_to`: each app's `scoping.py` says here who may see its records."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernel.actors import Actor

_SCOPES: dict[str, Callable[[Any, Actor], Any]] = {}


def scope(model: type) -> Callable[[Callable[[Any, Actor], Any]], Callable[[Any, Actor], Any]]:
    """Register the decorated function `(queryset, actor) -> queryset` as the scope of a model."""

    def register(function: Callable[[Any, Actor], Any]) -> Callable[[Any, Actor], Any]:
        _SCOPES[model._meta.label] = function  # type: ignore[attr-defined]
        return function

    return register


def scope_for(model: type) -> Callable[[Any, Actor], Any]:
    """The scope of a model. Raises LookupError where none was registered: nothing is visible by default."""
    return _SCOPES[model._meta.label]  # type: ignore[attr-defined]
