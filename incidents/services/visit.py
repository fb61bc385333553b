"""Noting that somebody looks at a case, so that the next time its page says what is new."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from incidents.models import Case
from incidents.selectors.chronology import Entry
from incidents.selectors.visit import visit_goes_on, visit_of
from kernel import clock
from kernel.actors import Actor


def visit_note(*, actor: Actor, case: Case, told: Iterable[Entry]) -> None:
    """Note a look at a case from `case_get` that named what is `told`. The audit has the read itself (`case_opened`).

    One query when a visit begins and when something was told that the visit had not told yet, else none.
    """
    if actor.user_id is None:
        return
    at, before = visit_of(case)
    goes_on = visit_goes_on(at)
    if goes_on and at is not None and not any(entry.recorded and entry.recorded > at for entry in told):
        return
    with connection.cursor() as cursor:
        # In the database's words: putting an insert together takes longer than carrying it out, and every visit begins with it.
        cursor.execute(
            "insert into incidents_casevisit (user_id, case_id, at, before) values (%s, %s, %s, %s)"
            " on conflict (user_id, case_id) do update set at = excluded.at, before = excluded.before",
            [actor.user_id, case.pk, clock.now(), before if goes_on else at],
        )
