"""A list of cases as rows of a table: what the list shows of each, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from incidents.choices import Band, Priority
from incidents.models import Case
from incidents.selectors.case_find import page_ids
from incidents.selectors.case_list import CaseCriteria, case_list, cases_by_ids
from incidents.selectors.case_page import strand_labels
from incidents.selectors.titles import title_of
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.references import reference_normalise

EXPORT_MOST = 2000
"""So many cases one file holds: the newest ones."""
_AT_ONCE = 250
_HEAD = (
    "Reference",
    "Summary",
    "Strands",
    "Priority",
    "Risk",
    "Status",
    "District",
    "Lead agency",
    "Lead worker",
    "Received",
)


def export_cases(*, actor: Actor, criteria: CaseCriteria) -> Iterator[Case]:
    """The cases of a list, newest first, as far as a file holds them. Two queries for each 250."""
    if reference_normalise(criteria.q):
        yield from case_list(actor=actor, criteria=criteria).cases
        return
    left, after = EXPORT_MOST, None
    while left:
        ids = page_ids(criteria.listed_json(), min(_AT_ONCE, left), after)
        cases = cases_by_ids(actor, ids)
        yield from cases
        if len(ids) < _AT_ONCE or not cases:
            return
        left -= len(ids)
        after = (cases[-1].received_at, cases[-1].pk)


def export_head(actor: Actor) -> list[str]:
    """The columns. That a victim is targeted again is for those who may know victims. No query."""
    return [*_HEAD, *(["Repeat victim"] if actor.sees_victims else [])]


def export_row(actor: Actor, case: Any) -> list[str]:
    """One case as its row of the list says it. No query."""
    row = [
        case.ref,
        title_of(case, case.summary_shown),
        ", ".join(strand_labels(case.strands)),
        str(Priority(case.priority).label),
        str(Band(case.band).label) if case.band else "Not assessed",
        case.get_status_display(),
        case.district.name,
        case.lead_agency.name,
        case.lead_worker.name if case.lead_worker else "",
        f"{case.received_at.astimezone(LONDON):%Y-%m-%d}",
    ]
    return [*row, *([("Yes" if case.repeat_victim else "No")] if actor.sees_victims else [])]
