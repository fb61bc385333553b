"""Handing on what somebody holds: open tasks, led cases, reports not yet sent, half-answered assessments.

The administrator who asks sees none of them: narrow functions of the database count and hand over, and answer for
the audit what they touched. What the receiver may not see (a conflict of interest) goes back to the agency.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any, NamedTuple

from django.db import connection

from agencies.registries import Handover, Holding
from agencies.services.notice import NoticeData, notices_create
from incidents.models import Case
from incidents.selectors.audience import spoc_ids
from kernel import audit
from kernel.actors import Actor
from kernel.errors import RuleError

_LABELS = {
    "task": ("open task", "open tasks"),
    "case": ("open case", "open cases"),
    "draft": ("report not yet sent", "reports not yet sent"),
    "assessment": ("half-answered assessment", "half-answered assessments"),
}
_SOLE = "sole"
_COUNTED = {
    **_LABELS,
    _SOLE: ("restricted case that nobody else can open", "restricted cases that nobody else can open"),
}


class Moved(NamedTuple):
    """One thing that was handed on: what, in which case (a draft has none), and with whom it is now."""

    kind: str
    id: str
    case_id: int | None
    case_ref: str
    holder: int | None


def work_count(actor: Actor, user_id: int, agency_id: int) -> list[Holding]:
    """What somebody holds in an agency, by kind: counts only. One query."""
    found = Counter(_held(user_id, agency_id))
    return [_holding(kind, found[kind]) for kind in _COUNTED]


def work_hand(actor: Actor, user_id: int, agency_id: int, to_user_id: int | None, leaving: bool) -> list[Holding]:
    """Give all of it to a colleague, in the present transaction; answers what was handed on.

    Where they are leaving, their named places in cases end with it, also where there is nothing to hand on and nobody
    to take it; who stays keeps them. Each case that is touched gets an audit event of its own, and one says the whole.
    Two queries, and two to four for each case.

    Raises RuleError where a leaver is the last who can open a restricted case.
    """
    sole = _held(user_id, agency_id).count(_SOLE) if leaving else 0
    if sole:
        cases = "1 restricted case" if sole == 1 else f"{sole} restricted cases"
        raise RuleError(f"Nobody else can open {cases}. Ask information governance to name somebody there first")
    moved = _hand(user_id, agency_id, to_user_id, leaving)
    _tell(moved, agency_id)
    if moved:
        _record(actor, moved, {"from": user_id, "to": to_user_id, "agency": agency_id, "leaving": leaving})
    found = Counter(one.kind for one in moved)
    return [_holding(kind, found[kind]) for kind in _LABELS]


def _tell(moved: list[Moved], agency_id: int) -> None:
    """The agency's points of contact, of tasks that the receiver may not know of: these wait again for somebody. Once for
    each case; the wall around notices asks who of them may know of it. Two queries at most."""
    waiting = {(one.case_id, one.case_ref, one.id) for one in moved if one.kind == "task" and one.holder is None}
    notices_create(
        NoticeData(
            user_id,
            f"task:{task_id}:{uuid.uuid4().hex}",
            "task",
            f"A task in {ref} waits again for somebody to do it",
            f"/cases/{ref}/",
            case_id,
        )
        for case_id, ref, task_id in sorted(waiting)
        for user_id in spoc_ids(agency_id)
    )


def _record(actor: Actor, moved: list[Moved], about: dict[str, Any]) -> None:
    audit.record(actor, "work.hand_on", detail={**about, **_ids(moved)})
    for case_id, case_ref in sorted({(one.case_id, one.case_ref) for one in moved if one.case_id is not None}):
        inside = [one for one in moved if one.case_id == case_id]
        lead = next((one for one in inside if one.kind == "case"), None)
        audit.record(
            actor,
            "case.hand_on",
            # The administrator may not read the case: this names it, no more.
            Case(pk=case_id, ref=case_ref),
            before={"lead_worker": about["from"]} if lead else None,
            after={"lead_worker": lead.holder} if lead else None,
            detail={**about, **_ids(inside)},
        )


def _ids(moved: list[Moved]) -> dict[str, list[int]]:
    return {kind: [int(one.id) for one in moved if one.kind == kind] for kind in (*_LABELS, "dropped", "place")}


WORK = Handover(count=work_count, hand=work_hand)


def _held(user_id: int, agency_id: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select kind from hatecase_work_held(%s, %s)", [user_id, agency_id])
        return [kind for (kind,) in cursor.fetchall()]


def _hand(user_id: int, agency_id: int, to_user_id: int | None, leaving: bool) -> list[Moved]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, id, case_id, case_ref, holder from hatecase_work_hand(%s, %s, %s, %s)",
            [user_id, agency_id, to_user_id, leaving],
        )
        return [Moved(*row) for row in cursor.fetchall()]


def _holding(kind: str, count: int) -> Holding:
    one, many = _COUNTED[kind]
    return Holding(one if count == 1 else many, count, personal=kind == _SOLE)
