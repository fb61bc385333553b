"""Incidents that go from one case to another: moved, split off, joined, and parted again whole (docs/domain.md §10.2).

One mechanism for all of them: the rows that belong to an incident go with it by a narrow function, both cases are put
right afterwards, and an `IncidentMove` keeps how everything stood, so that undoing it restores it. Nothing is removed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from incidents.choices import CaseStatus, Classification, Level, MoveKind, strand_mask
from incidents.models import (
    Case,
    CaseExclusion,
    CaseGrant,
    CasePerson,
    ClassificationChange,
    Clock,
    Incident,
    IncidentMove,
)
from incidents.selectors.incident_move import case_incidents, move_preview
from incidents.selectors.openers import IN_FORCE
from incidents.services.access import access_rebuild, grant_create, require_level
from incidents.services.clock import clocks_reprioritise
from incidents.services.common import text_check
from incidents.services.incident import case_insert
from incidents.services.repeat import repeat_refresh
from incidents.services.reports import group_part
from incidents.services.search import search_refresh_many
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError
from kernel.models import AuditOperation

REASON_LIMIT = 300
STALE = "Somebody else changed one of the cases while you were working on it."
GONE = "Somebody else moved it meanwhile. Look at the history of the case and try again."


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
    clocks, names in quarantine; notes, tasks and evidence stay, they belong to the case.

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
        return _move(actor, _Plan(act, MoveKind.MOVE, source, target, wanted, _reason(reason)))


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
        reason = _reason(reason)
        target = _case_like(actor, source)
        return target, _move(actor, _Plan(act, MoveKind.SPLIT, source, target, wanted, reason))


def cases_join(
    *, actor: Actor, case: Case, to_case: Case, versions: Versions, reason: str, act: uuid.UUID | None = None
) -> list[IncidentMove]:
    """Move all incidents of a case to another one; the empty one is *merged* and says into which.

    Raises what `incident_move` raises.
    """
    with transaction.atomic():
        act = act or uuid.uuid4()
        if (before := _done_before(actor, act)) is not None:
            return before
        source, target = _hold(actor, case, to_case, versions)
        wanted = case_incidents(actor=actor, case=source)
        return _move(actor, _Plan(act, MoveKind.JOIN, source, target, wanted, _reason(reason), whole=True))


def incident_move_undo(*, actor: Actor, act: uuid.UUID, reason: str) -> list[IncidentMove]:
    """Part again what was moved, joined, split off or tied together, whole: the incidents go back with all that is
    theirs, and what the move changed in the cases is as it was, unless somebody has changed it since.

    The actor manages both cases. A second time does nothing. Raises RuleError where the act is not there, or where
    somebody has moved one of its incidents since; ForbiddenError below manage.
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
        _lock(actor, moves[0].from_case, moves[0].to_case)
        moves = list(IncidentMove.objects.visible_to(actor).filter(act=act).select_for_update().order_by("pk"))
        if moves[0].undone_at is not None:
            return moves
        reason = _reason(reason)
        _undo(actor, moves)
        _record(actor, "incident.move_undo", moves, reason)
        return moves


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


def _reason(text: str) -> str:
    return text_check(text, name="Reason", field="reason", limit=REASON_LIMIT)


def _done_before(actor: Actor, act: uuid.UUID) -> list[IncidentMove] | None:
    rows = list(IncidentMove.objects.visible_to(actor).filter(act=act, by_id=actor.user_id).select_related("to_case"))
    return rows or None


