"""Meetings, agenda lines and packs in and out of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agencies.choices import Area
from hasbag.choices import AgendaState, AttendanceState, PackState
from kernel.api import MomentField, PlainField


class MeetingIn(serializers.Serializer):
    area = serializers.ChoiceField(Area.choices)
    starts_at = MomentField()
    venue = PlainField(max_length=200, required=False, allow_blank=True)


class MeetingRowOut(serializers.Serializer):
    """A meeting. `agenda_state` is `queued` until the system has chosen the agenda."""

    ref = serializers.CharField()
    area = serializers.ChoiceField(Area.choices)
    starts_at = MomentField()
    venue = serializers.CharField()
    chair_agency = serializers.CharField(source="chair_agency.code")
    agenda_state = serializers.ChoiceField(AgendaState.choices)
    minutes_signed_at = MomentField(allow_null=True)


class AttendanceOut(serializers.Serializer):
    agency = serializers.CharField(source="code")
    state = serializers.ChoiceField(AttendanceState.choices)
    name = serializers.CharField()


class ItemOut(serializers.Serializer):
    """A line of the agenda that the caller may see. `number` counts those lines only."""

    id = serializers.UUIDField(source="uid")
    number = serializers.IntegerField()
    case = serializers.CharField(source="case_ref")
    section = serializers.SerializerMethodField()
    band = serializers.CharField()
    strands = serializers.ListField(child=serializers.CharField())
    repeat_victim = serializers.BooleanField()
    lead_agency = serializers.CharField(source="lead_code")
    why = serializers.ListField(child=serializers.CharField())
    late = serializers.BooleanField()

    def get_section(self, line: Any) -> str:
        return str(line.section.value)


class MeetingOut(MeetingRowOut):
    """A meeting with its members and its agenda, as far as the caller may see."""

    attendance = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField()

    @extend_schema_field(AttendanceOut(many=True))
    def get_attendance(self, meeting: Any) -> Any:
        return AttendanceOut(self.context["page"].attendance, many=True).data

    @extend_schema_field(ItemOut(many=True))
    def get_items(self, meeting: Any) -> Any:
        return ItemOut(self.context["page"].agenda, many=True).data


class ItemIn(serializers.Serializer):
    case = PlainField(max_length=20)
    reason = PlainField(max_length=300, required=False, allow_blank=True)


class ItemRemoveIn(serializers.Serializer):
    reason = PlainField(max_length=300, required=False, allow_blank=True)


class PackIn(serializers.Serializer):
    agency = PlainField(max_length=12, required=False, help_text="The recipient's code; the caller's unless given.")


class PackOut(serializers.Serializer):
    """A pack. Digest, pages and link are for those who may download it, at this moment."""

    ref = serializers.CharField()
    meeting = serializers.CharField(source="meeting_ref")
    agency = serializers.CharField(source="recipient_code")
    state = serializers.ChoiceField(PackState.choices)
    sha256 = serializers.CharField(allow_blank=True)
    pages = serializers.IntegerField(allow_null=True)
    pdf = serializers.SerializerMethodField()
    problem = serializers.CharField(allow_blank=True)

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_pdf(self, row: Any) -> Any:
        return self.context["link"](row) if row.downloadable else None
