"""Evidence: adding a file to a case, handing it out, withdrawing it; each step in the custody log and the audit.

Rules: docs/domain.md §8.6. What the worker does with a file afterwards is in `evidence_work`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import transaction

from incidents.choices import CopyState, CustodyKind, EvidenceKind, EvidenceOrigin, Level, MalwareState
from incidents.models import Case, CustodyEvent, Evidence
from incidents.rules.evidence import closed_because, copy_missing, name_handed_out, name_kept
from incidents.scoping import takes_original, withdraws_evidence
from incidents.services.access import require_level
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.words import case_words, names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.files import Stored, file_digest, file_store, undone_on_failure
from kernel.inspection import file_kind
from kernel.models import AuditOperation
from kernel.queue import enqueue

DESCRIPTION_LIMIT, SOURCE_LIMIT, REASON_LIMIT = 500, 300, 300
FIELD = "files"
CHANGED = "The file is not as it was added, so it is not handed out. Tell the system administrator."


@dataclass(frozen=True)
class EvidenceData:
    """What is said about the files: what they show, where they came from, when they were taken or received."""

    description: str
    source: str
    obtained_at: dt.datetime


@dataclass(frozen=True)
class SentFile:
    """A file that has arrived on this machine's disk: where it lies, what it was called, how many bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class Handed:
    """A file to hand out: where it lies, as what, under which name."""

    path: Path
    kind: EvidenceKind
    name: str


def evidence_storage() -> Storage:
    """Where evidence is kept: outside everything that a web server hands out."""
    return storages["evidence"]


def evidence_add(
    *,
    actor: Actor,
    case: Case,
    data: EvidenceData,
    files: Sequence[SentFile],
    submission_id: uuid.UUID | None = None,
    origin: str = EvidenceOrigin.PAGE,
) -> list[Evidence]:
    """Add files to a case, all or none. The same `submission_id` twice (a double click) gives the first ones.

    Every file is read whole before it is kept, outside the case's lock. Raises ForbiddenError below contribute,
    RuleError for a closed case, for a file that is not taken and for one that the case has already; then nothing is kept.
    """
    submission_id = submission_id or uuid.uuid4()
    with undone_on_failure(), transaction.atomic():
        require_level(actor, case, Level.CONTRIBUTE)
        earlier = _sent_before(actor, case, submission_id)
        if earlier:
            return earlier
        kinds = [_kind_of(file, len(files)) for file in _check_count(files)]
        held = case_hold(actor, case, Level.CONTRIBUTE)
        earlier = _sent_before(actor, held, submission_id)
        if earlier:
            return earlier
        clean = _check(actor, held, data)
        names_kept_out(actor, held, *(name_kept(file.name) for file in files), field=FIELD)
        added = [
            _add_one(actor, held, clean, file, kind, uuid.uuid5(submission_id, str(number)), origin)
            for number, (file, kind) in enumerate(zip(files, kinds, strict=True))
        ]
        case_touch(held)
        return added


def _sent_before(actor: Actor, case: Case, submission_id: uuid.UUID) -> list[Evidence]:
    """What the same page made when it was sent first, in order."""
    if submitted_before(actor, Evidence, case, uuid.uuid5(submission_id, "0")) is None:
        return []
    marks = [uuid.uuid5(submission_id, str(number)) for number in range(settings.EVIDENCE_AT_ONCE)]
    rows = Evidence.objects.visible_to(actor).filter(case_id=case.pk, submission_id__in=marks)
    return list(rows.order_by("pk"))


def _check_count(files: Sequence[SentFile]) -> Sequence[SentFile]:
    if not files:
        raise RuleError("Select a file", FIELD)
    if len(files) > settings.EVIDENCE_AT_ONCE:
        raise RuleError(f"You can add up to {settings.EVIDENCE_AT_ONCE} files at once", FIELD)
    return files


def _kind_of(file: SentFile, together: int) -> str:
    """What a file is, by its content. Raises RuleError; with several files the sentence says which."""
    try:
        if file.size > settings.EVIDENCE_LARGEST:
            raise RuleError(f"The selected file must be smaller than {settings.EVIDENCE_MEGABYTES}MB", FIELD)
        return file_kind(file.path, file.name)
    except RuleError as error:
        raise _about(file, together, error.message) from None


