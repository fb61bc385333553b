"""What a list of cases can be narrowed by from where it stands: each value with how many cases it would leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict

from incidents.choices import CaseStatus, Strand
from incidents.forms.case_list import CaseFilterForm
from incidents.selectors.case_list import COUNT_CAP, CaseListPage

_NAMES = ("worker", "overdue", "status", "classification", "priority", "band", "district", "strand", "lead")
_TITLES = {
    "worker": "Lead worker",
    "overdue": "Time limits",
    "classification": "What it is",
    "band": "Risk",
    "lead": "Lead agency",
}


@dataclass(frozen=True)
class FacetValue:
    """One value: its words, how many of the cases counted have it (empty where they are not counted), and the address of
    the list narrowed by it."""

    text: str
    count: str
    href: str


@dataclass(frozen=True)
class Facet:
    """One thing to narrow by."""

    title: str
    values: list[FacetValue]


def facets_of(form: CaseFilterForm, page: CaseListPage, path: str) -> list[Facet]:
    """The facets of a list that a valid form asked for: those in which there is a choice left. No query.

    Where the list is longer than it is counted, the counts are of its newest cases and read "40+".
    """
    found = []
    for name in _NAMES:
        values = list(_values(form, name, page, path))
        if values:
            found.append(Facet(_TITLES.get(name, name.capitalize()), values))
    return found


def facets_note(page: CaseListPage) -> str:
    """What has to be known of the counts; nothing where they are exact."""
    return f"Counted among the newest {COUNT_CAP:,}." if page.more else ""


def _values(form: CaseFilterForm, name: str, page: CaseListPage, path: str) -> Iterator[FacetValue]:
    counts = _by_value(form, name, page.counts.get(name, {}))
    chosen = form.cleaned_data.get(name)
    if chosen and not isinstance(chosen, list):
        return
    for value, label in form.fields[name].choices:  # type: ignore[attr-defined]
        count = counts.get(value, 0)
        if name == "status" and value == CaseStatus.MERGED and page.cases and not chosen:
            # These are listed only where they are asked for, so they are in no count.
            yield FacetValue(str(label), "", f"{path}?{_with(form, name, value)}")
        elif value and count and value not in (chosen or ()):
            yield FacetValue(str(label), f"{count:,}{'+' * page.more}", f"{path}?{_with(form, name, value)}")


def _by_value(form: CaseFilterForm, name: str, counts: dict[str, int]) -> dict[str, int]:
    """The counts by the form's own values: the database names agencies by key, strands by place."""
    if name == "lead":
        return {code: counts.get(str(pk), 0) for pk, code, _ in form.agencies}
    if name == "strand":
        return {strand.value: counts.get(str(strand.bit.bit_length() - 1), 0) for strand in Strand}
    return counts


def _with(form: CaseFilterForm, name: str, value: str) -> str:
    query: QueryDict = form.kept()
    query.setlist(name, [value])
    return query.urlencode()
