"""What contacts say about who was reached or tried, and when (docs/domain.md §3.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from incidents.rules.told import Told, acknowledged_at, reached_at, tried_at, with_victims

START = datetime(2026, 12, 1, 9, 30, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def tries(*whom: str) -> list[Told]:
    ways = ("phone", "text", "phone")
    return [Told(START + day * DAY, ways[day], who, tried=True) for day, who in enumerate(whom)]


def test_attempts_at_several_victims_do_not_add_up():
    assert tried_at(tries("a", "b", "c"), START) is None
    assert tried_at(tries("a", "a", "b"), START) is None
    assert tried_at(tries("a", "a", "a"), START) == START + 2 * DAY
    assert tried_at([*tries("b", "b"), *tries("a", "a", "a")], START) == START + 2 * DAY


def test_who_is_not_a_victim_of_it_is_left_out_and_nobody_known_is_anybody():
    both = [Told(START, "phone", "a", two_way=True), Told(START + DAY, "phone", "b", two_way=True)]
    assert reached_at(with_victims(both, {"b"}), START) == START + DAY
    assert reached_at(with_victims(both, set()), START) == START
    assert with_victims([Told(START, "phone", None, two_way=True)], None) == []


def test_people_give_times_to_the_minute():
    minute = START.replace(second=0)
    assert reached_at([Told(minute, "phone", "a", two_way=True)], START) == minute
    assert acknowledged_at([Told(minute, "letter", acknowledged=True)], START) == minute
    assert reached_at([Told(minute - DAY, "phone", "a", two_way=True)], START) is None
