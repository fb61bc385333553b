"""People out of the API, as far as the caller's side and need go (docs/domain.md §5.4)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.choices import FieldGroup
from perpetrators.choices import PerpetratorStatus, Relationship
from victims.choices import Language, Wish, WorkerGender


class PersonCaseOut(serializers.Serializer):
    ref = serializers.CharField()
    status = serializers.CharField()
    band = serializers.CharField()


HIDDEN_HELP = "The groups that are null because the caller has not opened them: POST cases/<ref>/reveals/ does."
_REACH = "Null unless victim_contact is shown."


class VictimContactOut(serializers.Serializer):
    """For those who may need to make contact. Read the safe-contact rules before you use it.

    How to reach the person is null where `victim_contact` is among the hidden groups.
    """

    needs = serializers.CharField()
    interpreter_note = serializers.CharField()
    preferred_worker = serializers.ChoiceField(WorkerGender.choices)
    phone = serializers.CharField(allow_null=True, help_text=_REACH)
    email = serializers.CharField(allow_null=True, help_text=_REACH)
    address = serializers.CharField(allow_null=True, help_text=_REACH)
    postcode = serializers.CharField(allow_null=True, help_text=_REACH)
    safe_channels = serializers.ListField(child=serializers.CharField())
    safe_to_leave_message = serializers.CharField()
    safe_to_say_who = serializers.CharField()
    letters_safe = serializers.CharField()
    code_word = serializers.CharField(allow_null=True, help_text=_REACH)
    do_not_contact = serializers.JSONField()
    unsafe_people = serializers.CharField()
    shared_device = serializers.BooleanField()
    alternative_contact = serializers.CharField(allow_null=True, help_text=_REACH)


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
    trans_status = serializers.CharField(
        source="shown.sensitive.trans_status", allow_null=True, help_text="Null unless opened; empty: none recorded."
    )
    health = serializers.CharField(source="shown.sensitive.health", allow_null=True)
    immigration_status = serializers.CharField(source="shown.sensitive.immigration_status", allow_null=True)
    hidden = serializers.ListField(child=serializers.ChoiceField(FieldGroup.choices), help_text=HIDDEN_HELP)
    cases = PersonCaseOut(many=True)


class PerpetratorOut(serializers.Serializer):
    """An alleged perpetrator. The name is empty unless a case that the caller sees lets it be kept (§1.4), and null
    where `subject_identity` is hidden.
    """

    ref = serializers.CharField(source="person.ref")
    status = serializers.SerializerMethodField()
    given_name = serializers.SerializerMethodField()
    family_name = serializers.SerializerMethodField()
    date_of_birth = serializers.SerializerMethodField()
    description = serializers.CharField(source="person.description")
    relationship = serializers.ChoiceField(Relationship.choices, source="person.relationship")
    hidden = serializers.ListField(child=serializers.ChoiceField(FieldGroup.choices), help_text=HIDDEN_HELP)
    cases = PersonCaseOut(many=True)

    @extend_schema_field(serializers.ChoiceField(PerpetratorStatus.choices))
    def get_status(self, whole: Any) -> str:
        status, told = whole["person"].status, whole["named"] or whole["hidden"]
        return PerpetratorStatus.DESCRIBED if status == PerpetratorStatus.NAMED and not told else status

    def get_given_name(self, whole: Any) -> str | None:
        return self._told(whole, whole["person"].given_name)

    def get_family_name(self, whole: Any) -> str | None:
        return self._told(whole, whole["person"].family_name)

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_date_of_birth(self, whole: Any) -> Any:
        return whole["person"].date_of_birth if whole["named"] else None

    def _told(self, whole: Any, name: str) -> str | None:
        if whole["named"]:
            return name
        return None if whole["hidden"] else ""
