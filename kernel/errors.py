"""The errors a service may raise; views and the API turn them into sentences beside the field."""

from __future__ import annotations


class RuleError(Exception):
    """A rule of the domain refuses what was asked. `message` is a full sentence for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class ForbiddenError(RuleError):
    """The actor may see the record but may not do this to it (403)."""


class StaleError(RuleError):
    """Somebody else saved the record first (409 on pages, 412 in the API). Nothing was changed.

    `current` is the record as it stands now, so that both versions can be shown.
    """

    def __init__(self, message: str, current: object) -> None:
        super().__init__(message)
        self.current = current


class AbsentError(Exception):
    """There is no such record, or none that the asker may see: the answer is the same (404)."""


class ScopeError(RuntimeError):
    """A query over records with personal data did not start at `visible_to(actor)`: a programming error."""
