"""How a case stands before and after a decision, kept so that who took it can take it back (docs/decisions/0033)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Model

from incidents.choices import TaskState
from incidents.choices.changes import DecisionKind
from incidents.models import Case, JustDecided
from incidents.selectors.crime import crime_reference
from incidents.services.names import waiting_keys
from kernel import clock
from kernel.actors import Actor

CASE_FIELDS = (
    "status", "closed_at", "lead_worker_id", "deputy_id", "priority", "classification", "triaged_at", "band",
    "review_due_at",
)  # fmt: skip
CLOCK_FIELDS = ("level", "rule_version", "due_at", "amber_at", "set_at", "met_at", "outcome", "closed_at")
TASK_FIELDS = ("state", "outcome", "closed_at", "closed_by_id")
_OPEN = [state.value for state in TaskState if state.is_open]

Standing = dict[str, Any]


def standing_of(case: Case, *, tasks: Collection[int] | None = None) -> Standing:
    """How a case that the service holds stands, with its clocks, what waits in its quarantine, and its open tasks, or these
    tasks. Five queries."""
    rows: Any = Case.objects.unscoped(reason="the case that the service holds").filter(pk=case.pk)
    asked = case.tasks.filter(state__in=_OPEN) if tasks is None else case.tasks.filter(pk__in=list(tasks))
    return {
        "case": _plain(rows.values(*CASE_FIELDS).get()),
        "crime_reference": crime_reference(case),
        "clocks": _by_key(case.clocks.values("pk", *CLOCK_FIELDS)),
        "waiting": waiting_keys(case),
        "tasks": _by_key(asked.values("pk", *TASK_FIELDS)),
    }


def _by_key(rows: Any) -> dict[str, Any]:
    return {str(row.pop("pk")): _plain(row) for row in rows}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


def decision_keep(actor: Actor, case: Case, kind: DecisionKind, before: Standing) -> JustDecided:
    """Keep what the actor has just decided about a case that was saved. Six queries."""
    after = standing_of(case, tasks=[int(pk) for pk in before["tasks"]])
    kept = JustDecided(
        case=case,
        kind=kind,
        version=case.version,
        kept={"before": before, "after": after},
        by_id=actor.user_id,
        at=clock.now(),
    )
    kept.save(force_insert=True)
    return kept


def plain(value: Any) -> Any:
    """A value as it is kept."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def stored(model: type[Model], name: str, value: Any) -> Any:
    """A kept value as the row holds it."""
    field: Any = model._meta.get_field(name.removesuffix("_id"))
    return field.to_python(value)
