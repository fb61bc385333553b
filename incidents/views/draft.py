"""A report that is being written: the draft and the address of each of its pages, going on with it, and erasing it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from incidents.forms.intake.report import Intake
from incidents.forms.intake.steps import Page
from incidents.models import IncidentDraft
from incidents.services.draft import draft_discard, draft_open
from incidents.views.doors import actor_of
from kernel.actors import Actor


def draft_or_404(request: HttpRequest, uid: uuid.UUID) -> IncidentDraft:
    """A draft that the asker may go on with. Raises Http404, the same for one that is not theirs and for none."""
    draft = draft_open(actor=actor_of(request), uid=uid)
    if draft is None:
        raise Http404
    return draft


def intake_of(actor: Actor, draft: IncidentDraft) -> Intake:
    """The report as far as the draft has it. No query."""
    return Intake(actor, draft.agency, draft.answers, started_at=draft.created_at)


def page_redirect(uid: uuid.UUID, page: Page | None, *, changing: bool = False) -> HttpResponseRedirect:
    """To a page of a draft; without a page, to where the answers are checked."""
    return redirect(page_address(uid, page) + ("?change=1" if changing and page is not None else ""))


def page_address(uid: uuid.UUID, page: Page | None) -> str:
    """The address of a page of a draft; without a page, where the answers are checked."""
    if page is None:
        return reverse("incidents:log_check", kwargs={"uid": uid})
    if page.number:
        return reverse("incidents:log_person", kwargs={"uid": uid, "step": page.step.slug, "number": page.number})
    return reverse("incidents:log_step", kwargs={"uid": uid, "step": page.step.slug})


@require_safe
def log_resume(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Goes on where a draft was left."""
    draft = draft_or_404(request, uid)
    return page_redirect(uid, intake_of(actor_of(request), draft).first_missing())


@require_http_methods(["GET", "HEAD", "POST"])
def log_discard(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Erases a draft, after asking."""
    draft = draft_or_404(request, uid)
    if request.method == "POST":
        draft_discard(actor=actor_of(request), uid=uid)
        messages.success(request, "The draft is erased")
        return redirect("incidents:work")
    return render(
        request,
        "shared/confirm.html",
        {
            "question": "Do you want to erase this draft?",
            "explanation": f"Started by {draft.author.name}. Nothing of it will be kept.",
            "action": "Erase the draft",
            "danger": True,
            "back": reverse("incidents:log_resume", kwargs={"uid": uid}),
        },
    )
