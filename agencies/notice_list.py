"""One's own notices: a page of them by day and case, and how one wants to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from agencies.choices import Delivery, NoticeGroup
from agencies.models import Notice, NoticePreference, QuietHours
from agencies.notice_kinds import CRITICAL, kinds_of
from agencies.registries import notices_about
from kernel.actors import Actor
from kernel.keyset import KeysetPage, keyset_page
from kernel.references import reference_find
from kernel.working_days import local_date

NOTICES_SIZE = 25


@dataclass(frozen=True)
class NoticeCase:
    """What was told about one case on one day (or about no case), latest first. `ref` is "" where there is none."""

    ref: str
    rows: list[Notice]


@dataclass(frozen=True)
class NoticeDay:
    """What was told on one day, in London."""

    day: dt.date
    cases: list[NoticeCase]


def notices_page(
    *, actor: Actor, unread: bool = False, group: str = "", after: str = "", before: str = ""
) -> KeysetPage[Notice]:
    """The actor's own notices, latest first, perhaps the unread ones or those of one group alone. One query."""
    own = Notice.objects.visible_to(actor)
    if unread:
        own = own.filter(read_at=None)
    if group:
        kinds, left_out = kinds_of(group)
        own = own.exclude(kind__in=kinds) if left_out else own.filter(kind__in=kinds)
    return keyset_page(own, "created_at", size=NOTICES_SIZE, descending=True, after=after, before=before)


def told_about(actor: Actor, rows: Iterable[Notice]) -> list[Notice]:
    """Notices, each with `about`: what the record is called that it names, as its reader may know it now. One query for
    each app that knows of some at most."""
    listed: list[Any] = list(rows)
    named = {row.pk: _references(row) for row in listed}
    words = notices_about(actor, sorted({ref for refs in named.values() for ref in refs}))
    for row in listed:
        row.about = next((words[ref] for ref in named[row.pk] if ref in words), "")
    return listed


def by_day(rows: Iterable[Notice]) -> list[NoticeDay]:
    """Notices, latest first, by day and within a day by case, in the order of the latest of each. No query."""
    return [
        NoticeDay(day, _by_case(list(of_day))) for day, of_day in groupby(rows, lambda n: local_date(n.created_at))
    ]


def _by_case(rows: list[Notice]) -> list[NoticeCase]:
    cases: dict[int | None, list[Notice]] = {}
    for row in rows:
        cases.setdefault(row.case_id, []).append(row)
    return [NoticeCase(_case_ref(theirs) if case_id else "", theirs) for case_id, theirs in cases.items()]


def _case_ref(rows: list[Notice]) -> str:
    """The case's reference, as one of its notices says it; where none does, what they are about."""
    found = [ref for row in rows for ref in _references(row)]
    return next((ref for ref in found if ref.startswith("HC-")), found[0] if found else "")


def _references(row: Notice) -> list[str]:
    words = f"{row.text} {row.url}".replace("/", " ").replace(":", " ").split()
    return [ref for word in words if (ref := reference_find(word))]


@dataclass(frozen=True)
class NoticeChoices:
    """How somebody wants to be told: a way for each group, their quiet hours, and what nobody can turn down and why."""

    deliveries: dict[str, str]
    quiet: QuietHours | None
    critical: list[str]


def notice_choices(*, actor: Actor) -> NoticeChoices:
    """How the actor wants to be told. Two queries."""
    chosen = dict(NoticePreference.objects.visible_to(actor).values_list("group", "delivery"))
    deliveries = {group: chosen.get(group, Delivery.AT_ONCE.value) for group in NoticeGroup.values}
    return NoticeChoices(deliveries, QuietHours.objects.visible_to(actor).first(), list(CRITICAL.values()))
