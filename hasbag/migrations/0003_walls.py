"""The second wall around meetings. The lead agency of a proposed case sees the meeting it is asked about."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, role_in, through_case, wall

CASE = through_case()
DECIDES = role_in("hasbag_agendaproposal.lead_agency_id", "spoc", "deputy_spoc", "manager")
MEETING = (
    f"agency_ids && {AGENCIES}"
    " or exists (select 1 from hasbag_agendaproposal p where p.meeting_id = hasbag_meeting.id)"
)
AT_MEETING = "exists (select 1 from hasbag_meeting m where m.id = meeting_id)"


class Migration(migrations.Migration):
    dependencies = [("hasbag", "0002_initial"), ("incidents", "0003_walls")]

    operations = [
        wall("hasbag_agendaproposal", f"{DECIDES} and {CASE}", gate=None),
        wall("hasbag_meeting", MEETING, gate=None),
        wall("hasbag_attendance", AT_MEETING, gate=None),
        wall("hasbag_agendaitem", f"{AT_MEETING} and {CASE}", gate=None),
        wall(
            "hasbag_pack",
            f"(recipient_id = any({AGENCIES}) or requested_by_id = {USER}) and {AT_MEETING}",
            gate=None,
        ),
    ]
