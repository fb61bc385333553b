"""From the plan of a case to the rows of its tables."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from agencies.models import Agency, Notice, User
from hatecase.county.cast import GUARDIAN
from hatecase.county.contacts import looked_at
from hatecase.county.giving import TYPES
from hatecase.county.shapes import CasePlan, Grant, Report
from hatecase.county.sheets import Sheet
from hatecase.county.work_rows import WorkRows
from incidents.choices import LEVEL_RANK, PartyRole, PlaceType, ShareBasis
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
    IncidentDraft,
    Note,
    OnlinePost,
    Party,
    RiskAssessment,
    RiskTool,
    SubjectReport,
    Task,
    TaskStep,
)
from incidents.rules.names import QUARANTINE_WORKING_DAYS
from incidents.rules.sharing import groups_default, share_ends
from incidents.services.access import permission_id
from kernel.working_days import Holidays, add_working_days, local_date
from perpetrators.models import AllegedPerpetrator
from victims.choices import SensitiveGroup, Wish
from victims.models import Victim, VictimSensitive

HEALTH = "HLTH"

# In the order in which they refer to each other.
MODELS = (
    Case,
    Victim,
    VictimSensitive,
    AllegedPerpetrator,
    Incident,
    OnlinePost,
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
    TaskStep,
    RiskAssessment,
    Notice,
    IncidentDraft,
)


# What some victims tell whoever takes the report, by a strand or a kind of place that brings it up.
TOLD = {
    "TRN": (SensitiveGroup.TRANS_STATUS, "Has told us about a transition. Use the name on this record and no other."),
    "DIS": (SensitiveGroup.HEALTH, "Tires quickly and takes medicine at midday. Short calls in the morning are best."),
    PlaceType.ASYLUM: (SensitiveGroup.IMMIGRATION_STATUS, "Waits for a decision on an asylum claim."),
}


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
        self.holidays, self.end, self.now = holidays, end, now
        self.sheets = {model: Sheet(model) for model in MODELS}
        self.work = WorkRows(self.sheets, self.agencies, self.users, tool)

    def add(self, case: CasePlan) -> int:
        """Put a case with everything in it on the sheets; answers its key."""
        case_id = self._case(case)
        for report in case.reports:
            self._report(case, case_id, report)
        self._access(case, case_id)
        self.work.add(case, case_id)
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
            reporter_kind=report.reporter,
            reporter_name=report.reporter_name,
            reporter_contact=report.reporter_contact,
            reporter_no_contact=report.no_contact,
            triage_answers=report.triage_answers,
            priority_reasons=report.reasons,
            reporting_agency_id=self.agencies[report.agency],
            entered_by_id=self.users[report.entered_by],
            looked_at=looked_at(case, report),
        )
        if event.online and event.platform:
            self.sheets[OnlinePost].add(
                id=_derived(report.submission, 60),
                incident_id=incident_id,
                case_id=case_id,
                platform=event.platform,
                words_by_id=self.agencies[report.agency],
                updated_at=report.entered_at,
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
            self._told(report)
        self.sheets[Party].add(
            id=_derived(report.submission, 1),
            case_id=case_id,
            incident_id=incident_id,
            role=PartyRole.VICTIM,
            victim_id=record.uid,
            created_at=report.entered_at,
        )

    def _told(self, report: Report) -> None:
        """What every other victim for whom it may matter has told, in the table that is apart."""
        record, event = report.record, report.event
        if record is None or record.uid.int % 2:
            return
        for place, sign in enumerate((*sorted({strand for strand, _ in event.strands}), event.place.kind)):
            if sign in TOLD:
                group, words = TOLD[sign]
                self.sheets[VictimSensitive].add(
                    id=_derived(report.submission, 40 + place),
                    victim_id=record.uid,
                    group=group,
                    text=words,
                    recorded_by_id=self.users[report.entered_by],
                    recorded_by_agency_id=self.agencies[record.agency],
                    updated_at=report.entered_at,
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

    def _until(self, grant: Grant) -> datetime | None:
        """When a share ends that is still needed: it was shared anew, and lasts one to six months from now."""
        if grant.source != CaseGrant.Source.SHARE or grant.ended_at:
            return None
        return share_ends(local_date(self.now) + timedelta(days=30 + grant.uid.int % 150))

    # --- Access -------------------------------------------------------------------------------------

    def _access(self, case: CasePlan, case_id: int) -> None:
        for grant in case.grants:
            # Access goes by the database's clock: a county that is said to end later than now begins by now.
            starts = min(grant.starts_at, self.now)
            chosen = CaseGrant.Source(grant.source).can_be_recalled
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
                until=grant.until or self._until(grant),
                given_by_id=self.users[grant.by],
                field_groups=groups_default(grant.level, TYPES[grant.agency].side),
                necessity=grant.purpose,
                basis=ShareBasis.NOT_ASKED if chosen else "",
                caldicott_guardian=GUARDIAN if grant.agency == HEALTH and chosen else "",
                from_agency_id=self.agencies[case.lead] if grant.gateway else None,
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
        for place, (key, agency, reason) in enumerate(case.exclusions):
            self.sheets[CaseExclusion].add(
                uid=_derived(case.grants[0].uid, place),
                case_id=case_id,
                user_id=self.users[key],
                agency_id=self.agencies[agency] if agency else None,
                reason=reason,
                set_by_id=self.users[case.lead_worker],
                created_at=case.created_at,
            )


def _derived(key: uuid.UUID, number: int) -> uuid.UUID:
    """A key for a row that hangs on another one: the same for the same seed."""
    return uuid.uuid5(key, str(number))
