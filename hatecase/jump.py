"""The jump box of every page: a reference goes straight to its record, anything else to the search.

A reference that is hidden from the asker and one that is not there are answered alike, by the search page; that page
records the search, and the record's own page that it was opened (docs/domain.md §8.2).
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from hasbag.selectors import meeting_get, pack_row
from incidents.selectors.case_reach import record_path
from kernel.actors import Actor
from kernel.references import reference_normalise

LONGEST = 100


@require_safe
def jump(request: HttpRequest) -> HttpResponse:
    """Leads to the record of an exact reference that the asker may open, else to the list of cases searched for it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words = request.GET.get("q", "").strip()[: LONGEST + 1]
    return redirect((actor.agency_ids and _path(actor, words)) or _search(words))


def _path(actor: Actor, words: str) -> str:
    ref = reference_normalise(words) or ""
    further = {"HM": _meeting, "HK": _pack}.get(ref[:2])
    if further is None:
        return record_path(actor, ref)
    try:
        return further(actor, ref)
    except ObjectDoesNotExist:
        return ""


def _meeting(actor: Actor, ref: str) -> str:
    return reverse("hasbag:meeting", args=[meeting_get(actor, ref).ref])


def _pack(actor: Actor, ref: str) -> str:
    return reverse("hasbag:pack", args=[pack_row(actor, ref).meeting_ref, ref])


def _search(words: str) -> str:
    """The list itself where nothing was typed."""
    cases = reverse("incidents:cases")
    return f"{cases}?{urlencode({'q': words})}" if words else cases
