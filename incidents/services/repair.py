"""Putting right what was written in the wrong place or with the wrong date. Nothing is lost, nothing happens silently.

A struck note or contact keeps its place; its words go where no page, search or role of the web reads them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from incidents.choices import DateField, Level, StruckKind
from incidents.models import Case, Contact, FieldCorrection, Incident, Note, StruckText
from incidents.rules.repair import REPEAT_EFFECTS, incident_date_error
from incidents.scoping.repair import RECORD_DATES, Corrigible, UndoFrom, may_correct, may_strike, wrote
from incidents.services.access import access_rebuild
from incidents.services.clock_moved import clocks_moved_repair
from incidents.services.clock_repair import (
    clock_after_event_repair,
    clocks_after_plan_repair,
    clocks_after_receipt,
    clocks_after_referral_repair,
)
from incidents.services.closure_contact import closure_after_strike
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.contact import contact_check_received
from incidents.services.contact_clocks import clocks_after_contact_repair
from incidents.services.notice_end import note_untell
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.when import moment_text

REASON_LIMIT = 300
GONE = "It was struck already."
TOO_LATE = "The minute in which it can be undone is over. You can strike it instead, with a reason."
_WORDS = {StruckKind.NOTE: ("text",), StruckKind.CONTACT: ("note", "emergency_reason")}


def note_strike(*, actor: Actor, note: Note, reason: str) -> Note:
    """Strike a note that was written in the wrong case: who sees the case is told that one was, and not what it said.

    For the agency that wrote it and who decides for the lead agency, also in a closed case. Raises ForbiddenError,
    RuleError without a reason and where it was struck already.
    """
    return _strike(actor, note, StruckKind.NOTE, _reason(actor, note.case, reason))  # type: ignore[return-value]


def contact_strike(*, actor: Actor, contact: Contact, reason: str) -> Contact:
    """Strike a contact that was logged in the wrong case: it counts for no clock from then on. Raises as `note_strike`."""
    return _strike(actor, contact, StruckKind.CONTACT, _reason(actor, contact.case, reason))  # type: ignore[return-value]


def note_undo(*, actor: Actor, note: Note) -> Note:
    """Take back a note within a minute of adding it. Raises ForbiddenError for anybody but its author, RuleError later."""
    return _strike(actor, note, StruckKind.NOTE, "", undo=True)  # type: ignore[return-value]


def contact_undo(*, actor: Actor, contact: Contact) -> Contact:
    """Take back a contact within a minute of logging it. Raises as `note_undo`."""
    return _strike(actor, contact, StruckKind.CONTACT, "", undo=True)  # type: ignore[return-value]


def _reason(actor: Actor, case: Case, text: str) -> str:
    return case_words(actor, case, text, name="Why", field="reason", limit=REASON_LIMIT)


def _strike(actor: Actor, row: Note | Contact, kind: StruckKind, reason: str, *, undo: bool = False) -> Note | Contact:
    with transaction.atomic():
        case = case_hold(actor, row.case, Level.CONTRIBUTE, open_only=False)
        held = _hold(actor, row)
        _allow(actor, case, held, undo)
        words = {name: getattr(held, name) for name in _WORDS[kind]}
        StruckText(
            kind=kind, row_id=held.pk, case=case, words=words, reason=reason, by_id=actor.user_id, at=clock.now()
        ).save(force_insert=True)
        for name in words:
            setattr(held, name, "")
        held.struck_at, held.struck_by_id = clock.now(), actor.user_id
        held.save(update_fields=[*words, "struck_at", "struck_by"])
        moved = []
        if isinstance(held, Note):
            note_untell(held)
        if isinstance(held, Contact):
            closure_after_strike(case, held)
            moved = clocks_after_contact_repair(case, held, held.at)
            clocks_moved_repair(actor, case, held, held.at)
        case_touch(case)
        search_refresh(case)
        detail = {"case": case.ref, "undo": undo, "clocks": len(moved)}
        audit.record(actor, f"{kind}.{'undo' if undo else 'strike'}", held, detail=detail, reason=reason)
        return held


def _hold(actor: Actor, row: Note | Contact) -> Note | Contact:
    held = type(row).objects.visible_to(actor).select_for_update(of=("self",)).get(pk=row.pk)
    if held.struck_at is not None:
        raise RuleError(GONE)
    return held


def _allow(actor: Actor, case: Case, row: Note | Contact, undo: bool) -> None:
    if not undo:
        if not may_strike(actor, case, row):
            raise ForbiddenError("The agency that wrote it and the lead agency’s deciders may strike it.")
        return
    if not wrote(actor, row):
        raise ForbiddenError("Only its author takes back what they have just added.")
    fresh = type(row).objects.visible_to(actor).filter(pk=row.pk, added_at__gt=UndoFrom())
    if not fresh.exists():
        raise RuleError(TOO_LATE)


# --- Dates -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Corrected:
    """A date as it should be. `was` is what the page showed: it is compared, so that nobody's correction is lost."""

    field: str
    was: dt.datetime | None
    value: dt.datetime
    reason: str


