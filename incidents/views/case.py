"""A case's page, and the pages that change the case itself."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db.models import TextChoices
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect, render

from incidents.choices import CaseStatus, Priority
from incidents.choices.changes import DecisionKind
from incidents.forms.case import CaseEditForm, LeadWorkerForm, TriageForm, status_choices
from incidents.forms.names import names_asked
from incidents.models import Case
from incidents.rules.triage_routes import Route, shut_by
from incidents.scoping import in_case
from incidents.selectors.audience import case_staff
from incidents.selectors.case_page import PageMarks
from incidents.selectors.case_work import further_waits
from incidents.selectors.chronology import KINDS
from incidents.selectors.classification import effects_of
from incidents.selectors.crime import crime_reference
from incidents.selectors.names import names_on_record
from incidents.selectors.priority import effects_of_priority, priority_last, urgency_reported
from incidents.selectors.triage import route_facts
from incidents.services.case import case_triage, case_update, lead_worker_assign
from incidents.services.reading import case_read
from incidents.views.access_request import signpost_answer
from incidents.views.doors import actor_of, asks, attempt, case_open, case_or_404, case_to, decided_offer
from incidents.views.neighbours import FROM_LIST, beside
from kernel.actors import Actor
from kernel.errors import StaleError
from kernel.panels import panels_for
from kernel.references import reference_normalise

_MARKS = ("older", "newer", "incidents_older", "incidents_newer")


@asks
def case(request: HttpRequest, ref: str) -> HttpResponse:
    """The case as one page. Opening it is recorded, and the lead agency's first look meets the duty check.

    For an agency that only knows that the case exists: a small page on which it can ask for access, sent by POST.
    """
    if request.method == "POST":
        return _signposted(request, ref)
    actor = actor_of(request)
    kind = request.GET.get("show", "")
    marks = PageMarks(kind if kind in KINDS else "", *(request.GET.get(name, "") for name in _MARKS))
    try:
        page = case_read(actor=actor, ref=reference_normalise(ref, "HC") or "", marks=marks)
    except Case.DoesNotExist:
        return signpost_answer(request, ref)
    case_open(request, page.case)
    context = {
        "page": page,
        "case": page.case,
        "can": page.can,
        "panels": panels_for("case", actor, page.case),
        "kinds": _kinds(request, marks.kind),
        "links": _links(request, page),
        "beside": beside(request, page.case),
    }
    return render(request, "incidents/case.html", context)


def _signposted(request: HttpRequest, ref: str) -> HttpResponse:
    """Nothing is sent to a case's own page: whoever may read it is told so, as anywhere else."""
    try:
        case_or_404(request, ref)
    except Http404:
        return signpost_answer(request, ref)
    return HttpResponseNotAllowed(["GET", "HEAD"])


def _kinds(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    """The links that narrow the chronology."""
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in (FROM_LIST,) if name in request.GET})
    rest = f"&{kept.urlencode()}" if kept else ""
    whole = f"{request.path}{rest.replace('&', '?', 1)}#chronology"
    everything = {"text": "Everything", "href": whole, "current": not chosen}
    return [
        everything,
        *(
            {"text": text, "href": f"{request.path}?show={kind}{rest}#chronology", "current": kind == chosen}
            for kind, text in KINDS.items()
        ),
    ]


def _links(request: HttpRequest, page: Any) -> dict[str, str]:
    """Where the long lists of the page go on; the other list and the choice of kind stay as they are."""

    def address(name: str, other: str, mark: str, anchor: str) -> str:
        if not mark:
            return ""
        query = QueryDict(mutable=True)
        query.update(
            {k: str(v) for k, v in request.GET.items() if k in ("show", FROM_LIST, *_MARKS) and k not in (name, other)}
        )
        query[name] = mark
        return f"{request.path}?{query.urlencode()}#{anchor}"

    return {
        "older": address("older", "newer", page.chronology.older, "chronology"),
        "newer": address("newer", "older", page.chronology.newer, "chronology"),
        "incidents_older": address("incidents_older", "incidents_newer", page.incidents_older, "incidents"),
        "incidents_newer": address("incidents_newer", "incidents_older", page.incidents_newer, "incidents"),
    }


