"""Fills a database with a county: in chunks, each in a transaction of its own with its access and search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction

from agencies.models import Agency, Membership, ServiceStandard, User
from hatecase.county.cast import CastRow, cast_load
from hatecase.county.desks import drafts_add, notices_add, seen_set
from hatecase.county.meeting_rows import MeetingRows
from hatecase.county.meetings import Meetings
from hatecase.county.places import points
from hatecase.county.plan import County
from hatecase.county.rows import Rows
from hatecase.county.shapes import CasePlan
from hatecase.county.sheets import Sheet
from incidents.choices import Tier
from incidents.models import Case, PostcodePoint
from incidents.services.access import access_rebuild
from incidents.services.clock import holidays_all
from incidents.services.reference import risk_tool_load
from incidents.services.search import search_refresh_many
from kernel import audit, clock
from kernel.actors import system_actor
from kernel.models import AuditOperation
from strategy.services.figures import facts_refresh

CHUNK = 1000
# A large county is drawn and written at once: one thread draws the next cases while PostgreSQL takes the last ones.
_TOGETHER_FROM = 5000
_FLAGS_AT_ONCE = 5000

Batch = list[tuple[Sheet, list[list[Any]]]]


@dataclass(frozen=True)
class Filled:
    """What was made."""

    cases: int
    incidents: int
    truth: Path


def county_fill(
    *, cases: int, seed: int, until: date, years: float, truth: Path, say: Callable[[str], None] = print
) -> Filled:
    """Make a county of so many cases in an empty database, as the owner; write what is true of it beside.

    Memory is bounded by the chunk, and by the people of the last year who may be targeted again.
    """
    if cases < _TOGETHER_FROM:
        # Whole or not at all: a start that is broken off fills it again.
        with transaction.atomic():
            return _fill(cases, seed, until, years, truth, say)
    return _fill(cases, seed, until, years, truth, say)


def _fill(cases: int, seed: int, until: date, years: float, truth: Path, say: Callable[[str], None]) -> Filled:
    users = cast_load()
    tool = risk_tool_load()
    _postcodes_add()
    county = County(cases, seed, until, years, tool.definition, list(ServiceStandard.objects.all()))
    users |= _colleagues_add(county.staff.colleagues)
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    rows = Rows(agencies, users, tool, holidays_all(), county.office.end, clock.now())
    meetings = Meetings(county.calendar, county.office, county.references, seed)
    for sheet in rows.sheets.values():
        sheet.start()
    _cases_write(county, rows, meetings, say)
    flagged = county.truth.flagged_cases()
    with transaction.atomic():
        _flag(flagged)
        drafts_add(rows, county)
        _meetings_write(meetings, rows, county, flagged)
        for sheet in rows.sheets.values():
            sheet.finish()
        seen_set(users, county.office.end)
        audit.record(
            system_actor("fill a synthetic county"),
            "county.fill",
            operation=AuditOperation.COLLECTION,
            detail={"cases": cases, "seed": seed, "until": until.isoformat()},
        )
    _analyse()
    facts_refresh(actor=system_actor("figures of a synthetic county"))
    county.truth.write(truth)
    return Filled(cases, county.truth.incidents, truth)


def _postcodes_add() -> None:
    """Where the made-up postcodes lie; a directory that was loaded before stands. Two queries."""
    rows = [PostcodePoint(postcode=postcode, easting=east, northing=north) for postcode, east, north in points()]
    PostcodePoint.objects.bulk_create(rows, batch_size=5_000, ignore_conflicts=True)


def _colleagues_add(colleagues: list[CastRow]) -> dict[str, User]:
    """Accounts without a password for the colleagues of a large county."""
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    known = {user.email: user for user in User.objects.filter(email__in=[row.email for row in colleagues])}
    fresh = [row for row in colleagues if row.email not in known]
    made = User.objects.bulk_create([User(email=row.email, name=row.name, password="!") for row in fresh])  # noqa: S106
    Membership.objects.bulk_create(
        Membership(user=user, agency=agencies[row.agency], roles=[role.value for role in row.roles], job_title=row.job)
        for user, row in zip(made, fresh, strict=True)
    )
    known |= {user.email: user for user in made}
    return {row.key: known[row.email] for row in colleagues}


# --- Cases in chunks ----------------------------------------------------------------------------


def _cases_write(county: County, rows: Rows, meetings: Meetings, say: Callable[[str], None]) -> None:
    done = 0
    write = _writer(county.cases)
    for chunk in _chunks(county.stream()):
        case_ids = []
        for case in chunk:
            case_id = rows.add(case)
            meetings.consider(case, case_id)
            notices_add(rows, case, case_id, county)
            case_ids.append(case_id)
        write([(sheet, sheet.take()) for sheet in rows.sheets.values()], case_ids)
        done += len(chunk)
        say(f"{done:,} of {county.cases:,} cases")
    write([], [])


def _chunks(cases: Iterator[CasePlan]) -> Iterator[list[CasePlan]]:
    while chunk := list(islice(cases, CHUNK)):
        yield chunk


def _writer(cases: int) -> Callable[[Batch, list[int]], None]:
    """How a chunk is written: at once; or, in a large county, by a second thread, one chunk behind."""
    if cases < _TOGETHER_FROM:
        return _chunk_write
    pool = ThreadPoolExecutor(max_workers=1)
    waiting: list[Future[None]] = []

    def write(batch: Batch, case_ids: list[int]) -> None:
        while waiting:
            waiting.pop().result()
        if case_ids:
            waiting.append(pool.submit(_chunk_write, batch, case_ids))
        else:
            pool.submit(connections.close_all).result()
            pool.shutdown()

    return write


def _chunk_write(batch: Batch, case_ids: list[int]) -> None:
    if not case_ids:
        return
    with transaction.atomic():
        for sheet, lines in batch:
            sheet.write(lines)
        access_rebuild(case_ids)
        search_refresh_many(case_ids)


# --- What is known at the end only --------------------------------------------------------------


def _flag(refs: Iterable[str]) -> None:
    """Set the repeat flag of cases, as the product's own rule found it (docs/domain.md §9.3)."""
    every = sorted(refs)
    for start in range(0, len(every), _FLAGS_AT_ONCE):
        found = Case.objects.unscoped(reason="the repeat flags of a synthetic county")
        found.filter(ref__in=every[start : start + _FLAGS_AT_ONCE]).update(repeat_victim=True)


def _meetings_write(meetings: Meetings, rows: Rows, county: County, flagged: set[str]) -> None:
    meetings.choose_to_come(flagged)
    sheets = MeetingRows(rows, county.staff, county.seed)
    for sheet in sheets.sheets.values():
        sheet.start()
    for plan in meetings.all():
        sheets.add(plan)
    for sheet in (*sheets.sheets.values(), *rows.sheets.values()):
        sheet.write(sheet.take())
    for sheet in sheets.sheets.values():
        sheet.finish()
    open_to_members = Case.objects.unscoped(reason="the tier of a synthetic county's released cases")
    open_to_members.filter(pk__in=sheets.released, tier=Tier.TEAM).update(tier=Tier.HASBAG)
    touched = sorted(sheets.touched)
    for start in range(0, len(touched), CHUNK):
        access_rebuild(touched[start : start + CHUNK])


def _analyse() -> None:
    """Let the planner know what has come in."""
    with connection.cursor() as cursor:
        cursor.execute("analyze")
