"""What a move of incidents between two cases does to rows: locked, kept, carried, and derived anew.

For `incidents.services.incident_move` and `incidents.services.incident_part`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.db.models import Min

from incidents.choices import Level, MoveKind, strand_mask
from incidents.models import Case, CaseMoved, Clock, Incident, IncidentMove
from incidents.services.access import access_rebuild, require_level
from incidents.services.common import text_check
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh_many
from incidents.services.words import names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation

REASON_LIMIT = 300
GONE = "Somebody else moved it meanwhile. Look at the history of the case and try again."


def reason_check(actor: Actor, cases: Iterable[Case], text: str) -> str:
    """Why something is moved or undone, as it is kept in all of its cases."""
    words = text_check(text, name="Reason", field="reason", limit=REASON_LIMIT)
    for case in cases:
        names_kept_out(actor, case, words, field="reason")
    return words


def cases_lock(actor: Actor, *cases: Case) -> dict[int, Case]:
    """The cases locked in the order of their keys, so that two people who move things crosswise act in turn; with them every
    other case that a move of theirs writes to: those among which incidents ever went, and their victims' other cases, which
    the actor may not see. Nothing is written before all are held. Three queries, and one for each case.
    """
    keys = sorted({case.pk for case in cases})
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_moves_lock(%s)", [keys])
    rows = Case.objects.visible_to(actor).select_related("lead_agency").filter(pk__in=keys)
    held = {row.pk: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
    if len(held) != len(keys):
        raise Case.DoesNotExist
    for row in held.values():
        require_level(actor, row, Level.MANAGE)
    return held


ACTIONS = {MoveKind.MOVE: "incident.move", MoveKind.JOIN: "case.join", MoveKind.SPLIT: "case.split"}
_CASE = ("received_at", "strands", "priority", "band", "status", "merged_into_id")
_SAVED = (
    "received_at", "strands", "priority", "status", "merged_into", "band", "review_due_at", "version", "updated_at",
)  # fmt: skip
_CLOCK = ("level", "rule_version", "due_at", "amber_at", "set_at")
_MET = ("met_at", "outcome")


def standing_keep(source: Case, target: Case) -> dict[str, Any]:
    """How both cases and the clocks that a move may bring forward stand before it."""
    clocks = Clock.objects.unscoped(reason="the clocks of the two cases that the service holds")
    rows = list(clocks.filter(case_id__in=[source.pk, target.pk]))
    return {
        "cases": {str(case.pk): _plain(case, _CASE) for case in (source, target)},
        "clocks": {str(row.pk): _plain(row, _CLOCK) for row in rows},
        "met": {str(row.pk): _plain(row, _MET) for row in rows},
        "incidents": sorted({row.incident_id for row in rows if row.incident_id}),
    }


def met_since(clocks: Iterable[Clock], kept: dict[str, Any]) -> set[int]:
    """Which of the clocks that stood before a move were met, or met otherwise, since. No query."""
    before = kept.get("met", {})
    return {row.pk for row in clocks if str(row.pk) in before and _plain(row, _MET) != before[str(row.pk)]}


def _plain(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: _text(getattr(row, name)) for name in names}


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def rows_carry(
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


def case_derive(case: Case) -> bool:
    """Receipt and strands of a case from its incidents; False where it has none left, and then they stay. Two queries."""
    earliest = case.incidents.aggregate(at=Min("received_at"))["at"]
    if earliest is None:
        return False
    case.received_at = earliest
    codes = case.incidents.values_list("characteristics__code", flat=True).distinct()
    case.strands = strand_mask(code for code in codes if code)
    return True


def cases_save(*cases: Case) -> None:
    """Save what a move changes in cases. One query each."""
    for case in cases:
        case.version += 1
        case.updated_at = clock.now()
        case.save(update_fields=_SAVED)


def cases_refresh(*cases: Case) -> None:
    """Access, search and the repeat flag of cases after their incidents changed."""
    keys = [case.pk for case in cases]
    access_rebuild(keys)
    search_refresh_many(keys)
    for case in cases:
        repeat_refresh(case)


def act_record(actor: Actor, action: str, moves: list[IncidentMove], reason: str) -> None:
    """One event for each case that it concerns: none names the other one, which its reader may not know. Joining is a
    combination, the rest alters (docs/domain.md §8.2).
    """
    first = moves[0]
    detail = {"incidents": [move.incident.ref for move in moves], "act": str(first.act)}
    operation = AuditOperation.COMBINATION if action == ACTIONS[MoveKind.JOIN] else AuditOperation.ALTERATION
    for case in {first.from_case_id: first.from_case, first.to_case_id: first.to_case}.values():
        audit.record(actor, action, case, operation=operation, detail=detail, reason=reason)


def moves_tell(moves: list[IncidentMove]) -> None:
    """Say in the chronology of both cases that incidents came and went. One query."""
    first = moves[0]
    CaseMoved.objects.bulk_create(
        [
            CaseMoved(
                case_id=case_id,
                act=first.act,
                kind=first.kind,
                came=case_id == first.to_case_id,
                incidents=len(moves),
                by_id=first.by_id,
                at=first.at,
            )
            for case_id in (first.from_case_id, first.to_case_id)
        ]
    )


def moves_untell(first: IncidentMove) -> None:
    """Say in both that it was undone. One query."""
    told = CaseMoved.objects.unscoped(reason="what the chronologies of the two cases say of the act")
    told.filter(act=first.act).update(undone_at=first.undone_at, undone_by_id=first.undone_by_id)
