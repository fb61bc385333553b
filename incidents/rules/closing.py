"""Whether a case may be closed or opened again, as sentences (docs/domain.md §1.6, §2.3, §12)."""

from __future__ import annotations

from datetime import datetime

from incidents.choices import STATUS_STEPS, Band, CaseStatus, Classification
from incidents.choices.progress import ClosingReason, HateStopped
from kernel.working_days import Holidays, local_date, working_days_between

ASSESSMENT_DAYS = 10

CLASSIFIED_AS = {
    ClosingReason.R8: (Classification.NOT_HATE, "The case is not classified as “Not hate”. Change that first."),
    ClosingReason.R9: (
        Classification.NO_RECORD,
        "The case is not classified as “Not to be recorded”. Change that first.",
    ),
}
"""Reasons that repeat a decision which is taken elsewhere, with two people."""


def closing_blocks(
    *,
    status: str,
    classification: str,
    band: str,
    assessed_at: datetime | None,
    open_tasks: int,
    now: datetime,
    holidays: Holidays,
) -> list[str]:
    """Everything that stands against closing a case now, as sentences; nothing where it may be closed.

    A fresh assessment is asked of what counts as hate: for anything else none is due, an old one no more than a first. A
    high risk stands against closing whatever it is.
    """
    found = []
    if CaseStatus.CLOSED not in STATUS_STEPS[CaseStatus(status)]:
        found.append(f"A case that is “{CaseStatus(status).label}” cannot be closed. Confirm the triage first.")
    if Classification(classification).counts_as_hate:
        found += _assessment_blocks(assessed_at, now, holidays)
    if band == Band.HIGH:
        found.append("The risk is high. A high-risk case cannot be closed: reduce the risk first.")
    if open_tasks:
        words = "1 task is" if open_tasks == 1 else f"{open_tasks} tasks are"
        found.append(f"{words} still open. Tasks must be done or withdrawn first.")
    return found


def _assessment_blocks(assessed_at: datetime | None, now: datetime, holidays: Holidays) -> list[str]:
    if assessed_at is None:
        return ["There is no risk assessment. Assess the risk first."]
    if working_days_between(local_date(assessed_at), local_date(now), holidays) > ASSESSMENT_DAYS:
        return [f"The latest risk assessment is more than {ASSESSMENT_DAYS} working days old. Assess the risk again."]
    return []


def stopped_error(reason: str, hate_stopped: str) -> str:
    """Why a reason does not fit what is said of the hate; empty where it does."""
    if (reason, hate_stopped) == (ClosingReason.R1, HateStopped.NO):
        return "If the hate has not stopped, choose another reason than “Resolved: the behaviour stopped”."
    return ""


def reason_error(reason: str, classification: str) -> str:
    """Why a reason does not fit how a case is classified; empty where it does."""
    if reason not in ClosingReason.values:
        return "Select why the case is closed."
    wanted = CLASSIFIED_AS.get(ClosingReason(reason))
    return wanted[1] if wanted and classification != wanted[0] else ""
