"""What a task must fulfil, whoever writes it."""

from __future__ import annotations

import datetime as dt

from agencies.models import Agency, User
from incidents.choices import ReferralService, ReferralWish, TaskKind
from incidents.models import Case
from incidents.selectors.audience import agencies_told, case_staff
from incidents.services.words import case_words
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError

TITLE_LIMIT = 200
TEXT_LIMIT = 4000


def check_words(actor: Actor, case: Case, title: str, detail: str) -> tuple[str, str]:
    """What is to be done, and more about it, as they are kept. Raises RuleError with the field."""
    return (
        case_words(actor, case, title, name="What is to be done", field="title", limit=TITLE_LIMIT),
        case_words(actor, case, detail, name="More about it", field="detail", limit=TEXT_LIMIT, required=False),
    )


def check_referral(kind: str, service: str, wish: str, detail: str) -> tuple[str, str]:
    """The service and the wish of a referral as they are kept; of a plain task neither. Raises RuleError with the field.

    What the victim does not want goes out only with the reason why it is needed all the same (docs/domain.md §6.7).
    """
    if kind not in TaskKind.values:
        raise RuleError("Choose a task or a referral.", "kind")
    if kind == TaskKind.TASK:
        return "", ""
    if service not in ReferralService.values:
        raise RuleError("Choose what they are referred for.", "service")
    if wish not in ReferralWish.values:
        raise RuleError("Choose whether the victim wants it.", "wish")
    if wish == ReferralWish.REFUSED and not detail.strip():
        raise RuleError("Enter why the referral is needed although the victim does not want it.", "detail")
    return service, wish


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


def text_required(actor: Actor, case: Case, text: str, field: str, missing: str) -> str:
    """An answer as it is kept. Raises RuleError with the field, in the words of `missing` where there is none."""
    if not text.strip():
        raise RuleError(missing, field)
    return case_words(actor, case, text, name="Your answer", field=field, limit=TEXT_LIMIT)
