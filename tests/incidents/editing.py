"""What the tests of changing a case send: the edit page's and the triage page's fields as they stand, and the service."""

from __future__ import annotations

from incidents.services.case import case_update
from tests.cast import acting
from tests.incidents.casework import fresh


def edit(case) -> str:
    return f"/cases/{case.ref}/edit/"


def triage(case) -> str:
    return f"/cases/{case.ref}/triage/"


def edit_data(case, **values) -> dict:
    now = fresh(case)
    return {
        "version": now.version,
        "summary": now.summary,
        "priority": now.priority,
        "status": now.status,
        "priority_reason": "",
    } | values


def triage_data(case, worker, **values) -> dict:
    now = fresh(case)
    return {
        "version": now.version,
        "priority": now.priority,
        "classification": "hate_incident",
        "lead_worker": worker.pk,
    } | values


def update(case, name: str = "alice", version: int | None = None, reason: str = "", **changes):
    with acting(name) as actor:
        return case_update(
            actor=actor, case=case, version=version or fresh(case).version, changes=changes, priority_reason=reason
        )
