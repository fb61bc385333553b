"""Opening hidden groups of fields, and the trace that showing them leaves (docs/domain.md §5.4, §8.2)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from incidents.choices import FieldGroup
from incidents.models import Case, Reveal, WorkerShown
from incidents.models.reveal import REVEAL_LASTS
from incidents.rules.fields import ASSIGNED_REASON
from incidents.selectors.fields import (
    VICTIM_GROUPS,
    FieldAccess,
    field_access,
    fields_together,
    name_kept,
    perpetrator_cases_access,
    victim_cases_access,
)
from incidents.services.access import database_now
from incidents.services.watch import case_watch
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError
from kernel.field_groups import FieldsShown
from kernel.models import AuditOperation
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim

REASON_LIMIT = 300


def group_reveal(*, actor: Actor, case: Case, group: FieldGroup, reason: str) -> Reveal:
    """Open a group of fields in a case to the actor for half an hour, for a reason that goes on record.

    The half hour runs by the database's clock. Raises ForbiddenError for a group that the actor may not be shown
    here, RuleError for an empty or over-long reason.
    """
    with transaction.atomic():
        decision = field_access(actor, Case.objects.visible_to(actor).get(pk=case.pk)).decisions[group]
        if actor.user_id is None or not decision.can_ask:
            raise ForbiddenError(f"This part of {case.ref} is not shown to you.")
        at = database_now()
        reveal = Reveal(
            case_id=case.pk,
            user_id=actor.user_id,
            group=group,
            reason=case_words(actor, case, reason, name="Reason", field="reason", limit=REASON_LIMIT),
            at=at,
            until=at + REVEAL_LASTS,
        )
        reveal.save(force_insert=True)
        audit.record(
            actor,
            "fields.reveal",
            case,
            operation=AuditOperation.CONSULTATION,
            detail={"group": group.value, "until": reveal.until.isoformat()},
            reason=reveal.reason,
        )
        return reveal


def group_hide(*, actor: Actor, case: Case, group: FieldGroup) -> int:
    """Close a group again before its half hour is over; answers how many looks that ended. Two queries at most."""
    with transaction.atomic():
        looks = Reveal.objects.visible_to(actor).filter(case_id=case.pk, group=group)
        ended = looks.update(ended_at=database_now())
        if ended:
            audit.record(actor, "fields.hide", case, detail={"group": group.value})
        return ended


def worker_note(*, actor: Actor, case: Case, access: FieldAccess) -> None:
    """Record, once a day and case, that somebody was shown groups because they work the case. No query otherwise."""
    if not access.assigned or access.noted or actor.user_id is None:
        return
    row = WorkerShown(case_id=case.pk, user_id=actor.user_id, day=clock.today_real())
    WorkerShown.objects.bulk_create([row], ignore_conflicts=True)
    audit.record(
        actor,
        "fields.assigned",
        case,
        operation=AuditOperation.CONSULTATION,
        detail={"groups": access.assigned},
        reason=ASSIGNED_REASON,
    )


# --- A person's page -------------------------------------------------------------------------------


def victim_fields(actor: Actor, victim: Victim) -> FieldsShown:
    """What a reader of a victim's record is shown of it, on record where their work opens it; information governance is
    told where they are in a RESTRICTED case. One query, two on the first look of a day, and those of `case_watch`.
    """
    held = _watched(actor, victim_cases_access(actor, victim))
    return _read(actor, held, VICTIM_GROUPS)


def perpetrator_fields(actor: Actor, person: AllegedPerpetrator) -> FieldsShown:
    """What a reader of an alleged perpetrator's record is shown of it, likewise, in as many queries."""
    held = _watched(actor, perpetrator_cases_access(actor, person))
    return _read(actor, [pair for pair in held if name_kept(person, pair[0])], (FieldGroup.SUBJECT_IDENTITY,))


def _watched(actor: Actor, held: list[tuple[Case, FieldAccess]]) -> list[tuple[Case, FieldAccess]]:
    """Who opens a person's record sees what each of their cases says of them."""
    for case, _ in held:
        case_watch(actor=actor, case=case)
    return held


def _read(actor: Actor, accesses: Iterable[tuple[Case, FieldAccess]], groups: Iterable[FieldGroup]) -> FieldsShown:
    held = list(accesses)
    wanted = tuple(groups)
    working = [pair for pair in held if set(pair[1].assigned) & {group.value for group in wanted}]
    if working and not any(access.noted for _, access in working):
        case, access = working[0]
        worker_note(actor=actor, case=case, access=access)
    return fields_together((access for _, access in held), wanted)
