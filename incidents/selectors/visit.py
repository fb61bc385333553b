"""When the reader of a case looked at it before."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from incidents.models import Case, CaseVisit
from kernel import clock
from kernel.actors import Actor

VISIT = dt.timedelta(minutes=30)
"""Two looks within this time are one visit."""


def visit_array(actor: Actor) -> Any:
    """The annotation of a query for cases that says when the actor looked at each: no query of its own."""
    rows = CaseVisit.objects.visible_to(actor).filter(case_id=OuterRef("pk"))
    return ArraySubquery(rows.values(data=JSONObject(at="at", before="before")))


def visit_of(case: Case) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When the reader of a case from `case_get` looked at it last, and until when the visit before lasted. No query."""
    rows = getattr(case, "visit_rows", [])
    if not rows:
        return None, None
    before = rows[0]["before"]
    return dt.datetime.fromisoformat(rows[0]["at"]), dt.datetime.fromisoformat(before) if before else None


def visit_goes_on(at: dt.datetime | None) -> bool:
    """Whether a look now belongs to the visit that was last heard of at this moment."""
    return at is not None and clock.now() - VISIT < at <= clock.now()


def visit_since(case: Case) -> dt.datetime | None:
    """From which moment on things are new to the reader of a case from `case_get`; None on a first visit. No query."""
    at, before = visit_of(case)
    return before if visit_goes_on(at) else at
