"""What a record says, who wrote it and when, on the page that asks before it is struck or taken back: as its reader may
read it, so that nobody strikes the wrong one (docs/domain.md §10.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Value

from incidents.models import (
    ActionPlan,
    Case,
    CaseGrant,
    Contact,
    Evidence,
    Handover,
    InvolvedPerson,
    JustDecided,
    KeyEvent,
    Letter,
    Note,
    PersonTie,
    SupportReferral,
    Task,
    TaskComment,
    UpdateAgreement,
)
from incidents.scoping import in_case
from incidents.selectors.chronology_progress import event_note, service_shown
from incidents.selectors.chronology_sources import note_text
from incidents.selectors.letters import letter_view
from incidents.selectors.text import agency_told, person_told, task_asked_by, text_shown, written_by
from kernel.actors import Actor
from kernel.when import moment_text

Rows = list[tuple[str, str]]
_NONE = Value("")


@dataclass(frozen=True)
class _Kind:
    """Of one kind of record: the expression for its words, who wrote it, in whose name, when, and more to tell it by."""

    words: Callable[[Actor], Any]
    by: str
    at: str
    agency: str = "agency"
    more: Callable[[Any], Rows] = lambda row: []
    named: str = "What it says"
    further: Callable[[Actor], Any] = lambda actor: _NONE


def _text(name: str, case: str = "case_id") -> Callable[[Actor], Any]:
    return lambda actor: text_shown(actor, F(case), F(name), written_by(actor, "agency"))


def _contact(row: Contact) -> Rows:
    whom = "Victim" if row.victim_id else "Reporter"
    how = f"{row.get_method_display()}, {row.get_direction_display().lower()}"
    return [("With", whom), ("How", how), ("Result", row.get_result_display())]


def _referral(row: SupportReferral) -> Rows:
    return [("Support", "Wanted" if row.wished else "The victim wants none")]


def _updates(row: UpdateAgreement) -> Rows:
    if row.struck_at is not None:
        return []
    return [("Updates", f"Every {row.every_days} working days" if row.every_days else "None wanted")]


def _person(row: InvolvedPerson) -> Rows:
    name = " ".join(filter(None, (row.given_name, row.family_name))) or row.organisation
    return [("Who", f"{name}, {row.get_role_display().lower()}" if name else row.get_role_display())]


_KINDS: dict[type, _Kind] = {
    Note: _Kind(note_text, "author", "at"),
    Contact: _Kind(_text("note"), "by", "at", more=_contact, named="What was said"),
    TaskComment: _Kind(_text("text", "task__case_id"), "author", "at"),
    KeyEvent: _Kind(event_note, "by", "happened_at", more=lambda row: [("Event", row.get_kind_display())]),
    ActionPlan: _Kind(_text("text"), "by", "agreed_at"),
    Handover: _Kind(_text("note"), "by", "at"),
    SupportReferral: _Kind(service_shown, "by", "created_at", more=_referral, named="Service"),
    UpdateAgreement: _Kind(lambda actor: _NONE, "by", "agreed_at", more=_updates),
    Letter: _Kind(lambda actor: _NONE, "created_by", "created_at", more=lambda row: [("Kind", row.get_kind_display())]),
    Task: _Kind(
        lambda actor: text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)),
        "asked_by", "created_at", "asked_by_agency", named="What it asks for",
        more=lambda row: [("In detail", row.said_further), ("Reference", row.ref)],
        further=lambda actor: text_shown(actor, F("case_id"), F("detail"), task_asked_by(actor)),
    ),
    Evidence: _Kind(_text("description"), "added_by", "added_at", named="What it shows"),
    InvolvedPerson: _Kind(lambda actor: _NONE, "by", "created_at", more=_person),
    PersonTie: _Kind(lambda actor: _NONE, "by", "created_at", more=lambda row: [("Relationship", row.get_kind_display())]),
    CaseGrant: _Kind(
        lambda actor: agency_told(actor, "agency"), "given_by", "created_at", "from_agency", named="Shared with",
        more=lambda row: [("Level", row.get_level_display())],
    ),
    JustDecided: _Kind(
        lambda actor: _NONE, "by", "at", more=lambda row: [("What", row.get_kind_display())], agency=""
    ),
}  # fmt: skip


def said_rows(*, actor: Actor, case: Case, row: Any) -> Rows:
    """What a record of a case that the actor may know of says, who wrote it and when, as rows of a summary; nothing that
    the case itself would not show them. One query, and for a letter that of its page.
    """
    knows, kind = in_case(actor, case), _KINDS[type(row)]
    rows = type(row).objects.visible_to(actor).filter(pk=row.pk)
    found = rows.annotate(
        said_words=kind.words(knows),
        said_by=person_told(knows, kind.by),
        said_for=agency_told(knows, kind.agency) if kind.agency else _NONE,
        said_further=kind.further(knows),
    ).first()
    if found is None:
        return []
    words = _letter(actor, case, found) if isinstance(found, Letter) else found.said_words
    if isinstance(found, Contact) and found.victim_id is None and case.lead_agency_id not in actor.agency_ids:
        # What a reporter said is for the lead agency, as in the chronology.
        words = ""
    at: dt.datetime = getattr(found, kind.at)
    author = ", ".join(filter(None, (found.said_by, found.said_for)))
    told = [(kind.named, words or ""), *kind.more(found), ("Written by", author), ("When", moment_text(at))]
    return [(label, value) for label, value in told if value]


def _letter(actor: Actor, case: Case, row: Letter) -> str:
    """The words of a letter, for who is shown how to reach whom it went to."""
    view = letter_view(actor=actor, case=case, uid=row.uid)
    return view.row.body if view.readable else ""
