"""The work on a case as rows: decisions, clocks, contacts, notes, tasks, assessments."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import Any

from hatecase.county.shapes import Assessment, CasePlan
from hatecase.county.shapes import Task as TaskPlan
from hatecase.county.sheets import Sheet, Written
from incidents.choices.changes import TaskStepKind
from incidents.models import (
    ClassificationChange,
    Clock,
    Contact,
    Incident,
    Note,
    RiskAssessment,
    RiskTool,
    Task,
    TaskStep,
)
from incidents.rules.risk import answer_lines


class WorkRows:
    """Writes what was done in a case on its sheets."""

    def __init__(
        self, sheets: dict[Any, Sheet], agencies: dict[str, int], users: dict[str, int | None], tool: RiskTool
    ) -> None:
        self.sheets, self.agencies, self.users, self.tool = sheets, agencies, users, tool
        self._questions = [line.id for line in answer_lines(tool.definition, {}, {})]
        self._answered: dict[tuple[str, object], str] = {}

    def add(self, case: CasePlan, case_id: int) -> None:
        """Put the work on a case on the sheets, right after its incidents."""
        self._work(case, case_id)
        for assessment in case.assessments:
            self._assessment(case_id, assessment)

    def _work(self, case: CasePlan, case_id: int) -> None:
        for change in case.changes:
            self.sheets[ClassificationChange].add(
                case_id=case_id,
                before=change.before,
                after=change.after,
                reason=change.reason,
                crime_reference=change.crime_reference,
                by_id=self.users[change.by],
                at=change.at,
            )
        self._clocks(case, case_id)
        for contact in case.contacts:
            self.sheets[Contact].add(
                uid=contact.uids[0],
                submission_id=contact.uids[1],
                case_id=case_id,
                victim_id=contact.record.uid if contact.record else None,
                with_reporter=contact.with_reporter,
                at=contact.at,
                method=contact.method,
                direction=contact.direction,
                result=contact.result,
                acknowledgement=contact.acknowledgement,
                note=contact.note,
                emergency_reason=contact.emergency,
                by_id=self.users[contact.by],
                agency_id=self.agencies[contact.agency],
                created_at=contact.at,
            )
        for note in case.notes:
            self.sheets[Note].add(
                uid=note.uids[0],
                submission_id=note.uids[1],
                case_id=case_id,
                text=note.text,
                author_id=self.users[note.by],
                agency_id=self.agencies[note.agency],
                at=note.at,
            )
        self._tasks(case, case_id)

    def _clocks(self, case: CasePlan, case_id: int) -> None:
        incidents = self._incident_ids(case)
        for row in case.clocks:
            plan = row.plan
            self.sheets[Clock].add(
                case_id=case_id,
                incident_id=incidents[row.report.ref] if row.report else None,
                lead_agency_id=self.agencies[case.lead],
                kind=plan.kind,
                level=plan.level,
                rule_version=plan.rule_version,
                starts_at=plan.starts_at,
                due_at=plan.due_at,
                amber_at=plan.amber_at,
                met_at=row.met_at,
                outcome=row.outcome,
                paused_at=row.paused_at,
                pause_reason=row.pause_reason,
                closed_at=row.closed_at,
            )

    def _incident_ids(self, case: CasePlan) -> dict[str, int]:
        """The keys that this case's incidents were given a moment ago: the last ones on the sheet."""
        last = self.sheets[Incident].last
        return {report.ref: last - back for back, report in enumerate(reversed(case.reports))}

    def _tasks(self, case: CasePlan, case_id: int) -> None:
        for task in case.tasks:
            self.sheets[Task].add(
                ref=task.ref,
                submission_id=task.submission,
                case_id=case_id,
                title=task.title,
                detail=task.detail,
                agency_id=self.agencies[task.agency],
                assignee_id=self.users[task.assignee],
                asked_by_id=self.users[task.asked_by],
                asked_by_agency_id=self.agencies[task.asked_by_agency],
                due_at=task.due_at,
                state=task.state,
                outcome=task.outcome,
                created_at=task.created_at,
                accepted_at=task.accepted_at,
                closed_at=task.closed_at,
                closed_by_id=self.users[task.closed_by],
            )
            self._steps(task)

    def _steps(self, task: TaskPlan) -> None:
        """What was done with a task after it was asked, as its own services keep it."""
        steps = []
        if task.accepted_at is not None and task.accepted_at > task.created_at:
            steps.append((TaskStepKind.ACCEPTED, "", task.accepted_at, task.assignee))
        if task.closed_at is not None:
            steps.append((TaskStepKind(task.state), task.outcome, task.closed_at, task.closed_by))
        for kind, words, at, by in steps:
            self.sheets[TaskStep].add(
                uid=uuid.uuid5(task.submission, kind.value),
                task_id=self.sheets[Task].last,
                kind=kind,
                text=words,
                by_id=self.users[by],
                agency_id=self.agencies[task.agency],
                at=at,
            )

    def _assessment(self, case_id: int, assessment: Assessment) -> None:
        result = assessment.result
        review = assessment.review.due_at if assessment.review and assessment.review.due_at else assessment.at
        self.sheets[RiskAssessment].add(
            uid=assessment.uids[0],
            submission_id=assessment.uids[1],
            case_id=case_id,
            tool_id=self.tool.pk,
            answers=assessment.answers,
            safety=assessment.safety,
            asked=self._asked(assessment),
            victim_present=assessment.present,
            facts=assessment.facts,
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
            review_due_at=review,
            explanation=result.explanation,
            assessed_by_id=self.users[assessment.by],
            assessed_at=assessment.at,
        )

    def _asked(self, assessment: Assessment) -> Written:
        """The questions and answers in words. A county repeats them by the million, so each is written out once."""
        given = {**assessment.safety, **assessment.answers}
        lines = []
        for name in self._questions:
            key = (name, given[name])
            if key not in self._answered:
                self._answered[key] = self._line(name, given[name])
            lines.append(self._answered[key])
        return Written(f"[{', '.join(lines)}]")

    def _line(self, name: str, answer: object) -> str:
        every = answer_lines(self.tool.definition, {name: answer}, {name: answer})
        return json.dumps(asdict(next(line for line in every if line.id == name)), ensure_ascii=False)
