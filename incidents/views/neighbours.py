"""From one case of a list to the next: the list's own filters ride along in the address of the case."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from incidents.forms.case_list import CaseFilterForm
from incidents.models import Case
from incidents.selectors.case_find import case_neighbours
from incidents.selectors.case_list import lead_agencies
from incidents.views.doors import actor_of
from kernel.references import reference_normalise

FROM_LIST = "list"
"""The parameter of a case's address that holds the filters of the list it was opened from."""
_LONGEST = 2000


@dataclass(frozen=True)
class Beside:
    """Where to go on from a case: back to its list, to the case above it, and to the one below."""

    back: str
    previous: str = ""
    next: str = ""


def from_list(query: str) -> str:
    """What the address of a case carries when it is opened from a list with these filters."""
    return urlencode({FROM_LIST: query})


def beside(request: HttpRequest, case: Case) -> Beside | None:
    """The neighbours of a case in the list that its page was opened from, as far as the asker may see them now; None
    where it was not opened from one. One query.
    """
    query = request.GET.get(FROM_LIST)
    if query is None or len(query) > _LONGEST or not actor_of(request).agency_ids:
        return None
    form = CaseFilterForm(QueryDict(query), agencies=lead_agencies())
    if not form.is_valid() or reference_normalise(form.cleaned_data["q"]):
        return None
    found = case_neighbours(filters=form.criteria().listed_json(), ref=case.ref)
    kept = form.kept().urlencode()
    back = reverse("incidents:cases")
    return Beside(f"{back}?{kept}" if kept else back, _page_of(found.newer, kept), _page_of(found.older, kept))


def _page_of(ref: str, kept: str) -> str:
    return f"{reverse('incidents:case', args=[ref])}?{from_list(kept)}" if ref else ""
