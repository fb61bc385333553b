"""Reading the audit: pages of events as the narrow functions answer them, with the names of staff.

The functions ask for the reader's role in the database, and leave out what the reader may not know of; nothing else in
the application can read an event. To show a page to somebody: `services.audit`, which records the reading.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q

from agencies.models import Agency, Membership, User
from agencies.scoping import governs, supervised
from incidents.choices import Gateway, Level
from incidents.models import DipItem, DipSample
from incidents.rules.audit import months_whole
from incidents.rules.audit_pages import FACT_WORDS
from incidents.rules.audit_words import action_words
from kernel import clock
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.cursor import Cursor
from kernel.models import AuditOperation, BankHoliday
from kernel.when import until_text

PAGE_SIZE = 50
PEOPLE_SIZE = 50
OFTEN_SIZE = 100
COUNT_CAP = 100
READING = (AuditOperation.CONSULTATION.value, AuditOperation.DISCLOSURE.value)
EMERGENCY = ("case.emergency_open", "case.emergency_refused", "case.emergency_review")
_COLUMNS = "id, at, actor_id, actor_agencies, operation, action, subject_ref, case_ref, reason, detail, how"
_FACTS = ("agency", "level", "gateway", "until", *FACT_WORDS)
_CHOICES: dict[str, Any] = {"level": Level, "gateway": Gateway}


@dataclass(frozen=True)
class EventCriteria:
    """What a page of events is narrowed to. Dates are local and inclusive; `opens` and `closes` are the office hours
    outside which an event must lie.
    """

    ref: str = ""
    user_id: int | None = None
    agency_id: int | None = None
    operations: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    opens: dt.time | None = None
    closes: dt.time | None = None
    holidays: frozenset[dt.date] = frozenset()

    @property
    def starts(self) -> dt.datetime | None:
        """The first instant of the first day."""
        return _midnight(self.since) if self.since else None

    @property
    def ends(self) -> dt.datetime | None:
        """The first instant after the last day."""
        return _midnight(self.until + dt.timedelta(days=1)) if self.until else None

    def as_json(self) -> str:
        """As the narrow functions take them."""
        values: dict[str, Any] = {
            "ref": self.ref,
            "user": self.user_id,
            "agency": self.agency_id,
            "operations": list(self.operations),
            "actions": list(self.actions),
            "from": self.starts.isoformat() if self.starts else None,
            "before": self.ends.isoformat() if self.ends else None,
        }
        if self.opens and self.closes:
            values["opens"], values["closes"] = self.opens.isoformat(), self.closes.isoformat()
            values["holidays"] = [day.isoformat() for day in sorted(self.holidays)]
        return json.dumps({name: value for name, value in values.items() if value not in ("", None, [])})


@dataclass(frozen=True)
class EventRow:
    """One event as a page shows it. `how` says by which way a record was touched, `withheld` that the reader may know
    of the event but not of the record.
    """

    id: int
    at: dt.datetime
    actor_id: int | None
    actor_name: str
    agencies: str
    what: str
    operation: str
    refused: bool
    refs: tuple[str, ...]
    reason: str
    facts: str
    how: str

    @property
    def withheld(self) -> bool:
        return self.how == "withheld"


@dataclass(frozen=True)
class EventPage:
    """One page of events, newest first; `older` is the mark of the page after it."""

    rows: list[EventRow] = field(default_factory=list)
    older: str = ""


@dataclass(frozen=True)
class OftenRow:
    """A record that many people looked at."""

    ref: str
    kind: str
    people: int
    looks: int
    latest: dt.datetime


@dataclass(frozen=True)
class DipRow:
    """One event of the monthly sample, and what came of looking at it."""

    item_id: int
    agency: str
    month: dt.date
    due_on: dt.date
    outcome: str
    note: str
    signed_by: str
    signed_at: dt.datetime | None
    own: bool
    event: EventRow
    overdue: bool


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LONDON)


# --- Events ---------------------------------------------------------------------------------------


def events_page(criteria: EventCriteria, *, mark: str = "") -> EventPage:
    """Events for information governance; nothing for anybody else. Three queries."""
    at, pk = _cursor(mark)
    return _page("hatecase_audit_page(%s, %s, %s, %s)", [criteria.as_json(), at, pk, PAGE_SIZE + 1])


def staff_page(agency: Agency, criteria: EventCriteria, *, mark: str = "") -> EventPage:
    """The events of an agency's own staff, for its supervisors; nothing for anybody else. Three queries.

    Neither what they may not know of nor how much of it there is can be seen (docs/domain.md §5.5).
    """
    at, pk = _cursor(mark)
    return _page("hatecase_audit_staff(%s, %s, %s, %s, %s)", [agency.pk, criteria.as_json(), at, pk, PAGE_SIZE + 1])


def own_name_page(criteria: EventCriteria, own: Iterable[tuple[int, str, bool]], *, mark: str = "") -> EventPage:
    """What people opened or searched for that has their own name, for information governance. Three queries.

    `own` are the digests of each person's own name, with whether it is the whole name.
    """
    at, pk = _cursor(mark)
    digests = json.dumps([{"user_id": user, "digest": digest, "whole": whole} for user, digest, whole in own])
    return _page("hatecase_audit_own_name(%s, %s, %s, %s, %s)", [criteria.as_json(), digests, at, pk, PAGE_SIZE + 1])


def often_looked_at(criteria: EventCriteria, threshold: int) -> list[OftenRow]:
    """The records that at least so many people looked at between two days, most first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select ref, kind, people, looks, latest from hatecase_audit_often(%s, %s, %s, %s)",
            [criteria.starts, criteria.ends, threshold, OFTEN_SIZE],
        )
        return [OftenRow(*row) for row in cursor.fetchall()]


