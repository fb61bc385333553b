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
    ("Export, form", ["/cases/export/?status=open"]),
    ("Letter templates", ["/letters/templates/"]),
    ("First step of a report", ["/cases/new/"]),
)
# What is asked about a case, and of whom: by everybody who reads it, who adds to it, who works for its lead agency.
PARTS = (
    ("Clocks of a case", "refs", "clocks"),
    ("Classification of a case", "refs", "classification"),
    ("Moves of a case", "refs", "moves"),
    ("Evidence of a case", "refs", "evidence"),
    ("Who can open a case", "refs", "access"),
    ("Names put aside", "leads", "quarantine"),
    ("Letters of a case", "letters", "letters"),
    ("Letter, to whom", "adds", "letters/new"),
    ("Note, form", "adds", "notes/add"),
    ("Contact, form", "adds", "contacts/add"),
    ("Evidence, form", "adds", "evidence/add"),
    ("Task, form", "adds", "tasks/add"),
    ("Person, form", "adds", "involved/add"),
    ("Risk, first page", "adds", "risk/new"),
    ("Risk, a section", "adds", "risk/new/a"),
    ("Share, form", "leads", "share"),
    ("Edit, form", "leads", "edit"),
    ("Triage, form", "new", "triage"),
    ("Closing, form", "leads", "close"),
    ("Join, form", "leads", "join"),
    ("Split, form", "leads", "split"),
    ("Conflicts of interest", "leads", "conflicts"),
    ("Who works it, form", "leads", "lead-worker"),
    ("Lead agency, form", "leads", "lead-agency"),
)
# Pages with an address of their own.
FURTHER = (
    ("A file of a case", "files", "/cases/{0}/evidence/{1}/"),
    ("A page to redact", "files", "/cases/{0}/evidence/{1}/pages/1/"),
    ("Redaction, form", "files", "/cases/{0}/evidence/{1}/redact/"),
    ("Date of a file, form", "files", "/cases/{0}/dates/evidence/{1}/"),
    ("Striking a note, form", "notes", "/cases/{0}/notes/{1}/strike/"),
    ("Moving an incident, form", "incidents", "/cases/{0}/incidents/{1}/move/"),
    ("Correcting one, form", "incidents", "/cases/{0}/incidents/{1}/correct/"),
    ("Facts of one, form", "incidents", "/cases/{0}/incidents/{1}/facts/"),
    ("Letter, preview", "previews", "/cases/{0}/letters/new/{1}/?to={2}"),
    ("An assessment", "assessments", "/cases/{0}/risk/{1}/"),
    ("A task", "tasks", "/tasks/{0}/"),
    ("A victim", "victims", "/victims/{0}/"),
    ("A victim's wishes, form", "victims", "/victims/{0}/wishes/"),
    ("An alleged perpetrator", "perpetrators", "/perpetrators/{0}/"),
)
MOST_TRIED = 60
PURPOSE = {"format": "csv", "purpose": "A measurement"}


def casework(asker: dict[str, Any], who: str, only: str) -> Iterator[Timing]:
    """The pages of a caseworker of an agency and of who answers for its people, whichever of them there are."""
    worker = head = Browser(User.objects.get(pk=asker["user"]))
    if asker["supervisor"]["user"] != asker["user"]:
        # Signing in ends whatever other session the same person has.
        head = Browser(User.objects.get(pk=asker["supervisor"]["user"]))
    if only in ("", "desk"):
        for name, addresses in OWN:
            yield timing("desk", name, who, worker, addresses)
        yield timing("desk", "Jump box", who, worker, [f"/find/?q={ref}" for ref in asker["refs"]], status=302)
        yield from _supervised(asker, who, head)
    if only in ("", "part"):
        for name, of, part in PARTS:
            yield from _opened("part", name, who, worker, [f"/cases/{ref}/{part}/" for ref in asker[of]])
        for name, of, path in FURTHER:
            yield from _opened("part", name, who, worker, [path.format(*row) for row in asker[of]])
    if only in ("", "paper"):
        # What leaves the system asks for a new proof of who one is after some minutes.
        worker = Browser(User.objects.get(pk=asker["user"]))
        yield timing("paper", "Export of a list, CSV", who, worker, ["/cases/export/?status=open"], sent=PURPOSE)
        printed = [f"/cases/{ref}/print/" for ref in asker["refs"]]
        yield timing("paper", "A case on paper", who, worker, printed, sent=PURPOSE)


def _opened(group: str, name: str, who: str, browser: Browser, addresses: list[str]) -> Iterator[Timing]:
    """The timing of those addresses that open to who asks; a line where none does, so that nothing is left out unseen."""
    open_to = [address for address in addresses[:MOST_TRIED] if browser.opens(address)]
    if open_to:
        yield timing(group, name, who, browser, open_to)
    else:
        print(f"  {name:26} {who:16} not measured: none of {len(addresses)} is open to them", flush=True)


def _supervised(asker: dict[str, Any], who: str, head: Browser) -> Iterator[Timing]:
    busiest = asker["supervisor"]["busiest"]
    yield timing("desk", "Triage inbox", who, head, ["/triage/"])
    yield timing("desk", "Team", who, head, ["/team/"])
    yield timing(
        "desk", "Somebody's work", who, head, [f"/team/{busiest}/", f"/team/{busiest}/?band=high", "/team/0/"]
    )
    yield from _opened("part", "Sorting one report", who, head, [f"/cases/{ref}/triage/ways/" for ref in asker["new"]])
    yield timing("desk", "Sign-off queue", who, head, ["/sign-off/"])
    yield timing("work", "My work, of who answers", who, head, ["/"])
