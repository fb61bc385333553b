"""What a task must fulfil, whoever writes it."""

from __future__ import annotations

import datetime as dt

from agencies.models import Agency, User
from incidents.models import Case
from incidents.selectors.audience import case_agencies, case_staff
from kernel import clock
from kernel.errors import RuleError

TITLE_LIMIT = 200
TEXT_LIMIT = 4000


def check_words(title: str, detail: str) -> None:
    """Raise RuleError unless there is something to do, in so many characters."""
    if not title.strip():
        raise RuleError("Enter what is to be done.", "title")
    if len(title.strip()) > TITLE_LIMIT:
        raise RuleError(f"What is to be done must be {TITLE_LIMIT} characters or fewer.", "title")
    if len(detail) > TEXT_LIMIT:
        raise RuleError(f"More about it must be {TEXT_LIMIT:,} characters or fewer.", "detail")


def check_due(due_at: dt.datetime) -> None:
    """Raise RuleError unless the time lies ahead."""
    if due_at <= clock.now():
        raise RuleError("When it is due must be in the future.", "due_at")


def check_doer(case: Case, agency: Agency, assignee: User | None) -> None:
    """Raise RuleError unless the agency can read the case and the person, who works there, too (docs/domain.md §6.5).

    Up to three queries.
    """
    if not case_agencies(case).filter(pk=agency.pk).exists():
        raise RuleError(f"Share the case with {agency.name} first: they cannot see it yet.", "agency")
    if assignee is None:
        return
    if not assignee.memberships.filter(agency=agency, is_active=True).exists():
        raise RuleError(f"{assignee.name} does not work at {agency.name}.", "assignee")
    if not case_staff(case, [agency]).filter(pk=assignee.pk).exists():
        raise RuleError(f"{assignee.name} cannot be given tasks in this case.", "assignee")


def text_required(text: str, field: str, missing: str) -> str:
    """The text without blanks around it. Raises RuleError where there is none, or too much."""
    if not text.strip():
        raise RuleError(missing, field)
    if len(text) > TEXT_LIMIT:
        raise RuleError(f"It must be {TEXT_LIMIT:,} characters or fewer.", field)
    return text.strip()
