"""Pages that move incidents between cases, tie reports of one event together, and undo either."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.choices import LEVEL_RANK, Level
from incidents.forms.moving import SameForm, SplitForm, TargetForm, UndoForm
from incidents.models import Case, Incident
from incidents.rules.names import QUARANTINE_WORKING_DAYS
from incidents.selectors.case_related import cases_of_same_victim
from incidents.selectors.exclusion import kept_out_names
from incidents.selectors.incident_move import (
    act_get,
    acts_of,
    case_incidents,
    case_moved_to,
    incident_get,
    move_preview,
    move_target,
)
from incidents.services.incident_move import (
    Versions,
    case_split,
    cases_join,
    incident_move,
)
from incidents.services.incident_part import incident_move_undo
from incidents.services.reports import report_tie
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, reads
from kernel.errors import RuleError, StaleError
from kernel.references import reference_normalise
from kernel.when import moment_text

_UNDONE = "Undone: the incidents are back where they were. What was done and told since is not taken back"
_NOT_THERE = "There is no open case with this reference that you manage."
_TO_FIELD = {"to_case": "case_choice"}


def _once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that is sent a second time (a double click) leads where the first one led: what it moved is gone from there."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            ref = case_moved_to(actor=actor_of(request), act=request.POST.get("submission_id", ""))
            if ref:
                return redirect("incidents:case", ref=ref)
        return view(request, *args, **kwargs)

    return answer


@asks
@_once
def move(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """Moves one incident to another case: first what it changes, then the move."""
    case, _ = case_to(request, ref, "change")
    row = _incident(request, case, incident)

    def act(target: Case, chosen: dict[str, Any], versions: Versions) -> Any:
        return incident_move(
            actor=actor_of(request),
            incident=row,
            to_case=target,
            versions=versions,
            reason=chosen["reason"],
            act=chosen["submission_id"],
        )

    about = {"title": f"Move {row.ref} to another case", "action": "Move the incident", "incident": row}
    return _to_another(request, case, act, about, whole=False)


@asks
@_once
def join(request: HttpRequest, ref: str) -> HttpResponse:
    """Joins the case to another one, which takes all its incidents: first what it changes, then the joining."""
    case, _ = case_to(request, ref, "change")

    def act(target: Case, chosen: dict[str, Any], versions: Versions) -> Any:
        return cases_join(
            actor=actor_of(request),
            case=case,
            to_case=target,
            versions=versions,
            reason=chosen["reason"],
            act=chosen["submission_id"],
        )

    about = {"title": f"Join {case.ref} to another case", "action": "Join the cases"}
    return _to_another(request, case, act, about, whole=True)


def _to_another(
    request: HttpRequest, case: Case, act: Callable[..., Any], about: dict[str, Any], *, whole: bool
) -> HttpResponse:
    """The page on which a case is chosen, what moving there changes is shown, and it is done."""
    actor = actor_of(request)
    data = request.POST.copy() if request.method == "POST" else None
    offered = cases_of_same_victim(actor=actor, case=case)
    form = TargetForm(data, case=case, offered=offered, chosen=request.GET.get("to", ""))
    context = about | {"case": case, "form": form, "whole": whole}
    if not (form.is_bound and form.is_valid()):
        return render(request, "incidents/moving/target.html", context)
    target = move_target(actor=actor, ref=form.target_ref())
    if target is None:
        form.add_rule_error(RuleError(_NOT_THERE, "case_ref"))
        return render(request, "incidents/moving/target.html", context)
    seen = form.cleaned_data["to_version"]
    if request.POST.get("step") == "save" and seen is not None:
        try:
            versions = Versions(form.cleaned_data["version"], seen)
            if attempt(form, lambda: act(target, form.cleaned_data, versions), _TO_FIELD):
                messages.success(request, _moved(case, target, whole=whole))
                return redirect("incidents:case", ref=target.ref)
            return render(request, "incidents/moving/target.html", context)
        except StaleError:
            context["conflict"] = True
    return _previewed(request, form, context, target)


def _moved(case: Case, target: Case, *, whole: bool) -> SafeString:
    """What was done, and where it can be undone later: the page of a case is long."""
    said = f"{case.ref} is joined to {target.ref}" if whole else f"Moved from {case.ref} to {target.ref}"
    link = '{}. <a class="govuk-notification-banner__link" href="{}">See what was moved, and undo it</a>.'
    return format_html(link, said, reverse("incidents:moves", args=[target.ref]))


def _previewed(request: HttpRequest, form: TargetForm, context: dict[str, Any], target: Case) -> HttpResponse:
    """The page with what would change, made for the cases as they stand now."""
    actor, stands = actor_of(request), case_or_404(request, context["case"].ref)
    preview = move_preview(actor, stands, target, whole=context["whole"])
    if preview.refusal:
        form.add_rule_error(RuleError(preview.refusal, "case_choice"))
        return render(request, "incidents/moving/target.html", context)
    data: Any = form.data
    data["version"], data["to_version"] = str(stands.version), str(target.version)
    context |= {"preview": preview, "target": target}
    status = 409 if context.get("conflict") else 200
    return render(request, "incidents/moving/target.html", context, status=status)


@asks
@_once
def split(request: HttpRequest, ref: str) -> HttpResponse:
    """Gives chosen incidents a case of their own, open to the same agencies and people."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "change")
    rows = case_incidents(actor=actor, case=case)
    form = SplitForm(request.POST if request.method == "POST" else None, case=case, incidents=rows)

    def act() -> Any:
        chosen = form.cleaned_data
        return case_split(
            actor=actor,
            case=case,
            incidents=chosen["incidents"],
            version=chosen["version"],
            reason=chosen["reason"],
            act=chosen["submission_id"],
        )

    context = {"case": case, "form": form, "few": len(rows) < 2, "kept_out": kept_out_names(actor, case)}
    try:
        done = attempt(form, act)
    except StaleError:
        form = SplitForm(_again(request), case=case, incidents=rows)
        context |= {"form": form, "conflict": True}
        return render(request, "incidents/moving/split.html", context, status=409)
    if done:
        messages.success(request, f"{done[0].ref} is the new case")
        return redirect("incidents:case", ref=done[0].ref)
    return render(request, "incidents/moving/split.html", context)


