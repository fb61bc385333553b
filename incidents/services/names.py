"""Names of alleged perpetrators when a case is no crime any more: back to the quarantine (docs/domain.md §1.4)."""

from __future__ import annotations

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
