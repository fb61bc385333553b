"""Assessing risk: a page a section, saved on the server each time, then one submission and its result."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.forms.risk import SAFETY, Section, SectionForm, SubmitForm, sections
from incidents.models import Case, RiskAssessment
from incidents.rules import risk as rules
from incidents.selectors.risk import assessment_get, draft_answers, result_lines, tool_current
from incidents.services.reading import case_part_read
from incidents.services.risk import AnswersError, answers_split, assessment_submit, facts_of, risk_draft_save
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, reads


@asks
def risk_new(request: HttpRequest, ref: str) -> HttpResponse:
    """The assessment so far: its sections, the provisional band; sending it submits the assessment."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "assess")
    tool, answers = tool_current().definition, draft_answers(actor=actor, case=case)
    form = SubmitForm(request.POST if request.method == "POST" else None)
    missing: list[tuple[str, str]] = []

    def submit() -> RiskAssessment:
        items, safety, presence = answers_split(tool, answers)
        return assessment_submit(
            actor=actor,
            case=case,
            answers=items,
            safety=safety,
            victim_present=presence,
            submission_id=form.cleaned_data["submission_id"],
        )

    try:
        assessment = attempt(form, submit, through=AnswersError)
    except AnswersError as error:
        missing = _missing(case, tool, answers, error)
    else:
        if assessment:
            messages.success(request, "Risk assessment submitted")
            return redirect("incidents:risk", ref=case.ref, uid=assessment.uid)
    items, safety, _ = answers_split(tool, answers)
    context = {
        "case": case,
        "form": form,
        "missing": missing,
        "parts": _parts(case, tool, answers, check=bool(missing)),
        "result": rules.assess(tool, items, safety, facts_of(actor, case)) if answers else None,
        "danger": safety.get("S1") is True,
    }
    return render(request, "incidents/risk_new.html", context)


def _parts(case: Case, tool: Any, answers: dict[str, Any], *, check: bool) -> list[dict[str, Any]]:
    """Each section with how far it is answered. With `check` it marks on its page what has no answer."""
    parts = []
    for section in sections(tool):
        done = sum(name in answers for name in section.questions)
        parts.append(
            {
                "title": section.title,
                "href": reverse("incidents:risk_section", args=[case.ref, section.slug]) + (CHECK if check else ""),
                "done": done,
                "of": len(section.questions),
            }
        )
    return parts


CHECK = "?check=1"
"""In the address of a section: mark what has no answer."""


def _missing(case: Case, tool: Any, answers: dict[str, Any], error: AnswersError) -> list[tuple[str, str]]:
    """What stops it, with the address of the question: all that have no answer as one line, each wrong answer by itself."""
    where = {name: section.slug for section in sections(tool) for name in section.questions}

    def place(name: str) -> str:
        page = reverse("incidents:risk_section", args=[case.ref, where.get(name, SAFETY)])
        return f"{page}{CHECK}#id_{name}_0"

    unanswered = [name for name in where if name in error.errors and name not in answers]
    found = [(sentence, place(name)) for name, sentence in error.errors.items() if name not in unanswered]
    if len(unanswered) == 1:
        found.insert(0, (error.errors[unanswered[0]], place(unanswered[0])))
    elif unanswered:
        found.insert(0, (f"{len(unanswered)} questions have no answer. Go to the first one", place(unanswered[0])))
    return found


@asks
def risk_section(request: HttpRequest, ref: str, section: str) -> HttpResponse:
    """One section. Sending it keeps the answers, complete or not."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "assess")
    tool = tool_current().definition
    pages = sections(tool)
    place = next((number for number, page in enumerate(pages) if page.slug == section), None)
    if place is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    answers = draft_answers(actor=actor, case=case)
    form = SectionForm(data, tool=tool, section=pages[place], answers=answers, check="check" in request.GET)
    if attempt(form, lambda: risk_draft_save(actor=actor, case=case, answers=form.answers())):
        return _onward(request, case, _next(request, pages[place + 1 :], answers))
    context = {
        "case": case,
        "form": form,
        "section": pages[place],
        "number": place + 1,
        "count": len(pages),
        "danger_told": pages[place].slug == SAFETY,
        "back": reverse("incidents:risk_new", args=[case.ref]),
    }
    return render(request, "incidents/risk_section.html", context)


def _next(request: HttpRequest, later: list[Section], answers: dict[str, Any]) -> Section | None:
    """The section that comes next; while gaps are being filled, the next one that has a gap."""
    if "check" in request.GET:
        later = [section for section in later if any(name not in answers for name in section.questions)]
    return later[0] if later else None


def _onward(request: HttpRequest, case: Case, following: Section | None) -> HttpResponse:
    """Where a saved section leads: away for now, to the next section, or to the whole, where what is left is told."""
    if request.POST.get("then") == "later":
        messages.success(request, "Your answers are saved. The assessment is not submitted yet.")
        return redirect("incidents:case", ref=case.ref)
    if following is None:
        return redirect("incidents:risk_new", ref=case.ref)
    page = reverse("incidents:risk_section", args=[case.ref, following.slug])
    return redirect(page + (CHECK if "check" in request.GET else ""))


@reads
def risk(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """One assessment as it was asked and answered, and what it came to."""
    actor = actor_of(request)
    case = case_or_404(request, ref)
    try:
        assessment = assessment_get(actor=actor, case=case, uid=uid)
    except RiskAssessment.DoesNotExist as error:
        raise Http404 from error
    case_part_read(actor=actor, case=case, part="risk")
    context = {
        "case": case,
        "assessment": assessment,
        "danger": assessment.safety.get("S1") is True,
        "safeguarding": assessment.safety.get("S3") is True,
        **result_lines(assessment),
    }
    return render(request, "incidents/risk.html", context)
