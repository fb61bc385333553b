"""What waits to be sorted: the panel on My work."""

from __future__ import annotations

from typing import Any

from incidents.selectors.triage import waiting
from kernel.actors import Actor
from kernel.panels import Panel


def work_triage(actor: Actor, subject: Any) -> Panel | None:
    """How many reports wait for somebody who sorts them. One query for those, else none."""
    found = waiting(actor=actor)
    if not found.any:
        return None
    return Panel(
        "incidents/parts/triage_work.html",
        {"reports": found.reports, "urgent": found.urgent, "proposals": found.proposals},
    )
