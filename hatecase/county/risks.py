"""The assessments of a case over time, computed by the product's own rule from answers that fit the story."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from agencies.models import ServiceStandard
from agencies.standards import StandardRow
from hatecase.county.assessing import answers_first, answers_review
from hatecase.county.dice import Dice
from hatecase.county.office import Office
from hatecase.county.people import Person
from hatecase.county.shapes import Assessment, CasePlan
from incidents.choices import Band
from incidents.rules import clocks
from incidents.rules.risk import Facts, Tool, assess

Standards = list[ServiceStandard] | list[StandardRow]
_ON_TIME, _MOST = 0.8, 14
_BEFORE_CLOSING = timedelta(days=9)


class Assessor:
    """Makes the assessments of cases under one tool and one set of standards."""

    def __init__(self, tool: Tool, standards: Standards, office: Office) -> None:
        self.tool = tool
        self.standards: Any = [row for row in standards if row.kind == "K9"]
        self.office = office

    def first(self, case: CasePlan, person: Person | None, at: datetime, facts: Facts, by: str, dice: Dice) -> None:
        """The first assessment."""
        answers, safety = answers_first(case.first.event, person, dice)
        self._add(case, at, answers, safety, facts, by, person, dice)

    def reviews(
        self, case: CasePlan, person: Person | None, until: datetime, facts: Facts, by: str, dice: Dice
    ) -> None:
        """Reviews up to an instant: mostly on time, worse after a further incident, and the last one shortly before a
        case is closed. A case that is still high is reviewed until it is not."""
        while len(case.assessments) < _MOST:
            last = case.assessments[-1]
            due = last.review.due_at if last.review and last.review.due_at else last.at + timedelta(days=30)
            at = self.office.between(last.at + (due - last.at) * 0.6, due, dice)
            if not dice.chance(_ON_TIME):
                at = self.office.after(due, 1, 8, dice)
            if at >= until:
                break
            worse = any(last.at < report.received_at <= at for report in case.reports[1:])
            self._review(case, person, at, facts, by, dice, worse=worse)

    def closing(
        self, case: CasePlan, person: Person | None, closed: datetime, facts: Facts, by: str, dice: Dice
    ) -> bool:
        """The assessment that closing needs: at most ten working days old and not high. False where it stays high."""
        last = case.assessments[-1]
        if last.at < closed - _BEFORE_CLOSING or last.result.final_band == Band.HIGH:
            at = max(closed - timedelta(days=dice.whole(1, 6)), last.at + timedelta(hours=2))
            self._review(case, person, at, facts, by, dice, worse=False)
        return case.assessments[-1].result.final_band != Band.HIGH and case.assessments[-1].at < closed

    def _review(
        self, case: CasePlan, person: Person | None, at: datetime, facts: Facts, by: str, dice: Dice, *, worse: bool
    ) -> None:
        last = case.assessments[-1]
        answers, safety = answers_review(last.answers, last.safety, dice, worse=worse)
        self._add(case, at, answers, safety, facts, by, person, dice)

    def _add(
        self,
        case: CasePlan,
        at: datetime,
        answers: dict[str, Any],
        safety: dict[str, bool],
        facts: Facts,
        by: str,
        person: Person | None,
        dice: Dice,
    ) -> None:
        result = assess(self.tool, answers, safety, facts)
        review = clocks.review_clock(result.review_band, at, self.standards, self.office.holidays)
        present = "not_present" if person is None else "interpreter" if person.language != "en" else ""
        case.assessments.append(
            Assessment(
                at=at,
                by=by,
                answers=answers,
                safety=safety,
                present=present or dice.pick(("phone", "phone", "in_person", "not_present")),
                facts={"victim_under_18": facts.victim_under_18, "repeat_victim": facts.repeat_victim},
                result=result,
                review=review,
                uids=(dice.uid(), dice.uid()),
            )
        )
