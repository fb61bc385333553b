"""Notes, contacts, tasks and assessments in and out of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.choices import (
    Band,
    ContactDirection,
    ContactMethod,
    ContactResult,
    TaskState,
    VictimPresence,
)
from incidents.serializers.warning import WarnedOut
from kernel.api import MomentField, PlainField
from kernel.words import slug

_DIRECTIONS = {"out": "outbound", "outgoing": "outbound", "in": "inbound", "incoming": "inbound"}
_METHODS = {"telephone": "phone", "call": "phone", "sms": "text", "visit": "in_person", "post": "letter"}


class WordField(serializers.ChoiceField):
    """A choice by its value, whatever its case and hyphens, or by one of its everyday names."""

    def __init__(self, choices: Any, also: dict[str, str] | None = None, **options: Any) -> None:
        super().__init__(choices, **options)
        self.also = also or {}

    def to_internal_value(self, data: Any) -> Any:
        plain = slug(str(data)).replace("-", "_")
        return super().to_internal_value(self.also.get(plain, plain))


class NoteIn(serializers.Serializer):
    text = PlainField(max_length=20_000)


class ContactIn(serializers.Serializer):
    """A contact with the victim, or with the reporter where it acknowledges the report."""

    at = MomentField()
    method = WordField(ContactMethod.choices, also=_METHODS)
    direction = WordField(ContactDirection.choices, also=_DIRECTIONS)
    result = WordField(ContactResult.choices)
    acknowledgement = serializers.BooleanField(required=False, default=False)
    victim = PlainField(max_length=12, required=False, help_text="Which victim, where there are several.")
    with_reporter = serializers.BooleanField(required=False, default=False)
    note = PlainField(max_length=4000, required=False, allow_blank=True)
    emergency_reason = PlainField(max_length=300, required=False, allow_blank=True)


class ContactOut(serializers.Serializer):
    id = serializers.UUIDField(source="uid")
    at = MomentField()
    method = serializers.ChoiceField(ContactMethod.choices)
    direction = serializers.ChoiceField(ContactDirection.choices)
    result = serializers.ChoiceField(ContactResult.choices)
    acknowledgement = serializers.BooleanField()
    victim = serializers.CharField(source="victim.ref", default=None, allow_null=True)
    with_reporter = serializers.BooleanField()


class TaskIn(serializers.Serializer):
    """A task for an agency, by code; `assignee` by e-mail address."""

    title = PlainField(max_length=200)
    detail = PlainField(max_length=4000, required=False, allow_blank=True)
    agency = PlainField(max_length=12)
    assignee = serializers.EmailField(required=False, allow_null=True)
    due_at = MomentField()


class TaskOut(serializers.Serializer):
    ref = serializers.CharField()
    case = serializers.CharField(source="case.ref")
    title = serializers.CharField(source="title_shown")
    agency = serializers.CharField(source="agency.code")
    assignee = serializers.CharField(source="assignee.email", default=None, allow_null=True)
    asked_by = serializers.CharField(source="asked_by_agency.code", default=None, allow_null=True)
    due_at = MomentField()
    state = serializers.ChoiceField(TaskState.choices)
    created_at = MomentField()
    closed_at = MomentField(allow_null=True)


class TaskAskedOut(TaskOut, WarnedOut):
    """A task that was just asked for, with what the caller should know of it."""


class CompleteIn(serializers.Serializer):
    note = PlainField(max_length=4000)


class DeclineIn(serializers.Serializer):
    reason = PlainField(max_length=4000)


@extend_schema_field(OpenApiTypes.OBJECT)
class AnswersField(serializers.DictField):
    """Answers by the item's id: its score, or "NK" where that is allowed. The tool itself decides what is right."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict) or len(data) > 100:
            self.fail("not_a_dict", input_type=type(data).__name__)
        return {str(key)[:10]: value for key, value in data.items()}

    def to_representation(self, value: Any) -> Any:
        return value


class RiskIn(serializers.Serializer):
    version = PlainField(max_length=20)
    answers = AnswersField()
    safety = AnswersField()
    victim_present = serializers.ChoiceField(VictimPresence.choices, required=False)


class AssessmentOut(serializers.Serializer):
    """A submitted assessment, as the contract names its parts."""

    id = serializers.UUIDField(source="uid")
    version = serializers.CharField(source="tool.version")
    subtotals = serializers.DictField(child=serializers.IntegerField())
    risk = serializers.IntegerField()
    protection = serializers.IntegerField()
    total = serializers.IntegerField()
    score_band = serializers.ChoiceField(Band.choices)
    triggers = serializers.ListField(child=serializers.CharField())
    floors = serializers.ListField(child=serializers.CharField())
    gaps = serializers.IntegerField()
    computed_band = serializers.ChoiceField(Band.choices)
    final_band = serializers.ChoiceField(Band.choices)
    review_band = serializers.ChoiceField(Band.choices)
    review_due = MomentField(source="review_due_at")
    explanation = serializers.CharField()
    assessed_at = MomentField()
