"""How somebody wants to be told: their choices for each group of notices, and their quiet hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from agencies.choices import Delivery, NoticeGroup
from agencies.models import NoticePreference, QuietHours
from kernel import audit
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError


@dataclass(frozen=True)
class QuietData:
    """From one London time up to another, on some days of the week (Monday is 0)."""

    starts: dt.time
    ends: dt.time
    days: Collection[int]


def notice_choices_save(*, actor: Actor, choices: Mapping[str, str], quiet: QuietData | None) -> None:
    """Keep how the actor wants to be told; `quiet` None takes quiet hours away. What was written before stays as it was.

    Raises ForbiddenError for nobody, RuleError for an unknown group or way and for quiet hours without a day. Six
    queries.
    """
    if actor.user_id is None:
        raise ForbiddenError("Sign in first.")
    for group, delivery in choices.items():
        if group not in NoticeGroup.values or delivery not in Delivery.values:
            raise RuleError("Choose from the list how to be told.", group)
    if quiet is not None and (not quiet.days or not set(quiet.days) <= set(range(7))):
        raise RuleError("Select the days on which the quiet hours begin.", "days")
    with transaction.atomic():
        NoticePreference.objects.bulk_create(
            [NoticePreference(user_id=actor.user_id, group=g, delivery=d) for g, d in choices.items()],
            update_conflicts=True,
            unique_fields=["user", "group"],
            update_fields=["delivery"],
        )
        QuietHours.objects.visible_to(actor).delete()
        if quiet is not None:
            QuietHours(user_id=actor.user_id, starts=quiet.starts, ends=quiet.ends, days=sorted(set(quiet.days))).save(
                force_insert=True
            )
        audit.record(actor, "notice.choose", detail={"choices": dict(choices), "quiet": quiet is not None})
