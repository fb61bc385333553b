"""Decisions about evidence: when a file may be opened, what of it, and how its name is kept. No database, no clock."""

from __future__ import annotations

import re

from incidents.choices import CopyState, EvidenceKind, MalwareState
from kernel.words import without_hidden_characters

NAME_LIMIT = 200
BEING_CHECKED = "The file is being checked for malware. Try again in a few minutes."
LOCKED = "The file was locked because malware was found in it. Nobody can open it."
WITHDRAWN = "The file was withdrawn and can no longer be opened."
COPY_WAITS = "A copy without its location is being made. Try again in a minute."
COPY_FAILED = "A copy without its location could not be made. Ask the agency that added the file."


def closed_because(*, malware: str, withdrawn: bool, scanner: bool) -> str:
    """Why nobody may open a file now, as a sentence; nothing where it may be opened.

    With a scanner at hand a file that it has not seen is not opened, also one from the time before.
    """
    if withdrawn:
        return WITHDRAWN
    if malware == MalwareState.INFECTED:
        return LOCKED
    waits = malware == MalwareState.WAITING or (scanner and malware != MalwareState.CLEAN)
    return BEING_CHECKED if waits else ""


def copy_missing(*, kind: str, copy_state: str) -> str:
    """Why a picture cannot be shown as a copy yet, as a sentence; nothing where it can, or where none is needed."""
    if not EvidenceKind(kind).is_image or copy_state == CopyState.READY:
        return ""
    return COPY_FAILED if copy_state == CopyState.FAILED else COPY_WAITS


def redactable(kind: str) -> bool:
    """Whether parts of a file of that kind can be covered: a still picture or a PDF."""
    return kind in (EvidenceKind.JPEG, EvidenceKind.PNG, EvidenceKind.WEBP, EvidenceKind.PDF)


def name_kept(name: str) -> str:
    """What a file was called, as a text: without folders, hidden characters and excess length."""
    last = re.split(r"[/\\]", without_hidden_characters(name))[-1]
    plain = " ".join(last.split()).strip(". ")
    return plain[-NAME_LIMIT:] or "file"


def name_handed_out(*, ref: str, number: str, kind: str) -> str:
    """The name under which a file leaves: the case's reference and its own number, never a stranger's words."""
    return f"{ref}-evidence-{number[:8]}.{EvidenceKind(kind).ending}"
