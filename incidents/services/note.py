"""Notes: what somebody wrote into a case's chronology, never edited."""

from __future__ import annotations

import uuid

from django.db import transaction

from incidents.choices import Level
from incidents.models import Case, Note
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before, text_check
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation

NOTE_LIMIT = 20_000


def note_add(*, actor: Actor, case: Case, text: str, submission_id: uuid.UUID | None = None) -> Note:
    """Add a note to a case. The same `submission_id` twice (a double click) gives the first note.

    Raises ForbiddenError below contribute, RuleError for an empty or over-long text or a closed case.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, Note, held, submission_id)
        if earlier is not None:
            return earlier
        note = Note(
            submission_id=submission_id,
            case=held,
            text=text_check(text, name="Note", field="text", limit=NOTE_LIMIT),
            author_id=actor.user_id,
            agency_id=agency_acting(actor, held),
            at=clock.now(),
        )
        insert_once(note)
        case_touch(held)
        search_refresh(held)
        audit.record(actor, "note.add", note, operation=AuditOperation.COLLECTION, detail={"case": held.ref})
        return note
