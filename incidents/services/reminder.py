"""Reminders: every unmet deadline that is near or past and of which nobody was told yet (docs/deadlines.md).

The sweep finds deadlines by query, so a lost night heals itself; the key of a notice makes each reminder one. It
looks back `LOOK_BACK` days, on what fell due then and on what was set then with a due time that had passed: after a
longer silence, or on a county that is new to the service, the past is shown on the pages and not mailed by the thousand.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from agencies.scoping import actor_for_id
from agencies.services.notice import NoticeData, notices_create, notices_missing
from incidents.choices import ClockKind
from incidents.models import Case, Clock, Task
from incidents.rules.clocks import CHAIR, LEAD, MANAGER, escalated
from incidents.rules.task import next_working_day
from incidents.selectors.closing import STILL_ASKED, STILL_TIMED
from incidents.services.clock import holidays_all
from incidents.services.recipients import People, people_load
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.identity import acting_as
from kernel.when import moment_text
from kernel.working_days import Holidays, local_date

LOOK_BACK = dt.timedelta(days=14)


@dataclass(frozen=True)
class Reminder:
    """One reminder that is due: what it is about, and whom it is for."""

    key: str
    kind: str
    text: str
    url: str
    case_id: int
    people: tuple[int, ...]


def reminders_send(*, actor: Actor) -> int:
    """Tell everybody of the deadlines that call for it; answers how many notices were new.

    Each recipient is asked, under their own identity, whether they may see the case at this moment. One sweeper at a
    time. Seven queries, and six more for each person who is told something.
    """
    with transaction.atomic():
        if not advisory_lock("reminders"):
            return 0
        now, holidays, people = clock.now(), holidays_all(), people_load()
        reminders = {r.key: r for r in (*_tasks(now, holidays, people), *_clocks(now, holidays, people))}
        missing = notices_missing((person, r.key) for r in reminders.values() for person in r.people)
        made = notices_create(_notices(reminders, missing))
        if made:
            audit.record(actor, "reminder.send", detail={"count": made})
    return made


def _notices(reminders: dict[str, Reminder], missing: Iterable[tuple[int, str]]) -> Iterator[NoticeData]:
    wanted: dict[int, list[Reminder]] = defaultdict(list)
    for person, key in sorted(missing):
        wanted[person].append(reminders[key])
    for person, theirs in wanted.items():
        seen = cases_seen(person, {r.case_id for r in theirs})
        for r in theirs:
            if r.case_id in seen:
                yield NoticeData(person, r.key, r.kind, r.text, r.url, r.case_id)


def cases_seen(user_id: int, case_ids: Iterable[int]) -> set[int]:
    """Which of these cases a person may see at this moment, by both walls. Six queries."""
    with acting_as(actor_for_id(user_id)) as person:
        return set(Case.objects.visible_to(person).filter(pk__in=list(case_ids)).values_list("pk", flat=True))


# --- What is due ---------------------------------------------------------------------------------


def _tasks(now: dt.datetime, holidays: Holidays, people: People) -> Iterator[Reminder]:
    """Tasks due by the end of the next working day, and those that have become overdue, of cases that are not closed. One
    query."""
    until = _end_of(next_working_day(local_date(now), holidays))
    rows = (
        Task.objects.unscoped(reason="reminders of every agency's tasks")
        .filter(STILL_ASKED, due_at__gt=now - LOOK_BACK, due_at__lt=until)
        .annotate(
            active=F("assignee__is_active"),
            case_ref=F("case__ref"),
            area=F("case__district__area"),
            asker_id=F("asked_by_id"),
            asker_agency=F("asked_by_agency_id"),
            asker_active=F("asked_by__is_active"),
            **_WORKERS,
        )
        .values_list(*_TASK, named=True)
    )
    for row in rows:
        doers = people.standing_in(row.agency_id, row.assignee_id if row.active else None)
        doers = doers or people.spocs(row.agency_id)
        url, what = f"/tasks/{row.ref}/", f"{row.ref} in {row.case_ref}"
        late = escalated(row.due_at, now, holidays)
        if not late:
            text = f"{what} is due on {moment_text(row.due_at)}"
            yield Reminder(_key("task_due", row), "task_due", text, url, row.case_id, doers)
        told = {LEAD: (*doers, *people.spocs(row.agency_id), *_waiting(row, people))}
        told[MANAGER] = people.managers(row.agency_id)
        told[CHAIR] = people.chairs(row.area)
        for who in late:
            kind = "task_overdue" if who == LEAD else f"task_{who}"
            text = f"{what} {_LATE[who]} on {moment_text(row.due_at)}"
            yield Reminder(_key(kind, row), kind, text, url, row.case_id, _once(told[who]))


def _waiting(row: Any, people: People) -> tuple[int, ...]:
    """Who waits for a task: whoever asked, with who covers for them, and who works the case."""
    asker = people.standing_in(row.asker_agency, row.asker_id) if row.asker_active else ()
    return (*asker, *_working(row, people))


def _working(row: Any, people: People) -> tuple[int, ...]:
    worker, deputy = row.worker_id if row.active_worker else None, row.deputy_id if row.active_deputy else None
    return people.working(row.lead_id, worker, deputy)


def _clocks(now: dt.datetime, holidays: Holidays, people: People) -> Iterator[Reminder]:
    """Clocks that have turned amber, and those past their time, in open cases. One query."""
    since = now - LOOK_BACK
    # A deadline that was set only now may be long past: it is overdue at once, and whoever has to know is told.
    lately = Q(due_at__gt=since) | Q(set_at__gt=since)
    crossed = Q(lately, due_at__lte=now) | Q(amber_at__gt=since, amber_at__lte=now, due_at__gt=now)
    rows = (
        Clock.objects.unscoped(reason="reminders of every agency's clocks")
        .filter(crossed, STILL_TIMED, closed_at=None, met_at=None, paused_at=None)
        .annotate(
            ref=F("case__ref"),
            area=F("case__district__area"),
            **_WORKERS,
        )
        .values_list(*_CLOCK, named=True)
    )
    for row in rows:
        who_works = _working(row, people)
        url, label = f"/cases/{row.ref}/", ClockKind(row.kind).label.lower()
        name = "review" if row.kind == ClockKind.K9 else "clock"
        late = escalated(row.due_at, now, holidays)
        if not late:
            kind = "review_due" if row.kind == ClockKind.K9 else "clock_amber"
            text = f"{row.ref}: {label} is due on {moment_text(row.due_at)}"
            yield Reminder(_key(kind, row), kind, text, url, row.case_id, _once(who_works))
        told = {LEAD: (*who_works, *people.spocs(row.lead_id)), MANAGER: people.managers(row.lead_id)}
        told[CHAIR] = people.chairs(row.area)
        for who in late:
            kind = _RED[name] if who == LEAD else f"{name}_{who}"
            text = f"{row.ref}: {label} {_LATE[who]} on {moment_text(row.due_at)}"
            yield Reminder(_key(kind, row), kind, text, url, row.case_id, _once(told[who]))


_WORKERS = {
    "lead_id": F("case__lead_agency_id"),
    "worker_id": F("case__lead_worker_id"),
    "active_worker": F("case__lead_worker__is_active"),
    "deputy_id": F("case__deputy_id"),
    "active_deputy": F("case__deputy__is_active"),
}
_CLOCK = ("pk", "kind", "case_id", "due_at", "ref", "area", *_WORKERS)
_ASKED = ("asker_id", "asker_agency", "asker_active")
_TASK = (
    "pk",
    "ref",
    "case_id",
    "case_ref",
    "agency_id",
    "assignee_id",
    "active",
    "area",
    "due_at",
    *_ASKED,
    *_WORKERS,
)
_RED = {"clock": "clock_red", "review": "review_overdue"}
_LATE = {
    LEAD: "was due",
    MANAGER: "has been overdue for 2 working days: it was due",
    CHAIR: "has been overdue for 5 working days: it was due",
}


def _key(kind: str, row: Any) -> str:
    return f"{kind}:{row.pk}:{row.due_at:%Y%m%d%H%M}"


def _once(people: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(people))


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.LONDON).astimezone(dt.UTC)
