"""Redacted copies of evidence, and the pages of a PDF as pictures (docs/domain.md §8.6, docs/permissions.md "Evidence").

A copy is drawn anew as pixels with parts covered, so that what was there is not in it. It begins as any file of the case;
somebody has to look at it and release it before agencies of one side see it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from incidents.choices import CopyState, CustodyKind, EvidenceKind, EvidenceOrigin, Level, MalwareState, ReleasedTo
from incidents.models import Case, Evidence
from incidents.rules.evidence import redactable
from incidents.scoping import withdraws_evidence
from incidents.services.access import require_level
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.evidence import (
    DESCRIPTION_LIMIT,
    REASON_LIMIT,
    copy_or_original,
    custody_write,
    evidence_storage,
    require_open,
)
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.files import Stored, file_store, incoming_folder, random_name, undone_on_failure
from kernel.isolated import IsolatedError
from kernel.models import AuditOperation
from kernel.pages import Box, file_cover, page_draw, pages_count, pages_sizes

log = logging.getLogger(__name__)
MOST_PAGES, MOST_BOXES = 40, 40
SOURCE = "Redacted copy of a file in this case"
NOT_DRAWN = "The pages of this file cannot be shown. Download the file to read it."


def evidence_pages(*, case: Case, evidence: Evidence) -> int:
    """How many pages a PDF has that may be opened now. Raises RuleError. No query."""
    require_open(evidence)
    if evidence.kind != EvidenceKind.PDF:
        raise RuleError("Only a PDF has pages.")
    try:
        return pages_count(copy_or_original(case, evidence).path)
    except IsolatedError as error:
        log.warning("evidence %s has no pages (%s)", evidence.pk, error)
        raise RuleError(NOT_DRAWN) from None


def evidence_sizes(*, case: Case, evidence: Evidence) -> list[tuple[int, int]]:
    """How wide and high the pages are that can be covered, so that a page of ours leaves their place. Raises RuleError.
    No query."""
    require_open(evidence)
    try:
        handed = copy_or_original(case, evidence)
        return pages_sizes(handed.path, handed.kind.value, MOST_PAGES)
    except IsolatedError as error:
        log.warning("evidence %s has no sizes (%s)", evidence.pk, error)
        raise RuleError(NOT_DRAWN) from None


def evidence_page(*, actor: Actor, case: Case, evidence: Evidence, page: int) -> bytes:
    """One page of a PDF as a PNG picture; a line in the custody log. Raises RuleError. Two queries."""
    if not 1 <= page <= evidence_pages(case=case, evidence=evidence):
        raise RuleError("There is no such page.")
    target = incoming_folder() / f"{uuid.uuid4().hex}.png"
    try:
        page_draw(copy_or_original(case, evidence).path, page, target)
        drawn = target.read_bytes()
    except IsolatedError as error:
        log.warning("evidence %s: a page was not drawn (%s)", evidence.pk, error)
        raise RuleError(NOT_DRAWN) from None
    finally:
        target.unlink(missing_ok=True)
    custody_write(actor, evidence, CustodyKind.VIEWED, f"Page {page}")
    facts = {"case": case.ref, "sha256": evidence.sha256, "page": page}
    audit.record(actor, "evidence.view", evidence, operation=AuditOperation.CONSULTATION, detail=facts)
    return drawn


def evidence_redact(
    *,
    actor: Actor,
    case: Case,
    evidence: Evidence,
    boxes: Sequence[Box],
    description: str,
    submission_id: uuid.UUID | None = None,
) -> Evidence:
    """Make a copy of a file with parts covered: a file of its own in the case, shown to nobody else until it is released.

    The same `submission_id` twice gives the first copy. Raises ForbiddenError below contribute, RuleError where nothing
    is covered, a box lies outside its page, or the file cannot be opened or drawn.
    """
    submission_id = submission_id or uuid.uuid4()
    require_level(actor, case, Level.CONTRIBUTE)
    if (earlier := submitted_before(actor, Evidence, case, submission_id)) is not None:
        return earlier
    pages = _check_file(case, evidence)
    _check_boxes(boxes, pages)
    words = case_words(actor, case, description, name="What it shows", field="description", limit=DESCRIPTION_LIMIT)
    with undone_on_failure(), transaction.atomic():
        kept = _cover(case, evidence, boxes)
        held = case_hold(actor, case, Level.CONTRIBUTE)
        if (earlier := submitted_before(actor, Evidence, held, submission_id)) is not None:
            return earlier
        made = _insert(actor, held, evidence, kept, words, submission_id)
        case_touch(held)
        return made


def evidence_release(*, actor: Actor, case: Case, evidence: Evidence, to: str, reason: str) -> Evidence:
    """Show a redacted copy to more agencies, or with NOBODY take that back. For who may withdraw it.

    Raises ForbiddenError, RuleError with the field for a file that is no redacted copy, and without a reason.
    """
    why = case_words(actor, case, reason, name="Reason", field="reason", limit=REASON_LIMIT)
    if to not in ReleasedTo.values:
        raise RuleError("Choose who may see the copy.", "released_to")
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
        if not withdraws_evidence(actor, held, evidence):
            raise ForbiddenError("Only the agency that made the copy and the lead agency can release it.")
        row: Evidence = Evidence.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=evidence.pk)
        if row.redacted_from_id is None:
            raise RuleError("Only a redacted copy can be released. Make one first.")
        require_open(row)
        if row.released_to == to:
            return row
        before, row.released_to, row.released_at = row.released_to, to, clock.now()
        row.save(update_fields=["released_to", "released_at"])
        custody_write(actor, row, CustodyKind.RELEASED, f"{ReleasedTo(to).label}: {why}"[:REASON_LIMIT])
        case_touch(held)
        audit.record(
            actor,
            "evidence.release",
            row,
            operation=AuditOperation.DISCLOSURE,
            before={"released_to": before},
            after={"released_to": to},
            detail={"case": held.ref, "sha256": row.sha256},
            reason=why,
        )
        return row


def _check_file(case: Case, evidence: Evidence) -> int:
    """How many pages can be covered. Raises RuleError."""
    require_open(evidence)
    if not redactable(evidence.kind):
        raise RuleError("Parts of this kind of file cannot be covered.")
    if evidence.kind != EvidenceKind.PDF:
        return 1
    pages = evidence_pages(case=case, evidence=evidence)
    if pages > MOST_PAGES:
        raise RuleError(f"Only a PDF of up to {MOST_PAGES} pages can be redacted here. Add the pages that matter.")
    return pages


def _check_boxes(boxes: Sequence[Box], pages: int) -> None:
    if not boxes:
        raise RuleError("Cover at least one part", "boxes")
    if len(boxes) > MOST_BOXES:
        raise RuleError(f"You can cover up to {MOST_BOXES} parts", "boxes")
    for box in boxes:
        if not 1 <= box.page <= pages:
            raise RuleError(f"There is no page {box.page}", "boxes")
        if not (0 <= box.left <= 100 and 0 <= box.top <= 100 and box.width > 0 and box.height > 0):
            raise RuleError("Each part must lie on the page", "boxes")


def _cover(case: Case, evidence: Evidence, boxes: Sequence[Box]) -> Stored:
    """The copy, kept. Drawn outside the case's lock."""
    target = incoming_folder() / random_name().replace("/", "")
    try:
        file_cover(Path(copy_or_original(case, evidence).path), evidence.kind, boxes, target)
        return file_store(evidence_storage(), target)
    except IsolatedError as error:
        log.warning("evidence %s was not redacted (%s)", evidence.pk, error)
        raise RuleError("The copy could not be drawn: the file takes too much to read.", "boxes") from None
    finally:
        target.unlink(missing_ok=True)


