"""What a joined case hands over beside its incidents, and gets back when it is parted (docs/domain.md §10.2).

What somebody still has to do goes along: open tasks, clocks that run for the whole case, the further people and how
they stand to one another. What was done stays to be read. `incidents.rules.moving.FOLLOWS` decides it table by table.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection

from incidents.choices import ClockKind, ProposalState
from incidents.models import Case, ClassificationProposal, Clock
from incidents.rules.moving import Running, band_joined, clocks_joined
from incidents.services.clock import NOT_APPLICABLE
from incidents.services.victim_clock import clocks_reband
from kernel import clock
from kernel.errors import RuleError

_EACH = frozenset({ClockKind.K8.value})
_CLOCK = ("case_id", "lead_agency_id", "outcome", "closed_at")


def case_carry(source: Case, target: Case, *, whole: bool) -> dict[str, Any]:
    """After incidents went: what hangs on them follows; of a case that has none left, all that still has to be done.

    Answers what went, for `carried_back`. Two queries, and some ten more for a whole case.
    """
    if not whole:
        return {"rows": _rows_carry(source, target, {})}
    clocks = _clocks_carry(source, target)
    rows = _rows_carry(source, target, {"all": True})
    return {"rows": rows, "clocks": clocks, "proposals": _proposals_stop(source), "band": _band_raise(source, target)}


def carried_back(source: Case, target: Case, carried: dict[str, Any]) -> None:
    """Give back to `source` what `case_carry` took to `target`. What has changed since stays as it is now."""
    _clocks_back(source, carried.get("clocks", {}))
    _rows_carry(target, source, carried.get("rows", {}))
    _proposals_back(source, carried.get("proposals", []))
    band = carried.get("band")
    if band and (target.band, _text(target.review_due_at)) == tuple(band["after"]):
        target.band = band["before"][0]
        target.review_due_at = _instant(band["before"][1])


def _rows_carry(source: Case, target: Case, wanted: dict[str, Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_case_carry(%s, %s, %s)", [source.pk, target.pk, json.dumps(wanted)])
        went = cursor.fetchone()[0]
    if went is None:
        raise RuleError("Somebody else changed who can open one of the cases. Look at them and try again.")
    found: dict[str, Any] = json.loads(went) if isinstance(went, str) else went
    return found


# --- Clocks -----------------------------------------------------------------------------------------


def _running(case: Case) -> list[Clock]:
    """The clocks that run, or are overdue, for a whole case and no incident. One query."""
    rows = case.clocks.filter(incident=None, met_at=None, closed_at=None, due_at__isnull=False)
    return list(rows.exclude(outcome=NOT_APPLICABLE).order_by("due_at", "pk"))


def _clocks_carry(source: Case, target: Case) -> dict[str, Any]:
    """The clocks go; of two of one kind the one due later stops, so that none rings in a merged case."""
    going, there = _running(source), _running(target)
    went, stopped = clocks_joined(_as_running(going), _as_running(there), _EACH)
    now, kept = clock.now(), {}
    for row in [*going, *there]:
        before = {name: _text(getattr(row, name)) for name in _CLOCK}
        if row.pk in went:
            row.case, row.lead_agency_id = target, target.lead_agency_id
        elif row.pk in stopped:
            # What is overdue stays missed, as when a case is closed.
            row.outcome = NOT_APPLICABLE if row.due_at and row.due_at > now else row.outcome
            row.closed_at = now
        else:
            continue
        row.save(update_fields=["case", "lead_agency", "outcome", "closed_at"])
        kept[str(row.pk)] = {"before": before, "after": {name: _text(getattr(row, name)) for name in _CLOCK}}
    return kept


def _as_running(rows: list[Clock]) -> list[Running]:
    return [Running(row.pk, row.kind, row.due_at) for row in rows if row.due_at is not None]


def _clocks_back(source: Case, kept: dict[str, Any]) -> None:
    """What went comes back, whatever was done about it since; what was stopped runs again where nothing was."""
    rows = Clock.objects.unscoped(reason="the clocks of the two cases that the service holds")
    for row in rows.filter(pk__in=[int(pk) for pk in kept]):
        before, after = kept[str(row.pk)]["before"], kept[str(row.pk)]["after"]
        if row.case_id == after["case_id"]:
            row.case_id = before["case_id"]
            row.lead_agency_id = source.lead_agency_id if row.case_id == source.pk else row.lead_agency_id
        if row.met_at is None and (row.outcome, _text(row.closed_at)) == (after["outcome"], after["closed_at"]):
            row.outcome, row.closed_at = before["outcome"], _instant(before["closed_at"])
        row.save(update_fields=["case", "lead_agency", "outcome", "closed_at"])


# --- The band, and what waits for a second person ---------------------------------------------------


def _band_raise(source: Case, target: Case) -> dict[str, Any]:
    """The joined case is as much at risk as the riskier of the two, and is looked at again when the first one was to be."""
    before = [target.band, _text(target.review_due_at)]
    target.band = band_joined(target.band, source.band)
    reviews = [at for at in (target.review_due_at, source.review_due_at) if at is not None]
    target.review_due_at = min(reviews, default=None)
    if target.band != before[0]:
        clocks_reband(target)
    return {"before": before, "after": [target.band, _text(target.review_due_at)]}


def _proposals_stop(case: Case) -> list[list[str]]:
    waiting = ClassificationProposal.objects.unscoped(reason="what waits in the case that the service holds")
    now, found = clock.now(), waiting.filter(case=case, state=ProposalState.WAITING)
    stopped = [[str(uid), now.isoformat()] for uid in found.values_list("uid", flat=True)]
    found.update(state=ProposalState.EXPIRED, decided_at=now)
    return stopped


def _proposals_back(case: Case, stopped: list[list[str]]) -> None:
    rows = ClassificationProposal.objects.unscoped(reason="what waited in the case that the service holds")
    if rows.filter(case=case, state=ProposalState.WAITING).exists():
        return
    for uid, at in stopped:
        rows.filter(uid=uid, case=case, state=ProposalState.EXPIRED, decided_at=_instant(at)).filter(
            expires_at__gt=clock.now()
        ).update(state=ProposalState.WAITING, decided_at=None)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _instant(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None
