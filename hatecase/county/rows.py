"""From the plan of a case to the rows of its tables."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from datetime import datetime

from agencies.models import Agency, Notice, User
from hatecase.county.shapes import Assessment, CasePlan, Report
from hatecase.county.sheets import Sheet, Written
from incidents.choices import LEVEL_RANK, PartyRole
from incidents.models import (
    Case,
    CaseExclusion,
    CaseGrant,
    CasePerson,
    Characteristic,
    ClassificationChange,
    Clock,
    Contact,
    Incident,
    Note,
    Party,
    RiskAssessment,
    RiskTool,
    SubjectReport,
    Task,
)
from incidents.rules.risk import answer_lines
from incidents.services.access import permission_id
from incidents.services.incident import QUARANTINE_WORKING_DAYS
from kernel.working_days import Holidays, add_working_days, local_date
from perpetrators.models import AllegedPerpetrator
from victims.choices import Wish
from victims.models import Victim

# In the order in which they refer to each other.
MODELS = (
    Case,
    Victim,
    AllegedPerpetrator,
    Incident,
    Characteristic,
    Party,
    SubjectReport,
    CaseGrant,
    CasePerson,
    CaseExclusion,
    ClassificationChange,
    Clock,
    Contact,
    Note,
    Task,
    RiskAssessment,
    Notice,
)


class Rows:
    """Writes case plans on sheets. Agencies and staff become keys here."""

    def __init__(
        self,
        agencies: dict[str, Agency],
        users: dict[str, User],
        tool: RiskTool,
        holidays: Holidays,
        end: datetime,
        now: datetime,
    ) -> None:
        self.agencies = {code: agency.pk for code, agency in agencies.items()}
        self.groups = {code: agency.group_id for code, agency in agencies.items()}
        self.users: dict[str, int | None] = {key: user.pk for key, user in users.items()} | {"": None}
        self.tool, self.holidays, self.end, self.now = tool, holidays, end, now
        self.sheets = {model: Sheet(model) for model in MODELS}
        self._questions = [line.id for line in answer_lines(tool.definition, {}, {})]
        self._answered: dict[tuple[str, object], str] = {}

    def add(self, case: CasePlan) -> int:
        """Put a case with everything in it on the sheets; answers its key."""
        case_id = self._case(case)
        for report in case.reports:
            self._report(case, case_id, report)
        self._access(case, case_id)
        self._work(case, case_id)
        for assessment in case.assessments:
            self._assessment(case_id, assessment)
        return case_id

    def _case(self, case: CasePlan) -> int:
        return self.sheets[Case].add(
            ref=case.ref,
            tier=case.tier,
            status=case.status,
            classification=case.classification,
            priority=case.priority,
            band=case.band,
            review_due_at=case.review_due_at,
            lead_agency_id=self.agencies[case.lead],
            lead_worker_id=self.users[case.lead_worker],
            summary=case.summary,
            received_at=case.received_at,
            district_id=case.district,
            victim_district=case.victim_district,
            strands=case.strands,
            triaged_at=case.triaged_at,
            closed_at=case.closed_at,
            version=1 + len(case.changes) + len(case.reports),
            created_at=case.created_at,
            updated_at=case.updated_at,
            created_by_id=self.users[case.created_by],
        )

    # --- Incidents and people -------------------------------------------------------------------------

    def _report(self, case: CasePlan, case_id: int, report: Report) -> None:
        event = report.event
        incident_id = self.sheets[Incident].add(
            ref=report.ref,
            case_id=case_id,
            submission_id=report.submission,
            received_at=report.received_at,
            entered_at=report.entered_at,
            occurred_from=event.when,
            occurred_to=None,
            ongoing=event.often >= 3,
            channel=report.channel,
            narrative=report.narrative,
            perceived_by=report.perceived_by,
            behaviours=list(event.behaviours),
            place_type=event.place.kind,
            location=event.place.location,
            postcode=event.place.postcode,
            district_id=report.district,
            online=event.online,
            online_detail={"platform": event.platform} if event.online and event.platform else {},
            reporter_kind=report.reporter,
            reporter_name=report.reporter_name,
            reporter_contact=report.reporter_contact,
            reporter_no_contact=report.no_contact,
            triage_answers=report.triage_answers,
            priority_reasons=report.reasons,
            reporting_agency_id=self.agencies[report.agency],
            entered_by_id=self.users[report.entered_by],
        )
        for strand, sub in event.strands:
            self.sheets[Characteristic].add(
                incident_id=incident_id, case_id=case_id, code=strand, sub=sub, by_association=False
            )
        self._victim(case_id, incident_id, report)
        self._alleged(case, case_id, incident_id, report)

    def _victim(self, case_id: int, incident_id: int, report: Report) -> None:
        record = report.record
        if record is None:
            return
        if report.record_is_new:
            values = dict(record.values)
            if any(values[name] != Wish.NOT_ASKED for name in values if name.startswith("wish_share")):
                values |= {"wishes_at": report.entered_at, "wishes_by_id": self.users[report.entered_by]}
            self.sheets[Victim].add(
                id=record.uid,
                ref=record.ref,
                recorded_by_agency_id=self.agencies[record.agency],
                created_at=report.entered_at,
                updated_at=report.entered_at,
                **values,
            )
        self.sheets[Party].add(
            id=_derived(report.submission, 1),
            case_id=case_id,
            incident_id=incident_id,
            role=PartyRole.VICTIM,
            victim_id=record.uid,
            created_at=report.entered_at,
        )

    def _alleged(self, case: CasePlan, case_id: int, incident_id: int, report: Report) -> None:
        for place, (alleged, is_new) in enumerate(report.alleged):
            if is_new:
                self.sheets[AllegedPerpetrator].add(
                    id=alleged.uid,
                    ref=alleged.ref,
                    status=alleged.status,
                    given_name=alleged.given_name,
                    family_name=alleged.family_name,
                    date_of_birth=alleged.date_of_birth,
                    description=alleged.description,
                    relationship=alleged.relationship,
                    district=alleged.district,
                    recorded_by_agency_id=self.agencies[alleged.agency],
                    created_at=alleged.created_at,
                    updated_at=alleged.created_at,
                )
                self._quarantine(case, case_id, incident_id, report, place)
            self.sheets[Party].add(
                id=_derived(report.submission, 10 + place),
                case_id=case_id,
                incident_id=incident_id,
                role=PartyRole.ALLEGED_PERPETRATOR,
                perpetrator_id=alleged.uid,
                created_at=report.entered_at,
            )

    def _quarantine(self, case: CasePlan, case_id: int, incident_id: int, report: Report, place: int) -> None:
        """What was reported of somebody whose name may not be kept, while its twenty working days last."""
        alleged = report.alleged[place][0]
        if not alleged.reported:
            return
        erase_on = add_working_days(local_date(report.entered_at), QUARANTINE_WORKING_DAYS, self.holidays)
        if erase_on > local_date(self.end):
            self.sheets[SubjectReport].add(
                id=_derived(report.submission, 20 + place),
                case_id=case_id,
                incident_id=incident_id,
                lead_agency_id=self.agencies[case.lead],
                perpetrator_id=alleged.uid,
                subject_as_reported=alleged.reported,
                erase_on=erase_on,
                created_at=report.entered_at,
            )

    # --- Access -------------------------------------------------------------------------------------

    def _access(self, case: CasePlan, case_id: int) -> None:
        for grant in case.grants:
            # Access goes by the database's clock: a county that is said to end later than now begins by now.
            starts = min(grant.starts_at, self.now)
            self.sheets[CaseGrant].add(
                uid=grant.uid,
                group_id=self.groups[grant.agency],
                permission_id=permission_id(grant.level),
                content_object_id=case_id,
                agency_id=self.agencies[grant.agency],
                level=grant.level,
                rank=LEVEL_RANK[grant.level],
                source=grant.source,
                source_ref=grant.source_ref,
                purpose=grant.purpose,
                gateway=grant.gateway,
                starts_at=starts,
                until=grant.until,
                given_by_id=self.users[grant.by],
                created_at=starts,
                ended_at=grant.ended_at,
            )
        for key, level in case.people:
            self.sheets[CasePerson].add(
                case_id=case_id,
                user_id=self.users[key],
                level=level,
                rank=LEVEL_RANK[level],
                reason="Works the restricted case.",
                starts_at=min(case.created_at, self.now),
                given_by_id=self.users[case.lead_worker],
            )
        for key, agency, reason in case.exclusions:
            self.sheets[CaseExclusion].add(
                case_id=case_id,
                user_id=self.users[key],
                agency_id=self.agencies[agency] if agency else None,
                reason=reason,
                set_by_id=self.users[case.lead_worker],
                created_at=case.created_at,
            )

    # --- Work ---------------------------------------------------------------------------------------

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


def _derived(key: uuid.UUID, number: int) -> uuid.UUID:
    """A key for a row that hangs on another one: the same for the same seed."""
    return uuid.uuid5(key, str(number))