@asks
def case_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Changes summary, priority and standing; what another priority does is shown first. Where somebody else saved
    first, both versions are shown."""
    case, _ = case_to(request, ref, "change")
    if request.method == "POST" and request.POST.get("version") != str(case.version):
        return _conflict(request, case)
    form = names_asked(
        CaseEditForm(request.POST if request.method == "POST" else None, case=case),
        lambda: names_on_record(actor_of(request), case),
    )
    context: dict[str, Any] = {"form": form, "case": case}

    def change() -> Case:
        return case_update(
            actor=actor_of(request),
            case=case,
            version=form.cleaned_data["version"],
            changes=form.changes(),
            priority_reason=form.cleaned_data["priority_reason"],
        )

    if request.POST.get("step") == "check" and form.is_valid():
        context["effects"] = effects_of_priority(case, form.cleaned_data["priority"])
        if context["effects"]:
            return render(request, "incidents/case_edit.html", context)
    try:
        if attempt(form, change):
            messages.success(request, "Case changed")
            return redirect("incidents:case", ref=case.ref)
    except StaleError as error:
        return _conflict(request, cast(Case, error.current))
    return render(request, "incidents/case_edit.html", context)


def _conflict(request: HttpRequest, current: Case) -> HttpResponse:
    """Both versions side by side, and the form as it was typed: sending it again saves it over the other.

    A status that the case can no longer be put in from where it stands gives way to the present one.
    """
    typed = request.POST
    shown = current.summary_shown  # type: ignore[attr-defined]
    rows = [
        ("Summary", typed.get("summary", shown), shown),
        ("Priority", _label(Priority, typed.get("priority", "")), current.get_priority_display()),
        ("Status", _label(CaseStatus, typed.get("status", "")), current.get_status_display()),
    ]
    data = _with_version(request, current)
    if typed.get("status") not in dict(status_choices(current.status)):
        data["status"] = current.status
    context = {
        "form": CaseEditForm(data, case=current),
        "case": current,
        "conflict": [(label, mine, theirs, mine != theirs) for label, mine, theirs in rows],
    }
    return render(request, "incidents/case_edit.html", context, status=409)


def _label(choices: type[TextChoices], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


@asks
def case_triage_confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """Confirms priority and classification and names the lead worker."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "triage")
    staff = case_staff(case, [case.lead_agency])
    data = request.POST if request.method == "POST" else None
    form = TriageForm(data, case=case, staff=staff, me=actor.user_id, crime_reference=crime_reference(case))
    form.offer(request.GET.get("classification", ""))
    if (shut := shut_by(Route.ACCEPT, route_facts(actor, case))) is not None:
        context = {"case": case, "shut": shut}
        return render(request, "incidents/case_triage.html", context, status=200 if request.method == "GET" else 409)
    if request.POST.get("step") == "check" and form.is_valid():
        return _triage_check(request, case, form)

    def confirm() -> Case:
        return case_triage(actor=actor, case=case, version=form.cleaned_data["version"], **form.decision())

    try:
        if attempt(form, confirm):
            messages.success(request, decided_offer(request, "Triage confirmed", case, DecisionKind.TRIAGED))
            return redirect("incidents:case", ref=case.ref)
    except StaleError as error:
        return _decide_again(request, error)
    return render(request, "incidents/case_triage.html", _to_decide(actor, case, form))


def _to_decide(actor: Actor, case: Any, form: TriageForm) -> dict[str, Any]:
    """The form, and what has to be known for the decision: why a report is urgent, and that it is a further one."""
    reported = urgency_reported(actor=in_case(actor, case), case=case)
    return {
        "form": form,
        "case": case,
        "further": further_waits(case),
        "urgent": [one for one in reported if one.urgency.stands_out],
        "changed": priority_last(case),
    }


def _triage_check(request: HttpRequest, case: Case, form: TriageForm) -> HttpResponse:
    """What the decision changes, before it is saved; what was filled in stays on the page."""
    decision = form.decision()
    changed = effects_of(actor_of(request), case, decision["classification"])
    effects = [*effects_of_priority(case, decision["priority"]), *changed]
    context = _to_decide(actor_of(request), case, form) | {"effects": effects}
    return render(request, "incidents/case_triage.html", context)


def _decide_again(request: HttpRequest, error: StaleError) -> HttpResponse:
    """The triage page as it was filled in, with what the case says now, to be sent once more."""
    current: Any = error.current
    staff = case_staff(current, [current.lead_agency])
    form = TriageForm(_with_version(request, current), case=current, staff=staff, me=actor_of(request).user_id)
    return render(request, "incidents/case_triage.html", {"form": form, "case": current, "conflict": True}, status=409)


@asks
def case_lead_worker(request: HttpRequest, ref: str) -> HttpResponse:
    """Names who works the case, among the lead agency's people who may see it."""
    case, _ = case_to(request, ref, "name_lead")
    staff = case_staff(case, [case.lead_agency])
    form = LeadWorkerForm(request.POST if request.method == "POST" else None, case=case, staff=staff)

    def assign() -> Case:
        version = form.cleaned_data["version"]
        return lead_worker_assign(actor=actor_of(request), case=case, version=version, worker=form.worker())

    try:
        if attempt(form, assign):
            messages.success(request, "Lead worker changed")
            return redirect("incidents:case", ref=case.ref)
    except StaleError as error:
        current: Any = error.current
        form = LeadWorkerForm(_with_version(request, current), case=current, staff=staff)
        context = {"form": form, "case": current, "conflict": True}
        return render(request, "incidents/case_lead_worker.html", context, status=409)
    return render(request, "incidents/case_lead_worker.html", {"form": form, "case": case})


def _with_version(request: HttpRequest, current: Case) -> QueryDict:
    """What was sent, as an edit of the version that stands now: nothing typed is lost."""
    data = request.POST.copy()
    data["version"] = str(current.version)
    return data
