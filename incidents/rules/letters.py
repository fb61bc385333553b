"""Merging a template, and what a template may say. Rules: docs/domain.md §5.4, §10.4, §10.5."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping

from incidents.choices import LetterKind

MERGE_FIELDS: dict[str, str] = {
    "recipient_name": "The name of whoever it goes to",
    "address": "Their postal address. Merged only for those who are shown it",
    "case_ref": "The reference of the case",
    "agency_name": "Your agency",
    "lead_agency": "The agency that leads the case",
    "worker_name": "Your name",
    "worker_phone": "Your work phone number",
    "worker_email": "Your work email address",
    "today": "Today’s date",
    "received_on": "The day on which the case was first reported",
    "message": "What you write when you use the template",
}
"""Every field that a template may use, and what it stands for."""

TOPICS = uuid.UUID("5b2f1f0e-0d0b-4d0e-9a52-6f1f6c1f0c11")
"""The space of names in which the county's wordings, by their keys, become topics."""


def topic_of(key: str) -> uuid.UUID:
    """The topic of one of the county's wordings, which every translation and an agency's own wording of it keep."""
    return uuid.uuid5(TOPICS, key)


_CLOSING = frozenset(topic_of(key) for key in ("closing", "closing email"))
_RUNNING = frozenset(
    topic_of(key)
    for what in ("acknowledgement", "first contact", "update")
    for key in (what, f"{what} email", f"{what} text")
)


_ACKNOWLEDGING = frozenset(topic_of(f"acknowledgement{tail}") for tail in ("", " email", " text"))


def acknowledges(topic: uuid.UUID) -> bool:
    """Whether a wording tells whoever reported that their report has come in."""
    return topic in _ACKNOWLEDGING


def fit_problem(topic: uuid.UUID, kind: str, *, closed: bool, address: bool) -> str:
    """Why a wording does not fit a case as it stands, or whom it goes to; "" where it fits. It may be written all the
    same, but for a letter to nowhere: an outcome is drafted before the case is closed."""
    if kind == LetterKind.LETTER and not address:
        return "There is no postal address that you are shown, so it cannot be made."
    if topic in _CLOSING and not closed:
        return "The case is open: nothing has come of it yet."
    if topic in _RUNNING and closed:
        return "The case is closed: say what came of it."
    return ""


BODY_LIMIT, TEXT_MESSAGE_LIMIT = 6000, 480
_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def fields_in(body: str) -> list[str]:
    """The merge fields of a template, each once, in order."""
    return list(dict.fromkeys(_FIELD.findall(body)))


def template_error(body: str, kind: str) -> str | None:
    """Why a template cannot be used, in a sentence; None where it can."""
    unknown = [name for name in fields_in(body) if name not in MERGE_FIELDS]
    if unknown:
        listed = ", ".join(f"{{{{{name}}}}}" for name in unknown)
        return f"There is no merge field {listed}. Use the names in the list."
    rest = _FIELD.sub("", body)
    if "{" in rest or "}" in rest:
        return "A merge field is written {{like_this}}: two braces before its name and two after."
    limit = TEXT_MESSAGE_LIMIT if kind == LetterKind.TEXT else BODY_LIMIT
    if len(body) > limit:
        return f"The text must be {limit:,} characters or fewer."
    return None


def merge(body: str, values: Mapping[str, str]) -> str:
    """A template with its fields filled. What is merged is text: braces in it are no fields. Raises KeyError."""
    return _FIELD.sub(lambda found: values[found.group(1)], body)


def missing(body: str, values: Mapping[str, str]) -> list[str]:
    """The fields of a template that have no value."""
    return [name for name in fields_in(body) if not values.get(name)]


def gap(name: str) -> str:
    """What a preview shows where a field has no value yet: what it stands for, in square brackets."""
    return f"[{MERGE_FIELDS[name].partition('.')[0].lower()}]"


def language_sentence(wanted: str, found: str, label: str) -> str:
    """What is said where there is no checked translation into somebody's language; "" where nothing need be said."""
    if wanted == found or wanted == "en":
        return ""
    return f"There is no checked translation into {label}, so this is in English."


BY_WAY_OF_GUARDIAN = 16
"""Whoever is younger is written to by way of a parent or guardian, unless there is a reason not to."""


def age_problem(age: int | None) -> tuple[str, ...]:
    """Why writing to somebody themself is not safe because of their age."""
    if age is None or age >= BY_WAY_OF_GUARDIAN:
        return ()
    return ("The victim is under 16: write to their parent or guardian, unless that is the danger.",)


def shared_problem(method: str, *, shared: bool, reaching: Iterable[str]) -> tuple[str, ...]:
    """Why a message is not safe on a phone or e-mail that others read as well (docs/domain.md §10.4)."""
    if shared and method in set(reaching):
        return ("The victim shares their phone or email with others.",)
    return ()


def direction(wanted: str, text: str) -> str:
    """Which way paper is read: `rtl` or `ltr` as it is, and `auto` by the first letter that says so, as browsers do."""
    if wanted != "auto":
        return wanted
    first = next((way for letter in text if (way := unicodedata.bidirectional(letter)) in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"
