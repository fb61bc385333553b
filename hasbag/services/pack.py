"""Briefing packs: asking for one, making it, handing it over."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import secrets
import uuid
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from agencies.models import Agency
from agencies.scoping import actor_for_agency, actor_for_id
from hasbag import tasks
from hasbag.choices import PackState
from hasbag.models import Meeting, Pack
from hasbag.printing import CSS_FILES, pack_html
from hasbag.scoping import is_chair
from incidents.services.watch import cases_watch
from kernel import audit, clock
from kernel.actors import Actor, system_actor
from kernel.errors import ForbiddenError, RuleError
from kernel.identity import acting_as
from kernel.models import AuditOperation
from kernel.pdf import Pdf, PdfError, pdf_make
from kernel.queue import enqueue
from kernel.references import reference_make

log = logging.getLogger(__name__)
STALE = dt.timedelta(minutes=6)
MOST_ATTEMPTS = 3
SECONDS: float = 180
GAVE_UP = "The pack could not be made in three attempts. Ask for it again."
_WHY = "the worker makes briefing packs"
_TRIES = 5


def pack_request(
    *, actor: Actor, meeting: Meeting, agency: Agency | None = None, submission_id: uuid.UUID | None = None
) -> Pack:
    """Ask for a briefing pack for a member agency: one's own, or as the chair any. The worker makes it, with what that
    agency may see; only that agency can download it.

    Raises ForbiddenError for another's agency, RuleError for one that is no member.
    """
    agency = agency or _own_agency(actor, meeting)
    if agency.pk not in meeting.agency_ids:
        raise RuleError(f"{agency.name} is not a member of this meeting.", "agency")
    if agency.pk not in actor.agency_ids and not is_chair(actor, meeting):
        raise ForbiddenError("Only the chair can ask for another agency’s pack.", "agency")
    submission_id = submission_id or uuid.uuid4()
    mine = Pack.objects.visible_to(actor).filter(submission_id=submission_id, requested_by_id=actor.user_id)
    if (earlier := mine.first()) is not None:
        return earlier
    try:
        with transaction.atomic():
            pack = _insert(actor, meeting, agency, submission_id)
            audit.record(
                actor, "pack.request", pack, detail={"meeting": meeting.ref, "agency": agency.code, "pack": pack.ref}
            )
            enqueue(tasks.pack_make, pack.pk)
    except IntegrityError:
        if (earlier := mine.first()) is None:
            raise
        return earlier
    return pack


def require_may_ask(actor: Actor, meeting: Meeting, code: str) -> None:
    """Raise ForbiddenError for who asks for the pack of another agency, known or not, without being the chair.

    One query at most.
    """
    if not is_chair(actor, meeting) and not Agency.objects.filter(pk__in=actor.agency_ids, code=code).exists():
        raise ForbiddenError("Only the chair can ask for another agency’s pack.", "agency")


def _own_agency(actor: Actor, meeting: Meeting) -> Agency:
    member = Agency.objects.filter(pk__in=set(actor.agency_ids) & set(meeting.agency_ids)).order_by("pk").first()
    if member is None:
        raise ForbiddenError("Your agency is not a member of this meeting.", "agency")
    return member


def _insert(actor: Actor, meeting: Meeting, agency: Agency, submission_id: uuid.UUID) -> Pack:
    own = agency.pk if agency.pk in actor.agency_ids else next(iter(actor.agency_ids), None)
    for _ in range(_TRIES):
        pack = Pack(
            ref=reference_make("HK", clock.now().year),
            submission_id=submission_id,
            meeting=meeting,
            recipient=agency,
            requested_by_id=actor.user_id,
            requested_by_agency_id=own,
            requested_at=clock.now(),
        )
        if Pack.objects.unscoped(reason="a reference must be free").filter(ref=pack.ref).exists():
            continue
        pack.save(force_insert=True)
        return pack
    raise RuntimeError("No free reference for a pack was found.")


# --- Making --------------------------------------------------------------------------------------


def pack_make(*, pack_id: int) -> bool:
    """Make a pack, for the worker; answers whether this call made it. Safe to call twice, at once or after a crash.

    The claim is a row: another worker passes by, and takes it again when the first one has died. What goes in is read
    under the recipient's identity, both walls up, and nothing of the worker's own rights reaches the document.
    """
    pack = _claim(pack_id)
    if pack is None:
        return False
    try:
        html, case_ids = _content(pack)
        pdf = pdf_make(html, css=[path.read_text(encoding="utf-8") for path in CSS_FILES], seconds=SECONDS)
    except PdfError as error:
        log.error("pack %s: %s", pack.ref, error.detail)
        _store(pack, state=PackState.FAILED, problem=f"{error.message} You can ask for it again.")
        return False
    return _finish(pack, pdf, case_ids)


def _claim(pack_id: int) -> Pack | None:
    """Take a pack that waits, or that a dead worker left; the number of attempts tells this claim from any other."""
    with transaction.atomic():
        pack = (
            packs_to_make()
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("recipient", "meeting")
            .filter(pk=pack_id)
            .first()
        )
        if pack is None:
            return None
        if pack.file_name:
            # What a dead worker may have left behind.
            pack_path(pack.file_name).unlink(missing_ok=True)
        if pack.attempts >= MOST_ATTEMPTS:
            pack.state, pack.problem = PackState.FAILED, GAVE_UP
        else:
            pack.state, pack.claimed_at = PackState.MAKING, clock.now_real()
            pack.attempts += 1
            pack.file_name = f"{secrets.token_hex(16)}.pdf"
        pack.save(update_fields=["state", "problem", "claimed_at", "attempts", "file_name"])
        return pack if pack.state == PackState.MAKING else None


def packs_to_make() -> QuerySet[Pack]:
    """Packs that nobody is making: asked for, or claimed by a worker that has not been heard of since."""
    dead = clock.now_real() - STALE
    return Pack.objects.unscoped(reason=_WHY).filter(
        Q(state=PackState.QUEUED) | Q(state=PackState.MAKING, claimed_at__lt=dead)
    )


def _content(pack: Pack) -> tuple[str, list[int]]:
    with acting_as(recipient_actor(pack)) as reader:
        return pack_html(reader, pack, made_at=clock.now())


def recipient_actor(pack: Pack) -> Actor:
    """As whom a pack is read: the person who asked, within the recipient agency alone; where they work elsewhere (or
    have left), the agency itself. Two queries."""
    agency = pack.recipient
    person = actor_for_id(pack.requested_by_id) if pack.requested_by_id else None
    if person is None or agency.pk not in person.agency_ids:
        return actor_for_agency(agency)
    return replace(
        person,
        agency_ids=(agency.pk,),
        member_ids=(agency.pk,),
        roles=frozenset((a, role) for a, role in person.roles if a == agency.pk),
        sides=frozenset({agency.side}),
        areas=frozenset(agency.areas),
        agency_names=(agency.name,),
    )


def _finish(pack: Pack, pdf: Pdf, case_ids: list[int]) -> bool:
    digest = hashlib.sha256(pdf.content).hexdigest()
    _write(pack.file_name, pdf.content)
    with transaction.atomic():
        won = _store(
            pack,
            state=PackState.READY,
            made_at=clock.now(),
            case_ids=case_ids,
            sha256=digest,
            pages=pdf.pages,
            problem="",
        )
        if won:
            facts = {"meeting": pack.meeting.ref, "agency": pack.recipient.code, "cases": case_ids, "sha256": digest}
            audit.record(
                system_actor("make a briefing pack"),
                "pack.make",
                pack,
                operation=AuditOperation.COMBINATION,
                detail=facts,
            )
    if not won:
        pack_path(pack.file_name).unlink(missing_ok=True)
    log.info("pack %s: %d pages in %s s, %s MB", pack.ref, pdf.pages, pdf.seconds, pdf.peak_megabytes)
    return won


def _store(pack: Pack, **values: object) -> bool:
    """Write to a pack while it is still this worker's; False where another took it over meanwhile."""
    mine = Pack.objects.unscoped(reason=_WHY).filter(pk=pack.pk, state=PackState.MAKING, attempts=pack.attempts)
    return bool(mine.update(**values))


def _write(name: str, content: bytes) -> None:
    packs_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(pack_path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def packs_folder() -> Path:
    """Where finished packs are kept, outside what a web server hands out."""
    return Path(settings.MEDIA_ROOT) / "packs"


def pack_path(name: str) -> Path:
    """The file of a finished pack."""
    return packs_folder() / Path(name).name


# --- Handing over --------------------------------------------------------------------------------


def pack_downloaded(*, actor: Actor, pack: Pack) -> Path:
    """Record that the actor takes a pack, which discloses every case inside, and answer where it lies.

    Of a RESTRICTED case inside information governance is told. Whether they may have it was decided by
    `selectors.pack_for_download`.
    """
    audit.record(
        actor,
        "pack.download",
        pack,
        operation=AuditOperation.DISCLOSURE,
        detail={"meeting": pack.meeting.ref, "pack": pack.ref, "cases": pack.case_ids, "sha256": pack.sha256},
    )
    cases_watch(actor=actor, case_ids=pack.case_ids)
    return pack_path(pack.file_name)
