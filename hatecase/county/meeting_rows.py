"""Meetings as rows, and the grants that their members got."""

from __future__ import annotations

from datetime import datetime, timedelta

from hasbag import rules
from hasbag.choices import AgendaState, ItemState, ProposalState
from hasbag.models import AgendaItem, AgendaProposal, Attendance, Meeting
from hasbag.services.release import GATEWAY, GATEWAY_OTHERS, PURPOSE
from hatecase.county.dice import dice_for
from hatecase.county.giving import TYPES
from hatecase.county.meetings import Candidate, MeetingPlan
from hatecase.county.rows import Rows
from hatecase.county.sheets import Sheet
from hatecase.county.staff import Staff
from incidents.choices import LEVEL_RANK, Level
from incidents.models import CaseGrant
from incidents.services.access import permission_id

MODELS = (Meeting, Attendance, AgendaItem, AgendaProposal)
_ANSWERED_AFTER = timedelta(days=2)


class MeetingRows:
    """Writes meeting plans on sheets. `touched` are the cases whose access has to be worked out again; `released` those
    of them that a meeting's members open still."""

    def __init__(self, rows: Rows, staff: Staff, seed: int) -> None:
        self.rows, self.staff, self.seed = rows, staff, seed
        self.sheets = {model: Sheet(model) for model in MODELS}
        self.touched: set[int] = set()
        self.released: set[int] = set()

    def add(self, plan: MeetingPlan) -> None:
        """Put a meeting on the sheets."""
        rows = self.rows
        meeting_id = self.sheets[Meeting].add(
            ref=plan.ref,
            submission_id=plan.submission,
            area=plan.area,
            starts_at=plan.starts_at,
            venue=plan.venue,
            chair_agency_id=rows.agencies[plan.chair_agency],
            chair_id=rows.users[plan.chair],
            agency_ids=[rows.agencies[code] for code, _, _ in plan.attendance],
            agenda_state=AgendaState.CHOSEN,
            agenda_chosen_at=plan.chosen_at,
            minutes_signed_at=plan.signed_at,
            minutes_signed_by_id=rows.users[plan.chair] if plan.signed_at else None,
            created_at=plan.called_at,
        )
        for code, state, name in plan.attendance:
            self.sheets[Attendance].add(meeting_id=meeting_id, agency_id=rows.agencies[code], state=state, name=name)
        self._agenda(plan, meeting_id)

    def _agenda(self, plan: MeetingPlan, meeting_id: int) -> None:
        rows = self.rows
        released = set()
        for candidate, uid, state in plan.proposals:
            decided = None if state == ProposalState.WAITING else plan.chosen_at + _ANSWERED_AFTER
            self.sheets[AgendaProposal].add(
                uid=uid,
                meeting_id=meeting_id,
                case_id=candidate.case_id,
                lead_agency_id=rows.agencies[candidate.lead],
                criteria=list(candidate.criteria),
                state=state,
                reason="Proceedings are active; speak to us first." if state == ProposalState.REFUSED else "",
                decided_by_id=rows.users[self.staff.point(candidate.lead)] if decided else None,
                decided_at=decided,
                created_at=plan.chosen_at,
            )
            if state == ProposalState.RELEASED:
                released.add(candidate.case_id)
                self._release(plan, candidate, decided or plan.chosen_at)
        for candidate, uid in plan.items:
            self.sheets[AgendaItem].add(
                uid=uid,
                meeting_id=meeting_id,
                case_id=candidate.case_id,
                criteria=list(candidate.criteria),
                state=ItemState.LISTED,
                added_by_id=rows.users[self.staff.point(candidate.lead)] if candidate.case_id in released else None,
                added_at=plan.chosen_at,
            )

    def _release(self, plan: MeetingPlan, candidate: Candidate, at: datetime) -> None:
        """View for the members until twenty working days after the sign-off (docs/domain.md §5.4)."""
        rows = self.rows
        until = rules.release_ends_at(plan.signed_at, rows.holidays) if plan.signed_at else None
        if until is None or until > rows.now:
            self.released.add(candidate.case_id)
        dice = dice_for("release", self.seed, plan.ref, candidate.ref)
        for code in plan.newcomers(candidate):
            starts = min(at, rows.now)
            rows.sheets[CaseGrant].add(
                uid=dice.uid(),
                group_id=rows.groups[code],
                permission_id=permission_id(Level.VIEW),
                content_object_id=candidate.case_id,
                agency_id=rows.agencies[code],
                level=Level.VIEW,
                rank=LEVEL_RANK[Level.VIEW],
                source=CaseGrant.Source.MEETING,
                source_ref=plan.ref,
                purpose=PURPOSE.format(ref=plan.ref),
                gateway=GATEWAY if TYPES[code].is_statutory_s115 else GATEWAY_OTHERS,
                starts_at=starts,
                until=until,
                given_by_id=rows.users[self.staff.point(candidate.lead)],
                created_at=starts,
            )
        self.touched.add(candidate.case_id)
