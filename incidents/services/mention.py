"""Whom somebody mentions in what they write: people who may read it, and nobody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from incidents.rules.mention import mentions_in
from kernel.errors import RuleError


def mentions_checked(text: str, chosen: Collection[int], people: Mapping[int, str], what: str) -> list[int]:
    """The people whom a text mentions, chosen by key or typed as "@Name", among those who can see `what`.

    Raises RuleError with the field for anybody else, and for a name that is nobody's or several people's.
    """
    if set(chosen) - people.keys():
        raise RuleError("Choose the people whom you mention from the list.", "mentioned")
    typed, unknown = mentions_in(text, people)
    if unknown:
        raise RuleError(
            f"“@{unknown[0]}” is not one person who can see {what}. Choose them from the list, or take the @ away.",
            "text",
        )
    return sorted(typed | set(chosen))
