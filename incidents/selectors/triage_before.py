"""What came before a report is sorted: which agency gave it to this one and why, what was asked about it and answered
(docs/domain.md §10.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from agencies.models import Agency
from incidents.choices import TaskState
from incidents.choices.changes import ChangeKind
from incidents.models import Case, CaseChange, Task
from incidents.selectors.chronology_changes import given_because
from incidents.selectors.text import agency_told, person_told, task_asked_by, task_closed_by, text_shown
from incidents.selectors.triage import askable_rows
from kernel.actors import Actor

MOST_ASKED = 5


@dataclass(frozen=True)
class Given:
    """That another agency led the case before, and why it gave it away; no reason for who is not shown it. `code` is that
    agency's, where the actor is told of it."""

    by: str
    at: dt.datetime
    reason: str
    code: str = ""


@dataclass(frozen=True)
class Asked:
    """One question or other task of the lead agency: to whom, how it stands, what was answered."""

    ref: str
    title: str
    question: str
    agency: str
    state: str
    answer: str

    @property
    def label(self) -> str:
        """How it stands, in words."""
        return TaskState(self.state).label

    @property
    def answered(self) -> bool:
        """Whether an answer came, or the word that there will be none."""
        return self.state in (TaskState.DONE, TaskState.DECLINED)


@dataclass(frozen=True)
class Before:
    """Whom a question can be put to (`askable`), who gave the case, and the newest things that were asked."""

    askable: list[Agency] = field(default_factory=list)
    given: Given | None = None
    asked: list[Asked] = field(default_factory=list)


def before_sorting(*, actor: Actor, case: Case) -> Before:
    """What came before the report is sorted; `actor` as they are in the case. One query, that of `askable`."""
    rows: Any = askable_rows(actor, case).annotate(given=_given(actor, case), asked=_asked(actor, case))
    found = list(rows)
    told = next((row for row in found if row.pk == case.lead_agency_id), None)
    if told is None:
        return Before(found)
    return Before(found, _given_told(told.given), [Asked(**one) for one in told.asked])


def _given_told(rows: list[dict[str, Any]]) -> Given | None:
    for row in rows:
        by = ", ".join(filter(None, (row["by"], row["agency"])))
        code = row["code"] if row["agency"] else ""
        return Given(by, dt.datetime.fromisoformat(row["at"]), row["reason"] or "", code)
    return None


def _given(actor: Actor, case: Case) -> ArraySubquery:
    moves = CaseChange.objects.visible_to(actor).filter(
        case_id=case.pk, kind=ChangeKind.LEAD_AGENCY, to_agency_id=OuterRef("pk")
    )
    by, agency = person_told(actor, "by"), agency_told(actor, "agency")
    data = JSONObject(by=by, agency=agency, code="agency__code", at="at", reason=given_because(actor))
    return ArraySubquery(moves.order_by("-at", "-pk").values(data=data)[:1])


def _asked(actor: Actor, case: Case) -> ArraySubquery:
    tasks = Task.objects.visible_to(actor).filter(case_id=case.pk, asked_by_agency_id=case.lead_agency_id)

    def shown(name: str, own: Any) -> Any:
        return text_shown(actor, F("case_id"), F(name), own)

    data = JSONObject(
        ref="ref",
        title=shown("title", task_asked_by(actor)),
        question=shown("detail", task_asked_by(actor)),
        agency="agency__name",
        state="state",
        answer=shown("outcome", task_closed_by(actor)),
    )
    rows = tasks.exclude(state=TaskState.WITHDRAWN).order_by("-created_at", "-pk")
    return ArraySubquery(rows.values(data=data)[:MOST_ASKED])
