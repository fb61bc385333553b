"""Requests for access and recalls in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from incidents.choices import FieldGroup, Gateway, Level, RequestState
from incidents.serializers.warning import WarnedOut
from kernel.api import MomentField, PlainField


class ContactPointOut(serializers.Serializer):
    """Whom to ask."""

    name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()


class AccessMessageOut(serializers.Serializer):
    """One thing said about a request."""

    kind = serializers.CharField()
    agency = serializers.CharField(source="agency.code")
    text = serializers.CharField(source="text_shown")
    at = MomentField()


class AccessRequestOut(serializers.Serializer):
    """A request for access, with what was said about it."""

    id = serializers.UUIDField(source="uid")
    agency = serializers.CharField(source="agency.code")
    purpose = serializers.CharField(source="purpose_shown")
    gateway = serializers.ChoiceField(Gateway.choices)
    state = serializers.ChoiceField(RequestState.choices)
    asked_at = MomentField()
    expires_at = MomentField()
    exchange = AccessMessageOut(source="said", many=True)


class AccessRequestsOut(serializers.Serializer):
    """For a signposted agency: whom to ask, and its own requests. For the lead agency: every request."""

    ref = serializers.CharField()
    lead_agency = serializers.CharField()
    contacts = ContactPointOut(many=True)
    results = AccessRequestOut(many=True)


class AccessAskIn(serializers.Serializer):
    """Why access is needed, and by which gateway."""

    purpose = PlainField(max_length=300)
    gateway = PlainField(max_length=200, help_text=f"One of {', '.join(Gateway.values)}, or its name.")


class AccessAnswerIn(serializers.Serializer):
    """`grant` with the terms, `refuse` or `question` with a text, of the lead agency; `reply` of who asked."""

    answer = serializers.ChoiceField(["grant", "refuse", "question", "reply"])
    text = PlainField(max_length=500, required=False, allow_blank=True)
    level = serializers.ChoiceField(
        [level for level in Level.choices if level[0] != Level.SIGNPOST], required=False, help_text="For a grant."
    )
    necessity = PlainField(max_length=300, required=False, allow_blank=True)
    field_groups = serializers.ListField(
        child=serializers.ChoiceField(FieldGroup.choices), required=False, allow_null=True
    )
    caldicott_guardian = PlainField(max_length=120, required=False, allow_blank=True)
    until = MomentField(
        required=False,
        allow_null=True,
        help_text="For a grant: six months from now where it is left out; twelve months at most.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["answer"] == "grant" and "level" not in attrs:
            raise serializers.ValidationError({"level": ["Say at which level access is granted."]})
        return attrs


class RecallIn(serializers.Serializer):
    """Why a share was a mistake, and since when that is known; without it since now."""

    reason = PlainField(max_length=500)
    aware_at = MomentField(required=False, allow_null=True)


class OpeningOut(serializers.Serializer):
    """Somebody of the receiver opened something."""

    name = serializers.CharField()
    action = serializers.CharField()
    at = MomentField()


class RecallOut(WarnedOut):
    """A recalled share, and who of the receiver opened what meanwhile."""

    id = serializers.UUIDField(source="uid")
    agency = serializers.CharField(source="agency.code")
    recalled_at = MomentField()
    opened = OpeningOut(many=True)
    opened_more = serializers.BooleanField(help_text="Whether there were more than the first 500 in `opened`.")
