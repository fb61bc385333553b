"""What the figures are made from: which incidents, clocks, cases and victims count, and where (docs/domain.md §9)."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from django.db import connection, transaction

from incidents.models import Case, Clock
from incidents.services.clock import clock_state
from kernel import clock
from kernel.actors import ANONYMOUS, system_actor
from kernel.identity import identity_set
from kernel.models import AuditEvent
from strategy import tasks
from strategy.choices import By, ClockResult
from strategy.models import Figure, Release
from strategy.rules.periods import windows_on
from strategy.rules.plan import Counted
from strategy.selectors import facts
from strategy.services import facts_refresh
from tests.strategy.conftest import Happened

pytestmark = pytest.mark.django_db


def test_incidents_count_by_their_month_district_agency_and_strands(happened, window):
    day = window.months[3].replace(day=10)
    happened([Happened(day, ("TRN", "RAC"), "E07000150", "NNC")] * 2 + [Happened(day, ("DIS",))])
    records, crimes = facts.incidents_counted(window)
    assert records == {
        Counted(3, "E07000150", "NNC", ("RAC", "TRN")): 2,
        Counted(3, "E07000153", "POL", ("DIS",)): 1,
    }
    assert crimes == 0


def test_two_kinds_of_one_strand_count_once(happened, window):
    (incident,) = happened([Happened(window.last, ())])
    for sub in ("pakistani", "indian"):
        incident.characteristics.create(case_id=incident.case_id, code="RAC", sub=sub)
    records, _ = facts.incidents_counted(window)
    assert [record.strands for record in records] == [("RAC",)]


@pytest.mark.parametrize(
    ("overrides", "counts"),
    [
        ({"classification": "undetermined"}, True),
        ({"classification": "crime_recorded"}, True),
        ({"classification": "not_hate"}, False),
        ({"classification": "no_record"}, False),
        ({"classification": "out_of_area"}, False),
        ({"status": "merged"}, False),
        ({"status": "closed"}, True),
        ({"tier": "restricted"}, True),
    ],
)
def test_what_counts(happened, window, victim_make, overrides, counts):
    happened([Happened(window.last, victim=victim_make(), **overrides)])
    records, crimes = facts.incidents_counted(window)
    assert sum(records.values()) == counts
    assert crimes == (overrides.get("classification") == "crime_recorded")
    assert len(facts.victims_counted(window)) == counts


def test_months_are_london_months(happened, window):
    # In summer the first half hour of a day is still the day before in UTC.
    # The later June of two: before the first month of the window there is none.
    june = [month for month in window.months if month.month == 6][-1]
    place = window.months.index(june)
    happened([Happened(june, hour=0), Happened(june - dt.timedelta(days=1), hour=23)])
    records, _ = facts.incidents_counted(window)
    assert sorted(record.month for record in records) == [place - 1, place]


def test_the_month_that_runs_is_in_no_window(happened, window):
    before = window.first - dt.timedelta(days=1)
    happened([Happened(clock.today().replace(day=1), hour=0), Happened(before), Happened(window.first)])
    latest, earlier = (facts.incidents_counted(w)[0] for w in windows_on(clock.today()))
    assert [record.month for record in latest] == [0]
    assert [record.month for record in earlier] == [23]


def test_open_cases_by_band(happened, window):
    happened(
        [Happened(window.last, band="high")] * 2 + [Happened(window.last), Happened(window.last, status="closed")]
    )
    assert facts.bands_counted() == {"E07000153": {"high": 2, "none": 1}}


def _clocks(case: Case, window) -> list[Clock]:
    start = dt.datetime.combine(window.last, dt.time(9), tzinfo=clock.LONDON)
    due, now = start + dt.timedelta(days=2), clock.now()
    dues = (None, due, now + dt.timedelta(days=2))
    mets = (None, start + dt.timedelta(days=1), due, due + dt.timedelta(days=1))
    pauses = (None, start + dt.timedelta(hours=1), due + dt.timedelta(hours=1))
    return [
        Clock(
            case=case,
            lead_agency_id=case.lead_agency_id,
            kind="K3",
            level="P3",
            rule_version="1",
            starts_at=start,
            due_at=due_at,
            met_at=met_at,
            outcome=outcome if met_at or outcome == "not_applicable" else "",
            paused_at=paused_at,
        )
        for due_at, met_at, outcome, paused_at in product(dues, mets, ("met", "attempted", "not_applicable"), pauses)
    ]


def test_a_clock_counts_as_its_own_page_shows_it(happened, window):
    (incident,) = happened([Happened(window.last)])
    clocks = Clock.objects.bulk_create(_clocks(incident.case, window))
    now = clock.now()
    expected: dict[str, int] = {}
    for each in clocks:
        state = str(clock_state(each, now))
        expected[state] = expected.get(state, 0) + 1
    assert facts.clocks_counted(window, now) == {"K3": expected}
    assert set(expected) == {result.value for result in ClockResult}


@pytest.mark.parametrize(("apart", "again"), [(1, True), (365, True), (366, False)])
def test_a_victim_is_targeted_again_within_365_days(happened, window, victim_make, apart, again):
    victim, day = victim_make(), window.last
    happened([Happened(day, victim=victim), Happened(day - dt.timedelta(days=apart), victim=victim)])
    assert facts.victims_counted(window) == {"E07000153": (int(again), int(not again))}


def test_a_victim_counts_once_in_the_district_of_the_latest_incident(happened, window, victim_make):
    victim = victim_make()
    happened(
        [
            Happened(window.months[0], district="E07000150", victim=victim),
            Happened(window.months[20], district="E07000154", victim=victim),
            # Before the window it makes no victim of the window, but it counts as the earlier incident.
            Happened(window.first - dt.timedelta(days=5), district="E07000150", victim=victim_make()),
        ]
    )
    assert facts.victims_counted(window) == {"E07000154": (0, 1)}


def test_two_victims_of_one_incident_are_two(happened, window, victim_make):
    first = victim_make()
    (incident,) = happened([Happened(window.last, victim=first)])
    incident.parties.create(case_id=incident.case_id, role="victim", victim=victim_make())
    assert facts.victims_counted(window) == {"E07000153": (0, 2)}


# --- the making ---------------------------------------------------------------------------------------------------


def test_what_is_hidden_is_not_stored(happened, window, refresh):
    day = window.last
    happened([Happened(day)] * 40 + [Happened(day, ("TRN",))] * 3 + [Happened(day, ("AGE",))] * 6)
    release = refresh()
    assert (release.earliest, release.latest) == (window.first, window.last)
    counts = {f.key: f.count for f in Figure.objects.filter(by=By.STRAND, first=window.first, last=window.last)}
    assert counts == {"RAC": 40, "TRN": None, "AGE": None}
    assert not Figure.objects.filter(count__lt=5).exists()


def test_a_new_making_replaces_the_old(happened, window, refresh):
    happened([Happened(window.last)] * 6)
    refresh()
    happened([Happened(window.last)] * 6)
    refresh()
    assert Release.objects.count() == 1
    assert Figure.objects.get(by=By.ALL, first=window.first).count == 12
    assert AuditEvent.objects.filter(action="figures.make").count() == 2


def test_no_cases_give_no_figures(refresh, window):
    assert refresh().earliest == window.first
    assert not Figure.objects.exists()


def test_the_worker_makes_them(happened, window):
    happened([Happened(window.last)] * 6)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local role hatecase_worker")
        facts_refresh(actor=system_actor("a test makes the figures"))
        assert Figure.objects.get(by=By.ALL, first=window.first).count == 6


def test_the_web_cannot_make_them(cast):
    with transaction.atomic():
        identity_set(ANONYMOUS)
        with pytest.raises(RuntimeError, match="made by the worker"):
            facts_refresh(actor=system_actor("a test makes the figures"))
        transaction.set_rollback(True)


def test_they_are_made_once_a_day(happened, window, settings):
    settings.HATECASE_NOW = "2026-11-22T09:00:00+00:00"
    assert tasks.facts_refresh() is True
    settings.HATECASE_NOW = "2026-11-22T23:59:00+00:00"
    assert tasks.facts_refresh() is False
    settings.HATECASE_NOW = "2026-11-23T00:05:00+00:00"
    assert tasks.facts_refresh() is True


def test_statistics_read_the_figures_and_nothing_else(happened, window, refresh):
    happened([Happened(window.last)] * 6)
    refresh()
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name, bool_or(has_table_privilege('hatecase_stats', quote_ident(table_name), 'select')),"
            " bool_or(has_table_privilege('hatecase_stats', quote_ident(table_name), 'insert, update, delete'))"
            " from information_schema.tables where table_schema = 'public' group by 1"
        )
        rights = {name: (reads, writes) for name, reads, writes in cursor.fetchall()}
        assert {name for name, (reads, _) in rights.items() if reads} == {"strategy_figure", "strategy_release"}
        assert not any(writes for _, writes in rights.values())
        with transaction.atomic():
            cursor.execute("set local role hatecase_stats")
            cursor.execute("select count(*) from strategy_figure")
            assert cursor.fetchone()[0] > 0
            transaction.set_rollback(True)
