"""Writes of meetings: one verb a function, one transaction, one audit event."""

from __future__ import annotations

from hasbag.services.agenda import agenda_choose
from hasbag.services.item import item_add, item_remove, item_restore
from hasbag.services.meeting import attendance_set, meeting_create, minutes_sign, release_ends_set
from hasbag.services.pack import pack_downloaded, pack_make, pack_request
from hasbag.services.reading import meeting_read, proposal_read, release_read
from hasbag.services.release import case_refer, item_release, proposal_refuse, proposal_release

__all__ = [
    "agenda_choose",
    "attendance_set",
    "case_refer",
    "item_add",
    "item_release",
    "item_remove",
    "item_restore",
    "meeting_create",
    "meeting_read",
    "minutes_sign",
    "pack_downloaded",
    "pack_make",
    "pack_request",
    "proposal_read",
    "proposal_refuse",
    "proposal_release",
    "release_ends_set",
    "release_read",
]
