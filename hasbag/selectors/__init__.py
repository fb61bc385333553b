"""Reads of meetings: one function a page, the same for pages, packs and the API."""

from __future__ import annotations

from hasbag.selectors.agenda import AgendaLine, agenda_lines
from hasbag.selectors.meeting import (
    MeetingPage,
    MeetingRow,
    attendance_lines,
    item_get,
    meeting_get,
    meeting_page,
    meetings_for_list,
    member_choices,
    member_get,
)
from hasbag.selectors.pack import PackRow, pack_for_download, pack_row, packs_of_meeting
from hasbag.selectors.proposal import (
    ProposalPage,
    ReleasePage,
    proposal_page,
    proposals_waiting,
    referral_page,
    release_page,
)

__all__ = [
    "AgendaLine",
    "MeetingPage",
    "MeetingRow",
    "PackRow",
    "ProposalPage",
    "ReleasePage",
    "agenda_lines",
    "attendance_lines",
    "item_get",
    "meeting_get",
    "meeting_page",
    "meetings_for_list",
    "member_choices",
    "member_get",
    "pack_for_download",
    "pack_row",
    "packs_of_meeting",
    "proposal_page",
    "proposals_waiting",
    "referral_page",
    "release_page",
]
