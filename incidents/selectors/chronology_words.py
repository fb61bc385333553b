"""The chronology of a case in words: kind, title and address of each row, from its columns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from incidents.choices import (
    Band,
    Channel,
    Classification,
    ContactDirection,
    ContactMethod,
    ContactResult,
    CorrectionCause,
    DateField,
    EvidenceKind,
    FactField,
    Level,
)
from incidents.models import Case, CaseGrant
from incidents.selectors.chronology_changes import CHANGE_WORDS
from incidents.selectors.chronology_moves import MOVE_WORDS
from incidents.selectors.chronology_progress import PROGRESS_WORDS
from incidents.selectors.chronology_sources import APART
from kernel.when import moment_text

_Words = tuple[str, str, str]


STRUCK = ("note", "contact", "reporter", "handover")
"""What can be struck: the last four of their columns say when and by whom they were, their address and what can be done."""


def _struck_words(what: str, at: str, by: str) -> str:
    when = moment_text(dt.datetime.fromisoformat(at))
    return f"A {what} was struck on {when}{f' by {by}' if by else ''}"


def _note(case: Case, struck_at: str, struck_by: str, *_: str) -> _Words:
    return "note", _struck_words("note", struck_at, struck_by) if struck_at else "Note", ""


def _corrected(
    case: Case, field: str, before: str, after: str, ref: str, cause: str, said: str, says: str, *effects: str
) -> _Words:
    if field in FactField.values:
        return "incident", _fact(FactField(field), ref, cause, said, says), f"#{ref}"
    new = moment_text(dt.datetime.fromisoformat(after))
    old = moment_text(dt.datetime.fromisoformat(before)) if before else "not given"
    moved = "".join(f"; {effect}" for effect in json.loads(APART.join(effects) or "[]"))
    kind = _CORRECTED.get(DateField(field), "progress")
    return kind, f"{DateField(field).label} corrected from {old} to {new}{moved}", ""


def _fact(field: FactField, ref: str, cause: str, said: str, says: str) -> str:
    if field == FactField.ACCOUNT:
        return f"Added to what happened in {ref}"
    change = f" from {said or 'not given'} to {says or 'not given'}" if said or says else ""
    return f"{field.label} of {ref} corrected{change}. {CorrectionCause(cause).label}"


_CORRECTED = {
    DateField.CONTACT_AT: "contact",
    DateField.OBTAINED_AT: "evidence",
    DateField.OCCURRED_FROM: "incident",
    DateField.OCCURRED_TO: "incident",
    DateField.RECEIVED_AT: "incident",
}


def _incident(case: Case, ref: str, channel: str) -> _Words:
    return "incident", f"Incident {ref} reported {Channel(channel).told}", f"#{ref}"


def _task_asked(case: Case, ref: str, agency: str) -> _Words:
    return "task", f"Task {ref} for {agency}", f"/tasks/{ref}/"


def _risk(case: Case, band: str, uid: str) -> _Words:
    return "risk", f"Risk assessed: {Band(band).label}", f"/cases/{case.ref}/risk/{uid}/"


def _evidence(case: Case, uid: str, kind: str) -> _Words:
    return "evidence", f"Evidence added: {EvidenceKind(kind).label}", f"/cases/{case.ref}/evidence/{uid}/"


def _withdrawn(case: Case, uid: str, kind: str) -> _Words:
    return "evidence", f"Evidence withdrawn: {EvidenceKind(kind).label}", f"/cases/{case.ref}/evidence/{uid}/"


def _classification(case: Case, before: str, after: str) -> _Words:
    if before == after:
        return (
            "sharing",
            f"Classification looked at again: {Classification(after).label}",
            f"/cases/{case.ref}/classification/",
        )
    earlier = Classification(before).label.lower()
    return "sharing", f"Classification: {Classification(after).label} (before: {earlier})", ""


def _shared(case: Case, agency: str, level: str, source: str) -> _Words:
    where = "Released to a meeting: " if source == CaseGrant.Source.MEETING else "Shared with "
    return "sharing", f"{where}{agency} ({Level(level).label.lower()})", "#sharing"


def _handover(case: Case, before: str, after: str, struck_at: str, struck_by: str, *_: str) -> _Words:
    passed = f"Handed over from {before} to {after}" if before else f"Given to {after}"
    return "sharing", f"{passed}. {_struck_words('note', struck_at, struck_by)}" if struck_at else passed, ""


def _unshared(case: Case, agency: str, level: str, source: str) -> _Words:
    return "sharing", f"Sharing with {agency} ended", "#sharing"


def _contact(
    case: Case, method: str, direction: str, result: str, acknowledged: str, victim_id: str, *struck: str
) -> _Words:
    if struck[0]:
        return "contact", _struck_words("contact", *struck[:2]), ""
    whom = "the victim" if victim_id else "the reporter"
    how = ContactMethod(method).label.lower()
    if result == ContactResult.ATTEMPT:
        title = f"Tried to reach {whom} ({how})"
    elif direction == ContactDirection.INBOUND:
        title = f"{whom.capitalize()} got in touch ({how})"
    else:
        title = f"In touch with {whom} ({how})"
    return "contact", f"{title}; report acknowledged" if acknowledged == "true" else title, ""


WORDS: dict[str, Callable[..., tuple[str, str, str]]] = {
    "note": _note,
    "incident": _incident,
    "asked": _task_asked,
    "risk": _risk,
    "evidence": _evidence,
    "withdrawn": _withdrawn,
    "classification": _classification,
    "handover": _handover,
    "shared": _shared,
    "unshared": _unshared,
    "contact": _contact,
    "reporter": _contact,
    "corrected": _corrected,
    **PROGRESS_WORDS,
    **MOVE_WORDS,
    **CHANGE_WORDS,
}
"""What each source of the chronology says of its rows."""
