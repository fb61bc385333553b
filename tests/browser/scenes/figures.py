"""Sam of the strategic group sees the county in figures, and no person in it."""

from __future__ import annotations

from tests.browser.stage import Stage, until
from tests.browser.story import ABSENT, DESCRIPTION, NARRATIVE, SAM, Story


def sees_the_county(stage: Stage, story: Story) -> None:
    """Charts that are tables, too, with small counts withheld; nothing leads from them to a case."""
    stage.system.tell_worker("strategy.tasks.facts_refresh")
    sam = stage.enter(SAM)
    assert until(lambda: b"[c]" in sam.fetch("/strategy/")[1]), "no figures came"
    sam.open("/strategy/")
    sam.sees("Incidents", "[c]")
    assert sam.page.locator("svg").count() > 0
    assert sam.page.locator("table").count() >= sam.page.locator("figure").count() > 0
    sam.sees_not(story.case, story.police_case, NARRATIVE, DESCRIPTION, "Farida", "Larch Walk")
    sam.open(f"/cases/{story.case}/", status=404)
    assert sam.fetch(f"/cases/{story.case}/") == sam.fetch(f"/cases/{ABSENT}/")
    sam.open("/")
