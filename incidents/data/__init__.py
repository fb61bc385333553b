"""What comes with the product as data: risk assessment tools by version (docs/domain.md §2.2 to §2.5), and letters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FILES = {"HIRA-1": "hira_1.json"}

CURRENT_TOOL = "HIRA-1"


def tool_load(version: str = CURRENT_TOOL) -> dict[str, Any]:
    """The definition of a tool as shipped, to fill the table of tools. Raises ``KeyError`` for an unknown version."""
    path = Path(__file__).with_name(_FILES[version])
    return json.loads(path.read_text(encoding="utf-8"))


def letters_load() -> list[dict[str, Any]]:
    """The county's templates of letters and messages to start with. The translations wait to be checked."""
    return json.loads(Path(__file__).with_name("letters.json").read_text(encoding="utf-8"))
