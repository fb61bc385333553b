"""Referrals, plans, key events and closings as sources of the chronology."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, Func, Q, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from agencies.choices import Side
from incidents.choices.progress import ClosingReason, KeyEventKind
from incidents.models import ActionPlan, Case, CaseClosure, KeyEvent, SupportReferral
from incidents.scoping import hidden_sides
from incidents.selectors.text import agency_told, person_told, text_shown, written_by, written_by_colleague
from kernel.actors import Actor

VICTIMS_PLACES = (13, 14)
"""The sources that only those read who may know victims."""

_NOTHING = Value("", output_field=CharField())


def progress_sources(actor: Actor, of_case: Callable[[Any], Any]) -> list[tuple[Any, ...]]:
    """Name, place, rows, moment, person, agency, text and columns of each source, as the chronology draws them, and when
    it was recorded where that may be later."""
    events, closings = of_case(KeyEvent), of_case(CaseClosure)
    reopened = closings.filter(reopened_at__isnull=False)
    found: list[tuple[Any, ...]] = [
        ("event", 15, events, "happened_at", person_told(actor, "by"), agency_told(actor, "agency"),
         event_note(actor), F("kind"), F("created_at")),
        ("closed", 16, closings, "closed_at", person_told(actor, "by"), agency_told(actor, "agency"),
         closing_note(actor), F("reason")),
        ("reopened", 17, reopened, "reopened_at", person_told(actor, "reopened_by"), agency_told(actor, "agency"),
         text_shown(actor, F("case_id"), F("reopened_reason"), written_by_colleague(actor, "reopened_by")), _NOTHING),
    ]  # fmt: skip
    if actor.sees_victims:
        found += [
            ("referral", 13, of_case(SupportReferral), "created_at", person_told(actor, "by"),
             agency_told(actor, "agency"), service_shown(actor), _wished()),
            ("plan", 14, of_case(ActionPlan), "agreed_at", person_told(actor, "by"), agency_told(actor, "agency"),
             text_shown(actor, F("case_id"), F("text"), written_by(actor, "agency")), _NOTHING, F("created_at")),
        ]  # fmt: skip
    return found


def _wished() -> Any:
    return Cast(F("wished"), CharField())


def service_shown(actor: Actor) -> Any:
    """An expression for the service of a referral: an agency of the directory, or another by name."""
    named = text_shown(actor, F("case_id"), F("service"), written_by(actor, "agency"))
    parts = (Coalesce(F("to_agency__name"), _NOTHING), Coalesce(Cast(named, CharField()), _NOTHING))
    return Func(Value(""), *parts, function="concat_ws", output_field=TextField())


def event_note(actor: Actor) -> Any:
    """An expression for the note of a key event, told as case notes are: of the other side's own agencies nothing, and
    to those who may not know victims that of their side alone (docs/domain.md §5.4)."""
    shown = text_shown(actor, F("case_id"), F("note"), written_by(actor, "agency"))
    hidden = hidden_sides(actor)
    if not hidden:
        return shown
    told = Q(agency__side=Side.PERPETRATOR) if not actor.sees_victims else ~Q(agency__side__in=hidden)
    return Choose(When(told, then=shown), default=Value(""), output_field=TextField())


def closing_note(actor: Actor) -> Any:
    """An expression for what was said of a closing, which speaks of the victim."""
    if not actor.sees_victims:
        return _NOTHING
    return text_shown(actor, F("case_id"), F("note"), written_by(actor, "agency"))


_Words = tuple[str, str, str]


def _referral(case: Case, wished: str, *_: str) -> _Words:
    sent = "Referred to a support service" if wished == "true" else "The victim wants no support referral"
    return "progress", sent, f"/cases/{case.ref}/clocks/"


def _plan(case: Case, *_: str) -> _Words:
    return "progress", "Action plan agreed with the victim", f"/cases/{case.ref}/clocks/"


def _event(case: Case, kind: str, *_: str) -> _Words:
    return "progress", f"Key event: {KeyEventKind(kind).label}", f"/cases/{case.ref}/clocks/"


def _closed(case: Case, reason: str, *_: str) -> _Words:
    return "progress", f"Case closed: {ClosingReason(reason).label}", ""


def _reopened(case: Case, *_: str) -> _Words:
    return "progress", "Case opened again", ""


PROGRESS_WORDS: dict[str, Callable[..., _Words]] = {
    "referral": _referral,
    "plan": _plan,
    "event": _event,
    "closed": _closed,
    "reopened": _reopened,
}
