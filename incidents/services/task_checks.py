"""What a task must fulfil, whoever writes it."""

from __future__ import annotations

import datetime as dt

from agencies.models import Agency, User
from incidents.models import Case
from incidents.selectors.audience import agencies_told, case_staff
from incidents.services.common import text_check
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError

TITLE_LIMIT = 200
TEXT_LIMIT = 4000


def check_words(title: str, detail: str) -> tuple[str, str]:
    """What is to be done, and more about it, as they are kept. Raises RuleError with the field."""
    return (
        text_check(title, name="What is to be done", field="title", limit=TITLE_LIMIT),
        text_check(detail, name="More about it", field="detail", limit=TEXT_LIMIT, required=False),
    )


def check_due(due_at: dt.datetime) -> None:
    """Raise RuleError unless the time lies ahead."""
    if due_at <= clock.now():
        raise RuleError("When it is due must be in the future.", "due_at")


def check_doer(actor: Actor, case: Case, agency: Agency, assignee: User | None) -> None:
    """Raise RuleError unless the agency can read the case and the person, who works there, too (docs/domain.md §6.5).

    Of an agency of a side that the actor is not told of it is said, whether it is true or not, that it cannot read
    the case. Up to three queries.
    """
    if not agencies_told(actor, case).filter(pk=agency.pk).exists():
        raise RuleError(f"Share the case with {agency.name} first: they cannot see it yet.", "agency")
    if assignee is None:
        return
    if not assignee.memberships.filter(agency=agency, is_active=True).exists():
        raise RuleError(f"{assignee.name} does not work at {agency.name}.", "assignee")
    if not case_staff(case, [agency]).filter(pk=assignee.pk).exists():
        raise RuleError(f"{assignee.name} cannot be given tasks in this case.", "assignee")


def text_required(text: str, field: str, missing: str) -> str:
    """An answer as it is kept. Raises RuleError with the field, in the words of `missing` where there is none."""
    if not text.strip():
        raise RuleError(missing, field)
    return text_check(text, name="Your answer", field=field, limit=TEXT_LIMIT)