@asks
@_once
def same(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """Says that an incident is another report of one that is in the case already."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "change")
    row = _incident(request, case, incident)
    others = [one for one in case_incidents(actor=actor, case=case) if one.pk != row.pk]
    form = SameForm(request.POST if request.method == "POST" else None, case=case, incidents=others)

    def act() -> Any:
        chosen = form.cleaned_data
        return report_tie(
            actor=actor,
            case=case,
            incident=row.ref,
            other=chosen["other"],
            version=chosen["version"],
            reason=chosen["reason"],
            act=chosen["submission_id"],
        )

    context = {"case": case, "form": form, "incident": row, "others": others}
    try:
        if attempt(form, act):
            messages.success(request, "They count as one incident now")
            return redirect("incidents:case", ref=case.ref)
    except StaleError:
        context |= {"form": SameForm(_again(request), case=case, incidents=others), "conflict": True}
        return render(request, "incidents/moving/same.html", context, status=409)
    return render(request, "incidents/moving/same.html", context)


def _again(request: HttpRequest) -> Any:
    """What was sent, for the case as it stands now."""
    data = request.POST.copy()
    data.pop("version", None)
    data["version"] = ""
    return data


@reads
def moves(request: HttpRequest, ref: str) -> HttpResponse:
    """What went into the case and out of it, and what can be undone."""
    case = case_or_404(request, ref)
    manages = _manages(case)
    context = {"case": case, "acts": acts_of(actor=actor_of(request), case=case), "manages": manages}
    return render(request, "incidents/moving/history.html", context)


@asks
def move_undo(request: HttpRequest, ref: str, act: uuid.UUID) -> HttpResponse:
    """Undoes a move after asking: the incidents go back with all that is theirs."""
    case = case_or_404(request, ref)
    if not _manages(case):
        raise PermissionDenied
    found = act_get(actor=actor_of(request), case=case, act=act)
    if found is None:
        raise Http404
    form = UndoForm(request.POST if request.method == "POST" else None)
    back = reverse("incidents:moves", args=[case.ref])
    undone = attempt(
        form, lambda: incident_move_undo(actor=actor_of(request), act=act, reason=form.cleaned_data["reason"])
    )
    if undone:
        messages.success(request, _UNDONE)
        return redirect(back)
    context = {
        "question": "Do you want to undo this?",
        "explanation": (
            "The incidents go back with everything that belongs to them. What was done since stays done. Whoever came to be"
            " kept out of one of the cases meanwhile is kept out of both. If the case that"
            " they go back to may not keep names of alleged perpetrators, those wait there in quarantine for"
            f" {QUARANTINE_WORKING_DAYS} working days."
        ),
        "rows": [
            ("What", found.label),
            ("Incidents", ", ".join(found.refs)),
            *([("From", found.from_ref), ("To", found.to_ref)] if found.from_ref != found.to_ref else []),
            ("Reason then", found.reason),
            *([("Done by", found.by)] if found.by else []),
            ("When", moment_text(found.at)),
        ],
        "warning": (
            "Not taken back: notices and e-mails that went out, what somebody has read meanwhile, and work that went back to"
            " an agency because somebody came to be kept out."
        ),
        "form": form,
        "action": "Undo it",
        "back": back,
    }
    return render(request, "shared/confirm.html", context)


def _manages(case: Case) -> bool:
    return getattr(case, "rank", 0) >= LEVEL_RANK[Level.MANAGE]


def _incident(request: HttpRequest, case: Case, ref: str) -> Incident:
    found = incident_get(actor=actor_of(request), case=case, ref=reference_normalise(ref, "HI") or "")
    if found is None:
        raise Http404
    found.case = case
    return found
