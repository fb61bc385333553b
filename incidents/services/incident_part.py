"""What was moved, joined, split off or tied together is parted again whole (docs/domain.md §10.2)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q

from incidents.choices import CaseStatus, ClockKind
from incidents.models import Case, Clock, Incident, IncidentMove
from incidents.scoping import in_case
from incidents.selectors.incident_move import back_refused
from incidents.services.case_carry import carried_back, case_carry
from incidents.services.clock_parting import clocks_after_parting
from incidents.services.conflict import conflicts_part
from incidents.services.move_rows import (
    GONE,
    act_record,
    case_derive,
    cases_lock,
    cases_refresh,
    cases_save,
    met_since,
    moves_untell,
    reason_check,
    rows_carry,
)
from incidents.services.names import names_quarantine
from incidents.services.priority import priority_write
from incidents.services.repeat import repeat_refresh
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError


def incident_move_undo(*, actor: Actor, act: uuid.UUID, reason: str) -> list[IncidentMove]:
    """Part again what was moved, joined, split off or tied together, whole: the incidents go back with all that is
    theirs, and what the move changed in the cases is as it was, unless somebody has changed it since. Names that the
    case they go back to may not keep wait there in quarantine (docs/domain.md §1.4). Who came to be kept out of either
    meanwhile is kept out of both (§5.5).

    The actor manages both cases. A second time does nothing. Raises RuleError where the act is not there, or where
    somebody has moved one of its incidents since, or what has changed since stands against it (`rules.moving`);
    ForbiddenError below manage.
    """
    with transaction.atomic():
        moves = list(
            IncidentMove.objects.visible_to(actor)
            .filter(act=act)
            .select_related("incident", "from_case", "to_case")
            .order_by("pk")
        )
        if not moves:
            raise RuleError("There is nothing to undo here.")
        held = cases_lock(actor, moves[0].from_case, moves[0].to_case)
        moves = list(IncidentMove.objects.visible_to(actor).filter(act=act).select_for_update().order_by("pk"))
        if moves[0].undone_at is not None:
            return moves
        reason = reason_check(actor, held.values(), reason)
        _undo(actor, moves)
        act_record(actor, "incident.move_undo", moves, reason)
        return moves


def _undo(actor: Actor, moves: list[IncidentMove]) -> None:
    first = moves[0]
    held = cases_lock(actor, first.from_case, first.to_case)
    source, target = held[first.from_case_id], held[first.to_case_id]
    incidents = [move.incident for move in moves]
    if source.pk != target.pk:
        _require_back(source, target, moves)
        if refusal := back_refused(actor, source, target, first.at):
            raise RuleError(refusal)
        loose = [uuid.UUID(one) for one in first.kept.get("loose", [])]
        rows_carry(incidents, target, source, loose)
        _restore(actor, source, target, first.kept)
        conflicts_part(actor, source, target, first.kept.get("conflicts", []), first.at)
    for move in moves:
        Incident.objects.visible_to(actor).filter(pk=move.incident_id).update(same_as_id=move.kept.get("same_as"))
    if source.pk != target.pk:
        cases_refresh(source, target)
        # Only now are the victims of each known again to who parts them.
        _clocks_anew(actor, source, target, first.kept)
        # Names that the case which they leave may keep, and theirs may not, wait there for a decision of its own.
        names_quarantine(actor=actor, case=source)
    else:
        source.version += 1
        source.updated_at = clock.now()
        source.save(update_fields=["version", "updated_at"])
        repeat_refresh(source)
    for move in moves:
        move.undone_at, move.undone_by_id = clock.now(), actor.user_id
        move.save(update_fields=["undone_at", "undone_by"])
    moves_untell(moves[0])


def _require_back(source: Case, target: Case, moves: list[IncidentMove]) -> None:
    """Raise RuleError where what was moved is no longer where it was moved to, or has no case to go back to."""
    if any(move.incident.case_id != target.pk for move in moves):
        raise RuleError(GONE)
    merged = source.status == CaseStatus.MERGED and source.merged_into_id == target.pk
    if not (merged or CaseStatus(source.status).is_open):
        raise RuleError(f"{source.ref} is not open. What is closed stays as it is.")
    if not CaseStatus(target.status).is_open:
        raise RuleError(f"{target.ref} is not open. What is closed stays as it is.")
    keys = {move.incident_id for move in moves}
    ties = Incident.objects.unscoped(reason="reports tied to the incidents that the service holds")
    tied = ties.filter(same_as_id__in=keys).exclude(pk__in=keys)
    if tied.exists() or ties.filter(pk__in=keys, same_as__isnull=False).exclude(same_as_id__in=keys).exists():
        raise RuleError("Another report was tied to it since. Say first that they differ.")


def _restore(actor: Actor, source: Case, target: Case, kept: dict[str, Any]) -> None:
    """Put back what the move changed and nobody has changed since."""
    before_source, before_target = kept["cases"][str(source.pk)], kept["cases"][str(target.pk)]
    if source.status == CaseStatus.MERGED:
        source.status, source.merged_into = before_source["status"], None
    case_derive(source)
    carried_back(source, target, kept.get("carried", {}))
    if not case_derive(target):
        target.status, target.merged_into = CaseStatus.MERGED, source
        case_carry(target, source, whole=True)
    elif target.priority == min(before_target["priority"], before_source["priority"]):
        priority_write(actor, target, before_target["priority"])
    cases_save(source, target)
    _clocks_back(source, target, kept)


def _clocks_anew(actor: Actor, source: Case, target: Case, kept: dict[str, Any]) -> None:
    """What was met while the two were one is met, in each, by what it is left with and what was said to its own victims."""
    rows = Clock.objects.unscoped(reason="the clocks of the two cases that the service holds")
    changed = met_since(rows.filter(case_id__in=[source.pk, target.pk]), kept)
    if changed:
        knows = all(in_case(actor, case).sees_victims for case in (source, target))
        clocks_after_parting(source, target, changed, knows=knows)


def _clocks_back(source: Case, target: Case, kept: dict[str, Any]) -> None:
    """Deadlines that the move brought forward are due when they were, and clocks that it started and nobody has met
    are not there, where the case's priority is what it was; of clocks of the whole case, where its band is."""
    same = _as_before(source, target, kept, "priority")
    # What was sorted by taking it into a sorted case waits again.
    source.clocks.filter(pk__in=kept.get("sorted", [])).update(met_at=None, outcome="", closed_at=None)
    rows = Clock.objects.unscoped(reason="the clocks of the two cases that the service holds")
    timed = Q(case_id__in=same, incident__isnull=False) | Q(
        case_id__in=_as_before(source, target, kept, "band"), incident=None
    )
    for row in rows.filter(timed, pk__in=[int(pk) for pk in kept["clocks"]], met_at=None):
        before = kept["clocks"][str(row.pk)]
        if row.level != before["level"]:
            rows.filter(pk=row.pk).update(**before)
    # A duty check that a higher priority asked for is not there either: the look that met it stays on record.
    unmet = Q(met_at=None) | Q(kind=ClockKind.K0)
    started = rows.filter(unmet, incident_id__in=kept["incidents"], case_id__in=same)
    started.exclude(pk__in=[int(pk) for pk in kept["clocks"]]).delete()


def _as_before(source: Case, target: Case, kept: dict[str, Any], name: str) -> list[int]:
    """Which of the cases stand as they stood before the move."""
    return [case.pk for case in (source, target) if getattr(case, name) == kept["cases"][str(case.pk)].get(name)]