def incident_date_correct(
    *, actor: Actor, case: Case, incident: Incident, data: Corrected, submission_id: uuid.UUID | None = None
) -> FieldCorrection:
    """Correct when an incident began, ended or was reported. An earlier receipt brings its deadlines forward, a later one
    moves none; the answer's `effects` say what moved.

    For who manages the case. The same `submission_id` twice gives the first correction. Raises ForbiddenError, RuleError
    for a closed case, for a date that cannot be, without a reason, and where somebody corrected it meanwhile.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, people=True)
        earlier = _sent_before(actor, held, submission_id)
        if earlier is not None:
            return earlier
        row = held.incidents.select_for_update(of=("self",)).get(pk=incident.pk)
        if data.field not in INCIDENT_DATES:
            raise RuleError("Choose which date is wrong.", "field")
        before = _unchanged(getattr(row, data.field), data)
        starts, ends = row.occurred_from, row.occurred_to
        if error := incident_date_error(
            data.field,
            data.value,
            occurred_from=starts,
            occurred_to=ends,
            received_at=row.received_at,
            now=clock.now(),
        ):
            raise RuleError(error, "value")
        setattr(row, data.field, data.value)
        row.save(update_fields=[data.field])
        effects = _received(held, row) if data.field == DateField.RECEIVED_AT else _occurred(held)
        return _kept(actor, held, FieldCorrection(incident=row), data, before, effects, submission_id)


def contact_date_correct(
    *, actor: Actor, contact: Contact, data: Corrected, submission_id: uuid.UUID | None = None
) -> FieldCorrection:
    """Correct when a contact was; the clocks that it met, or now meets, are worked out anew.

    For the agency that logged it and who decides for the lead agency. Raises as `incident_date_correct`.
    """
    with transaction.atomic():
        held = case_hold(actor, contact.case, Level.CONTRIBUTE)
        earlier = _sent_before(actor, held, submission_id)
        if earlier is not None:
            return earlier
        row = _hold(actor, contact)
        _allow(actor, held, row, undo=False)
        before = row.at
        _unchanged(before, data)
        if data.value > clock.now() + dt.timedelta(minutes=1):
            raise RuleError("The date must be in the past.", "value")
        contact_check_received(held, data.value, "value")
        row.at = data.value
        row.save(update_fields=["at"])
        effects = clocks_after_contact_repair(held, contact, before, data.value)
        clocks_moved_repair(actor, held, contact, before, data.value)
        return _kept(actor, held, FieldCorrection(contact_id=row.pk), data, before, effects, submission_id)


def record_date_correct(
    *, actor: Actor, case: Case, row: Corrigible, data: Corrected, submission_id: uuid.UUID | None = None
) -> FieldCorrection:
    """Correct when a key event was, a plan was agreed, a referral was sent or a file was obtained; the clock that hangs
    on it is worked out anew.

    For the agency that recorded it and who decides for the lead agency; of a file, who may withdraw it. Raises as
    `incident_date_correct`.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        earlier = _sent_before(actor, held, submission_id)
        if earlier is not None:
            return earlier
        if not may_correct(actor, held, row):
            raise ForbiddenError("The agency that recorded it and the lead agency’s deciders may correct it.")
        record = type(row).objects.visible_to(actor).filter(case=held).select_for_update(of=("self",)).get(pk=row.pk)
        about, field = RECORD_DATES[type(row)]
        if data.field != field or getattr(record, field) is None:
            raise RuleError("Choose which date is wrong.", "field")
        before = _unchanged(getattr(record, field), data)
        if data.value > clock.now() + dt.timedelta(minutes=1):
            raise RuleError("The date must be in the past.", "value")
        setattr(record, field, data.value)
        record.save(update_fields=[field])
        effects = _FOLLOW[about](held, record, before)
        correction = FieldCorrection(**{about: record})
        return _kept(actor, held, correction, data, before, effects, submission_id)


