"""What is still owed to the victim of a closed case: to be told, and the outcome in writing (K11; docs/domain.md §3.1)."""

from __future__ import annotations

import datetime as dt

from incidents.choices import CaseStatus, ClockKind, ContactDirection, ContactResult
from incidents.models import Case, CaseClosure, Contact
from incidents.rules import clocks as rules
from incidents.services.clock import ATTEMPTED, MET, NOT_APPLICABLE, clock_meet
from kernel.errors import RuleError


def contact_still_due(case: Case) -> None:
    """Raise RuleError where a case is closed and nobody has to be told any more. One query for a closed case."""
    if CaseStatus(case.status).is_open:
        return
    waits = case.clocks.filter(kind=ClockKind.K11, met_at=None, closed_at=None).exclude(outcome=NOT_APPLICABLE)
    if not waits.exists():
        raise RuleError(f"{case.ref} is closed. Nothing can be added to it.")


def closure_of(case: Case) -> CaseClosure | None:
    """The closing that is in force. One query."""
    return case.caseclosure_rows.filter(reopened_at=None).first()


def closure_after_contact(case: Case, contact: Contact) -> None:
    """Keep that the victim was told, or could not be reached by the rule of three attempts; meets K11 once the written
    outcome is sent as well. One query for an open case.
    """
    if CaseStatus(case.status).is_open or contact.victim_id is None:
        return
    closure = closure_of(case)
    if closure is None or contact.at < rules.minute_of(closure.closed_at):
        return
    if contact.result == ContactResult.TWO_WAY:
        if closure.contact_at is None or closure.contact_attempted:
            closure.contact_at, closure.contact_attempted = contact.at, False
    elif closure.contact_at is None:
        tried = case.contacts.filter(
            victim__isnull=False, struck_at=None, result=ContactResult.ATTEMPT, direction=ContactDirection.OUTBOUND
        )
        done = rules.attempts_complete_at([rules.Attempt(c.at, c.method) for c in tried], closure.closed_at)
        closure.contact_at, closure.contact_attempted = done, done is not None
    closure.save(update_fields=["contact_at", "contact_attempted"])
    closure_settle(case, closure)


def closure_after_strike(case: Case, contact: Contact) -> None:
    """A written outcome that was sent by a contact that is struck was not sent, so K11 runs again while the case is closed.
    Up to three queries."""
    closure = case.caseclosure_rows.filter(outcome_contact=contact, reopened_at=None).first()
    if closure is None:
        return
    closure.outcome_sent_at, closure.outcome_contact = None, None
    closure.save(update_fields=["outcome_sent_at", "outcome_contact"])
    running = case.clocks.filter(closure=closure).exclude(outcome=NOT_APPLICABLE)
    running.update(met_at=None, outcome="", closed_at=None)


def closure_settle(case: Case, closure: CaseClosure) -> None:
    """Meet K11 where both the contact and the written outcome are done, at the later of the two."""
    done: list[dt.datetime | None] = [closure.contact_at, closure.outcome_sent_at]
    both = [at for at in done if at is not None]
    if len(both) == len(done):
        clock_meet(case, ClockKind.K11, max(both), ATTEMPTED if closure.contact_attempted else MET)
