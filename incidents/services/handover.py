"""Handing on what a leaver holds: open tasks, led cases, reports not yet sent, half-answered assessments.

The administrator who asks sees none of them: narrow functions of the database count and hand over, and answer ids
for the audit. What the receiver may not see (a conflict of interest) goes back to the agency.
"""

from __future__ import annotations

from collections import Counter

from django.db import connection

from agencies.registries import Handover, Holding
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


def work_count(actor: Actor, user_id: int, agency_id: int) -> list[Holding]:
    """What somebody holds in an agency, by kind: counts only. One query."""
    found = Counter(kind for kind, _ in _ask("select kind, id from hatecase_work_held(%s, %s)", [user_id, agency_id]))
    return [_holding(kind, found[kind]) for kind in _COUNTED]


def work_hand(actor: Actor, user_id: int, agency_id: int, to_user_id: int | None) -> list[Holding]:
    """Give all of it to a colleague, in the present transaction; answers what was handed on. Three queries.

    A leaver's places in restricted cases end with it, also where there is nothing to hand on and nobody to take it.

    Raises RuleError where a restricted case has nobody else named in it: nobody could open it any more.
    """
    held = _ask("select kind, id from hatecase_work_held(%s, %s)", [user_id, agency_id])
    sole = sum(kind == _SOLE for kind, _ in held)
    if sole:
        cases = "1 restricted case" if sole == 1 else f"{sole} restricted cases"
        raise RuleError(f"Nobody else can open {cases}. Ask information governance to name somebody there first")
    moved = _ask("select kind, id from hatecase_work_hand(%s, %s, %s)", [user_id, agency_id, to_user_id])
    if moved:
        _record(actor, moved, user_id, agency_id, to_user_id)
    found = Counter(kind for kind, _ in moved)
    return [_holding(kind, found[kind]) for kind in _LABELS]


def _record(actor: Actor, moved: list[tuple[str, str]], user_id: int, agency_id: int, to_user_id: int | None) -> None:
    audit.record(
        actor,
        "work.hand_on",
        detail={
            "from": user_id,
            "to": to_user_id,
            "agency": agency_id,
            **{kind: [int(key) for of, key in moved if of == kind] for kind in _LABELS},
        },
    )


WORK = Handover(count=work_count, hand=work_hand)


def _ask(query: str, values: list[int | None]) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _holding(kind: str, count: int) -> Holding:
    one, many = _COUNTED[kind]
    return Holding(one if count == 1 else many, count)
