"""A working day with three agencies and a reporting centre, from two reports of one event to the closed case."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.day import Day
from tests.browser.scenes import day_close, day_reports, day_work
from tests.browser.stage import Stage, System

pytestmark = pytest.mark.browser

SCENES = (
    day_reports.the_centre_logs_a_report,
    day_reports.the_police_log_a_report,
    day_reports.the_council_passes_it_on,
    day_reports.finds_the_same_event,
    day_reports.joins_them,
    day_reports.accepts_and_assigns,
    day_work.asks_to_override_the_wish,
    day_work.the_supervisor_signs_it_off,
    day_work.asks_the_council,
    day_work.does_it_with_a_question,
    day_work.lets_a_clock_wait,
    day_work.speaks_with_the_victim,
    day_work.strikes_what_stands_in_the_wrong_case,
    day_work.hands_the_case_over,
    day_work.the_supervisor_sees_the_team,
    day_reports.parts_them_again,
    day_close.refers_him_to_support,
    day_close.writes_to_the_victim,
    day_close.finishes_the_referral,
    day_close.puts_it_on_paper,
    day_close.closes_the_case,
)


def test_a_working_day(system: System, chromium: Browser) -> None:
    stage, day = Stage(system, chromium, scripts=True), Day()
    try:
        for scene in SCENES:
            scene(stage, day)
    except Exception as error:
        error.add_note(f"{day}\n{stage.where()}\nBefore that:\n" + "\n".join(stage.faults.found))
        raise
    finally:
        stage.empty()
    assert not stage.faults.found, "\n".join(stage.faults.found)
