"""One hate incident from the phone call to the briefing pack and the county's figures, told as the demo cast."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.scenes import case, figures, meeting, report
from tests.browser.stage import Stage, System
from tests.browser.story import Story

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_journey(system: System, chromium: Browser, *, scripts: bool) -> None:
    stage, story = Stage(system, chromium, scripts=scripts), Story()
    try:
        _play(stage, story)
    except Exception as error:
        error.add_note(f"{story}\n{stage.where()}\nBefore that:\n" + "\n".join(stage.faults.found))
        raise
    finally:
        stage.empty()
    assert not stage.faults.found, "\n".join(stage.faults.found)


def _play(stage: Stage, story: Story) -> None:
    report.signs_in(stage)
    report.begins_a_report(stage)
    report.loses_her_browser(stage)
    report.finishes_the_report(stage, story)
    case.reads_the_case(stage, story)
    case.confirms_the_triage(stage, story)
    case.writes_and_speaks(stage, story)
    case.assesses_the_risk(stage, story)
    case.shares_with_the_council(stage, story)
    case.asks_for_a_task(stage, story)
    case.is_reminded(stage, story)
    case.does_the_task(stage, story)
    meeting.police_keep_a_case(stage, story)
    meeting.calls_a_meeting(stage, story)
    meeting.police_release_it(stage, story)
    meeting.orders_the_agenda(stage, story)
    meeting.prints_the_pack(stage, story)
    meeting.keeps_the_pack_from_others(stage, story)
    figures.sees_the_county(stage, story)
    case.shares_with_the_support_service(stage, story)
