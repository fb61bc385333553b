"""What the worker does with evidence: the malware scan, the copy without location, and clearing away what nobody owns.

Nothing is lost while the scanner is away: a file waits as a row, closed to everybody, and the next sweep tries again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import CopyState, CustodyKind, MalwareState
from incidents.models import Evidence
from incidents.selectors.audience import spoc_ids
from incidents.services.evidence import custody_write, evidence_storage
from kernel import audit, clock
from kernel.actors import system_actor
from kernel.clamd import ScannerError, Verdict, scan
from kernel.files import file_digest, files_older, incoming_folder, random_name
from kernel.inspection import picture_redraw
from kernel.isolated import IsolatedError
from kernel.models import AuditOperation

log = logging.getLogger(__name__)
STALE = dt.timedelta(minutes=6)
ORPHAN_AFTER = dt.timedelta(days=1)
MOST_ATTEMPTS = 3
_WHY = "the worker scans files and makes copies"
INFECTED = "Malware was found in a file that your agency added. It is locked: nobody can open it"


def evidence_process(*, evidence_id: int) -> bool:
    """Scan one file and make its copy, as far as it still needs them; answers whether nothing is left to do.

    Safe to call twice, at once or after a crash: the claim is a row, and a dead worker's claim is taken again.
    """
    evidence = _claim(evidence_id)
    if evidence is None:
        return False
    done = _scan(evidence) and _copy(evidence)
    _of(evidence).update(claimed_at=None)
    return done


def evidence_waiting() -> QuerySet[Evidence]:
    """The files that need the worker and that no living one is at: to be scanned, or to be copied once that was done."""
    dead = clock.now_real() - STALE
    unseen = Q(malware=MalwareState.NOT_SCANNED)
    copied = Q(copy_state=CopyState.WAITING) & (Q(malware=MalwareState.CLEAN) | unseen)
    wanted = Q(malware=MalwareState.WAITING) | copied
    if settings.CLAMD:
        wanted |= unseen
    free = Q(claimed_at=None) | Q(claimed_at__lt=dead)
    return Evidence.objects.unscoped(reason=_WHY).filter(wanted, free, withdrawn_at=None)


def evidence_waiting_ids(most: int = 500) -> list[int]:
    """Their keys, those that wait longest first. One query."""
    return list(evidence_waiting().order_by("added_at").values_list("pk", flat=True)[:most])


def _claim(pk: int) -> Evidence | None:
    with transaction.atomic():
        row = (
            evidence_waiting()
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("case")
            .filter(pk=pk)
            .first()
        )
        if row is not None:
            row.claimed_at = clock.now_real()
            row.save(update_fields=["claimed_at"])
        return row


def _of(evidence: Evidence) -> QuerySet[Evidence]:
    return Evidence.objects.unscoped(reason=_WHY).filter(pk=evidence.pk)


# --- Malware ---------------------------------------------------------------------------------------------


def _scan(evidence: Evidence) -> bool:
    """Whether the file may be worked with: found clean, or there is no scanner."""
    if evidence.malware == MalwareState.CLEAN:
        return True
    if not settings.CLAMD:
        # A scanner that was taken away: the page says so from now on.
        _of(evidence).filter(malware=MalwareState.WAITING).update(malware=MalwareState.NOT_SCANNED)
        return True
    try:
        verdict = scan(Path(evidence_storage().path(evidence.file_name)), settings.CLAMD)
    except ScannerError as error:
        log.warning("evidence %s waits for the scanner (%s)", evidence.pk, error)
        return False
    _scanned(evidence, verdict)
    return verdict.clean


def _scanned(evidence: Evidence, verdict: Verdict) -> None:
    state = MalwareState.CLEAN if verdict.clean else MalwareState.INFECTED
    system = system_actor("scan evidence for malware")
    with transaction.atomic():
        found = _of(evidence).exclude(malware__in=[MalwareState.CLEAN, MalwareState.INFECTED])
        if not found.update(malware=state, malware_name=verdict.name, scanned_at=clock.now()):
            return
        custody_write(system, evidence, CustodyKind.SCANNED if verdict.clean else CustodyKind.QUARANTINED)
        facts = {"case": evidence.case.ref, "state": state.value, "sha256": evidence.sha256}
        audit.record(system, "evidence.scan", evidence, detail=facts)
        if not verdict.clean:
            _tell(evidence)


def _tell(evidence: Evidence) -> None:
    """Whoever added it and their points of contact; the words name neither the case nor the file."""
    people = {*spoc_ids(evidence.agency_id), *([evidence.added_by_id] if evidence.added_by_id else [])}
    url = f"/cases/{evidence.case.ref}/evidence/{evidence.uid}/"
    notices_create(
        NoticeData(user_id, f"malware:{evidence.pk}", "evidence", INFECTED, url, case_id=evidence.case_id)
        for user_id in sorted(people)
    )


# --- The copy --------------------------------------------------------------------------------------------


def _copy(evidence: Evidence) -> bool:
    """Make the picture without location, if one is wanted. A picture that cannot be drawn is tried three times."""
    if evidence.copy_state != CopyState.WAITING:
        return True
    storage, name = evidence_storage(), random_name()
    target = Path(storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        kind = picture_redraw(Path(storage.path(evidence.file_name)), target)
    except IsolatedError as error:
        log.warning("evidence %s has no copy yet (%s)", evidence.pk, error)
        attempts = evidence.attempts + 1
        _of(evidence).update(
            attempts=attempts,
            copy_state=CopyState.FAILED if attempts >= MOST_ATTEMPTS else CopyState.WAITING,
        )
        return False
    _copied(evidence, name, kind, target.stat().st_size)
    return True


def _copied(evidence: Evidence, name: str, kind: str, size: int) -> None:
    storage, system = evidence_storage(), system_actor("make a copy of evidence without location")
    digest = file_digest(storage, name)
    with transaction.atomic():
        won = (
            _of(evidence)
            .filter(copy_state=CopyState.WAITING)
            .update(copy_state=CopyState.READY, copy_name=name, copy_kind=kind, copy_size=size, copy_sha256=digest)
        )
        if won:
            custody_write(system, evidence, CustodyKind.COPIED)
            facts = {"case": evidence.case.ref, "sha256": digest}
            audit.record(system, "evidence.copy", evidence, operation=AuditOperation.COMBINATION, detail=facts)
    if not won:
        storage.delete(name)


# --- What nobody owns --------------------------------------------------------------------------------------


def orphans_remove() -> int:
    """Remove files older than a day that no row names, and what arrived and was never fetched; answers how many.

    A query for each folder that holds such files.
    """
    moment = (clock.now_real() - ORPHAN_AFTER).timestamp()
    root = Path(evidence_storage().path(""))
    orphans = [path for path, name in _unnamed(root, files_older(root, moment)) if name]
    orphans += files_older(incoming_folder(), moment)
    for path in orphans:
        path.unlink(missing_ok=True)
    if orphans:
        log.warning("%d files that nothing refers to were removed", len(orphans))
    return len(orphans)


def _unnamed(root: Path, paths: Iterable[Path]) -> Iterable[tuple[Path, str]]:
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    for found in folders.values():
        names = {path.relative_to(root).as_posix(): path for path in found}
        rows = Evidence.objects.unscoped(reason=_WHY).filter(Q(file_name__in=names) | Q(copy_name__in=names))
        known = {name for pair in rows.values_list("file_name", "copy_name") for name in pair}
        yield from ((path, name) for name, path in names.items() if name not in known)