def _insert(
    actor: Actor, case: Case, evidence: Evidence, kept: Stored, description: str, submission_id: uuid.UUID
) -> Evidence:
    kind = EvidenceKind.PDF if evidence.kind == EvidenceKind.PDF else EvidenceKind.PNG
    made = Evidence(
        submission_id=submission_id,
        case=case,
        kind=kind,
        original_name=f"redacted-copy.{kind.ending}",
        file_name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        description=description,
        source=SOURCE,
        obtained_at=evidence.obtained_at,
        origin=EvidenceOrigin.REDACTED,
        added_by_id=actor.user_id,
        agency_id=agency_acting(actor, case),
        added_at=clock.now(),
        # Pixels that we drew ourselves: nothing of the file that was scanned is in it.
        malware=MalwareState.CLEAN if settings.CLAMD else MalwareState.NOT_SCANNED,
        **(_itself(kept) if kind.is_image else {}),
        redacted_from=evidence,
    )
    insert_once(made)
    custody_write(actor, evidence, CustodyKind.REDACTED)
    custody_write(actor, made, CustodyKind.ADDED)
    facts = {"case": case.ref, "from": evidence.sha256, "sha256": kept.sha256}
    audit.record(actor, "evidence.redact", made, operation=AuditOperation.COMBINATION, detail=facts)
    return made


def _itself(kept: Stored) -> dict[str, Any]:
    """A picture that we drew is its own copy without location."""
    return {
        "copy_state": CopyState.READY,
        "copy_name": kept.name,
        "copy_kind": EvidenceKind.PNG,
        "copy_size": kept.size,
        "copy_sha256": kept.sha256,
    }
