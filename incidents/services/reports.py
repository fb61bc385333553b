"""Several reports of one event: one incident, many reports, counted once (docs/domain.md §9.3, §10.2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from incidents.choices import Level, MoveKind
from incidents.choices.changes import ChangeKind
from incidents.models import Case, Incident, IncidentMove
from incidents.rules.moving import Report, first_report
from incidents.services.change import change_tell
from incidents.services.common import case_hold
from incidents.services.repeat import repeat_refresh
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError
from kernel.models import AuditOperation

REASON_LIMIT = 300


def report_tie(
    *,
    actor: Actor,
    case: Case,
    incident: str,
    other: str,
    version: int,
    reason: str,
    act: uuid.UUID | None = None,
) -> list[IncidentMove]:
    """Say that two incidents of a case (by reference) are reports of the same event. The one received first stands for
    it and alone is counted; all keep their words, people and clocks. `incident_move_undo` parts them again.

    The actor manages the case. The same `act` twice is done once. Raises StaleError, ForbiddenError, RuleError with
    the field.
    """
    with transaction.atomic():
        act = act or uuid.uuid4()
        done = list(IncidentMove.objects.visible_to(actor).filter(act=act, by_id=actor.user_id))
        if done:
            return done
        held = case_hold(actor, case, Level.MANAGE, people=True)
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        group = _group(held, incident, other)
        moves = _tie(actor, held, group, act, reason)
        held.version += 1
        held.updated_at = clock.now()
        held.save(update_fields=["version", "updated_at"])
        repeat_refresh(held)
        audit.record(
            actor,
            "incident.duplicate",
            held,
            operation=AuditOperation.COMBINATION,
            detail={"incidents": sorted(move.incident.ref for move in moves), "act": str(act)},
            reason=reason,
        )
        change_tell(actor, held, ChangeKind.SAME_INCIDENT)
        return moves


def _group(case: Case, incident: str, other: str) -> list[Incident]:
    """Both incidents, and whatever else is tied to either."""
    rows = list(case.incidents.select_for_update().order_by("pk"))
    chosen = [row for row in rows if row.ref in (incident, other)]
    if incident == other or len(chosen) < 2:
        raise RuleError("Choose another incident of the same case.", "other")
    roots = {row.same_as_id or row.pk for row in chosen}
    if len(roots) == 1:
        raise RuleError("They are reports of the same incident already.", "other")
    return [row for row in rows if (row.same_as_id or row.pk) in roots]


def _tie(actor: Actor, case: Case, group: list[Incident], act: uuid.UUID, reason: str) -> list[IncidentMove]:
    root = first_report(Report(row.pk, row.received_at) for row in group).pk
    moves = []
    for row in group:
        wanted = None if row.pk == root else root
        if row.same_as_id == wanted:
            continue
        moves.append(
            IncidentMove(
                act=act,
                incident=row,
                from_case=case,
                to_case=case,
                kind=MoveKind.DUPLICATE,
                reason=reason,
                by_id=actor.user_id,
                at=clock.now(),
                kept={"same_as": row.same_as_id},
            )
        )
        row.same_as_id = wanted
    # First what stands for itself now: nothing may name a report that names another.
    for row in sorted(group, key=lambda row: row.same_as_id is not None):
        row.save(update_fields=["same_as"])
    IncidentMove.objects.bulk_create(moves)
    return moves


def group_part(incidents: Iterable[Incident]) -> dict[int, int | None]:
    """Cut the ties between incidents that go to another case and those that stay; answers how each was tied before.

    One query, and one where a tie is cut.
    """
    before = {row.pk: row.same_as_id for row in incidents}
    torn = [pk for pk, root in before.items() if root is not None and root not in before]
    if torn:
        rows = Incident.objects.unscoped(reason="the incidents that the service has just moved")
        rows.filter(Q(pk__in=torn)).update(same_as=None)
    return before
