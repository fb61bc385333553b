"""What a case is on paper: its page for a reader's agency, with the two long lists whole as far as a paper holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from incidents.models import Case
from incidents.rules.fields import Paper
from incidents.scoping import in_case
from incidents.selectors.case_incidents import IncidentView, incident_view, incidents_page
from incidents.selectors.case_page import CasePage, case_page
from incidents.selectors.case_people import VictimView
from incidents.selectors.chronology import Entry, chronology
from incidents.selectors.classification import Decision, classification_history
from incidents.selectors.closing import closing_get, duplicate_ref
from incidents.selectors.priority import PriorityDecision, priority_history
from incidents.selectors.progress import Progress, progress_page
from kernel.actors import Actor
from victims.selectors import Row

MOST_INCIDENTS = 50
MOST_ENTRIES = 300
NOT_ON_PAPER = frozenset({"Code word", "People who must not know", "Someone else to contact"})
"""What protects somebody only while nobody reads it: on the page alone, where each look is on record."""


@dataclass(frozen=True)
class PrintedVictim:
    """A victim on paper."""

    view: VictimView
    rows: list[Row]
    safe_contact: list[Row]


@dataclass(frozen=True)
class PrintedCase:
    """Everything on the paper; `…_more` says that the service has more. `closing` and what it repeats, of a closed case."""

    page: CasePage
    victims: list[PrintedVictim]
    incidents: list[IncidentView]
    incidents_more: bool
    entries: list[Entry]
    entries_more: bool
    progress: Progress
    decisions: list[Decision]
    priorities: list[PriorityDecision]
    closing: Any
    duplicate: str


def print_page(*, actor: Actor, case: Case) -> PrintedCase:
    """A case from `case_get` for a paper that is made for the actor's agency: what the actor has opened for themselves
    is not on it. The queries of its page, ten for what moved it on, how it was classified and closed, and one for each 5
    incidents and each 25 entries of the chronology beyond.
    """
    page = case_page(actor=actor, case=case, printed=Paper.CASE)
    incidents, incidents_more = _incidents(in_case(actor, case), case, page)
    entries, entries_more = _entries(actor, case, page)
    victims = [PrintedVictim(view, _on_paper(view.rows), _on_paper(view.safe_contact or [])) for view in page.victims]
    knows = in_case(actor, case)
    closing = closing_get(actor=knows, case=case)
    return PrintedCase(
        page=page,
        victims=victims,
        incidents=incidents,
        incidents_more=incidents_more,
        entries=entries,
        entries_more=entries_more,
        progress=progress_page(actor=actor, case=case, pause=False),
        decisions=classification_history(actor=knows, case=case),
        priorities=priority_history(case),
        closing=closing,
        duplicate=duplicate_ref(actor=actor, closing=closing),
    )


def _on_paper(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row[0] not in NOT_ON_PAPER and row[1]]


def _incidents(actor: Actor, case: Case, page: CasePage) -> tuple[list[IncidentView], bool]:
    found, older = list(page.incidents), page.incidents_older
    while older and len(found) < MOST_INCIDENTS:
        further = incidents_page(actor, case, older=older)
        found += [incident_view(actor, case, row, shown=page.fields.shown) for row in further.rows]
        older = further.older
    return found, bool(older)


def _entries(actor: Actor, case: Case, page: CasePage) -> tuple[list[Entry], bool]:
    found, older = list(page.chronology.entries), page.chronology.older
    while older and len(found) < MOST_ENTRIES:
        further = chronology(actor=actor, case=case, after=older, shown=page.fields.shown)
        found += further.entries
        older = further.older
    return found, bool(older)
