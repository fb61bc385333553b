"""The tables of docs/domain.md §3.1 and the rows of §3.3, read from the page itself and walked: every clock, every level."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agencies.reference_data import ALL_STANDARDS
from incidents.choices import ClockKind, PauseReason
from incidents.choices.progress import PAUSABLE
from incidents.rules.clocks import clock_plan, clock_state, clocks_changed, clocks_from_receipt
from incidents.rules.victim_clocks import event_level, pause_error, rebanded, support_clock
from kernel.bank_holidays import bank_holidays
from kernel.working_days import LONDON

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "domain.md").read_text(encoding="utf-8")
HOLIDAYS = bank_holidays(range(2024, 2031))
START = datetime(2026, 11, 20, 12, tzinfo=LONDON)
PRIORITIES, BANDS = ("P1", "P2", "P3"), ("high", "medium", "standard")
LEVELS = {"K11": ("any", "any", "any")} | dict.fromkeys(("K6", "K7", "K8", "K9"), BANDS)
DONE_HERE = tuple(f"K{n}" for n in (*range(10), 11))
"""The clocks that run; K10, and those from K12 on, are told as later."""


def section(number: str) -> str:
    """One part of the page."""
    start = PAGE.index(f"\n### {number} ")
    return PAGE[start : PAGE.index("\n#", start + 5)]


def rows() -> dict[str, list[str]]:
    """The cells of each clock in the tables of §3.1: urgent or high, then the next two."""
    found = re.findall(r"^\| (K\d+) \|(.*)\|$", section("3.1"), re.MULTILINE)
    return {kind: [cell.strip() for cell in rest.split("|")][-3:] for kind, rest in found}


def limits() -> dict[tuple[str, str], str]:
    """What the page says for each clock and level; nothing where there is no limit."""
    said = {
        (kind, level): cell
        for kind, cells in rows().items()
        for level, cell in zip(LEVELS.get(kind, PRIORITIES), cells, strict=True)
        if cell != "–"
    }
    # K8: "5 WD where it is not hate" stands in its words.
    other = re.search(r"^\| K8 \|[^|]*?(\d+ WD) where it is not hate", section("3.1"), re.MULTILINE)
    assert other is not None
    return said | {("K8", "other"): other.group(1)}


def naive_due(start: datetime, days: int) -> datetime:
    """17:00 on that working day, counted day by day; the start lies in office time."""
    day = start.date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5 and day not in HOLIDAYS
    return datetime(day.year, day.month, day.day, 17, tzinfo=LONDON)


def test_the_page_tells_every_clock_that_runs():
    assert sorted(rows()) == sorted(DONE_HERE)


def test_the_standards_are_what_the_page_says_and_nothing_else():
    stored = {
        (row.kind, row.level): f"{row.amount} {'elapsed hours' if row.unit == 'hours' else 'WD'}"
        for row in ALL_STANDARDS
        if row.kind in DONE_HERE
    }
    assert stored == limits()


@pytest.mark.parametrize(("kind", "level"), sorted(limits()))
def test_every_clock_at_every_level_is_due_when_the_page_says(kind, level):
    amount, unit = limits()[kind, level].split(maxsplit=1)
    plan = clock_plan(ClockKind(kind), level, START, ALL_STANDARDS, HOLIDAYS)
    assert plan is not None
    expected = START + timedelta(hours=int(amount)) if unit == "elapsed hours" else naive_due(START, int(amount))
    assert plan.due_at == expected
    assert plan.amber_at is not None
    assert START < plan.amber_at < expected


@pytest.mark.parametrize("level", ["P2", "P3"])
def test_where_the_page_has_a_dash_there_is_no_clock(level):
    assert clock_plan(ClockKind.K0, level, START, ALL_STANDARDS, HOLIDAYS) is None


def test_a_key_event_has_the_level_of_its_row():
    assert [event_level(band, hate=True) for band in BANDS] == list(BANDS)
    assert event_level("high", hate=False) == "other"


# --- §3.3 -----------------------------------------------------------------------------------------------


def kinds_in(words: str) -> set[str]:
    """The clocks that some words name, "K5 to K8" spelled out."""
    found = set()
    for first, last in re.findall(r"K(\d+)(?: to K(\d+))?", words):
        found |= {f"K{n}" for n in range(int(first), int(last or first) + 1)}
    return found


def sentence(beginning: str) -> str:
    """A sentence of §3.3."""
    flat = re.sub(r"\s+", " ", section("3.3"))
    start = flat.index(beginning)
    return flat[start : flat.index(".", start)]


def test_what_pauses_is_what_the_page_says_for_every_clock_and_reason():
    waits = kinds_in(sentence("Only what hangs on the victim pauses"))
    assert waits == {kind.value for kind in PAUSABLE}
    due = START + timedelta(days=5)
    for kind in ClockKind:
        for reason in PauseReason:
            said = pause_error(kind, reason, due, START)
            # A referral needs no contact, so no lack of a safe time stands in its way.
            open_to = kind.value in waits and (kind, reason) != (ClockKind.K5, PauseReason.SAFE_CONTACT)
            assert (said == "") is open_to, (kind, reason)
        for reason in ("leave", "another_agency", ""):
            assert pause_error(kind, reason, due, START), (kind, reason)


def test_a_pause_is_an_exception_and_never_met():
    due = START + timedelta(days=5)
    assert clock_state(due, START + timedelta(days=9), paused_at=START) == "paused"
    assert clock_state(due, START, met_at=due + timedelta(minutes=1), paused_at=None) == "missed"


@pytest.mark.parametrize("priority", PRIORITIES)
def test_where_nobody_can_be_reached_what_the_page_names_does_not_apply(priority):
    reporter = kinds_in(sentence("Where the reporter is anonymous").split(";")[0])
    victim = kinds_in(sentence("Where the reporter is anonymous").split(";")[1])
    assert (reporter, victim) == ({"K1"}, {"K3", "K5", "K6", "K7", "K8"})
    plans = clocks_from_receipt(
        priority, START, ALL_STANDARDS, HOLIDAYS, reporter_reachable=False, victim_reachable=False
    )
    support = support_clock(priority, START, ALL_STANDARDS, HOLIDAYS, applies=False)
    none = {plan.kind.value for plan in (*plans, support) if plan is not None and plan.due_at is None}
    assert none == (reporter | victim) & {"K1", "K3", "K5"}
    assert {"K2", "K4"} <= {plan.kind.value for plan in plans if plan.due_at is not None}


@pytest.mark.parametrize("before", PRIORITIES)
@pytest.mark.parametrize("after", PRIORITIES)
def test_raised_it_comes_forward_and_lowered_it_stays_for_every_pair(before, after):
    first = {plan.kind: plan.due_at for plan in clocks_from_receipt(before, START, ALL_STANDARDS, HOLIDAYS)}
    second = clocks_from_receipt(after, START, ALL_STANDARDS, HOLIDAYS)
    changed = clocks_changed(first, second)
    assert all(plan.kind not in first or plan.due_at < first[plan.kind] for plan in changed)
    if after >= before:
        assert changed == ()
    else:
        assert {ClockKind.K3, ClockKind.K4} <= {plan.kind for plan in changed}


@pytest.mark.parametrize("kind", ["K6", "K7"])
@pytest.mark.parametrize("before", BANDS)
@pytest.mark.parametrize("after", BANDS)
def test_the_same_of_a_band_for_the_plan_and_updates(kind, before, after):
    first = clock_plan(ClockKind(kind), before, START, ALL_STANDARDS, HOLIDAYS)
    assert first is not None
    plan = rebanded(first.due_at, after, kind, START, ALL_STANDARDS, HOLIDAYS)
    assert (plan is not None) is (BANDS.index(after) < BANDS.index(before))