def _lock(actor: Actor, *cases: Case) -> dict[int, Case]:
    """The cases locked in the order of their keys, so that two people who move things crosswise act in turn."""
    keys = sorted({case.pk for case in cases})
    rows = Case.objects.visible_to(actor).select_related("lead_agency").filter(pk__in=keys)
    held = {row.pk: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
    if len(held) != len(keys):
        raise Case.DoesNotExist
    for row in held.values():
        require_level(actor, row, Level.MANAGE)
    return held


def _hold(actor: Actor, source: Case, target: Case | None, versions: Versions) -> tuple[Case, Any]:
    held = _lock(actor, *(one for one in (source, target) if one is not None))
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
    kept = _kept(plan)
    loose = _carry(plan.incidents, plan.source, plan.target, None if plan.whole else [])
    parted = group_part(plan.incidents)
    _settle(plan)
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
    _record(actor, _ACTIONS[plan.kind], moves, plan.reason)
    return moves


_ACTIONS = {MoveKind.MOVE: "incident.move", MoveKind.JOIN: "case.join", MoveKind.SPLIT: "case.split"}
_CASE = ("received_at", "strands", "priority", "status", "merged_into_id")
_CLOCK = ("level", "rule_version", "due_at", "amber_at")


def _kept(plan: _Plan) -> dict[str, Any]:
    """How both cases and the clocks that a move may bring forward stand before it."""
    clocks = Clock.objects.unscoped(reason="the clocks of the two cases that the service holds")
    rows = list(clocks.filter(case_id__in=[plan.source.pk, plan.target.pk], incident__isnull=False))
    return {
        "cases": {str(case.pk): _plain(case, _CASE) for case in (plan.source, plan.target)},
        "clocks": {str(row.pk): _plain(row, _CLOCK) for row in rows},
        "incidents": sorted({row.incident_id for row in rows if row.incident_id}),
    }


def _plain(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: _text(getattr(row, name)) for name in names}


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _carry(
    incidents: Iterable[Incident], source: Case, target: Case, loose: Collection[uuid.UUID] | None
) -> list[uuid.UUID]:
    """Take the incidents with all their rows from one case to the other. One query. Raises RuleError where they are
    not all there any more."""
    keys = [incident.pk for incident in incidents]
    with connection.cursor() as cursor:
        cursor.execute(
            "select hatecase_incidents_move(%s, %s, %s, %s)",
            [keys, source.pk, target.pk, None if loose is None else list(loose)],
        )
        went = cursor.fetchone()[0]
    if went is None:
        raise RuleError(GONE)
    return list(went)


def _settle(plan: _Plan) -> None:
    """Both cases after a move: earliest receipt, strands, priority, standing; then access, search and clocks."""
    source, target = plan.source, plan.target
    left = _derive(source)
    _derive(target)
    # As with an incident that is logged into a case: it may raise the priority and never lowers it.
    target.priority = min(target.priority, source.priority)
    if not left:
        source.status, source.merged_into = CaseStatus.MERGED, target
    _save(source, target)
    clocks_reprioritise(target)
    _refresh(source, target)


def _derive(case: Case) -> bool:
    """Receipt and strands of a case from its incidents; False where it has none left, and then they stay. Two queries."""
    earliest = case.incidents.aggregate(at=Min("received_at"))["at"]
    if earliest is None:
        return False
    case.received_at = earliest
    codes = case.incidents.values_list("characteristics__code", flat=True).distinct()
    case.strands = strand_mask(code for code in codes if code)
    return True


def _save(*cases: Case) -> None:
    for case in cases:
        case.version += 1
        case.updated_at = clock.now()
        case.save(
            update_fields=["received_at", "strands", "priority", "status", "merged_into", "version", "updated_at"]
        )


def _refresh(*cases: Case) -> None:
    keys = [case.pk for case in cases]
    access_rebuild(keys)
    search_refresh_many(keys)
    for case in cases:
        repeat_refresh(case)


def _case_like(actor: Actor, source: Case) -> Case:
    """A new case with the standing of another one, open to the same agencies and people on the same terms."""
    names = (
        "tier status classification priority lead_agency lead_worker_id received_at district victim_district strands"
        " triaged_at agency_ids user_ids restricted excluded_agency_ids excluded_user_ids access_ends_at"
    ).split()
    values = {name: getattr(source, name) for name in names}
    target = case_insert(actor, values | {"summary": ""})
    for grant in source.grants.filter(IN_FORCE).select_related("agency"):
        _grant_again(target, grant)
    for person in source.people.filter(IN_FORCE).exclude(source=CasePerson.Source.OWN):
        person.pk, person.case, person._state.adding = None, target, True
        person.save(force_insert=True)
    for exclusion in source.exclusions.filter(ended_at=None):
        CaseExclusion(
            case=target,
            user_id=exclusion.user_id,
            agency_id=exclusion.agency_id,
            reason=exclusion.reason,
            declared=exclusion.declared,
            set_by_id=exclusion.set_by_id,
        ).save(force_insert=True)
    if target.classification != Classification.UNDETERMINED:
        ClassificationChange(
            case=target,
            before=Classification.UNDETERMINED,
            after=target.classification,
            reason="As it was when the case was split",
            by_id=actor.user_id,
            at=clock.now(),
        ).save(force_insert=True)
    access_rebuild([target.pk])
    return target


def _grant_again(target: Case, grant: CaseGrant) -> None:
    names = "level source source_ref purpose gateway starts_at until given_by_id field_groups necessity basis".split()
    terms = {name: getattr(grant, name) for name in (*names, "caldicott_guardian", "from_agency_id")}
    grant_create(case=target, agency=grant.agency, **terms)


# --- Undoing ----------------------------------------------------------------------------------------


def _undo(actor: Actor, moves: list[IncidentMove]) -> None:
    first = moves[0]
    held = _lock(actor, first.from_case, first.to_case)
    source, target = held[first.from_case_id], held[first.to_case_id]
    incidents = [move.incident for move in moves]
    if source.pk != target.pk:
        _require_back(source, target, moves)
        loose = [uuid.UUID(one) for one in first.kept.get("loose", [])]
        _carry(incidents, target, source, loose)
        _restore(source, target, first.kept)
    for move in moves:
        Incident.objects.visible_to(actor).filter(pk=move.incident_id).update(same_as_id=move.kept.get("same_as"))
    if source.pk != target.pk:
        _refresh(source, target)
    else:
        source.version += 1
        source.updated_at = clock.now()
        source.save(update_fields=["version", "updated_at"])
        repeat_refresh(source)
    for move in moves:
        move.undone_at, move.undone_by_id = clock.now(), actor.user_id
        move.save(update_fields=["undone_at", "undone_by"])


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


def _restore(source: Case, target: Case, kept: dict[str, Any]) -> None:
    """Put back what the move changed and nobody has changed since."""
    before_source, before_target = kept["cases"][str(source.pk)], kept["cases"][str(target.pk)]
    if source.status == CaseStatus.MERGED:
        source.status, source.merged_into = before_source["status"], None
    _derive(source)
    if not _derive(target):
        target.status, target.merged_into = CaseStatus.MERGED, source
    elif target.priority == min(before_target["priority"], before_source["priority"]):
        target.priority = before_target["priority"]
    _save(source, target)
    _clocks_back(source, target, kept)


def _clocks_back(source: Case, target: Case, kept: dict[str, Any]) -> None:
    """Deadlines that the move brought forward are due when they were, and clocks that it started and nobody has met
    are not there, where the case's priority is what it was."""
    same = [case.pk for case in (source, target) if case.priority == kept["cases"][str(case.pk)]["priority"]]
    rows = Clock.objects.unscoped(reason="the clocks of the two cases that the service holds")
    for row in rows.filter(pk__in=[int(pk) for pk in kept["clocks"]], case_id__in=same, met_at=None):
        before = kept["clocks"][str(row.pk)]
        if row.level != before["level"]:
            rows.filter(pk=row.pk).update(**before)
    started = rows.filter(incident_id__in=kept["incidents"], case_id__in=same, met_at=None)
    started.exclude(pk__in=[int(pk) for pk in kept["clocks"]]).delete()


def _record(actor: Actor, action: str, moves: list[IncidentMove], reason: str) -> None:
    """One event for each case that it concerns: none names the other one, which its reader may not know."""
    first = moves[0]
    detail = {"incidents": [move.incident.ref for move in moves], "act": str(first.act)}
    for case in {first.from_case_id: first.from_case, first.to_case_id: first.to_case}.values():
        audit.record(actor, action, case, operation=AuditOperation.ALTERATION, detail=detail, reason=reason)