def _cursor(mark: str) -> tuple[dt.datetime | None, int | None]:
    try:
        place = Cursor.parse(mark)
    except ValueError:
        place = Cursor()
    return place.at, place.pk


def _page(function: str, arguments: list[Any]) -> EventPage:
    with connection.cursor() as cursor:
        cursor.execute(f"select {_COLUMNS} from {function}", arguments)  # noqa: S608
        found = cursor.fetchall()
    rows = _rows(found[:PAGE_SIZE])
    return EventPage(rows, Cursor(rows[-1].at, rows[-1].id).text() if len(found) > PAGE_SIZE else "")


def _rows(found: Sequence[tuple[Any, ...]]) -> list[EventRow]:
    names = dict(User.objects.filter(pk__in={row[2] for row in found}).values_list("pk", "name"))
    agencies = list(Agency.objects.only("pk", "code", "name"))
    return [_row(row, names, agencies) for row in found]


def _row(found: tuple[Any, ...], names: dict[int, str], agencies: Sequence[Agency]) -> EventRow:
    pk, at, actor_id, members, operation, action, subject_ref, case_ref, reason, detail, how = found
    facts = json.loads(detail) if isinstance(detail, str) else detail or {}
    codes = {agency.pk: agency.code for agency in agencies}
    called = {key: agency.name for agency in agencies for key in (agency.pk, agency.code)}
    who = names.get(actor_id, "An account that is gone") if actor_id is not None else "Nobody signed in"
    return EventRow(
        id=pk,
        at=at,
        actor_id=actor_id,
        actor_name="The system" if "system" in facts else who,
        agencies=", ".join(codes[a] for a in members if a in codes),
        what=action_words(action),
        operation=str(AuditOperation(operation).label),
        refused=action.endswith(("refused", "failed")),
        refs=tuple(dict.fromkeys(ref for ref in (case_ref, subject_ref) if ref)),
        reason=reason,
        facts="; ".join(_in_words(key, facts[key], called) for key in _FACTS if facts.get(key)),
        how=how,
    )


def _in_words(key: str, value: Any, called: Mapping[Any, str]) -> str:
    """A fact of an event as it reads: a page, a part and an answer as they are called, an agency by name, a level and
    a gateway as they are chosen, an end in words, anything else as it stands.
    """
    if key in FACT_WORDS:
        return FACT_WORDS[key](value)
    if key == "agency" and isinstance(value, int | str) and value in called:
        return f"agency {called[value]}"
    if key in _CHOICES and value in _CHOICES[key].values:
        return f"{key} {_CHOICES[key](value).label}"
    try:
        return f"{key} {until_text(dt.datetime.fromisoformat(value))}"
    except (TypeError, ValueError):
        return f"{key} {str(value).replace('_', ' ')}"


# --- Staff ----------------------------------------------------------------------------------------


def staff_found(words: str) -> list[User]:
    """People with an account whose name or address has these words, with their agencies. Two queries."""
    users = User.objects.prefetch_related("memberships__agency")
    for word in words.split():
        users = users.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return list(users.order_by("name", "pk")[:PEOPLE_SIZE])


def staff_get(pk: int) -> User:
    """One person with an account, with their agencies. Raises User.DoesNotExist. Two queries."""
    return User.objects.prefetch_related("memberships__agency").get(pk=pk)


