"""What moves a case on: its clocks, referrals, plans, updates, key events, pauses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.forms.names import names_asked
from incidents.forms.progress import ConfirmForm, EventForm, PauseForm, PlanForm, ReferralForm, UpdatesForm
from incidents.models import ActionPlan, Case, Clock, KeyEvent, SupportReferral, UpdateAgreement
from incidents.selectors.case_page import abilities
from incidents.selectors.case_work import clock_view
from incidents.selectors.names import names_on_record
from incidents.selectors.progress import clock_get, progress_page, support_services, victim_choices
from incidents.services import pause as pausing
from incidents.services.progress import (
    action_plan_record,
    key_event_record,
    support_referral_record,
    update_agreement_record,
)
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, just_added_offer, reads


@reads
def clocks(request: HttpRequest, ref: str) -> HttpResponse:
    """Every clock of a case, with its exceptions, and what was agreed with the victim."""
    actor = actor_of(request)
    case = case_or_404(request, ref)
    can = abilities(actor, case)
    case_part_read(actor=actor, case=case, part="clocks")
    page = progress_page(actor=actor, case=case, pause=can.pause)
    return render(request, "incidents/progress/clocks.html", {"case": case, "can": can, "page": page})


@asks
def referral_new(request: HttpRequest, ref: str) -> HttpResponse:
    """A support referral: to which service and when, or that the victim wants none (K5)."""
    actor = actor_of(request)
    case = _case_to_record(request, ref)
    victims = victim_choices(actor=actor, case=case)
    title = "Record a support referral"
    if _too_soon(request, victims):
        return _victim_first(request, case, title)
    form = ReferralForm(_posted(request), services=support_services(), victims=victims)

    def record() -> Any:
        return support_referral_record(actor=actor, case=case, data=form.referral(), submission_id=_once(form))

    return _answer(request, case, form, record, title, "Save referral", "Support referral recorded")


@asks
def plan_new(request: HttpRequest, ref: str) -> HttpResponse:
    """What was agreed with the victim (K6)."""
    actor = actor_of(request)
    case = _case_to_record(request, ref)
    victims = victim_choices(actor=actor, case=case)
    title = "Record an action plan"
    if _too_soon(request, victims):
        return _victim_first(request, case, title)
    form = PlanForm(_posted(request), victims=victims)

    def record() -> Any:
        entered = form.cleaned_data
        return action_plan_record(
            actor=actor,
            case=case,
            text=entered["text"],
            agreed_at=entered["agreed_at"],
            victim=entered.get("victim", ""),
            submission_id=_once(form),
        )

    return _answer(request, case, form, record, title, "Save plan", "Action plan recorded")


@asks
def updates_new(request: HttpRequest, ref: str) -> HttpResponse:
    """How often the victim wants to be updated, or that they want no updates (K7)."""
    actor = actor_of(request)
    case = _case_to_record(request, ref)
    form = UpdatesForm(_posted(request))

    def record() -> Any:
        return update_agreement_record(
            actor=actor,
            case=case,
            every_days=form.days(),
            agreed_at=form.cleaned_data["agreed_at"],
            submission_id=_once(form),
        )

    title = "Record how often to update the victim"
    return _answer(request, case, form, record, title, "Save what they want", "What the victim wants is recorded")


@asks
def event_new(request: HttpRequest, ref: str) -> HttpResponse:
    """A key event of which the victim is told (K8)."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "add")
    form = EventForm(_posted(request))
    names_asked(form, lambda: names_on_record(actor_of(request), case))

    def record() -> Any:
        entered = form.cleaned_data
        return key_event_record(
            actor=actor,
            case=case,
            kind=entered["kind"],
            happened_at=entered["happened_at"],
            note=entered["note"],
            submission_id=_once(form),
        )

    return _answer(request, case, form, record, "Log a key event", "Save event", "Key event logged")


@asks
def clock_pause(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Lets a clock wait for the victim until a day."""
    actor = actor_of(request)
    case, row = _clock(request, ref, pk)
    form = PauseForm(_posted(request))

    def pause() -> Any:
        entered = form.cleaned_data
        return pausing.clock_pause(
            actor=actor,
            case=case,
            clock_id=row.pk,
            reason=entered["reason"],
            until=entered["until"],
            submission_id=_once(form),
        )

    title = f"Pause this clock: {clock_view(row).label}"
    return _answer(request, case, form, pause, title, "Pause the clock", "The clock waits", clock=clock_view(row))


@asks
def clock_resume(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Lets a clock that waits go on now."""
    case, row = _clock(request, ref, pk)
    form = ConfirmForm(_posted(request))

    def resume() -> Any:
        return pausing.clock_go_on(actor=actor_of(request), case=case, clock_id=row.pk)

    title = f"Resume this clock: {clock_view(row).label}"
    return _answer(request, case, form, resume, title, "Resume the clock", "The clock runs", clock=clock_view(row))


def _case_to_record(request: HttpRequest, ref: str) -> Case:
    """The case for what is recorded of its victims while it is open; a closed one owes them a contact alone (K11)."""
    case, can = case_to(request, ref, "contact")
    if not can.add:
        raise PermissionDenied
    return case


def _too_soon(request: HttpRequest, victims: list[Any]) -> bool:
    """Whether a form would be filled in for nobody. What was typed already, while a victim was still there, comes back."""
    return not victims and request.method != "POST"


def _victim_first(request: HttpRequest, case: Case, title: str) -> HttpResponse:
    return render(request, "incidents/progress/victim_first.html", {"case": case, "title": title})


def _clock(request: HttpRequest, ref: str, pk: int) -> tuple[Case, Clock]:
    case = case_or_404(request, ref)
    if not abilities(actor_of(request), case).pause:
        raise PermissionDenied
    try:
        return case, clock_get(actor=actor_of(request), case=case, pk=pk)
    except Clock.DoesNotExist as error:
        raise Http404 from error


UNDONE = {SupportReferral: "referral", ActionPlan: "plan", KeyEvent: "event", UpdateAgreement: "updates"}


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _once(form: Any) -> Any:
    return form.cleaned_data["submission_id"]


def _answer(
    request: HttpRequest,
    case: Case,
    form: Any,
    act: Callable[[], Any],
    title: str,
    button: str,
    done: str,
    **context: Any,
) -> HttpResponse:
    """The form's page; after it was sent and taken, back to the clocks of the case."""
    if made := attempt(form, act):
        kind = UNDONE.get(type(made))
        messages.success(request, just_added_offer(done, case.ref, kind, made.uid) if kind else done)
        return redirect(f"{reverse('incidents:case', args=[case.ref])}#clocks")
    context |= {"case": case, "form": form, "title": title, "button": button}
    return render(request, "incidents/progress/form.html", context)
