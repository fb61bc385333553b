"""One incident, many reports: counted once, and parted again whole (docs/domain.md §9.2, §9.3, §10.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from incidents.models import Case, Incident
from incidents.services.reports import report_tie
from kernel import clock
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.working_days import local_date
from strategy.rules.periods import month_start, windows_until
from strategy.selectors.facts import clocks_counted, incidents_counted, victims_counted
from tests.cast import acting, log_incident_as
from tests.incidents.casework import audited, case_of, fresh, give, victim_of
from tests.incidents.moving import WHY, move, picture, undo
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Two calls about one event, with the same victim: the second one was received first, elsewhere."""
    case = case_of("alice")
    again(case, hours=3)
    return fresh(case)


def again(case: Case, *, hours: int) -> Incident:
    received = clock.now() - dt.timedelta(hours=hours)
    victim = VictimData(ref=victim_of(case).ref)
    return log_incident_as(
        "alice",
        case=fresh(case),
        received_at=received,
        occurred_from=received - dt.timedelta(hours=2),
        victims=[victim],
    )


def rows(case: Case) -> list[Incident]:
    return list(Incident.objects.unscoped(reason=WHY).filter(case=case).order_by("received_at"))


def tie(case: Case, one: Incident, other: Incident, name: str = "alice", **given: Any):
    with acting(name) as actor:
        terms = {"version": fresh(case).version, "reason": "Both saw it"} | given
        return report_tie(actor=actor, case=case, incident=one.ref, other=other.ref, **terms)


def test_the_report_received_first_stands_for_the_event(case):
    first, second = rows(case)
    tie(case, first, second)
    first, second = rows(case)
    assert (first.same_as_id, second.same_as_id) == (None, first.pk)


def test_saying_that_two_reports_are_of_one_event_is_a_combination(case):
    tie(case, *rows(case))
    assert [event.operation for event in audited("incident.duplicate")] == ["combination"]


def test_a_third_report_that_came_earlier_stands_for_all(case):
    first, second = rows(case)
    tie(case, first, second)
    earliest = again(case, hours=30)
    tie(case, second, earliest)
    assert [row.same_as_id for row in rows(case)] == [None, earliest.pk, earliest.pk]


def test_several_reports_of_one_event_make_no_repeat_victim(case):
    assert fresh(case).repeat_victim
    tie(case, *rows(case))
    assert not fresh(case).repeat_victim


def test_figures_count_the_event_once_and_answer_each_reporter(case):
    window = windows_until(month_start(local_date(clock.now())))[0]
    before, clocks = incidents_counted(window)[0].total(), clocks_counted(window, clock.now())
    assert [pair for pair in victims_counted(window).values() if pair[0]]
    tie(case, *rows(case))
    assert incidents_counted(window)[0].total() == before - 1
    after = clocks_counted(window, clock.now())
    assert after["K1"].total() == clocks["K1"].total()
    assert after["K3"].total() == clocks["K3"].total() - 1
    assert not [pair for pair in victims_counted(window).values() if pair[0]]


def test_reports_that_differ_after_all_are_parted_again_whole(case):
    before = picture(case)
    moves = tie(case, *rows(case))
    assert picture(case) != before
    undo(moves)
    assert picture(case) == before


def test_reports_of_one_event_move_together(case):
    first, second = rows(case)
    tie(case, first, second)
    log_incident_as("alice", case=fresh(case))
    other = case_of("alice")
    moves = move(first, other)
    assert {row.incident_id for row in moves} == {first.pk, second.pk}
    assert Incident.objects.unscoped(reason=WHY).get(pk=second.pk).same_as_id == first.pk


def test_a_report_that_moves_alone_is_no_report_of_the_event_any_more(case):
    first, second = rows(case)
    tie(case, first, second)
    before, other = picture(case), case_of("alice")
    moves = move(second, other)
    assert Incident.objects.unscoped(reason=WHY).get(pk=second.pk).same_as_id is None
    undo(moves)
    assert picture(case) == before


def test_bad_input(case):
    first, second = rows(case)
    stranger = rows(case_of("alice"))[0]
    for other in (first, stranger):
        with pytest.raises(RuleError, match="same case"):
            tie(case, first, other)
    with pytest.raises(StaleError):
        tie(case, first, second, version=0)
    with pytest.raises(RuleError, match="reason"):
        tie(case, first, second, reason=" ")
    tie(case, first, second)
    with pytest.raises(RuleError, match="already"):
        tie(case, first, second)
    give(case, "NNC", "contribute")
    with pytest.raises(ForbiddenError):
        tie(case, first, second, name="bob")


def test_the_database_takes_no_report_of_itself(case):
    first = rows(case)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.unscoped(reason=WHY).filter(pk=first.pk).update(same_as=first)
