"""Reading meetings with its trace: a meeting's page is a list of cases (docs/domain.md §8.2)."""

from __future__ import annotations

import uuid

from hasbag.models import Meeting
from hasbag.selectors.meeting import MeetingPage, meeting_page
from hasbag.selectors.proposal import ProposalPage, ReleasePage, proposal_page, release_page
from incidents.services.reading import case_part_read
from kernel import audit
from kernel.actors import Actor
from kernel.models import AuditOperation


def meeting_read(*, actor: Actor, ref: str) -> MeetingPage:
    """A meeting for somebody who opens it; the event names the cases that they saw. Raises Meeting.DoesNotExist."""
    page = meeting_page(actor, ref)
    cases = [line.case_ref for line in (*page.agenda, *page.removed)]
    audit.record(actor, "meeting.read", page.meeting, operation=AuditOperation.CONSULTATION, detail={"cases": cases})
    return page


def proposal_read(*, actor: Actor, uid: uuid.UUID) -> ProposalPage:
    """A proposal with its case, for those who decide about it. Raises AgendaProposal.DoesNotExist."""
    page = proposal_page(actor, uid)
    case_part_read(actor=actor, case=page.case, part="proposal")
    return page


def release_read(*, actor: Actor, meeting: Meeting, uid: uuid.UUID) -> ReleasePage:
    """A listed case, for those who decide about its release. Raises AgendaItem.DoesNotExist."""
    page = release_page(actor, meeting, uid)
    case_part_read(actor=actor, case=page.case, part="release")
    return page
