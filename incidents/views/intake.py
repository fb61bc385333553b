"""Logging an incident step by step. One set of views for every step: the table of steps says what each asks."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from incidents.forms.intake.base import UNFINISHED, StepForm
from incidents.forms.intake.build import report_data
from incidents.forms.intake.report import Intake
from incidents.forms.intake.start import StartForm, VictimSearchForm
from incidents.forms.intake.steps import STEPS, Page, page_of
from incidents.models import IncidentDraft
from incidents.selectors import draft as drafts
from incidents.selectors import intake as selectors
from incidents.services.draft import (
    draft_drop,
    draft_open,
    draft_save_step,
    draft_start,
    draft_submit,
)
from incidents.services.intake import logged_read, victims_looked_up
from incidents.views.doors import actor_of, case_open
from incidents.views.draft import draft_or_404, intake_of, page_address, page_redirect
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.references import reference_normalise

FIRST = Page(STEPS[0])


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """The first step, and the drafts that wait. A draft begins when it is sent."""
    actor = actor_of(request)
    agencies = drafts.agencies_to_log_for(actor)
    if not agencies:
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    start = StartForm(data, agencies=agencies)
    start_valid = data is not None and start.is_valid()
    agency = start.agency if start_valid else agencies[0]
    case_ref = _case_named(actor, request.GET.get("case", ""))
    intake = Intake(actor, agency, {}, case_ref=case_ref)
    form = intake.form_for(FIRST, data)
    if start_valid and form.is_valid():
        try:
            draft = draft_start(
                actor=actor, agency=agency, uid=start.uid, key=FIRST.key, answers=form.kept(), case_ref=case_ref
            )
        except RuleError as error:
            form.add_rule_error(error)
        else:
            return _onward(request, actor, draft, FIRST)
    context = {"start": start, "waiting": drafts.drafts_for(actor) if data is None else []}
    return _step_page(request, intake, FIRST, form, context)


def _case_named(actor: Actor, typed: str) -> str:
    """The case that somebody comes from, if they may add to it."""
    found, _ = selectors.case_to_join(actor, typed) if typed else (None, "")
    return found or ""


@require_http_methods(["GET", "HEAD", "POST"])
def log_step(request: HttpRequest, uid: uuid.UUID, step: str, number: int = 0) -> HttpResponse:
    """One step of a draft: shown with what is kept, saved when it is sent."""
    actor, draft = actor_of(request), draft_or_404(request, uid)
    intake = intake_of(actor, draft)
    page = page_of(step, number)
    if page is None:
        raise Http404
    if elsewhere := _elsewhere(uid, intake, page):
        return redirect(elsewhere)
    if request.method != "POST":
        return _step_page(request, intake, page, intake.form_shown(page), {"draft": draft})
    form = intake.form_for(page, request.POST)
    if "suggest" in request.POST:
        return _step_page(request, intake, page, form.preview(), {"draft": draft})
    answers = form.kept() if form.is_valid() else _left(request, form)
    if answers is not None:
        try:
            draft = draft_save_step(actor=actor, uid=uid, key=page.key, answers=answers)
        except RuleError as error:
            form.add_rule_error(error)
        else:
            return _onward(request, actor, draft, page)
    return _step_page(request, intake, page, form, {"draft": draft})


def _left(request: HttpRequest, form: StepForm) -> dict[str, list[str]] | None:
    """What is kept of a step that is left in the middle: as it was typed, to be checked when it is gone on with."""
    typed = form.typed() if request.POST.get("then") == "later" else {}
    return {**typed, UNFINISHED: ["1"]} if typed else None


def _elsewhere(uid: uuid.UUID, intake: Intake, page: Page) -> str:
    """Where to go instead of a page whose turn has not come; nothing where it has. Raises Http404 for no page."""
    group = page.step.each
    if group and page.number not in (*intake.numbers(group), intake.next_number(group)):
        raise Http404
    pages = intake.pages(adding=page)
    missing = intake.first_missing(pages)
    if page not in pages:
        return page_address(uid, missing)
    return page_address(uid, missing) if missing and pages.index(missing) < pages.index(page) else ""


def _onward(request: HttpRequest, actor: Actor, draft: IncidentDraft, page: Page) -> HttpResponseRedirect:
    """Where a saved step leads: to the next one, to one more person, back to checking, or away for now."""
    intake, then = intake_of(actor, draft), request.POST.get("then", "")
    if then == "later":
        messages.success(request, "Your report is saved as a draft")
        return redirect("incidents:work")
    if then == "another" and page.step.each and (number := intake.next_number(page.step.each)):
        return redirect("incidents:log_person", uid=draft.uid, step=page.step.each, number=number)
    missing = intake.first_missing()
    if "change" in request.GET:
        return page_redirect(draft.uid, missing, changing=True)
    pages = intake.pages()
    following = pages[pages.index(page) + 1 :] if page in pages else []
    return page_redirect(draft.uid, following[0] if following else missing)


def _step_page(
    request: HttpRequest, intake: Intake, page: Page, form: StepForm, context: dict[str, Any]
) -> HttpResponse:
    draft = context.get("draft")
    return render(
        request,
        [f"incidents/log/{page.step.slug}.html", "incidents/log/step.html"],
        {
            "form": form,
            "page": page,
            "intake": intake,
            "steps": len(STEPS),
            "title": _title(intake, page),
            "back": _back(request, intake, page, draft),
            "can_add": bool(page.step.another) and intake.next_number(page.step.each) is not None,
            **context,
        },
    )


def _title(intake: Intake, page: Page) -> str:
    if page.number > 1 and page.step.each == page.step.slug:
        return f"{page.step.title} (number {page.number})"
    victim = intake.form_of("victim", page.number) if page.step.slug == "contact" else None
    return f"{page.step.title}: {victim.name}" if victim is not None and victim.name else page.step.title


def _back(request: HttpRequest, intake: Intake, page: Page, draft: IncidentDraft | None) -> str:
    if draft is None:
        return reverse("incidents:work")
    if "change" in request.GET:
        return page_address(draft.uid, None)
    pages = intake.pages(adding=page)
    before = pages.index(page) if page in pages else 0
    return page_address(draft.uid, pages[before - 1]) if before else reverse("incidents:work")


@require_http_methods(["GET", "HEAD", "POST"])
def log_check(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """All answers with links to change them; sending it logs the incident, once, however often it is sent."""
    actor = actor_of(request)
    draft = draft_open(actor=actor, uid=uid)
    if draft is None:
        return _already_logged(actor, uid)
    intake = intake_of(actor, draft)
    missing = intake.first_missing()
    if missing is not None:
        return page_redirect(uid, missing, changing=True)
    error = None
    if request.method == "POST":
        try:
            return _submit(actor, intake, draft, request.POST.get("version", ""))
        except RuleError as refused:
            error = refused.message
    return render(request, "incidents/log/check.html", {"draft": draft, "error": error, **_check_context(intake, uid)})


def _submit(actor: Actor, intake: Intake, draft: IncidentDraft, seen: str) -> HttpResponseRedirect:
    """Logs what was checked: `seen` is the version of the draft that the page showed."""
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else draft.version
    data = report_data(intake)
    decided = intake.cleaned("priority") or {}
    case = selectors.case_by_ref(actor, decided["case_ref"]) if decided.get("case") == "join" else None
    incident = draft_submit(actor=actor, uid=draft.uid, version=version, data=data, case=case)
    return redirect("incidents:logged", ref=incident.case.ref, incident=incident.ref)


def _already_logged(actor: Actor, uid: uuid.UUID) -> HttpResponseRedirect:
    """A double click, or the page sent again: to the incident that it became the first time."""
    incident = selectors.incident_submitted(actor, uid)
    if incident is None:
        raise Http404
    return redirect("incidents:logged", ref=incident.case.ref, incident=incident.ref)


def _check_context(intake: Intake, uid: uuid.UUID) -> dict[str, Any]:
    groups = []
    for page in intake.pages():
        form = intake.form_of(page.step.slug, page.number)
        groups.append(
            {
                "title": _title(intake, page),
                "rows": list(form.summary()),
                "change": page_address(uid, page) + "?change=1",
                "remove": _removable(intake, uid, page),
            }
        )
    return {
        "intake": intake,
        "groups": groups,
        "add_victim": _adding(intake, uid, "victim"),
        "add_who": _adding(intake, uid, "who"),
        "leaks": [(names, page_address(uid, page) + "?change=1") for page, names in intake.names_in_free_text()],
        "quarantine": bool(not intake.keeps_names and any(_named(intake))),
        "back": page_address(uid, intake.pages()[-1]),
    }


def _named(intake: Intake) -> list[bool]:
    return [bool(form.names) for n in intake.numbers("who") if (form := intake.form_of("who", n)) is not None]


def _removable(intake: Intake, uid: uuid.UUID, page: Page) -> str:
    if page.step.each != page.step.slug or len(intake.numbers(page.step.each)) < 2:
        return ""
    return reverse("incidents:log_remove", kwargs={"uid": uid, "step": page.step.slug, "number": page.number})


def _adding(intake: Intake, uid: uuid.UUID, group: str) -> str:
    number = intake.next_number(group)
    if number is None:
        return ""
    address = reverse("incidents:log_person", kwargs={"uid": uid, "step": group, "number": number})
    return f"{address}?change=1"


@require_http_methods(["GET", "HEAD", "POST"])
def log_remove(request: HttpRequest, uid: uuid.UUID, step: str, number: int) -> HttpResponse:
    """Takes one of several victims or alleged perpetrators out of a draft, after asking."""
    actor, draft = actor_of(request), draft_or_404(request, uid)
    intake, page = intake_of(actor, draft), page_of(step, number)
    if page is None or page.key not in intake.answers or not _removable(intake, uid, page):
        raise Http404
    if request.method == "POST":
        keys = [Page(other, number).key for other in STEPS if other.each == page.step.each]
        draft_drop(actor=actor, uid=uid, keys=keys)
        return page_redirect(uid, None)
    return render(
        request,
        "shared/confirm.html",
        {
            "question": "Do you want to take this person out of the report?",
            "rows": list(intake.form_of(step, number).summary()),
            "action": "Take out",
            "danger": True,
            "back": page_address(uid, None),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def log_find_victim(request: HttpRequest, uid: uuid.UUID, number: int) -> HttpResponse:
    """Looks up a victim who is recorded already, among those whom the worker may see, and puts them in the report."""
    actor, draft = actor_of(request), draft_or_404(request, uid)
    intake, page = intake_of(actor, draft), page_of("victim", number)
    if page is None or not actor.sees_some_victims or _elsewhere(uid, intake, page):
        raise Http404
    if "pick" in request.POST:
        return _pick(request, actor, draft, page)
    # Sent, not asked for by address: names do not belong into addresses, which are kept in many places.
    form = VictimSearchForm(request.POST if request.method == "POST" else None)
    found = victims_looked_up(actor=actor, **form.criteria) if form.is_bound and form.is_valid() else None
    return render(
        request,
        "incidents/log/find_victim.html",
        {"form": form, "found": found, "draft": draft, "number": number, "back": page_address(uid, page)},
    )


def _pick(request: HttpRequest, actor: Actor, draft: IncidentDraft, page: Page) -> HttpResponse:
    query = QueryDict(mutable=True)
    query.update({"kind": "known", "ref": reference_normalise(request.POST["pick"], "HV") or ""})
    intake = intake_of(actor, draft)
    form = intake.form_for(page, query)
    if not form.is_valid():
        return _step_page(request, intake, page, form, {"draft": draft})
    draft = draft_save_step(actor=actor, uid=draft.uid, key=page.key, answers=form.kept())
    return _onward(request, actor, draft, page)


@require_safe
def logged(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """What became of a report: its reference, what happens next, and when it is due."""
    outcome = logged_read(actor=actor_of(request), case_ref=ref, incident_ref=incident)
    if outcome is None:
        raise Http404
    case_open(request, outcome.case)
    return render(request, "incidents/log/logged.html", {"outcome": outcome, "case": outcome.case})