def _about(file: SentFile, together: int, sentence: str) -> RuleError:
    return RuleError(f"{name_kept(file.name)}: {sentence}" if together > 1 else sentence, FIELD)


def _check(actor: Actor, case: Case, data: EvidenceData) -> EvidenceData:
    if data.obtained_at > clock.now() + dt.timedelta(minutes=1):
        raise RuleError("When it was taken or received must be in the past.", "obtained_at")
    return EvidenceData(
        case_words(actor, case, data.description, name="What it shows", field="description", limit=DESCRIPTION_LIMIT),
        case_words(actor, case, data.source, name="Where it came from", field="source", limit=SOURCE_LIMIT),
        data.obtained_at,
    )


def _add_one(
    actor: Actor, case: Case, data: EvidenceData, file: SentFile, kind: str, mark: uuid.UUID, origin: str
) -> Evidence:
    kept = file_store(evidence_storage(), file.path)
    _refuse_again(actor, case, kept)
    evidence = Evidence(
        submission_id=mark,
        case=case,
        kind=kind,
        original_name=name_kept(file.name),
        file_name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        description=data.description,
        source=data.source,
        obtained_at=data.obtained_at,
        origin=origin,
        added_by_id=actor.user_id,
        agency_id=agency_acting(actor, case),
        added_at=clock.now(),
        malware=MalwareState.WAITING if settings.CLAMD else MalwareState.NOT_SCANNED,
        copy_state=CopyState.WAITING if EvidenceKind(kind).is_image else CopyState.NONE,
    )
    insert_once(evidence)
    custody_write(actor, evidence, CustodyKind.ADDED)
    facts = {"case": case.ref, "kind": kind, "size": kept.size, "sha256": kept.sha256}
    audit.record(actor, "evidence.add", evidence, operation=AuditOperation.COLLECTION, detail=facts)
    if settings.CLAMD or evidence.copy_state == CopyState.WAITING:
        from incidents.tasks import evidence_process

        enqueue(evidence_process, evidence.pk)
    return evidence


def _refuse_again(actor: Actor, case: Case, kept: Stored) -> None:
    """The same bytes once in a case are enough; of a file that the actor may not know nothing is said."""
    known = Evidence.objects.visible_to(actor).filter(case_id=case.pk, sha256=kept.sha256, withdrawn_at=None)
    if known.exists():
        raise RuleError("This very file is evidence in this case already. Select another one", FIELD)


def custody_write(actor: Actor, evidence: Evidence, kind: CustodyKind, reason: str = "") -> None:
    """Write a line of a file's custody log: by whom, for which agency, when by the real clock. One query."""
    here = evidence.agency_id if evidence.agency_id in actor.agency_ids else next(iter(actor.agency_ids), None)
    CustodyEvent(
        evidence=evidence, kind=kind, at=clock.now_real(), by_id=actor.user_id, agency_id=here, reason=reason
    ).save(force_insert=True)


# --- Handing out ------------------------------------------------------------------------------------------
# Whether the actor may know of the file was decided by `selectors.evidence.evidence_get`, in the same request.


def evidence_read(*, actor: Actor, case: Case, evidence: Evidence) -> None:
    """Record that somebody opened the record of a file, not the file. One query."""
    audit.record(actor, "evidence.read", evidence, operation=AuditOperation.CONSULTATION, detail={"case": case.ref})


def evidence_view(*, actor: Actor, case: Case, evidence: Evidence) -> Handed:
    """The picture that a page shows: always the copy, pixels alone. Raises RuleError where there is none to show."""
    require_open(evidence)
    if not EvidenceKind(evidence.kind).is_image:
        raise RuleError("Only pictures are shown here. Download the file.")
    handed = _copy_of(case, evidence)
    custody_write(actor, evidence, CustodyKind.VIEWED)
    _record(actor, case, evidence, "evidence.view", AuditOperation.CONSULTATION, evidence.copy_sha256)
    return handed


