"""Striking what was written or recorded in the wrong case, with a reason: a comment, a plan, a letter and the like."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import Level
from incidents.forms.repair import StrikeForm
from incidents.models import Case
from incidents.scoping.repair import may_strike
from incidents.selectors.repair import strikable_get
from incidents.selectors.said import said_rows
from incidents.services.reading import case_part_read
from incidents.services.strike_later import record_strike as strike
from incidents.services.strike_later import strike_level
from incidents.views.doors import actor_of, asks, attempt, case_or_404
from kernel.errors import AbsentError

_GONE = "Nobody will be able to read it. The case says that it was struck, when and by whom."
_COUNTS = f"{_GONE} It counts for no time limit any more: one that it met may run again."
_WORDS = {
    "comment": ("comment", _GONE),
    "event": ("key event", f"{_GONE} The time limit to tell the victim of it applies no more."),
    "plan": ("action plan", _COUNTS),
    "handover": ("handover note", f"{_GONE} That the case was handed over stays."),
    "referral": ("support referral", _COUNTS),
    "updates": (
        "agreement about updates",
        "The next update is due as it would be without it. The chronology keeps that it was agreed, and was struck.",
    ),
    "letter": (
        "letter or message",
        "Nobody will be able to read it, and its PDF goes too. If it was recorded as sent, that contact is struck too.",
    ),
}
"""Of each sort what it is called, and what striking it does."""


@asks
def record_strike(request: HttpRequest, ref: str, sort: str, uid: uuid.UUID) -> HttpResponse:
    """Strikes what was written in the wrong case."""
    actor, case = actor_of(request), case_or_404(request, ref)
    try:
        row = strikable_get(actor=actor, case=case, kind=sort, uid=uid)
    except AbsentError as error:
        raise Http404 from error
    if not Level.from_rank(getattr(case, "rank", 0)).covers(strike_level(row)) or not may_strike(actor, case, row):
        raise PermissionDenied
    form = StrikeForm(request.POST if request.method == "POST" else None)
    (what, follows), back = _WORDS[sort], _place(case, sort, row)

    def act() -> bool:
        strike(actor=actor, case=case, row=row, reason=form.cleaned_data["reason"])
        return True

    if attempt(form, act):
        messages.success(request, f"{what.capitalize()} struck")
        return redirect(back)
    case_part_read(actor=actor, case=case, part="chronology")
    context = {
        "form": form,
        "question": f"Strike this {what}?",
        "rows": said_rows(actor=actor, case=case, row=row),
        "explanation": follows,
        "action": f"Strike the {what}",
        "danger": True,
        "back": back,
    }
    return render(request, "shared/confirm.html", context)


def _place(case: Case, sort: str, row: Any) -> str:
    """The page on which it stands."""
    if sort == "comment":
        return reverse("incidents:task", args=[row.task.ref]) + "#comments"
    if sort == "handover":
        return reverse("incidents:case", args=[case.ref]) + "#chronology"
    return reverse("incidents:letters" if sort == "letter" else "incidents:clocks", args=[case.ref])
