"""Showing a hidden group of fields for half an hour, and hiding it again."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from incidents.choices import FieldGroup
from incidents.forms.reveal import RevealForm
from incidents.models import Case
from incidents.selectors.fields import field_access
from incidents.services.fields import group_hide, group_reveal
from incidents.views.doors import actor_of, asks, attempt, case_or_404, sends


@asks
def reveal(request: HttpRequest, ref: str, group: str) -> HttpResponse:
    """Asks why a group is needed, opens it, and goes back to where the asker was."""
    actor, case, wanted = actor_of(request), case_or_404(request, ref), _group(group)
    decision = field_access(actor, case).decisions[wanted]
    if not decision.can_ask:
        raise PermissionDenied
    back = _back(request, case)
    if decision.shown and request.method != "POST":
        return HttpResponseRedirect(back)
    form = RevealForm(request.POST if request.method == "POST" else None)
    if attempt(
        form, lambda: group_reveal(actor=actor, case=case, group=wanted, reason=form.reason()), {"reason": "words"}
    ):
        return HttpResponseRedirect(back)
    return render(request, "incidents/reveal.html", {"form": form, "case": case, "group": wanted, "back": back})


@sends
def reveal_end(request: HttpRequest, ref: str, group: str) -> HttpResponse:
    """Hides a group again before its half hour is over."""
    case = case_or_404(request, ref)
    group_hide(actor=actor_of(request), case=case, group=_group(group))
    return HttpResponseRedirect(_back(request, case))


def _group(group: str) -> FieldGroup:
    if group not in FieldGroup.values:
        raise Http404
    return FieldGroup(group)


def _back(request: HttpRequest, case: Case) -> str:
    """Where the asker was: a page of this site, or the case."""
    back = request.POST.get("next") or request.GET.get("next") or ""
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("incidents:case", args=[case.ref])
