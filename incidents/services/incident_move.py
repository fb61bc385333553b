"""Incidents that go from one case to another: moved, split off, joined, and parted again whole (docs/domain.md §10.2).

One mechanism for all of them: the rows that belong to an incident go with it by a narrow function, both cases are put
right afterwards, and an `IncidentMove` keeps how everything stood, so that undoing it restores it. Nothing is removed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from incidents.choices import CaseStatus, MoveKind
from incidents.models import Case, Incident, IncidentMove
from incidents.rules.triage_routes import Route
from incidents.selectors.incident_move import case_incidents, move_preview
from incidents.services.case_carry import case_carry
from incidents.services.case_like import case_like
from incidents.services.clock import clocks_reprioritise, clocks_sort
from incidents.services.clock_moved import clocks_after_coming
from incidents.services.conflict import conflicts_follow
from incidents.services.move_rows import (
    ACTIONS,
    GONE,
    act_record,
    case_derive,
    cases_lock,
    cases_refresh,
    cases_save,
    moves_tell,
    reason_check,
    rows_carry,
    standing_keep,
)
from incidents.services.priority import priority_write
from incidents.services.reports import group_part
from incidents.services.ways import way_require
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError

STALE = "Somebody else changed one of the cases while you were working on it."


@dataclass(frozen=True)
class Versions:
    """The versions of both cases that the person who moves something has seen; None where there is none yet."""

    source: int
    target: int | None = None


def incident_move(
    *,
    actor: Actor,
    incident: Incident,
    to_case: Case,
    versions: Versions,
    reason: str,
    act: uuid.UUID | None = None,
) -> list[IncidentMove]:
    """Move an incident, with the reports of the same event, to another case. It goes whole: characteristics, parties,
    clocks with their pauses, names in quarantine, corrections of its dates. Notes, tasks and evidence stay. Who is kept
    out of its case is kept out of the other one from then on (docs/domain.md §5.5).

    The actor manages both cases. The same `act` twice is done once. Raises Case.DoesNotExist out of scope,
    ForbiddenError below manage, StaleError where a case was changed meanwhile, RuleError where the rules of moving
    refuse it (incidents/rules/moving.py).
    """
    with transaction.atomic():
        act = act or uuid.uuid4()
        if (before := _done_before(actor, act)) is not None:
            return before
        source, target = _hold(actor, incident.case, to_case, versions)
        wanted = _with_reports(actor, source, incident.pk)
        return _move(
            actor, _Plan(act, MoveKind.MOVE, source, target, wanted, reason_check(actor, (source, target), reason))
        )


def case_split(
    *,
    actor: Actor,
    case: Case,
    incidents: Collection[str],
    version: int,
    reason: str,
    act: uuid.UUID | None = None,
) -> tuple[Case, list[IncidentMove]]:
    """Give chosen incidents of a case (by reference) a case of their own. It is led by the same agency and open to the
    same people on the same terms: nobody gains or loses sight of anything. At least one incident stays.

    Raises what `incident_move` raises.
    """
    with transaction.atomic():
        act = act or uuid.uuid4()
        if (before := _done_before(actor, act)) is not None:
            return before[0].to_case, before
        source, _ = _hold(actor, case, None, Versions(version))
        wanted = _chosen(actor, source, incidents)
        reason = reason_check(actor, (source,), reason)
        target = case_like(actor, source)
        return target, _move(actor, _Plan(act, MoveKind.SPLIT, source, target, wanted, reason))


def cases_join(
    *, actor: Actor, case: Case, to_case: Case, versions: Versions, reason: str, act: uuid.UUID | None = None
) -> list[IncidentMove]:
    """Move all incidents of a case to another one; the empty one is *merged* and says into which. What still has to be
    done goes along (`incidents.services.case_carry`); a task of an agency that cannot open the other case stays. Who is
    kept out of either is kept out of the one that is left.

    Raises what `incident_move` raises.
    """
    with transaction.atomic():
        act = act or uuid.uuid4()
        if (before := _done_before(actor, act)) is not None:
            return before
        source, target = _hold(actor, case, to_case, versions)
        way_require(actor, source, Route.JOIN)
        wanted = case_incidents(actor=actor, case=source)
        return _move(
            actor,
            _Plan(
                act, MoveKind.JOIN, source, target, wanted, reason_check(actor, (source, target), reason), whole=True
            ),
        )


# --- Holding ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    act: uuid.UUID
    kind: MoveKind
    source: Case
    target: Case
    incidents: list[Incident]
    reason: str
    whole: bool = False


def _done_before(actor: Actor, act: uuid.UUID) -> list[IncidentMove] | None:
    rows = list(IncidentMove.objects.visible_to(actor).filter(act=act, by_id=actor.user_id).select_related("to_case"))
    return rows or None


def _hold(actor: Actor, source: Case, target: Case | None, versions: Versions) -> tuple[Case, Any]:
    held = cases_lock(actor, *(one for one in (source, target) if one is not None))
    now = held[source.pk]
    if now.version != versions.source:
        raise StaleError(STALE, now)
    if target is None:
        if not CaseStatus(now.status).is_open:
            raise RuleError(f"{now.ref} is not open. What is closed stays as it is.")
        return now, None
    other = held[target.pk]
    if versions.target is not None and other.version != versions.target:
        raise StaleError(STALE, now)
    return now, other


def _with_reports(actor: Actor, case: Case, pk: int) -> list[Incident]:
    """The incident and, where others report it again, those."""
    rows = case_incidents(actor=actor, case=case)
    wanted = [row for row in rows if pk in (row.pk, row.same_as_id)]
    if not any(row.pk == pk for row in wanted):
        raise RuleError(GONE)
    return wanted


def _chosen(actor: Actor, case: Case, refs: Collection[str]) -> list[Incident]:
    rows = case_incidents(actor=actor, case=case)
    wanted = [row for row in rows if row.ref in set(refs)]
    if not wanted:
        raise RuleError("Choose the incidents that get a case of their own.", "incidents")
    if len(wanted) != len(set(refs)):
        raise RuleError(GONE, "incidents")
    if len(wanted) == len(rows):
        raise RuleError(f"At least one incident stays in {case.ref}. Leave one out.", "incidents")
    keys = {row.pk for row in wanted}
    torn = [row for row in rows if row.same_as_id and (row.pk in keys) != (row.same_as_id in keys)]
    if torn:
        raise RuleError(
            f"{torn[0].ref} reports the same incident as another one. Choose both, or say first that they differ.",
            "incidents",
        )
    return wanted


# --- Moving -----------------------------------------------------------------------------------------


def _move(actor: Actor, plan: _Plan) -> list[IncidentMove]:
    if plan.kind != MoveKind.SPLIT:
        refusal = move_preview(actor, plan.source, plan.target, whole=plan.whole).refusal
        if refusal:
            raise RuleError(refusal, "to_case")
    kept = standing_keep(plan.source, plan.target)
    all_go = plan.whole or len(plan.incidents) == plan.source.incidents.count()
    loose = rows_carry(plan.incidents, plan.source, plan.target, None if all_go else [])
    parted = group_part(plan.incidents)
    kept["carried"] = _settle(actor, plan)
    if plan.kind != MoveKind.SPLIT:
        kept["sorted"] = clocks_sort(actor, plan.target, plan.incidents)
        kept["conflicts"] = conflicts_follow(actor, plan.source, plan.target)
    moves = [
        IncidentMove(
            act=plan.act,
            incident=incident,
            from_case=plan.source,
            to_case=plan.target,
            kind=plan.kind,
            reason=plan.reason,
            by_id=actor.user_id,
            at=clock.now(),
            kept=kept | {"same_as": parted.get(incident.pk), "loose": [str(one) for one in loose]},
        )
        for incident in plan.incidents
    ]
    IncidentMove.objects.bulk_create(moves)
    moves_tell(moves)
    cases_refresh(plan.source, plan.target)
    # Only now are the victims who came known there.
    clocks_after_coming(plan.target, plan.incidents)
    act_record(actor, ACTIONS[plan.kind], moves, plan.reason)
    return moves


def _settle(actor: Actor, plan: _Plan) -> dict[str, Any]:
    """Both cases after a move: earliest receipt, strands, priority, standing, clocks, and what goes along; answers that."""
    source, target = plan.source, plan.target
    left = case_derive(source)
    case_derive(target)
    # As with an incident that is logged into a case: it may raise the priority and never lowers it.
    priority_write(actor, target, min(target.priority, source.priority))
    if not left:
        source.status, source.merged_into = CaseStatus.MERGED, target
    carried = case_carry(source, target, whole=not left)
    cases_save(source, target)
    clocks_reprioritise(target)
    return carried
