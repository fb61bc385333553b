"""The repeat flag: one fact per case over all of a victim's incidents, at any agency (docs/domain.md §9.3)."""

from __future__ import annotations

import uuid
from collections import defaultdict

from django.db import connection

from incidents.models import Case
from incidents.rules.repeat import IncidentDay, repeat_victim
from kernel.working_days import local_date


def victim_days(victim_id: uuid.UUID) -> list[IncidentDay]:
    """The days of a victim's incidents that count, save those of cases that stand apart: RESTRICTED, or with a conflict
    of interest. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select incident_id, occurred from hatecase_victim_incidents(%s)", [victim_id])
        return [IncidentDay(incident, local_date(at)) for incident, at in cursor.fetchall()]


def repeat_refresh(case: Case, *, apart: bool | None = None) -> bool:
    """Work out anew the repeat flag of a case and of its victims' other cases; answers the case's own flag.

    A case that stands apart counts for its own flag alone, so that nobody learns of it from another's. Where that is
    about to change, say so by `apart` and call this first: afterwards the actor may not see the case. A victim is one record; two records of one person count together once matching can
    link them. Three queries.
    """
    days: dict[tuple[int, uuid.UUID], list[IncidentDay]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "select case_id, victim_id, incident_id, occurred from hatecase_repeat_days(%s, %s)", [case.pk, apart]
        )
        for case_id, victim_id, incident, at in cursor.fetchall():
            days[case_id, victim_id] += [IncidentDay(incident, local_date(at))] if incident else []
    repeats = {case_id for (case_id, _), counted in days.items() if repeat_victim(counted).is_repeat}
    _set(sorted(repeats), True)
    _set(sorted({case.pk, *(case_id for case_id, _ in days)} - repeats), False)
    return case.pk in repeats


def _set(case_ids: list[int], flag: bool) -> None:
    if case_ids:
        with connection.cursor() as cursor:
            cursor.execute("select hatecase_repeat_set(%s, %s)", [case_ids, flag])
