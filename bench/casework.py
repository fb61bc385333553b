"""The pages of everyday casework: lists that press, what belongs to one case, and what leaves as a file.

`desk` is a list, `part` a page beside the page of a case, `paper` a file, for which no time is aimed at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agencies.models import User
from bench.measure import Browser, Timing, timing

NARROWED = (
    "worker=mine",
    "worker=none",
    "overdue=yes",
    "overdue=yes&band=high&status=open",
    "worker=mine&overdue=yes",
    "status=monitoring&strand=RAC&overdue=yes",
)
OWN = (
    ("Case list, own and overdue", [f"/cases/?{query}" for query in NARROWED]),
    ("Saved searches", ["/cases/searches/"]),
    ("Tasks, open", ["/tasks/", "/tasks/?box=agency", "/tasks/?box=asked"]),
    ("Tasks, finished", ["/tasks/?state=done", "/tasks/?box=agency&state=done", "/tasks/?box=asked&state=done"]),
    ("Notices", ["/notices/", "/notices/?unread=on", "/notices/?group=tasks"]),
    ("Cover", ["/cover/"]),
)
PARTS = (
    ("Clocks of a case", "clocks"),
    ("Classification of a case", "classification"),
    ("Moves of a case", "moves"),
)
PURPOSE = {"format": "csv", "purpose": "A measurement"}


def casework(asker: dict[str, Any], who: str, only: str) -> Iterator[Timing]:
    """The pages of a caseworker of an agency and of who answers for its people, whichever of them there are."""
    worker = Browser(User.objects.get(pk=asker["user"]))
    head = User.objects.get(pk=asker["supervisor"]["user"])
    if only in ("", "desk"):
        for name, addresses in OWN:
            yield timing("desk", name, who, worker, addresses)
        yield timing("desk", "Jump box", who, worker, [f"/find/?q={ref}" for ref in asker["refs"]], status=302)
        yield from _supervised(asker, who, Browser(head))
    if only in ("", "part"):
        for name, part in PARTS:
            yield timing("part", name, who, worker, [f"/cases/{ref}/{part}/" for ref in asker["refs"]])
        yield timing("part", "Letters of a case", who, worker, [f"/cases/{ref}/letters/" for ref in asker["letters"]])
    if only in ("", "paper"):
        yield timing("paper", "Export of a list, CSV", who, worker, ["/cases/export/?status=open"], sent=PURPOSE)
        printed = [f"/cases/{ref}/print/" for ref in asker["refs"]]
        yield timing("paper", "A case on paper", who, worker, printed, sent=PURPOSE)


def _supervised(asker: dict[str, Any], who: str, head: Browser) -> Iterator[Timing]:
    busiest = asker["supervisor"]["busiest"]
    yield timing("desk", "Triage inbox", who, head, ["/triage/"])
    yield timing("desk", "Team", who, head, ["/team/"])
    yield timing(
        "desk", "Somebody's work", who, head, [f"/team/{busiest}/", f"/team/{busiest}/?band=high", "/team/0/"]
    )
    yield timing("desk", "Sign-off queue", who, head, ["/sign-off/"])
    yield timing("work", "My work, of who answers", who, head, ["/"])
