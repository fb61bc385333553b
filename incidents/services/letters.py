"""Writing to the public from templates. Nothing is sent from here: it is printed, or copied, and recorded as sent.

The safe-contact rules (docs/domain.md §10.4) are asked when it is written, when it is printed and when it is recorded. In a
closed case somebody is written to while its victim is still to be told, or sent the outcome (K11).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from incidents.choices import ContactDirection, ContactResult, LetterKind, LetterState, Level
from incidents.models import Case, Letter
from incidents.rules import letters as rules
from incidents.scoping import in_case
from incidents.selectors.case_page import case_get
from incidents.selectors.letters import Preview, preview
from incidents.selectors.recipients import REPORTER, posted_to, recipient_get, safety_problems
from incidents.services.closing import closure_outcome_record
from incidents.services.closure_contact import contact_still_due
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.contact import ContactData, contact_log
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.pdf import PdfError, pdf_make

MESSAGE_LIMIT, REASON_LIMIT, ADDRESS_LIMIT = 3000, 300, 400
SECONDS = 30
CSS = Path(settings.BASE_DIR) / "templates" / "incidents" / "letters" / "letter.css"


@dataclass(frozen=True)
class LetterData:
    """What is to be written: to whom (a victim's reference, the key of somebody further, or `reporter`), from which version
    of which template. `address` is where a letter to whoever reported goes.
    """

    to: str
    template: uuid.UUID
    message: str = ""
    emergency_reason: str = ""
    address: str = ""


def letter_write(*, actor: Actor, case: Case, data: LetterData, submission_id: uuid.UUID | None = None) -> Letter:
    """Write a letter or message: its words are kept as they are now. The same `submission_id` twice gives the first.

    Raises ForbiddenError below contribute and for those who may not know victims; RuleError for a recipient or template
    that is not there, for a field that has no value or is hidden from the actor, and where writing is not safe, unless
    there is an emergency with a reason.
    """
    with transaction.atomic():
        held = _case(actor, case)
        if not in_case(actor, held).sees_victims:
            raise ForbiddenError("Your agency does not make contact with victims.")
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, Letter, held, submission_id)
        if earlier is not None:
            return earlier
        message = case_words(
            actor, held, data.message, name="Message", field="message", limit=MESSAGE_LIMIT, required=False
        )
        address = case_words(
            actor, held, data.address, name="Postal address", field="address", limit=ADDRESS_LIMIT, required=False
        )
        # Read anew: who lives with whom decides, however the caller came by the case.
        seen = _preview(actor, case_get(actor=actor, ref=held.ref), data, message, address)
        reason = _safe(actor, held, seen.problems, data.emergency_reason)
        letter = Letter(
            submission_id=submission_id,
            case=held,
            victim=seen.recipient.victim,
            involved=seen.recipient.person,
            template=seen.offer.template,
            kind=seen.kind,
            language=seen.offer.template.language,
            recipient=seen.recipient.name,
            address=seen.address if seen.says_address else "",
            body=seen.body,
            emergency_reason=reason,
            created_by_id=actor.user_id,
            agency_id=agency_acting(actor, held),
            created_at=clock.now(),
        )
        insert_once(letter)
        case_touch(held)
        _record(actor, "letter.write", letter, AuditOperation.COLLECTION, reason)
        return letter


def _preview(actor: Actor, case: Case, data: LetterData, message: str, address: str) -> Preview:
    recipient = recipient_get(actor, case, data.to)
    if recipient is None:
        raise RuleError("Select to whom it goes.", "to")
    seen = preview(
        actor=actor, case=case, recipient=recipient, template_uid=data.template, message=message, address=address
    )
    if seen is None:
        raise RuleError("This template is no longer offered. Choose another one.", "template")
    if "message" in seen.unmerged:
        raise RuleError("Enter what you want to say.", "message")
    if "address" in seen.unmerged and seen.asks_address:
        raise RuleError("Enter the postal address.", "address")
    if "address" in seen.unmerged:
        raise RuleError("There is no address that you are shown. Open phone, email and address in the case first.")
    if seen.unmerged:
        listed = ", ".join(rules.MERGE_FIELDS[name].lower() for name in seen.unmerged)
        raise RuleError(f"Something is missing that the template needs: {listed}.")
    return seen


def _safe(actor: Actor, case: Case, problems: tuple[str, ...], reason: str) -> str:
    """The reason why it goes out all the same, where it is not safe."""
    if not problems:
        return ""
    if not reason.strip():
        raise RuleError(f"{' '.join(problems)} If it has to go all the same, say why.", "emergency_reason")
    return case_words(actor, case, reason, name="Reason", field="emergency_reason", limit=REASON_LIMIT)


def letter_print(*, actor: Actor, letter: Letter) -> Letter:
    """Make the PDF of a letter, once: printed again it is the same file. Raises ForbiddenError, RuleError where it is no
    letter, where letters have become unsafe since, and where it cannot be made.
    """
    if letter.kind != LetterKind.LETTER:
        raise RuleError("Only letters are printed. Copy the text instead.")
    with transaction.atomic():
        _case(actor, letter.case)
        held = _hold(actor, letter)
        _still_safe(actor, letter.case, held)
        if held.pdf is None:
            content = _pdf(held)
            held.pdf, held.sha256 = content, hashlib.sha256(content).hexdigest()
            held.printed_at, held.state = clock.now(), LetterState.PRINTED
            held.save(update_fields=["pdf", "sha256", "printed_at", "state"])
        _record(actor, "letter.print", held, AuditOperation.DISCLOSURE, held.emergency_reason)
        return held


def letter_html(letter: Letter) -> str:
    """A letter as it is printed: the address alone where an envelope has its window, and nothing of the service's name."""
    language = letter.written_in
    paragraphs = [part.strip() for part in letter.body.replace("\r\n", "\n").split("\n\n") if part.strip()]
    context = {
        "letter": letter,
        "lines": letter.address.splitlines(),
        "paragraphs": paragraphs,
        "language": language.tag,
        "direction": rules.direction(language.direction, letter.body),
    }
    return render_to_string("incidents/letters/letter_pdf.html", context)


def _pdf(letter: Letter) -> bytes:
    try:
        return pdf_make(letter_html(letter), css=[CSS.read_text(encoding="utf-8")], seconds=SECONDS).content
    except PdfError as error:
        raise RuleError(error.message) from error


def letter_record(
    *,
    actor: Actor,
    letter: Letter,
    at: dt.datetime,
    acknowledgement: bool = False,
    emergency_reason: str = "",
    outcome: bool = False,
) -> Letter:
    """Record that a letter or message was sent: to a victim, their parent or guardian, or whoever reported it is an attempt
    at contact in the chronology, which the clocks follow. `outcome` says that it was the written outcome of a closing.

    Raises ForbiddenError, RuleError where it stands recorded, for a letter that was not printed, and what `contact_log`
    and `closure_outcome_record` raise; the rules about safe contact hold at the moment given.
    """
    with transaction.atomic():
        case = _case(actor, letter.case)
        held = _hold(actor, letter)
        if held.recorded:
            raise RuleError("It was recorded already.")
        if held.kind == LetterKind.LETTER and held.pdf is None:
            raise RuleError("Print the letter first.")
        reason = emergency_reason or held.emergency_reason
        _safe(actor, case, _problems(actor, case, held, at), reason)
        if at > clock.now() + dt.timedelta(minutes=1):
            raise RuleError("When it was sent must be in the past.", "at")
        if held.becomes_contact:
            data = _contact(held, at, acknowledgement, reason)
            held.contact = contact_log(actor=actor, case=case, data=data)
        if outcome and held.victim is None:
            raise RuleError("The outcome is written to the victim.", "outcome")
        if outcome:
            closure_outcome_record(actor=actor, case=case, sent_at=at, contact=held.contact)
        held.state, held.sent_at = LetterState.RECORDED, at
        held.save(update_fields=["contact", "state", "sent_at"])
        _record(actor, "letter.record", held, AuditOperation.ALTERATION, reason)
        return held


def _contact(letter: Letter, at: dt.datetime, acknowledgement: bool, reason: str) -> ContactData:
    said = f"{letter.template.name} ({letter.get_kind_display().lower()}, {letter.get_language_display()})"
    if letter.involved is not None and not letter.to_reporter:
        said = f"{said}, to the {letter.involved.get_role_display().lower()}"
    return ContactData(
        at=at,
        method=LetterKind(letter.kind).method,
        direction=ContactDirection.OUTBOUND,
        result=ContactResult.ATTEMPT,
        victim=letter.victim.ref if letter.victim else "",
        with_reporter=letter.victim is None,
        acknowledgement=acknowledgement,
        note=said,
        emergency_reason=reason,
        elsewhere=letter.involved is not None or letter.victim is None,
    )


def _case(actor: Actor, case: Case) -> Case:
    held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    contact_still_due(held)
    return held


def _hold(actor: Actor, letter: Letter) -> Letter:
    rows = Letter.objects.visible_to(actor).select_related("template", "victim", "involved", "agency", "contact")
    return rows.select_for_update(of=("self",)).get(pk=letter.pk)


def _problems(actor: Actor, case: Case, letter: Letter, at: dt.datetime) -> tuple[str, ...]:
    recipient = recipient_get(actor, case_get(actor=actor, ref=case.ref), _key(letter))
    if recipient is not None:
        return safety_problems(posted_to(recipient, letter.address), LetterKind(letter.kind).method, at)
    return () if _key(letter) == REPORTER else ("Whom it goes to is no longer in the case.",)


def _key(letter: Letter) -> str:
    """Whom it went to, as a recipient of its case."""
    if letter.involved_id is not None:
        return str(letter.involved_id)
    return letter.victim.ref if letter.victim else REPORTER


def _still_safe(actor: Actor, case: Case, letter: Letter) -> None:
    problems = _problems(actor, case, letter, clock.now())
    if problems and not letter.emergency_reason:
        raise RuleError(f"{' '.join(problems)} It cannot be printed. Write it anew if it has to go all the same.")


def letter_taken(*, actor: Actor, letter: Letter) -> bytes:
    """The PDF for somebody who downloads it, on record. One query."""
    _record(actor, "letter.download", letter, AuditOperation.DISCLOSURE, "")
    return bytes(letter.pdf or b"")


def _record(actor: Actor, action: str, letter: Letter, operation: AuditOperation, reason: str) -> None:
    detail = {
        "case": letter.case.ref,
        "kind": letter.kind,
        "template": str(letter.template.uid),
        "to": _key(letter),
        "sha256": letter.sha256,
    }
    audit.record(actor, action, letter, operation=operation, detail=detail, reason=reason)
