"""Names of alleged perpetrators when a case is no crime any more: back to the quarantine, and out of it where the decision that
put them there is taken back; and how many texts an erased name went out of (docs/domain.md §1.4).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import connection

from incidents.choices import Classification
from incidents.models import Case
from incidents.rules.names import QUARANTINE_WORKING_DAYS
from incidents.services.clock import holidays_all
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation
from kernel.working_days import add_working_days


def names_quarantine(*, actor: Actor, case: Case) -> int:
    """Move names that the case's classification does not let be kept into the quarantine; answers how many.

    A name that another case keeps lawfully stays on the record; this case shows it as described. Three queries, and
    one more where something moved.
    """
    if Classification(case.classification).keeps_names:
        return 0
    erase_on = add_working_days(clock.today(), QUARANTINE_WORKING_DAYS, holidays_all())
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_names_quarantine(%s, %s, %s)", [case.pk, erase_on, clock.now()])
        moved = int(cursor.fetchone()[0])
    if moved:
        search_refresh(case)
        audit.record(actor, "quarantine.add", case, operation=AuditOperation.ERASURE, detail={"people": moved})
    return moved


def waiting_keys(case: Case) -> list[str]:
    """The keys of what waits in the quarantine of a case, for who manages it, who may not read it. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_quarantine_keys(%s)", [case.pk])
        return [str(row[0]) for row in cursor.fetchall()]


def names_restore(*, actor: Actor, case: Case, keys: Collection[str]) -> int:
    """Record again the names and accounts that a decision put aside, of which these are the keys, because it is taken back;
    answers how many. Nothing of what has been erased since, or of somebody who is named again. One query, and two more
    where something came back.
    """
    if not keys or not Classification(case.classification).keeps_names:
        return 0
    with connection.cursor() as cursor:
        wanted = [uuid.UUID(key) for key in keys]
        cursor.execute("select hatecase_names_back(%s, %s, %s)", [case.pk, wanted, clock.now()])
        back = int(cursor.fetchone()[0])
    if back:
        search_refresh(case)
        audit.record(actor, "quarantine.back", case, operation=AuditOperation.COLLECTION, detail={"people": back})
    return back


def texts_erased() -> dict[str, int]:
    """Out of how many texts what was erased since the last time of asking went in this transaction, for the audit; nothing
    where it stood in none. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('hatecase.texts_erased', true), set_config('hatecase.texts_erased', '', true)"
        )
        texts = int(cursor.fetchone()[0] or 0)
    return {"texts": texts} if texts else {}
