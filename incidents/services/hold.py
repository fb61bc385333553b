"""The locks of all cases that a service writes to, taken at once and in one order (migration 0311), before it writes anything.

A service that writes to one case only locks its row. Names go out of the texts of all cases among which incidents went; a repeat
victim and what somebody is called stand on each of their cases: whoever changes these asks here first.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db import connection


def kin_hold(case_id: int | None, *, people: bool = False, known: Collection[uuid.UUID] = ()) -> None:
    """Lock a case and those among which its incidents went; with `people` every other case of who stands in it, and every
    case of those who are `known` and come into it, or into a new one (no key). Nothing for who may not see them. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_case_hold(%s, %s, %s::uuid[])", [case_id, people, list(known)])


def kin_free(case_ids: Iterable[int]) -> list[int]:
    """Those of the cases that nobody holds, locked with their kin; for the system, which does not wait. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_held_free(%s::bigint[])", [sorted(set(case_ids))])
        return list(cursor.fetchone()[0])
