"""The templates of letters and messages: the county's, and one's own agency's."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.forms.letters import TemplateCheckForm, TemplateForm
from incidents.models import LetterTemplate
from incidents.rules.letters import MERGE_FIELDS
from incidents.scoping.letters import checks_county_templates, template_agencies
from incidents.selectors.letters import (
    machine_sentence,
    template_get,
    template_languages,
    template_versions,
    templates,
)
from incidents.services import letter_templates as services
from incidents.views.doors import actor_of, asks, attempt, reads
from kernel.actors import Actor
from kernel.forms import GovForm


@reads
def letter_templates(request: HttpRequest) -> HttpResponse:
    """The templates in use. One query."""
    actor = actor_of(request)
    if not actor.agency_ids and not checks_county_templates(actor):
        raise PermissionDenied
    rows = [(row, services.needs_check(row), machine_sentence(row)) for row in templates(actor)]
    return render(request, "incidents/letters/templates.html", {"rows": rows, "keeps": bool(template_agencies(actor))})


@reads
def letter_template(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One version, and the versions before and after it."""
    actor, found = actor_of(request), _template(request, uid)
    context = {
        "template": found,
        "versions": template_versions(actor=actor, template=found),
        "waits": services.needs_check(found),
        "may_check": _may_check(actor, found),
        "languages": template_languages(actor=actor, template=found),
        "machine": machine_sentence(found),
        "keeps": found.agency_id in template_agencies(actor),
        "copies": bool(template_agencies(actor)),
    }
    return render(request, "incidents/letters/template.html", context)


@asks
def letter_template_add(request: HttpRequest) -> HttpResponse:
    """A new template, a copy (`from`), or a translation of one's own or of the county's (`translate`)."""
    actor = actor_of(request)
    keeps = template_agencies(actor)
    if not keeps:
        raise PermissionDenied
    source, translated = _given(request, "from"), _given(request, "translate")
    initial = _initial(source or translated)
    if translated is not None:
        initial |= {"language": "", "name": ""}
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=initial)
    agency_id = translated.agency_id if translated is not None and translated.agency_id in keeps else keeps[0]

    def add() -> LetterTemplate:
        return services.template_add(actor=actor, agency_id=agency_id, data=form.template(), translation_of=translated)

    if made := attempt(form, add):
        messages.success(request, "Template added")
        return redirect("incidents:letter_template", uid=made.uid)
    return _edit(request, form, "Translate a template" if translated else "Add a template")


@asks
def letter_template_edit(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The next version of one's own template."""
    found = _own(request, uid)
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=_initial(found), fixed=True)

    def change() -> LetterTemplate:
        return services.template_change(actor=actor_of(request), template=found, data=form.template())

    if made := attempt(form, change):
        messages.success(request, f"Version {made.version} is in use")
        return redirect("incidents:letter_template", uid=made.uid)
    return _edit(request, form, f"Change {found.name}")


@asks
def letter_template_check(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Confirms that somebody who speaks the language checked a translation of the county's."""
    actor, found = actor_of(request), _template(request, uid)
    if not _may_check(actor, found):
        raise PermissionDenied
    form = TemplateCheckForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: services.template_check(actor=actor, template=found, **form.cleaned_data)):
        messages.success(request, "Confirmed as checked. It is offered from now on")
        return redirect("incidents:letter_template", uid=found.uid)
    return render(request, "incidents/letters/template_check.html", {"form": form, "template": found})


@asks
def letter_template_retire(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Offers a template no more."""
    found = _own(request, uid)
    form = GovForm(request.POST if request.method == "POST" else None)

    def retire() -> bool:
        services.template_retire(actor=actor_of(request), template=found)
        return True

    if attempt(form, retire):
        messages.success(request, "The template is no longer offered")
        return redirect("incidents:letter_templates")
    context = {
        "form": form,
        "question": f"Stop offering {found.name}?",
        "explanation": "What was written from it stays as it is.",
        "action": "Stop offering it",
        "back": reverse("incidents:letter_template", args=[found.uid]),
    }
    return render(request, "shared/confirm.html", context)


def _edit(request: HttpRequest, form: TemplateForm, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "fields": [(f"{{{{{n}}}}}", w) for n, w in MERGE_FIELDS.items()]}
    return render(request, "incidents/letters/template_edit.html", context)


def _initial(source: LetterTemplate | None) -> dict[str, Any]:
    if source is None:
        return {}
    names = ("name", "kind", "language", "body", "safety", "machine_made")
    return {name: getattr(source, name) for name in names}


def _template(request: HttpRequest, uid: uuid.UUID) -> LetterTemplate:
    try:
        return template_get(actor=actor_of(request), uid=uid)
    except LetterTemplate.DoesNotExist as error:
        raise Http404 from error


def _own(request: HttpRequest, uid: uuid.UUID) -> LetterTemplate:
    found = _template(request, uid)
    if found.agency_id not in template_agencies(actor_of(request)):
        raise PermissionDenied
    return found


def _may_check(actor: Actor, template: LetterTemplate) -> bool:
    waits = services.needs_check(template) and template.active and template.agency_id is None
    return waits and checks_county_templates(actor)


def _given(request: HttpRequest, name: str) -> LetterTemplate | None:
    """The template that the address names; none for nonsense."""
    try:
        return template_get(actor=actor_of(request), uid=uuid.UUID(request.GET.get(name, "")))
    except (ValueError, LetterTemplate.DoesNotExist):
        return None
