"""Puts the risk assessment tool in place. Safe to run again."""

from __future__ import annotations

from agencies.standards import EFFECTIVE_FROM
from incidents.data import CURRENT_TOOL, tool_load
from incidents.models import RiskTool


def risk_tool_load(version: str = CURRENT_TOOL) -> RiskTool:
    """A tool as a row, made if it is not there: a version that stands is never altered (docs/domain.md §2.1).

    Two queries at most. Raises ``KeyError`` for an unknown version.
    """
    tool, _ = RiskTool.objects.get_or_create(
        version=version, defaults={"definition": tool_load(version), "effective_from": EFFECTIVE_FROM}
    )
    return tool
