"""What agencies write and ask of each other while a case is worked: notes and tasks, done, late, declined or open."""

from __future__ import annotations

from datetime import datetime, timedelta

from agencies.choices import AgencyType
from hatecase.county.dice import Dice, References
from hatecase.county.giving import TYPES
from hatecase.county.office import Office
from hatecase.county.shapes import CasePlan, Note, Task
from hatecase.county.staff import Staff
from hatecase.county.words import Voice, fitting
from incidents.choices import LEVEL_RANK, Band, Level, TaskState

_NOTES_OF = {
    AgencyType.POLICE: ("police", "visit", "partner", "contact"),
    AgencyType.COUNCIL: ("visit", "partner", "contact"),
    AgencyType.LANDLORD: ("housing", "visit", "partner"),
    AgencyType.VICTIM_SERVICE: ("support",),
    AgencyType.VOLUNTARY: ("support", "contact"),
    AgencyType.REPORTING_CENTRE: ("centre",),
    AgencyType.EDUCATION: ("school",),
}
_TASKS_BY_BAND = {"": 0.5, Band.STANDARD: 0.8, Band.MEDIUM: 1.7, Band.HIGH: 2.8}
_ON_TIME, _DECLINED, _WITHDRAWN, _FORGOTTEN = 0.74, 0.05, 0.03, 0.02
_PARTNER_NAMES = {
    "POL": "the police",
    "NNC": "the council",
    "WNC": "the council",
    "RSL1": "Larkfield Homes",
    "VSS": "Voice",
    "NREC": "NREC",
}


