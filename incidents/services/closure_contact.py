"""What is still owed to the victim of a closed case: to be told, and the outcome in writing (K11; docs/domain.md §3.1)."""

from __future__ import annotations

from incidents.choices import CaseStatus, ClockKind
from incidents.models import Case, CaseClosure, Contact
from incidents.services.clock import ATTEMPTED, MET, NOT_APPLICABLE
from incidents.services.clock_met import met_anew
from kernel.errors import RuleError


def contact_still_due(case: Case) -> None:
    """Raise RuleError where a case is closed and nobody has to be told any more. One query for a closed case."""
    if CaseStatus(case.status).is_open:
        return
    waits = case.clocks.filter(kind=ClockKind.K11, met_at=None, closed_at=None).exclude(outcome=NOT_APPLICABLE)
    if not waits.exists():
        joined = case.status == CaseStatus.MERGED
        raise RuleError(
            f"{case.ref} {'was joined with another case' if joined else 'is closed'}. Nothing can be added to it."
        )


def closure_of(case: Case) -> CaseClosure | None:
    """The closing that is in force. One query."""
    return case.caseclosure_rows.filter(reopened_at=None).first()


def closure_after_strike(case: Case, contact: Contact) -> None:
    """A written outcome that was sent by a contact that is struck was not sent, so K11 runs again while the case is closed.
    Up to four queries."""
    closure = case.caseclosure_rows.filter(outcome_contact=contact, reopened_at=None).first()
    if closure is None:
        return
    closure.outcome_sent_at, closure.outcome_contact = None, None
    closure.save(update_fields=["outcome_sent_at", "outcome_contact"])
    closure_settle(case, closure)


def closure_settle(case: Case, closure: CaseClosure) -> list[str]:
    """Meet K11 where both the contact and the written outcome are done, at the later of the two, or meet it no longer;
    answers what changed, in sentences. Two queries at most."""
    running = closure.clock
    if running is None or running.outcome == NOT_APPLICABLE:
        return []
    met_at = None
    if closure.contact_at is not None and closure.outcome_sent_at is not None:
        met_at = max(closure.contact_at, closure.outcome_sent_at, running.starts_at)
    outcome = "" if met_at is None else ATTEMPTED if closure.contact_attempted else MET
    if (met_at, outcome) == (running.met_at, running.outcome):
        return []
    return [met_anew(case, running, met_at, outcome)]
