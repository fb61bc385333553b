"""Reads of the log that leave a trace: looking people up, seeing what became of a report (docs/domain.md §8.2)."""

from __future__ import annotations

import datetime as dt

from incidents.models import Case, SubjectReport
from incidents.selectors.intake import Logged, logged_get, victims_search
from incidents.selectors.people import quarantine_for
from incidents.services.reading import words_digest
from kernel import audit
from kernel.actors import Actor
from kernel.models import AuditOperation
from victims.selectors import VictimShown


def victims_looked_up(
    *, actor: Actor, family_name: str = "", given_name: str = "", date_of_birth: dt.date | None = None, ref: str = ""
) -> list[VictimShown]:
    """Look victims up; the audit keeps whom it found and a digest of the words, never the words. Three queries at most."""
    found = victims_search(actor, family_name=family_name, given_name=given_name, date_of_birth=date_of_birth, ref=ref)
    detail: dict[str, object] = {"by": "reference" if ref else "name", "victims": [victim.ref for victim in found]}
    if words := f"{given_name} {family_name}".strip():
        detail["words"] = words_digest(words)
    audit.record(actor, "victim.search", operation=AuditOperation.CONSULTATION, detail=detail)
    return found


def logged_read(*, actor: Actor, case_ref: str, incident_ref: str) -> Logged | None:
    """What became of a report, for somebody who may see it; None for anybody else. Four queries."""
    outcome = logged_get(actor, case_ref, incident_ref)
    if outcome is not None:
        audit.record(actor, "incident.read", outcome.incident, operation=AuditOperation.CONSULTATION)
    return outcome


def quarantine_read(*, actor: Actor, case: Case) -> list[SubjectReport]:
    """What waits in a case's quarantine, for a triager of the lead agency; others find nothing. Two queries."""
    reports = quarantine_for(actor, case)
    audit.record(
        actor,
        "quarantine.read",
        case,
        operation=AuditOperation.CONSULTATION,
        detail={"reports": [str(report.pk) for report in reports]},
    )
    return reports
