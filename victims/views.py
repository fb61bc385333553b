"""A victim's page, and the pages that change the record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.panels import panels_for
from kernel.references import reference_normalise
from victims.forms import PARTS, VictimRecordForm
from victims.models import Victim
from victims.selectors import contact_rows, may_contact, safe_contact_rows, victim_get, victim_shown
from victims.services import victim_change, victim_read


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _victim_or_404(request: HttpRequest, ref: str) -> Victim:
    try:
        return victim_get(actor=_actor(request), ref=reference_normalise(ref, "HV") or "")
    except Victim.DoesNotExist as error:
        raise Http404 from error


@require_safe
def victim(request: HttpRequest, ref: str) -> HttpResponse:
    """The person, their needs, how to reach them safely, their wishes, and their cases as far as they may be seen."""
    found = _victim_or_404(request, ref)
    victim_read(actor=_actor(request), victim=found)
    shown = victim_shown(found)
    context = {
        "victim": shown,
        "about": [("Age", shown.age), ("Language", shown.language_text)],
        "contact": contact_rows(shown.near) if shown.near else [],
        "safe_contact": safe_contact_rows(shown.near) if shown.near else [],
        "panels": panels_for("victim", _actor(request), found),
    }
    return render(request, "victims/victim.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def victim_edit(request: HttpRequest, ref: str, part: str) -> HttpResponse:
    """Changes one part of the record. Where somebody else saved first, both versions are shown."""
    found = _victim_or_404(request, ref)
    kind = PARTS.get(part)
    if kind is None:
        raise Http404
    if not may_contact(found):
        raise PermissionDenied
    victim_read(actor=_actor(request), victim=found)
    form = kind(request.POST if request.method == "POST" else None, victim=found)
    if form.is_bound and form.is_valid():
        try:
            victim_change(
                actor=_actor(request), victim=found, version=form.cleaned_data["version"], changes=form.values()
            )
        except StaleError as error:
            return _conflict(request, kind, form, error)
        except ForbiddenError as error:
            raise PermissionDenied from error
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Record changed")
            return redirect("victims:victim", ref=found.ref)
    return render(request, "victims/victim_edit.html", {"form": form, "victim": found})


def _conflict(
    request: HttpRequest, kind: type[VictimRecordForm], form: VictimRecordForm, error: StaleError
) -> HttpResponse:
    current: Any = error.current
    mine = form.in_words(form.values())
    theirs = form.in_words({name: getattr(current, name) for name in form.labels()})
    data = request.POST.copy()
    data["version"] = str(current.version)
    context = {
        "form": kind(data, victim=current),
        "victim": current,
        "conflict": [(label, mine[label], theirs[label], mine[label] != theirs[label]) for label in mine],
    }
    return render(request, "victims/victim_edit.html", context, status=409)
