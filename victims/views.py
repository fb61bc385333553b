"""A victim's page, and the pages that change the record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.field_groups import FieldsShown, fields_for
from kernel.panels import panels_for
from kernel.references import reference_normalise
from victims.choices import CONTACT_GROUP, SensitiveGroup
from victims.forms import PARTS, SensitiveForm, VictimRecordForm, WishesForm
from victims.models import Victim
from victims.selectors import (
    VictimShown,
    contact_rows,
    may_contact,
    safe_contact_rows,
    sensitive_get,
    sensitive_texts,
    victim_get,
    victim_shown,
)
from victims.services import sensitive_add, sensitive_change, victim_change, victim_read


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _victim_or_404(request: HttpRequest, ref: str) -> Victim:
    try:
        return victim_get(actor=_actor(request), ref=reference_normalise(ref, "HV") or "")
    except Victim.DoesNotExist as error:
        raise Http404 from error


@require_safe
def victim(request: HttpRequest, ref: str) -> HttpResponse:
    """The person, their needs, how to reach them safely, their wishes, and their cases as far as they may be seen.

    What only some are shown of it stands there for those alone; others are told how to ask for it.
    """
    actor, found = _actor(request), _victim_or_404(request, ref)
    victim_read(actor=actor, victim=found)
    fields = fields_for("victim", actor, found)
    texts = sensitive_texts(actor=actor, victims=[found], groups=fields.groups)
    shown = victim_shown(found, fields.groups, texts[found.pk])
    context = {
        "victim": shown,
        "about": [("Age", shown.age), ("Language", shown.language_text)],
        "contact": contact_rows(shown.near) if shown.near and shown.reachable else [],
        "contact_lines": fields.lines_of(CONTACT_GROUP),
        "safe_contact": safe_contact_rows(shown.near) if shown.near else [],
        "sensitive": _sensitive_rows(shown, fields),
        "sensitive_lines": fields.lines_of(*SensitiveGroup.values),
        "sensitive_groups": SensitiveGroup,
        "panels": panels_for("victim", actor, found),
    }
    return render(request, "victims/victim.html", context)


def _sensitive_rows(shown: VictimShown, fields: FieldsShown) -> list[dict[str, str]]:
    """The extra-sensitive groups that are open, each with the page that changes it."""
    return [
        {
            "label": str(group.label),
            "value": shown.sensitive[group] or "Nothing recorded",
            "href": reverse("victims:sensitive", args=[shown.ref, group.value]),
        }
        for group in SensitiveGroup
        if group in fields.groups
    ]


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
    fields = fields_for("victim", _actor(request), found)
    reachable = CONTACT_GROUP in fields.groups
    form = kind(request.POST if request.method == "POST" else None, victim=found, reachable=reachable)
    if form.is_bound and form.is_valid():
        try:
            victim_change(
                actor=_actor(request), victim=found, version=form.cleaned_data["version"], changes=form.values()
            )
        except StaleError as error:
            return _conflict(request, form, error, reachable=reachable)
        except ForbiddenError as error:
            raise PermissionDenied from error
        except RuleError as error:
            form.add_rule_error(error)
        else:
            return _saved(request, found)
    lines = fields.lines_of(CONTACT_GROUP) if form.leaves_out else []
    panels = panels_for("wishes", _actor(request), found) if isinstance(form, WishesForm) else []
    context = {"form": form, "victim": found, "lines": lines, "panels": panels}
    return render(request, "victims/victim_edit.html", context)


def _saved(request: HttpRequest, found: Victim) -> HttpResponse:
    """Back to the record; to the start where a wish that was just recorded ended the actor's own access to it."""
    try:
        victim_get(actor=_actor(request), ref=found.ref)
    except Victim.DoesNotExist:
        messages.success(request, "Record changed. As the victim wishes, your agency can no longer open it.")
        return redirect("/")
    messages.success(request, "Record changed")
    return redirect("victims:victim", ref=found.ref)


def _conflict(request: HttpRequest, form: VictimRecordForm, error: StaleError, *, reachable: bool) -> HttpResponse:
    current: Any = error.current
    mine = form.in_words(form.values())
    theirs = form.in_words({name: getattr(current, name) for name in form.labels()})
    data = request.POST.copy()
    data["version"] = str(current.version)
    context = {
        "form": type(form)(data, victim=current, reachable=reachable),
        "victim": current,
        "conflict": [(label, mine[label], theirs[label], mine[label] != theirs[label]) for label in mine],
        "panels": panels_for("wishes", _actor(request), current) if isinstance(form, WishesForm) else [],
    }
    return render(request, "victims/victim_edit.html", context, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
def sensitive(request: HttpRequest, ref: str, group: str) -> HttpResponse:
    """Adds to an extra-sensitive group without showing it; where it is open, changes what it says."""
    actor, found = _actor(request), _victim_or_404(request, ref)
    if group not in SensitiveGroup.values:
        raise Http404
    if not may_contact(found):
        raise PermissionDenied
    victim_read(actor=actor, victim=found)
    fields = fields_for("victim", actor, found)
    held = sensitive_get(actor=actor, victim=found, group=group) if group in fields.groups else None
    form = SensitiveForm(request.POST if request.method == "POST" else None, held=held)
    context = {
        "form": form,
        "victim": found,
        "group": SensitiveGroup(group),
        "held": held,
        "opened": group in fields.groups,
        "lines": fields.lines_of(group),
    }
    if form.is_bound and form.is_valid():
        try:
            _sensitive_save(actor, found, group, form)
        except StaleError as error:
            data = request.POST.copy()
            data["version"] = str(getattr(error.current, "version", ""))
            context |= {"form": SensitiveForm(data), "conflict": getattr(error.current, "text", "")}
            return render(request, "victims/sensitive.html", context, status=409)
        except ForbiddenError as error:
            raise PermissionDenied from error
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Recorded")
            return redirect("victims:victim", ref=found.ref)
    return render(request, "victims/sensitive.html", context)


def _sensitive_save(actor: Actor, found: Victim, group: str, form: SensitiveForm) -> None:
    text, version = form.cleaned_data["text"], form.cleaned_data["version"]
    if version:
        sensitive_change(actor=actor, victim=found, group=group, text=text, version=version)
    else:
        sensitive_add(actor=actor, victim=found, group=group, text=text)
