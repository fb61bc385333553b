"""Puts the risk assessment tool and the county's templates of letters in place. Safe to run again."""

from __future__ import annotations

import uuid

from agencies.standards import EFFECTIVE_FROM
from incidents.data import CURRENT_TOOL, letters_load, tool_load
from incidents.models import LetterTemplate, RiskTool
from incidents.rules.letters import TOPICS, topic_of


def risk_tool_load(version: str = CURRENT_TOOL) -> RiskTool:
    """A tool as a row, made if it is not there: a version that stands is never altered (docs/domain.md §2.1).

    Two queries at most. Raises ``KeyError`` for an unknown version.
    """
    tool, _ = RiskTool.objects.get_or_create(
        version=version, defaults={"definition": tool_load(version), "effective_from": EFFECTIVE_FROM}
    )
    return tool


def letter_templates_load() -> int:
    """The county's templates to start with, made where they are not there; what stands is left. Two queries."""
    rows = [
        LetterTemplate(
            uid=uuid.uuid5(TOPICS, f"{row['key']}/{row['language']}"),
            topic=topic_of(row["key"]),
            kind=row["kind"],
            name=row["name"],
            language=row["language"],
            body=row["body"],
        )
        for row in letters_load()
    ]
    return len(LetterTemplate.objects.bulk_create(rows, ignore_conflicts=True))
