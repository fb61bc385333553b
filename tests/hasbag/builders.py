"""Plain builders for tests of meetings: assessed cases, meetings, and the worker's part done in this process."""

from __future__ import annotations

import datetime as dt
from typing import Any

from agencies.models import Agency
from hasbag import services
from hasbag.models import Meeting
from incidents.choices import VictimPresence
from incidents.data import CURRENT_TOOL
from incidents.models import Case, RiskAssessment, RiskTool
from incidents.rules.risk import Facts, assess
from incidents.services.access import access_rebuild
from kernel import clock
from kernel.actors import system_actor
from tests.cast import acting, log_incident_as

HIGH = {"A1": 5, "A2": 2, "A4": 2, "A5": 3, "B1": 3, "B2": 3, "B3": 2, "C1": 3, "C2": 1, "C3": 2, "D1": 2, "D3": 2}
MEDIUM = {"A1": 3, "A2": 2, "A4": 2, "A5": 2, "B1": 2, "B3": 2, "C1": 2, "D1": 1, "D3": 1}
STANDARD = {"A1": 1, "A2": 2}
SYSTEM = system_actor("a test does the worker's part")


def answers(given: dict[str, Any], **more: Any) -> dict[str, Any]:
    """All 25 answers: nought but for the given ones."""
    tool = RiskTool.objects.get(version=CURRENT_TOOL).definition
    return {item["id"]: 0 for item in tool["items"]} | given | more


def assess_case(case: Case, given: dict[str, Any], *, at: dt.datetime | None = None, **more: Any) -> RiskAssessment:
    """An assessment as it stands in the database, worked out by the rule, with the case's band and access rows."""
    tool = RiskTool.objects.get(version=CURRENT_TOOL)
    full, safety = answers(given, **more), {q["id"]: False for q in tool.definition["safety"]}
    result = assess(tool.definition, full, safety, Facts(repeat_victim=case.repeat_victim))
    at = at or clock.now()
    made = RiskAssessment.objects.create(
        case=case,
        tool=tool,
        answers=full,
        safety=safety,
        asked=[],
        victim_present=VictimPresence.PHONE,
        facts={},
        subtotals=result.subtotals,
        risk=result.risk,
        protection=result.protection,
        total=result.total,
        gaps=result.gaps,
        score_band=result.score_band,
        triggers=list(result.triggers),
        floors=list(result.floors),
        computed_band=result.computed_band,
        final_band=result.final_band,
        review_band=result.review_band,
        review_due_at=at + dt.timedelta(days=14),
        explanation=result.explanation,
        assessed_at=at,
    )
    found = Case.objects.unscoped(reason="a test sets the band")
    found.filter(pk=case.pk).update(band=result.final_band, review_due_at=made.review_due_at)
    access_rebuild([case.pk])
    case.refresh_from_db()
    return made


def case_of(name: str, given: dict[str, Any] | None = None, **overrides: Any) -> Case:
    """A case logged by one of the cast, assessed where answers are given."""
    case = log_incident_as(name, **overrides).case
    if given is not None:
        assess_case(case, given)
    return case


def meeting_of(name: str = "beth", *, days: int = 21, area: str = "north", codes: str = "") -> Meeting:
    """A meeting called by a chair, some days from now; with these members, else the area's."""
    members = None
    if codes:
        members = list(Agency.objects.filter(code__in=codes.split()).values_list("pk", flat=True))
    with acting(name) as actor:
        return services.meeting_create(
            actor=actor, area=area, starts_at=clock.now() + dt.timedelta(days=days), venue="Room 2", agency_ids=members
        )


def choose(meeting: Meeting) -> Any:
    """The worker chooses the agenda."""
    return services.agenda_choose(actor=SYSTEM, meeting_id=meeting.pk)
