"""Notes: what somebody wrote into a case's chronology, never edited."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Level
from incidents.models import Case, Note
from incidents.selectors.mention import note_readers
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.mention import mentions_checked
from incidents.services.notice_end import note_key
from incidents.services.search import search_refresh
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation

NOTE_LIMIT = 20_000


def note_add(
    *,
    actor: Actor,
    case: Case,
    text: str,
    mentioned: Collection[int] = (),
    submission_id: uuid.UUID | None = None,
) -> Note:
    """Add a note to a case, and mention people: chosen by key, or typed as "@Name" in the text. Who is mentioned is told.
    The same `submission_id` twice (a double click) gives the first note.

    Raises ForbiddenError below contribute, RuleError for an empty or over-long text, a closed case, or where somebody
    is mentioned who may not read the note.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, Note, held, submission_id)
        if earlier is not None:
            return earlier
        words, acting = (
            case_words(actor, held, text, name="Note", field="text", limit=NOTE_LIMIT),
            agency_acting(actor, held),
        )
        people = _people(actor, held, acting, words, mentioned)
        note = Note(
            submission_id=submission_id,
            case=held,
            text=words,
            mentioned_ids=people,
            author_id=actor.user_id,
            agency_id=acting,
            at=clock.now(),
        )
        insert_once(note)
        case_touch(held)
        search_refresh(held)
        detail = {"case": held.ref} | ({"mentioned": people} if people else {})
        audit.record(actor, "note.add", note, operation=AuditOperation.COLLECTION, detail=detail)
        notices_create(_notice(held, note, user_id) for user_id in people if user_id != actor.user_id)
        return note


def _people(actor: Actor, case: Case, agency_id: int, text: str, mentioned: Collection[int]) -> list[int]:
    if not mentioned and "@" not in text:
        return []
    names = {person.pk: person.name for person in note_readers(actor, case, agency_id)}
    return mentions_checked(text, mentioned, names, "the note")


def _notice(case: Case, note: Note, user_id: int) -> NoticeData:
    words = f"You were mentioned in a note in {case.ref}"
    return NoticeData(user_id, note_key(note), "mention", words, f"/cases/{case.ref}/#chronology", case.pk, mail=True)
