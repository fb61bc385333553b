"""Further people of a case, and how its people stand to one another: added, changed, ended."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.choices import Side
from incidents.choices import FieldGroup
from incidents.forms.involved import HouseholdForm, InvolvedForm, TieForm
from incidents.forms.progress import ConfirmForm
from incidents.models import Case, InvolvedPerson, PersonTie
from incidents.scoping import in_case
from incidents.selectors import case_people
from incidents.selectors.fields import field_access
from incidents.selectors.involved import person_hidden, person_of, tie_get
from incidents.services.fields import worker_note
from incidents.services.household import household_add, household_leave
from incidents.services.involved import involved_add, involved_change, involved_end
from incidents.services.reading import case_part_read
from incidents.services.ties import tie_add, tie_end
from incidents.views.doors import actor_of, asks, attempt, case_to, just_added_offer
from kernel.errors import StaleError


def _sides(request: HttpRequest, case: Case) -> frozenset[str]:
    knows = in_case(actor_of(request), case)
    sides = {Side.VICTIM.value: knows.sees_victims, Side.PERPETRATOR.value: knows.sees_perpetrators}
    return frozenset(side for side, told in sides.items() if told)


def _people(case: Case) -> str:
    return f"{reverse('incidents:case', args=[case.ref])}#people"


@asks
def involved_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Adds a witness, a guardian, a child, somebody of a household, a professional."""
    case, _ = case_to(request, ref, "add")
    form = InvolvedForm(request.POST if request.method == "POST" else None, sides=_sides(request, case))

    def add() -> Any:
        once = form.cleaned_data["submission_id"]
        return involved_add(actor=actor_of(request), case=case, data=form.person(), submission_id=once)

    if added := attempt(form, add):
        messages.success(request, just_added_offer("Person added", case.ref, "person", added.pk))
        return redirect(_people(case))
    return render(
        request,
        "incidents/involved/form.html",
        {"case": case, "form": form, "title": "Add a person", "button": "Add this person"},
    )


@asks
def involved_edit(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Changes what is recorded of somebody, for who is shown who it is."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "add")
    access = field_access(actor, case)
    person = _person(request, case, uid)
    if person_hidden(case, person.role, access.shown):
        raise PermissionDenied
    reach = person.side != Side.VICTIM or FieldGroup.VICTIM_CONTACT in access.shown
    posted = request.POST if request.method == "POST" else None
    form = InvolvedForm(posted, sides=_sides(request, case), person=person, contact=reach)

    def change() -> Any:
        version = form.cleaned_data["version"]
        return involved_change(actor=actor, case=case, uid=uid, version=version, data=form.person())

    status = 200
    try:
        if attempt(form, change):
            messages.success(request, "Person changed")
            return redirect(_people(case))
    except StaleError as error:
        data = request.POST.copy()
        data["version"] = str(error.current.version)  # type: ignore[attr-defined]
        form, status = InvolvedForm(data, sides=_sides(request, case), person=person, contact=reach), 409
    case_part_read(actor=actor, case=case, part="involved")
    worker_note(actor=actor, case=case, access=access)
    context = {
        "case": case,
        "form": form,
        "title": "Change a person",
        "button": "Save changes",
        "conflict": status == 409,
    }
    return render(request, "incidents/involved/form.html", context, status=status)


@asks
def involved_stop(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Says that somebody is in the case no more."""
    case, _ = case_to(request, ref, "add")
    _person(request, case, uid)
    question = "Is this person in the case no more?"
    explanation = "What was recorded is kept, and shown to nobody. How they stood to others ends with it."
    return _end(
        request, case, question, explanation, lambda: involved_end(actor=actor_of(request), case=case, uid=uid)
    )


@asks
def tie_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Says how one person of a case stands to another."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "add")
    form = TieForm(request.POST if request.method == "POST" else None, people=_choices(request, case))

    def add() -> Any:
        entered = form.cleaned_data
        return tie_add(
            actor=actor,
            case=case,
            kind=entered["kind"],
            first=entered["first"],
            second=entered["second"],
            submission_id=entered["submission_id"],
        )

    if added := attempt(form, add):
        messages.success(request, just_added_offer("Relationship added", case.ref, "tie", added.pk))
        return redirect(_people(case))
    return render(
        request,
        "incidents/involved/form.html",
        {"case": case, "form": form, "title": "Add a relationship", "button": "Add this relationship"},
    )


@asks
def tie_stop(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Says that a relationship is no more."""
    case, _ = case_to(request, ref, "add")
    try:
        tie_get(actor_of(request), case, uid)
    except PersonTie.DoesNotExist as error:
        raise Http404 from error
    question = "Is this relationship no more?"
    return _end(request, case, question, "", lambda: tie_end(actor=actor_of(request), case=case, uid=uid))


@asks
def household_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Says of several people at once that they live together."""
    case, _ = case_to(request, ref, "add")
    form = HouseholdForm(request.POST if request.method == "POST" else None, people=_choices(request, case))

    def add() -> bool:
        said = form.cleaned_data
        household_add(actor=actor_of(request), case=case, people=said["people"], submission_id=said["submission_id"])
        return True

    if attempt(form, add):
        messages.success(request, "Recorded who lives together")
        return redirect(_people(case))
    context = {"case": case, "form": form, "title": "Who lives together", "button": "Save"}
    return render(request, "incidents/involved/form.html", context)


@asks
def household_leaves(request: HttpRequest, ref: str, who: str) -> HttpResponse:
    """Says that somebody lives there no more."""
    case, _ = case_to(request, ref, "add")
    name = dict(_choices(request, case)).get(who)
    if name is None:
        raise Http404
    question = f"Does {name} live with nobody of this case any more?"
    explanation = "Whom they lived with ends. Add again whom they still live with."

    def leave() -> bool:
        household_leave(actor=actor_of(request), case=case, who=who)
        return True

    return _end(request, case, question, explanation, leave)


def _choices(request: HttpRequest, case: Case) -> list[tuple[str, str]]:
    actor = in_case(actor_of(request), case)
    shown = field_access(actor, case).shown
    parties = case_people.people(actor, case)
    known = case_people.known(case, parties, contact=False, shown=shown, texts={})
    named = [(person.ref, f"{person.name}, {person.ref}") for person in known.victims]
    named += [(person.ref, f"{person.name}, {person.ref}") for person in known.perpetrators]
    return [*named, *((person.uid, f"{person.name}, {person.role.lower()}") for person in known.involved)]


def _person(request: HttpRequest, case: Case, uid: uuid.UUID) -> InvolvedPerson:
    try:
        return person_of(actor_of(request), case, uid)
    except InvolvedPerson.DoesNotExist as error:
        raise Http404 from error


def _end(request: HttpRequest, case: Case, question: str, explanation: str, act: Any) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if attempt(form, act):
        messages.success(request, "Ended")
        return redirect(_people(case))
    context = {"question": question, "explanation": explanation, "form": form, "action": "End", "back": _people(case)}
    return render(request, "shared/confirm.html", context)
