"""Drafts of reports: kept on the server after every step, for the author and the agency's single point of contact.

A draft is erased 20 working days after its last edit; its author is told three working days before. The audit
names steps, never what was keyed. Rules: docs/domain.md §1.4, §3.2.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.models import Case, Incident, IncidentDraft
from incidents.rules.drafts import WARNED_WORKING_DAYS, erase_on
from incidents.selectors.draft import draft_find
from incidents.services.clock import holidays_all
from incidents.services.incident import IncidentData, incident_log
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError
from kernel.models import AuditOperation
from kernel.when import date_text
from kernel.working_days import add_working_days

GONE = "This draft is no longer there. It was sent, discarded or erased."
Answers = Mapping[str, list[str]]


def draft_start(
    *, actor: Actor, agency: Agency, uid: uuid.UUID, key: str, answers: Answers, case_ref: str = ""
) -> IncidentDraft:
    """Begin a draft with its first step. The same `uid` twice (a double click) is the same draft.

    A `uid` that has already become an incident, or that is somebody else's, begins a draft of its own. Raises
    RuleError for an agency that is not the actor's.
    """
    if actor.user_id is None or agency.pk not in actor.agency_ids:
        raise RuleError("You can only log incidents for your own agency.", "agency")
    with transaction.atomic():
        if _locked(actor, uid) is not None:
            return draft_save_step(actor=actor, uid=uid, key=key, answers=answers)
        if Incident.objects.visible_to(actor).filter(submission_id=uid).exists():
            uid = uuid.uuid4()
        draft = IncidentDraft(uid=uid, author_id=actor.user_id, agency=agency, answers=_first(case_ref))
        _edit(draft, key, answers)
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
        except IntegrityError:
            if _locked(actor, uid) is not None:
                return draft_save_step(actor=actor, uid=uid, key=key, answers=answers)
            draft.uid = uuid.uuid4()
            draft.save(force_insert=True)
        audit.record(actor, "draft.start", draft, operation=AuditOperation.COLLECTION, detail={"step": key})
        return draft


def _first(case_ref: str) -> dict[str, dict[str, list[str]]]:
    return {"case": {"ref": [case_ref]}} if case_ref else {}


def draft_open(*, actor: Actor, uid: uuid.UUID) -> IncidentDraft | None:
    """A draft for who may open it; None for anybody else. Opening a colleague's is recorded. One query, or two."""
    draft = draft_find(actor, uid)
    if draft is not None and draft.author_id != actor.user_id:
        audit.record(actor, "draft.read", draft, operation=AuditOperation.CONSULTATION)
    return draft


def draft_save_step(*, actor: Actor, uid: uuid.UUID, key: str, answers: Answers) -> IncidentDraft:
    """Keep one step's answers in a draft, in place of what it held for that step. Raises RuleError if it is gone.

    Other steps stay as they are, also those that somebody else has saved meanwhile.
    """
    with transaction.atomic():
        draft = _required(actor, uid)
        _edit(draft, key, answers)
        draft.save(update_fields=["answers", "step", "version", "edited_at", "erase_on"])
        audit.record(actor, "draft.save", draft, detail={"step": key})
        return draft


def draft_drop(*, actor: Actor, uid: uuid.UUID, keys: list[str]) -> IncidentDraft:
    """Take steps out of a draft: a person who was added by mistake. Raises RuleError if the draft is gone."""
    with transaction.atomic():
        draft = _required(actor, uid)
        draft.answers = {key: kept for key, kept in draft.answers.items() if key not in keys}
        draft.version += 1
        draft.save(update_fields=["answers", "version"])
        audit.record(actor, "draft.drop", draft, operation=AuditOperation.ERASURE, detail={"steps": keys})
        return draft


def draft_discard(*, actor: Actor, uid: uuid.UUID) -> None:
    """Erase a draft at its author's or the single point of contact's wish. Raises RuleError if it is gone."""
    with transaction.atomic():
        draft = _required(actor, uid)
        audit.record(actor, "draft.discard", draft, operation=AuditOperation.ERASURE)
        draft.delete()


def draft_submit(
    *, actor: Actor, uid: uuid.UUID, version: int, data: IncidentData, case: Case | None = None
) -> Incident:
    """Log the incident that a draft has become, and erase the draft. Sent twice, it is the first incident.

    `version` is the draft's as it was read for `data`: raises StaleError where somebody has changed it since,
    RuleError where it is gone, and whatever logging the incident raises.
    """
    with transaction.atomic():
        draft = _locked(actor, uid)
        if draft is None:
            sent = Incident.objects.visible_to(actor).select_related("case").filter(submission_id=uid).first()
            if sent is None:
                raise RuleError(GONE)
            return sent
        if draft.version != version:
            raise StaleError("Somebody changed this report while you were checking it. Check it again.", draft)
        incident = incident_log(actor=actor, agency=draft.agency, data=data, submission_id=uid, case=case)
        draft.delete()
        return incident


def drafts_warn_due(*, actor: Actor) -> int:
    """Tell authors, once, of drafts that will be erased within three working days; answers how many were told.

    For the system. Two queries and the notices.
    """
    until = add_working_days(clock.today(), WARNED_WORKING_DAYS, holidays_all())
    drafts = IncidentDraft.objects.unscoped(reason="drafts near their end, of every agency").filter(
        erase_on__lte=until, author__is_active=True
    )
    return notices_create(
        NoticeData(
            user_id=draft.author_id,
            key=f"draft:{draft.uid}:{draft.erase_on.isoformat()}",
            kind="draft",
            text=f"A report that you have not sent will be erased on {date_text(draft.erase_on)}.",
            url=f"/cases/new/{draft.uid}/",
            mail=False,
        )
        for draft in drafts.iterator()
    )


def drafts_erase_due(*, actor: Actor) -> int:
    """Erase the drafts whose day has come; answers how many. For the system. One query, two a draft."""
    with transaction.atomic():
        due = IncidentDraft.objects.unscoped(reason="drafts past their end, of every agency").filter(
            erase_on__lte=clock.today()
        )
        drafts = list(due.select_for_update(skip_locked=True).defer("answers"))
        for draft in drafts:
            audit.record(actor, "draft.erase", draft, operation=AuditOperation.ERASURE, reason="20 working days old")
            draft.delete()
        return len(drafts)


def _locked(actor: Actor, uid: uuid.UUID) -> IncidentDraft | None:
    mine = IncidentDraft.objects.visible_to(actor).select_for_update(of=("self",))
    return mine.select_related("agency").filter(uid=uid).first()


def _required(actor: Actor, uid: uuid.UUID) -> IncidentDraft:
    draft = _locked(actor, uid)
    if draft is None:
        raise RuleError(GONE)
    return draft


def _edit(draft: IncidentDraft, key: str, answers: Answers) -> None:
    draft.answers = {**draft.answers, key: {name: list(values) for name, values in answers.items()}}
    draft.step = key[:30]
    draft.version += 1
    draft.edited_at = clock.now()
    draft.erase_on = erase_on(clock.today(), holidays_all())