def evidence_download(*, actor: Actor, case: Case, evidence: Evidence) -> Handed:
    """The file to take away: for the agency that added it as it came, for everybody else a picture without its location.

    Raises RuleError where it cannot be opened now, and where it is not as it was added.
    """
    require_open(evidence)
    if EvidenceKind(evidence.kind).is_image and evidence.agency_id not in actor.agency_ids:
        handed, digest = _copy_of(case, evidence), evidence.copy_sha256
    else:
        handed, digest = _original_of(case, evidence), evidence.sha256
    custody_write(actor, evidence, CustodyKind.DOWNLOADED)
    _record(actor, case, evidence, "evidence.download", AuditOperation.DISCLOSURE, digest)
    return handed


def evidence_original(*, actor: Actor, case: Case, evidence: Evidence, reason: str) -> Handed:
    """The original of a file with all that is written in it, for who decides for the lead agency, with a reason.

    Raises ForbiddenError for anybody else but the agency that added it, RuleError as `evidence_download`.
    """
    if not takes_original(actor, case, evidence):
        raise ForbiddenError("Only managers and points of contact of the lead agency can have the original.")
    why = case_words(actor, case, reason, name="Why you need the original", field="reason", limit=REASON_LIMIT)
    require_open(evidence)
    handed = _original_of(case, evidence)
    custody_write(actor, evidence, CustodyKind.ORIGINAL, why)
    _record(actor, case, evidence, "evidence.original", AuditOperation.DISCLOSURE, evidence.sha256, why)
    return handed


def require_open(evidence: Evidence) -> None:
    """Raises RuleError, with the sentence why, for a file that nobody may open now. No query."""
    why = closed_because(
        malware=evidence.malware, withdrawn=evidence.withdrawn_at is not None, scanner=bool(settings.CLAMD)
    )
    if why:
        raise RuleError(why)


def _copy_of(case: Case, evidence: Evidence) -> Handed:
    if why := copy_missing(kind=evidence.kind, copy_state=evidence.copy_state):
        raise RuleError(why)
    return _whole(case, evidence, evidence.copy_name, evidence.copy_kind, evidence.copy_sha256)


def copy_or_original(case: Case, evidence: Evidence) -> Handed:
    """Of a picture the copy without location, of everything else the file itself. Raises RuleError. No query."""
    return _copy_of(case, evidence) if EvidenceKind(evidence.kind).is_image else _original_of(case, evidence)


def _original_of(case: Case, evidence: Evidence) -> Handed:
    return _whole(case, evidence, evidence.file_name, evidence.kind, evidence.sha256)


def _whole(case: Case, evidence: Evidence, name: str, kind: str, sha256: str) -> Handed:
    """The file, if it is still what it was: its bytes are read against its SHA-256 before one of them leaves."""
    storage = evidence_storage()
    if not storage.exists(name) or file_digest(storage, name) != sha256:
        raise RuleError(CHANGED)
    called = name_handed_out(ref=case.ref, number=str(evidence.uid), kind=kind)
    return Handed(Path(storage.path(name)), EvidenceKind(kind), called)


def _record(
    actor: Actor, case: Case, evidence: Evidence, action: str, operation: str, digest: str, reason: str = ""
) -> None:
    facts = {"case": case.ref, "sha256": digest}
    audit.record(actor, action, evidence, operation=operation, detail=facts, reason=reason)


# --- Withdrawing ------------------------------------------------------------------------------------------


def evidence_withdraw(*, actor: Actor, case: Case, evidence: Evidence, reason: str) -> Evidence:
    """Withdraw a file: nobody opens it any more; its record, its log and the reason stay. Twice is once.

    Raises ForbiddenError for who neither added it nor leads the case, or may only read; RuleError without a reason.
    """
    why = case_words(actor, case, reason, name="Why you withdraw it", field="reason", limit=REASON_LIMIT)
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
        if not withdraws_evidence(actor, held, evidence):
            raise ForbiddenError("Only the agency that added the file and the lead agency can withdraw it.")
        row: Evidence = Evidence.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=evidence.pk)
        if row.withdrawn_at is not None:
            return row
        row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason = clock.now(), actor.user_id, why
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        custody_write(actor, row, CustodyKind.WITHDRAWN, why)
        case_touch(held)
        audit.record(actor, "evidence.withdraw", row, detail={"case": held.ref, "sha256": row.sha256}, reason=why)
        return row
