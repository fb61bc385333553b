"""How the pages stand against the figures of before casework: the same requests, on the same size of county."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = json.loads((Path(__file__).parent / "spine.json").read_text())
SLOWER = 1.5
"""No page may take more than this many times what it took then."""


def ratio(timing: dict[str, Any]) -> float | None:
    """The processor's time of a request now to that of then; None for what was not measured then.

    Both as multiples of a fixed loop's time between the requests (docs/bench.md): machines and their other work differ.
    """
    then = next(
        (row for row in KEPT["timings"] if row["name"] == timing["name"] and _who(row["who"]) == _who(timing["who"])),
        None,
    )
    return None if then is None else _paced(timing) / _paced(then)


def _paced(row: dict[str, Any]) -> float:
    return float(row["processor_ms"]) / float(row["pace_ms"])


def _who(words: str) -> str:
    """The agency alone: its share of the cases moves by a hundredth."""
    return words.rpartition("(")[2].rstrip(")")