def correction_tried(correct: Callable[[], FieldCorrection]) -> list[str]:
    """What a correction would move: it is made and taken back at once, with all that it wrote. Raises as it does itself."""
    with transaction.atomic():
        effects = list(correct().effects)
        transaction.set_rollback(True)
    return effects


INCIDENT_DATES = (DateField.OCCURRED_FROM, DateField.OCCURRED_TO, DateField.RECEIVED_AT)

_FOLLOW: dict[str, Callable[[Case, Any, Any], list[str]]] = {
    "event": lambda case, event, was: clock_after_event_repair(case, event),
    "plan": lambda case, plan, was: clocks_after_plan_repair(case, was),
    "referral": lambda case, referral, was: clocks_after_referral_repair(case, was),
    "evidence": lambda case, evidence, was: [],
}


def _sent_before(actor: Actor, case: Case, submission_id: uuid.UUID | None) -> FieldCorrection | None:
    return None if submission_id is None else submitted_before(actor, FieldCorrection, case, submission_id)


def _unchanged(stored: dt.datetime | None, data: Corrected) -> dt.datetime | None:
    if not _same(stored, data.was):
        now = moment_text(stored) if stored else "not given"
        raise RuleError(f"Somebody corrected this meanwhile: it is now {now}.", "value")
    if _same(stored, data.value):
        raise RuleError("That is the date it has already.", "value")
    return stored


def _same(one: dt.datetime | None, other: dt.datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < dt.timedelta(minutes=1)


def _received(case: Case, incident: Incident) -> list[str]:
    effects = clocks_after_receipt(case, incident)
    case.received_at = min(case.incidents.values_list("received_at", flat=True))
    case.save(update_fields=["received_at"])
    # The lists sort by the copy on the access rows.
    access_rebuild([case.pk])
    return effects


def _occurred(case: Case) -> list[str]:
    flagged = case.repeat_victim
    repeats = repeat_refresh(case)
    return [] if repeats == flagged else [REPEAT_EFFECTS[0] if repeats else REPEAT_EFFECTS[1]]


_ABOUT = ("incident", "contact", "event", "plan", "referral", "evidence")


def _kept(
    actor: Actor,
    case: Case,
    correction: FieldCorrection,
    data: Corrected,
    before: dt.datetime | None,
    effects: list[str],
    submission_id: uuid.UUID | None,
) -> FieldCorrection:
    correction.submission_id = submission_id or uuid.uuid4()
    correction.case, correction.field = case, data.field
    correction.before, correction.after, correction.effects = before, data.value, effects
    correction.reason = _reason(actor, case, data.reason)
    correction.by_id, correction.agency_id, correction.at = actor.user_id, agency_acting(actor, case), clock.now()
    insert_once(correction)
    case_touch(case)
    about = next(name for name in _ABOUT if getattr(correction, f"{name}_id") is not None)
    subject: Any = getattr(correction, about)
    audit.record(
        actor,
        f"{about}.correct",
        subject,
        before={data.field: before.isoformat() if before else ""},
        after={data.field: data.value.isoformat()},
        detail={"case": case.ref, "moved": len(effects)},
        reason=correction.reason,
    )
    return correction
