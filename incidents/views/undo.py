"""Taking back what one has just added."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices.changes import DecisionKind
from incidents.models import JustDecided
from incidents.selectors.said import said_rows
from incidents.selectors.undo import KINDS, just_added_get
from incidents.services.reading import case_part_read
from incidents.services.undo import added_by, just_added_undo
from incidents.views.doors import actor_of, asks, attempt, case_or_404
from kernel.errors import AbsentError
from kernel.forms import GovForm

_ADDED = "It counts for nothing from then on. The audit keeps that it was added and taken back, and by whom."
_MINUTE = "This is possible for a minute, and as long as nobody has changed it."
_HISTORY = "That it was decided and taken back stays in the chronology."
_DECIDED = {
    DecisionKind.CLOSED: f"The case stands as it stood, its time limits run, and tasks that were withdrawn are open. {_HISTORY}",
    DecisionKind.TRIAGED: "Priority, classification and lead worker are what they were, and the time limits with them. Names"
    f" and accounts that it put into quarantine are recorded again as they were. {_HISTORY}",
    DecisionKind.HANDED: f"The lead worker is who it was. The note stays in the chronology until it is struck. {_HISTORY}",
    DecisionKind.CRIME: f"The classification is what it was. Names that may not be kept then go into quarantine. {_HISTORY}",
}
_NOTICE = "Notices and e-mails that went out are not taken back"
_READ = "Whoever has read it meanwhile has read it."
_STAYS: dict[str, str] = {
    DecisionKind.CLOSED: f"{_NOTICE}: who was told that a task was withdrawn is told that it is open again.",
    DecisionKind.TRIAGED: f"{_NOTICE}: who was named to lead the case is told that it was taken back.",
    DecisionKind.HANDED: f"{_NOTICE}: who was to take the case over is told that it was taken back.",
    DecisionKind.CRIME: f"{_NOTICE}: who was told that a crime is recorded is told that it was taken back.",
    "task": f"{_NOTICE}: who was to do it is told that it was withdrawn.",
    "comment": f"{_NOTICE}. {_READ}",
    "evidence": f"Nobody opens the file any more. {_READ}",
    "event": _READ,
    "plan": _READ,
    "referral": f"{_NOTICE}, and a service that was rung or written to has to be told by you.",
    "updates": _READ,
    "person": _READ,
    "tie": _READ,
    "share": f"{_NOTICE}. {_READ}",
}
"""What is not taken back with it."""


@asks
def just_added(request: HttpRequest, ref: str, sort: str, mark: str) -> HttpResponse:
    """Takes back a task, a comment, a file, a plan and the like within a minute of adding it."""
    actor, case = actor_of(request), case_or_404(request, ref)
    try:
        row = just_added_get(actor=actor, case=case, kind=sort, key=mark)
    except AbsentError as error:
        raise Http404 from error
    if not added_by(actor, row):
        raise PermissionDenied
    decided = isinstance(row, JustDecided)
    what = row.get_kind_display().lower() if decided else KINDS[sort][3]
    form = GovForm(request.POST if request.method == "POST" else None)

    def undo() -> bool:
        just_added_undo(actor=actor, case=case, row=row)
        return True

    if attempt(form, undo):
        messages.success(request, f"{what.capitalize()} taken back")
        return redirect("incidents:case", ref=case.ref)
    case_part_read(actor=actor, case=case, part="undo")
    context = {
        "form": form,
        "question": f"Take back this {what}?",
        "rows": said_rows(actor=actor, case=case, row=row),
        "explanation": f"{_DECIDED[row.kind] if decided else _ADDED} {_MINUTE}",
        "warning": _STAYS[row.kind if decided else sort],
        "action": "Undo",
        "back": reverse("incidents:case", args=[case.ref]),
    }
    return render(request, "shared/confirm.html", context)
