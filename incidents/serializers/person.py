"""People out of the API, as far as the caller's side and need go (docs/domain.md §5.4)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from perpetrators.choices import PerpetratorStatus, Relationship
from victims.choices import Language, Wish, WorkerGender


class PersonCaseOut(serializers.Serializer):
    ref = serializers.CharField()
    status = serializers.CharField()
    band = serializers.CharField()


class VictimContactOut(serializers.Serializer):
    """For those who need to make contact. Read the safe-contact rules before you use it."""

    needs = serializers.CharField()
    interpreter_note = serializers.CharField()
    preferred_worker = serializers.ChoiceField(WorkerGender.choices)
    phone = serializers.CharField()
    email = serializers.CharField()
    address = serializers.CharField()
    postcode = serializers.CharField()
    safe_channels = serializers.ListField(child=serializers.CharField())
    safe_to_leave_message = serializers.CharField()
    safe_to_say_who = serializers.CharField()
    letters_safe = serializers.CharField()
    code_word = serializers.CharField()
    do_not_contact = serializers.JSONField()
    unsafe_people = serializers.CharField()
    shared_device = serializers.BooleanField()
    alternative_contact = serializers.CharField()


_NEAR = "Null for those who need not make contact."


class VictimOut(serializers.Serializer):
    """A victim. Those who need not make contact are told an age, as on the page: no date of birth, no district."""

    ref = serializers.CharField(source="shown.ref")
    organisation = serializers.CharField(source="shown.organisation")
    given_name = serializers.CharField(source="shown.given_name")
    family_name = serializers.CharField(source="shown.family_name")
    age = serializers.IntegerField(source="shown.age", allow_null=True)
    date_of_birth = serializers.DateField(
        source="shown.near.date_of_birth", default=None, allow_null=True, help_text=_NEAR
    )
    district = serializers.CharField(source="shown.near.district", default=None, allow_null=True, help_text=_NEAR)
    language = serializers.ChoiceField(Language.choices, source="shown.language")
    interpreter_needed = serializers.BooleanField(
        source="shown.near.interpreter_needed", default=None, allow_null=True, help_text=_NEAR
    )
    wish_share_police = serializers.ChoiceField(Wish.choices, source="shown.wish_share_police")
    wish_share_council = serializers.ChoiceField(Wish.choices, source="shown.wish_share_council")
    wish_share_support = serializers.ChoiceField(Wish.choices, source="shown.wish_share_support")
    contact = VictimContactOut(source="shown.near", allow_null=True)
    cases = PersonCaseOut(many=True)


class PerpetratorOut(serializers.Serializer):
    """An alleged perpetrator. The name is empty unless a case that the caller sees lets it be kept (§1.4)."""

    ref = serializers.CharField(source="person.ref")
    status = serializers.SerializerMethodField()
    given_name = serializers.SerializerMethodField()
    family_name = serializers.SerializerMethodField()
    date_of_birth = serializers.SerializerMethodField()
    description = serializers.CharField(source="person.description")
    relationship = serializers.ChoiceField(Relationship.choices, source="person.relationship")
    cases = PersonCaseOut(many=True)

    @extend_schema_field(serializers.ChoiceField(PerpetratorStatus.choices))
    def get_status(self, whole: Any) -> str:
        status = whole["person"].status
        return PerpetratorStatus.DESCRIBED if status == PerpetratorStatus.NAMED and not whole["named"] else status

    def get_given_name(self, whole: Any) -> str:
        return whole["person"].given_name if whole["named"] else ""

    def get_family_name(self, whole: Any) -> str:
        return whole["person"].family_name if whole["named"] else ""

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_date_of_birth(self, whole: Any) -> Any:
        return whole["person"].date_of_birth if whole["named"] else None