class Working:
    """Fills one case with notes and tasks up to an instant."""

    def __init__(
        self, case: CasePlan, voice: Voice, staff: Staff, office: Office, references: References, dice: Dice
    ) -> None:
        self.case, self.voice, self.staff, self.office = case, voice, staff, office
        self.references, self.dice = references, dice

    def note(self, at: datetime, heading: str, agency: str, by: str) -> None:
        """One note, if its time has come."""
        if at >= self.office.end or not by:
            return
        lines = fitting("working", f"note {heading}", self.case.tags)
        if not lines:
            return
        self.voice.words["agency"] = self._partner(agency)
        text = self.voice.say(self.dice.pick(lines))
        self.case.notes.append(Note(at, text, by, agency, (self.dice.uid(), self.dice.uid())))

    def _partner(self, agency: str) -> str:
        others = [g.agency for g in self.case.grants if g.agency != agency and g.agency in _PARTNER_NAMES]
        return _PARTNER_NAMES[self.dice.pick(others)] if others else "the partner"

    def notes(self, until: datetime) -> None:
        """Notes by the lead agency and by partners who may add, over the life of the case."""
        case, dice = self.case, self.dice
        start = case.triaged_at
        if start is None:
            return
        self.note(start, "triage", case.lead, case.lead_worker)
        for assessment in case.assessments[:1]:
            self.note(assessment.at + timedelta(minutes=dice.whole(3, 30)), "risk", case.lead, assessment.by)
        for assessment in case.assessments[1:]:
            if dice.chance(0.25):
                self.note(assessment.at + timedelta(minutes=dice.whole(3, 30)), "review", case.lead, assessment.by)
        for agency in self._may_add():
            headings = _NOTES_OF.get(AgencyType(TYPES[agency]), ("partner",))
            for turn in range(dice.pick((0, 1, 1, 2)) if agency == case.lead else dice.pick((0, 0, 1, 1, 2))):
                at = self.office.between(start, until, dice)
                by = case.lead_worker if agency == case.lead else self.staff.worker(agency, dice)
                heading = dice.pick(headings)
                if heading == "support" and turn == 0:
                    at, heading = start + timedelta(minutes=dice.whole(30, 90)), "support first"
                self.note(at, heading, agency, by)
        if case.closed_at is not None:
            self.note(case.closed_at - timedelta(minutes=dice.whole(5, 90)), "close", case.lead, case.lead_worker)

    def _may_add(self) -> list[str]:
        found = {case_grant.agency for case_grant in self.case.grants if self._adds(case_grant.level)}
        return sorted(agency for agency in found if agency in self.staff.workers)

    @staticmethod
    def _adds(level: str) -> bool:
        return LEVEL_RANK[level] >= LEVEL_RANK[Level.CONTRIBUTE]

    def tasks(self, until: datetime) -> None:
        """Tasks to partners and to oneself. The riskier the case, the more of them."""
        case, dice = self.case, self.dice
        if case.triaged_at is None:
            return
        mean = _TASKS_BY_BAND[case.band]
        count = sum(dice.chance(mean / 4) for _ in range(4))
        for _ in range(count):
            receiver = self._receiver()
            created = self.office.between(case.triaged_at, min(until, self.office.end), dice, early=0.8)
            grant = case.grants_at(created).get(receiver)
            if created >= self.office.end or grant is None or LEVEL_RANK[grant.level] < LEVEL_RANK[Level.VIEW]:
                continue
            task = self._task(receiver, created)
            if task is not None:
                self._run(task, until)
        if case.closed_at is None and (case.fresh or dice.chance(0.5)):
            self._open_tasks()

    def _open_tasks(self) -> None:
        """What lies on the desks when the story ends: tasks just overdue, due today, tomorrow, and after."""
        case, dice = self.case, self.dice
        start = max(case.triaged_at or case.created_at, self.office.end - timedelta(days=dice.whole(3, 6)))
        readers = {a: g for a, g in case.grants_at(self.office.end).items() if LEVEL_RANK[g.level] >= 2}
        partners = sorted(a for a in readers if a != case.lead and a in self.staff.workers)
        receivers = [case.lead] if case.fresh or not partners else []
        receivers += [dice.pick(partners)] if partners else []
        for receiver in receivers:
            created = start + (self.office.end - start) * dice.random() * 0.5
            task = self._task(receiver, created)
            if task is None:
                continue
            due = self.office.close(self.office.end, dice.pick((-1, 0, 0, 1, 1, 2, 3)))
            task.due_at = due if due > created else self.office.close(self.office.end, 1)
            if receiver != case.lead and dice.chance(0.55):
                task.state, task.accepted_at = TaskState.ACCEPTED, created + (self.office.end - created) * 0.5
                task.assignee = task.assignee or self.staff.worker(receiver, dice)

    def _receiver(self) -> str:
        others = [g.agency for g in self.case.grants if g.agency != self.case.lead and g.agency in self.staff.workers]
        return self.dice.pick(others) if others and self.dice.chance(0.7) else self.case.lead

    def _task(self, receiver: str, created: datetime) -> Task | None:
        """A task as it was asked for, and not twice; none where nothing fits."""
        case, dice = self.case, self.dice
        own = receiver == case.lead
        asked = {task.title for task in case.tasks}
        lines = fitting("working", "task own" if own else f"task {TYPES[receiver].value}", case.tags)
        lines = tuple(line for line in lines if self._title(line) not in asked)
        if not lines:
            return None
        title, _, detail = dice.pick(lines).partition("|")
        due = self.office.close(created, dice.pick((1, 2, 3, 5, 5, 5, 7, 10, 10, 15)))
        self.voice.words["agency"] = self._partner(case.lead)
        task = Task(
            ref=self.references.next("HT", created.year),
            submission=dice.uid(),
            title=self._title(title),
            detail=self.voice.say(detail.strip()),
            agency=receiver,
            assignee=case.lead_worker if own else self.staff.worker(receiver, dice) if dice.chance(0.8) else "",
            asked_by=case.lead_worker,
            asked_by_agency=case.lead,
            created_at=created,
            due_at=due,
            state=TaskState.ACCEPTED if own else TaskState.OFFERED,
            accepted_at=created if own else None,
        )
        case.tasks.append(task)
        return task

    def _outcome(self, task: Task, heading: str) -> str:
        own = fitting("working", f"{heading} {TYPES[task.agency].value}", self.case.tags)
        return self.dice.pick(own + fitting("working", heading, self.case.tags))

    def _title(self, line: str) -> str:
        return self.voice.say(line.partition("|")[0].strip())

    def _run(self, task: Task, until: datetime) -> None:
        """What became of the task, as far as the story has gone."""
        dice, office = self.dice, self.office
        if task.accepted_at is None:
            accepted = office.between(task.created_at, task.due_at, dice, early=0.5)
            if dice.chance(_DECLINED):
                self._end(task, accepted, TaskState.DECLINED, "decline", until)
                return
            if accepted >= min(until, office.end):
                self._leave(task, until)
                return
            task.state, task.accepted_at = TaskState.ACCEPTED, accepted
            task.assignee = task.assignee or self.staff.worker(task.agency, dice)
        if dice.chance(_WITHDRAWN):
            self._end(task, office.between(task.accepted_at, task.due_at, dice), TaskState.WITHDRAWN, "", until)
            return
        if dice.chance(_FORGOTTEN) and self.case.closed_at is None:
            return
        done = office.between(task.accepted_at, task.due_at, dice)
        if not dice.chance(_ON_TIME):
            done = office.after(task.due_at, 1, 7, dice)
        self._end(task, done, TaskState.DONE, "done", until)

    def _leave(self, task: Task, until: datetime) -> None:
        """A task still offered: taken back when the case closes first."""
        if self.case.closed_at is not None:
            self._end(task, until, TaskState.WITHDRAWN, "", until)

    def _end(self, task: Task, at: datetime, state: TaskState, heading: str, until: datetime) -> None:
        at = min(at, until) if self.case.closed_at is not None else at
        if at >= self.office.end or at <= task.created_at:
            return
        outcome = self._outcome(task, heading) if heading else "No longer needed."
        task.state, task.closed_at = state, at
        task.outcome = self.voice.say(outcome)
        if state is TaskState.WITHDRAWN:
            task.closed_by = task.asked_by
        else:
            task.closed_by = task.assignee or self.staff.point(task.agency)
