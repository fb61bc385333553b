"""Reminders: every unmet deadline that is near or past and of which nobody was told yet (docs/deadlines.md).

The sweep finds deadlines by query, so a lost night heals itself; the key of a notice makes each reminder one. It
looks back `LOOK_BACK` days: after a longer silence, or on a county that is new to the service, the past is shown
on the pages and not mailed by the thousand.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q

from agencies.choices import Role
from agencies.models import Membership
from agencies.scoping import actor_for_id
from agencies.services.notice import NoticeData, notices_create, notices_missing
from incidents.choices import OPEN_STATUSES, ClockKind
from incidents.models import Case, Clock, Task
from incidents.rules.task import next_working_day
from incidents.services.clock import holidays_all
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.identity import acting_as
from kernel.when import moment_text
from kernel.working_days import local_date

LOOK_BACK = dt.timedelta(days=14)
_SPOC = (Role.SPOC.value, Role.DEPUTY_SPOC.value)


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
    time. Six queries, and six more for each person who is told something.
    """
    with transaction.atomic():
        if not advisory_lock("reminders"):
            return 0
        now = clock.now()
        reminders = {r.key: r for r in (*_tasks(now), *_clocks(now))}
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


def _tasks(now: dt.datetime) -> Iterator[Reminder]:
    """Tasks due by the end of the next working day, and those that have become overdue. Three queries with people."""
    until = _end_of(next_working_day(local_date(now), holidays_all()))
    rows = list(
        Task.objects.unscoped(reason="reminders of every agency's tasks")
        .filter(closed_at=None, due_at__gt=now - LOOK_BACK, due_at__lt=until)
        .annotate(active=F("assignee__is_active"))
        .values_list("pk", "ref", "case_id", "agency_id", "assignee_id", "active", "due_at", named=True)
    )
    spocs = _spocs({row.agency_id for row in rows})
    for row in rows:
        late = row.due_at <= now
        kind, words = ("task_overdue", "was due") if late else ("task_due", "is due")
        people = (row.assignee_id,) if row.assignee_id and row.active else spocs[row.agency_id]
        yield Reminder(
            f"{kind}:{row.pk}:{row.due_at:%Y%m%d%H%M}",
            kind,
            f"{row.ref} {words} on {moment_text(row.due_at)}",
            f"/tasks/{row.ref}/",
            row.case_id,
            tuple(people),
        )


def _clocks(now: dt.datetime) -> Iterator[Reminder]:
    """Clocks that have turned amber, and those past their time, in open cases, and the contact that a closed case
    still owes. Two queries with people."""
    since = now - LOOK_BACK
    crossed = Q(due_at__gt=since, due_at__lte=now) | Q(amber_at__gt=since, amber_at__lte=now, due_at__gt=now)
    open_case = Q(case__status__in=OPEN_STATUSES) | Q(kind=ClockKind.K11)
    rows = list(
        Clock.objects.unscoped(reason="reminders of every agency's clocks")
        .filter(crossed, open_case, closed_at=None, met_at=None, paused_at=None)
        .annotate(
            ref=F("case__ref"),
            lead_id=F("case__lead_agency_id"),
            worker_id=F("case__lead_worker_id"),
            active=F("case__lead_worker__is_active"),
        )
        .values_list("pk", "kind", "case_id", "due_at", "ref", "lead_id", "worker_id", "active", named=True)
    )
    spocs = _spocs({row.lead_id for row in rows})
    for row in rows:
        red = row.due_at <= now
        worker = (row.worker_id,) if row.worker_id and row.active else ()
        # Red concerns the point of contact as well (docs/domain.md §3.3).
        people = (*worker, *spocs[row.lead_id]) if red or not worker else worker
        review = row.kind == ClockKind.K9
        kind = ("review_overdue" if red else "review_due") if review else ("clock_red" if red else "clock_amber")
        words = "was due" if red else "is due"
        yield Reminder(
            f"{kind}:{row.pk}:{row.due_at:%Y%m%d%H%M}",
            kind,
            f"{row.ref}: {ClockKind(row.kind).label.lower()} {words} on {moment_text(row.due_at)}",
            f"/cases/{row.ref}/",
            row.case_id,
            tuple(dict.fromkeys(people)),
        )


def _spocs(agency_ids: set[int]) -> dict[int, list[int]]:
    """The points of contact and their deputies, by agency. One query."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = Membership.objects.filter(
        agency_id__in=agency_ids, is_active=True, user__is_active=True, roles__overlap=list(_SPOC)
    )
    for agency_id, user_id in rows.order_by("user_id").values_list("agency_id", "user_id"):
        found[agency_id].append(user_id)
    return found


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.LONDON).astimezone(dt.UTC)
