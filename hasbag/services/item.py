"""What the chair does to the agenda: add a case, take one off, put it back."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from hasbag import rules
from hasbag.choices import Criterion, ItemState
from hasbag.models import AgendaItem, Meeting
from hasbag.services.meeting import require_chair, require_unsigned
from incidents.choices import CaseStatus
from incidents.models import Case
from incidents.services.clock import holidays_all
from incidents.services.words import names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation
from kernel.references import reference_normalise

REASON_LIMIT = 300


def item_add(*, actor: Actor, meeting: Meeting, case_ref: str, reason: str = "") -> AgendaItem:
    """Put a case on the agenda, as the chair, by a reference that the chair may see. After the freeze it is a late
    item and needs a reason (docs/domain.md §6.3). A case that was taken off is put back.

    Raises ForbiddenError for anybody but the chair; RuleError with the field for a reference that gives nothing (one
    that exists but is closed to the chair reads the same), a closed case, one that is on the agenda already.
    """
    require_chair(actor, meeting)
    require_unsigned(meeting)
    case = _case(actor, case_ref)
    late = is_late_now(meeting)
    reason = _reason(actor, case, reason, required=late, missing="The agenda is frozen. Enter why this cannot wait.")
    try:
        with transaction.atomic():
            item = _item(actor, meeting, case)
            if item is not None and item.state == ItemState.LISTED:
                raise RuleError(f"{case.ref} is on the agenda already.", "case")
            item = item or AgendaItem(
                meeting=meeting, case=case, criteria=[Criterion.CHAIR], added_by_id=actor.user_id
            )
            return _list(actor, item, reason, late, "meeting.item_add")
    except IntegrityError:
        raise RuleError(f"{case.ref} is on the agenda already.", "case") from None


def item_restore(*, actor: Actor, item: AgendaItem, reason: str = "") -> AgendaItem:
    """Put a case back that was taken off; the same rules as for adding it."""
    return item_add(actor=actor, meeting=item.meeting, case_ref=item.case.ref, reason=reason)


def item_remove(*, actor: Actor, item: AgendaItem, reason: str) -> AgendaItem:
    """Take a case off the agenda, as the chair, with a reason. The system does not put it on again.

    Raises ForbiddenError for anybody but the chair, RuleError without a reason or once the minutes are signed.
    """
    require_chair(actor, item.meeting)
    require_unsigned(item.meeting)
    reason = _reason(actor, item.case, reason, required=True, missing="Enter why the case is taken off the agenda.")
    with transaction.atomic():
        item = _locked(actor, item)
        if item.state == ItemState.REMOVED:
            return item
        item.state, item.removed_reason, item.removed_by_id = ItemState.REMOVED, reason, actor.user_id
        item.save(update_fields=["state", "removed_reason", "removed_by"])
        _record(actor, "meeting.item_remove", item, before=ItemState.LISTED)
    return item


def is_late_now(meeting: Meeting) -> bool:
    """Whether an item that comes now comes after the freeze. A meeting called after its own freeze has no late items
    on the day it was called. One query."""
    now, holidays = clock.now(), holidays_all()
    freeze_at = rules.pack_freeze_at(meeting.starts_at, holidays)
    called_late = meeting.created_at > freeze_at
    return now > freeze_at and not (called_late and now - meeting.created_at < dt.timedelta(days=1))


def _case(actor: Actor, case_ref: str) -> Case:
    ref = reference_normalise(case_ref, "HC")
    if ref is None:
        raise RuleError("Enter a case reference, like HC-26-7KQ4M2.", "case")
    case = Case.objects.visible_to(actor).filter(ref=ref).first()
    if case is None:
        raise RuleError(f"There is no case {ref} that you may see. Check the reference.", "case")
    if not CaseStatus(case.status).is_open:
        raise RuleError(f"{ref} is not open, so it cannot come on an agenda.", "case")
    return case


def _item(actor: Actor, meeting: Meeting, case: Case) -> AgendaItem | None:
    return (
        AgendaItem.objects.visible_to(actor)
        .select_related("case", "meeting")
        .select_for_update(of=("self",))
        .filter(meeting=meeting, case=case)
        .first()
    )


def _locked(actor: Actor, item: AgendaItem) -> AgendaItem:
    found = _item(actor, item.meeting, item.case)
    if found is None:
        raise AgendaItem.DoesNotExist
    return found


def _list(actor: Actor, item: AgendaItem, reason: str, late: bool, action: str) -> AgendaItem:
    before = item.state if item.pk else ""
    item.state, item.late, item.removed_reason, item.removed_by = ItemState.LISTED, late or item.late, "", None
    item.reason = reason or item.reason
    item.added_at = clock.now()
    item.save()
    _record(actor, action, item, before=before)
    return item


def _reason(actor: Actor, case: Case, text: str, *, required: bool, missing: str) -> str:
    text = text.strip()
    if required and not text:
        raise RuleError(missing, "reason")
    if len(text) > REASON_LIMIT:
        raise RuleError(f"The reason must be {REASON_LIMIT} characters or fewer.", "reason")
    names_kept_out(actor, case, text, field="reason")
    return text


def _record(actor: Actor, action: str, item: AgendaItem, *, before: str) -> None:
    audit.record(
        actor,
        action,
        item,
        operation=AuditOperation.ALTERATION,
        before={"state": before},
        after={"state": item.state, "late": item.late},
        detail={"meeting": item.meeting.ref, "case": item.case.ref},
    )
