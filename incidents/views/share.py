"""Sharing a case with an agency, ending it, recalling it, and overriding a victim's wish."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.reauthentication import reauthentication_required
from incidents.forms.names import names_asked
from incidents.forms.share import OverrideDecisionForm, OverrideForm, RecallForm, ShareForm
from incidents.models import Case, CaseGrant, WishOverride
from incidents.selectors.breach import breach_of, openings, openings_shown
from incidents.selectors.case_people import people_at_risk
from incidents.selectors.names import names_on_record
from incidents.selectors.override import override_get
from incidents.selectors.share import (
    access_remains,
    group_labels,
    recipients,
    share_any,
    share_get,
    share_replaces,
    shares_ended,
    wishes_block,
)
from incidents.services.override import may_decide, override_ask, override_confirm, override_refuse
from incidents.services.recall import share_recall
from incidents.services.share import share_end, share_put
from incidents.views.doors import actor_of, asks, attempt, case_to, just_added_offer
from kernel.errors import AbsentError
from kernel.forms import GovForm
from kernel.when import moment_text

_FIELDS = {"starts_at": "starts_on", "until": "ends_on"}


@asks
def share_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Shares the case: with whom, at which level, why, by which gateway, which fields, until when."""
    case, can = case_to(request, ref, "share")
    form = ShareForm(request.POST if request.method == "POST" else None, agencies=recipients(case), own=can.level)
    grant = attempt(form, lambda: share_put(actor=actor_of(request), case=case, terms=form.terms()), _FIELDS)
    if grant:
        said = f"Shared with {grant.agency.name}"
        kept = share_replaces(case, grant)
        messages.success(request, said if kept else just_added_offer(said, case.ref, "share", grant.uid))
        return redirect(_back(case.ref))
    context = {
        "form": form,
        "case": case,
        "blocked": wishes_block(actor_of(request), case),
        "ended": shares_ended(actor_of(request), case),
        "at_risk": people_at_risk(actor_of(request), case),
    }
    return render(request, "incidents/share_new.html", context)


@asks
@reauthentication_required
def override_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Asks a supervisor to confirm a share against a victim's wish."""
    case, can = case_to(request, ref, "share")
    form = OverrideForm(request.POST if request.method == "POST" else None, agencies=recipients(case), own=can.level)
    override = attempt(
        form,
        lambda: override_ask(actor=actor_of(request), case=case, terms=form.terms(), why=form.why()),
        _FIELDS,
    )
    if override:
        messages.info(request, f"A supervisor was asked to confirm sharing with {override.agency.name}")
        return redirect("incidents:override", ref=case.ref, uid=override.pk)
    context = {"form": form, "case": case, "at_risk": people_at_risk(actor_of(request), case)}
    return render(request, "incidents/sharing/override_new.html", context)


@asks
@reauthentication_required
def override(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """An override: its terms and grounds, for the supervisor to confirm or refuse."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "manages")
    found = _override_or_404(request, case, uid)
    asked = found.waits and may_decide(actor, found)
    form = OverrideDecisionForm(request.POST if request.method == "POST" and asked else None)
    if request.method == "POST" and not asked:
        raise PermissionDenied

    def decide() -> Any:
        reason = form.cleaned_data["reason"] or ""
        if form.cleaned_data["decision"] == "confirm":
            return override_confirm(actor=actor, override=found)
        return override_refuse(actor=actor, override=found, reason=reason)

    if attempt(form, decide):
        confirmed = form.cleaned_data["decision"] == "confirm"
        said = f"Confirmed: shared with {found.agency.name}" if confirmed else "Override refused"
        messages.success(request, said)
        return redirect(_back(case.ref))
    context = {"form": form, "case": case, "override": found, "asked": asked}
    return render(request, "incidents/sharing/override.html", context)


def _override_or_404(request: HttpRequest, case: Case, uid: uuid.UUID) -> WishOverride:
    try:
        return override_get(actor=actor_of(request), case=case, uid=uid)
    except AbsentError as error:
        raise Http404 from error


def _back(ref: str) -> str:
    return reverse("incidents:case", args=[ref]) + "#sharing"


@asks
def share_recalled(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Withdraws a mistaken share in one step; shows who of the receiver opened what, before and after."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "share")
    grant = share_any(case, uid)
    if grant is None:
        raise Http404
    form = RecallForm(request.POST if request.method == "POST" else None)
    names_asked(form, lambda: names_on_record(actor_of(request), case))
    if attempt(form, lambda: share_recall(actor=actor, case=case, uid=uid, **form.cleaned_data)):
        messages.success(request, f"The share with {grant.agency.name} is recalled")
        return redirect("incidents:share_recall", ref=case.ref, uid=uid)
    context = {
        "form": form,
        "case": case,
        "grant": grant,
        "rows": _rows(grant),
        "openings": openings_shown(openings(grant.uid)),
        "breach": breach_of(actor=actor, grant=grant),
        "remains": access_remains(case, grant),
    }
    return render(request, "incidents/sharing/recall.html", context)


@asks
def share_stop(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Ends a share, after asking."""
    case, _ = case_to(request, ref, "share")
    grant = share_get(case, uid)
    if grant is None:
        raise Http404
    back = _back(case.ref)
    form = GovForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: share_end(actor=actor_of(request), case=case, uid=uid)):
        messages.success(request, f"Sharing with {grant.agency.name} ended")
        return redirect(back)
    context = {
        "question": f"Do you want to end sharing {case.ref} with {grant.agency.name}?",
        "explanation": "They stop seeing the case at once. What they read already stays with them.",
        "rows": _rows(grant),
        "form": form,
        "action": "End sharing",
        "danger": True,
        "back": back,
    }
    return render(request, "shared/confirm.html", context)


def _rows(grant: CaseGrant) -> list[tuple[str, str]]:
    return [
        ("Access", grant.get_level_display()),
        ("Purpose", grant.purpose),
        ("Extra fields", ", ".join(group_labels(grant.field_groups)) or "None"),
        ("Since", moment_text(grant.starts_at)),
    ]