def staff_names() -> list[tuple[int, str]]:
    """Everybody with an account, as (id, name). One query."""
    return list(User.objects.values_list("pk", "name"))


def agencies_all() -> list[Agency]:
    """Every agency by name. One query."""
    return list(Agency.objects.order_by("name"))


def agencies_supervised(actor: Actor) -> list[Agency]:
    """The agencies whose staff the actor supervises, by name. One query."""
    return list(Agency.objects.filter(pk__in=supervised(actor)).order_by("name"))


def staff_of(agency: Agency) -> list[tuple[int, str]]:
    """Everybody who is or was of an agency, as (id, name), by name. One query."""
    places = Membership.objects.filter(agency=agency).order_by("user__name", "user_id")
    return list(places.values_list("user_id", "user__name"))


def holidays() -> frozenset[dt.date]:
    """The bank holidays on file. One query."""
    return frozenset(BankHoliday.objects.values_list("date", flat=True))


# --- The monthly sample ---------------------------------------------------------------------------

_DIP = "item_id, agency_id, month, due_on, outcome, note, signed_by_id, signed_at, own"


def dip_page(
    *, agency_id: int | None = None, month: dt.date | None = None, is_open: bool | None = None, mark: str = ""
) -> tuple[list[DipRow], str]:
    """One page of the sample as far as the reader may know of it, what is due first, and the mark of the next page.

    Four queries.
    """
    filters = {"agency": agency_id, "month": month.isoformat() if month else None, "open": is_open}
    due, _, after = mark.partition("~")
    start = (due, int(after)) if _is_day(due) and after.isdecimal() and len(after) < 19 else (None, None)
    rows = _dips({name: value for name, value in filters.items() if value is not None}, start, PAGE_SIZE + 1)
    last = rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None
    return rows[:PAGE_SIZE], f"{last.due_on.isoformat()}~{last.item_id}" if last else ""


def dip_get(item_id: int) -> DipRow:
    """One event of the sample. Raises DipItem.DoesNotExist where the reader may not know of it. Four queries."""
    rows = _dips({"item": item_id}, (None, None), 1)
    if not rows:
        raise DipItem.DoesNotExist
    return rows[0]


@dataclass(frozen=True)
class DipCount:
    """How many events of the sample wait for the reader's signature, and how many of them are overdue, up to a hundred."""

    waiting: int = 0
    late: int = 0

    @property
    def waiting_text(self) -> str:
        return _up_to(self.waiting)

    @property
    def late_text(self) -> str:
        return _up_to(self.late)


def dip_open_count() -> DipCount:
    """What waits for the reader, of those that they may know of. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(*) filter (where due_on < %s)"
            " from hatecase_dip_page('{\"open\": true}', null, null, %s)",
            [clock.today_real(), COUNT_CAP + 1],
        )
        return DipCount(*cursor.fetchone())


def _up_to(count: int) -> str:
    return f"More than {COUNT_CAP}" if count > COUNT_CAP else str(count)


def dip_months() -> list[dt.date]:
    """The months that can have been sampled, latest first. No query."""
    today = clock.today_real()
    return list(reversed(months_whole(today, today - dt.timedelta(days=400))))


def dip_samples(actor: Actor) -> list[DipSample]:
    """What was picked, a row a month and agency, latest first: for information governance alone. One query."""
    if not governs(actor):
        return []
    return list(DipSample.objects.visible_to(actor).select_related("agency").order_by("-month", "agency__name")[:100])


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _dips(filters: dict[str, Any], start: tuple[str | None, int | None], wanted: int) -> list[DipRow]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_DIP}, {_COLUMNS} from hatecase_dip_page(%s, %s, %s, %s)",  # noqa: S608
            [json.dumps(filters), *start, wanted],
        )
        found = cursor.fetchall()
    events = _rows([row[9:] for row in found])
    names = dict(Agency.objects.values_list("pk", "name"))
    signers = dict(User.objects.filter(pk__in={row[6] for row in found if row[6]}).values_list("pk", "name"))
    today = clock.today_real()
    return [
        DipRow(
            item_id=row[0],
            agency=names[row[1]],
            month=row[2],
            due_on=row[3],
            outcome=row[4],
            note=row[5],
            signed_by=signers.get(row[6], ""),
            signed_at=row[7],
            own=bool(row[8]),
            event=event,
            overdue=not row[4] and row[3] < today,
        )
        for row, event in zip(found, events, strict=True)
    ]
