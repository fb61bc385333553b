"""The repeat flag: one fact per case over all of a victim's incidents, at any agency (docs/domain.md §9.3)."""

from __future__ import annotations

import uuid

from django.db import connection

from incidents.models import Case
from incidents.rules.repeat import IncidentDay, repeat_victim
from kernel.working_days import local_date


def victim_days(victim_id: uuid.UUID) -> list[IncidentDay]:
    """The days of a victim's incidents that count, those of RESTRICTED cases left out. One query."""
    return [day for _, day in _incidents(victim_id)]


def _incidents(victim_id: uuid.UUID) -> list[tuple[int, IncidentDay]]:
    with connection.cursor() as cursor:
        cursor.execute("select case_id, incident_id, occurred from hatecase_victim_incidents(%s)", [victim_id])
        return [(case_id, IncidentDay(incident, local_date(at))) for case_id, incident, at in cursor.fetchall()]


def repeat_refresh(case: Case) -> bool:
    """Set the repeat flag of a case and of its victims' other cases; answers the case's own flag.

    A victim is one record; two records of one person count together once matching can link them.
    """
    flagged: set[int] = set()
    for victim_id in case.parties.filter(victim__isnull=False).values_list("victim_id", flat=True).distinct():
        incidents = _incidents(victim_id)
        if repeat_victim(day for _, day in incidents).is_repeat:
            flagged |= {case_id for case_id, _ in incidents}
    _set(sorted(flagged | {case.pk}) if flagged else [], True)
    if not flagged:
        _set([case.pk], False)
    return bool(flagged)


def _set(case_ids: list[int], flag: bool) -> None:
    if case_ids:
        with connection.cursor() as cursor:
            cursor.execute("select hatecase_repeat_set(%s, %s)", [case_ids, flag])
