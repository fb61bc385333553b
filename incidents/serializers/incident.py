"""Reports in, incidents out (contract: POST incidents/)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agencies.choices import District
from agencies.geography import outward_of, postcode_normalise
from incidents.choices import (
    Channel,
    Classification,
    ClockKind,
    ClockState,
    PerceivedBy,
    PlaceType,
    Priority,
    ReporterKind,
    Strand,
    behaviour_parse,
    place_parse,
    strand_parse,
    sub_parse,
)
from incidents.models import Incident
from incidents.serializers.online import OnlineIn, online_data
from incidents.serializers.warning import WarnedOut
from incidents.services.clock import clock_state
from incidents.services.incident import NARRATIVE_LIMIT, IncidentData, StrandData
from kernel.api import MomentField, PlainField
from perpetrators.choices import PerpetratorStatus, Relationship
from perpetrators.services import PerpetratorData
from victims.choices import ContactMethod, Language, Wish, YesNoUnknown
from victims.services import VictimData


class StrandIn(serializers.Serializer):
    """One characteristic: a strand's code, and a sub-category by its text or slug."""

    code = PlainField(max_length=40, help_text=f"One of {', '.join(Strand.values)}.")
    sub = PlainField(max_length=120, required=False, allow_blank=True, help_text="Text or slug, whatever its case.")
    by_association = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            code = strand_parse(attrs["code"])
        except ValueError as error:
            raise ValidationError({"code": [str(error)]}) from error
        sub, other = attrs.get("sub", ""), ""
        if sub and code == Strand.OTHER:
            sub, other = "", sub
        try:
            sub = sub_parse(code, sub) if sub else ""
        except ValueError as error:
            raise ValidationError({"sub": [str(error)]}) from error
        return {"code": code.value, "sub": sub, "other": other, "by_association": attrs["by_association"]}


def _postcode(typed: str, written: str | None) -> str:
    if typed.strip() and not written:
        raise ValidationError(["Enter a full UK postcode, like NN1 1AA."])
    return written or ""


class VictimIn(serializers.Serializer):
    """A new victim, or an existing one by `ref`."""

    ref = PlainField(max_length=20, required=False)
    organisation = PlainField(max_length=120, required=False, allow_blank=True)
    given_name = PlainField(max_length=80, required=False, allow_blank=True)
    family_name = PlainField(max_length=80, required=False, allow_blank=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    phone = PlainField(max_length=30, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    address = PlainField(max_length=300, required=False, allow_blank=True)
    postcode = PlainField(max_length=10, required=False, allow_blank=True)
    district = serializers.ChoiceField(District.choices, required=False, allow_blank=True)
    needs = PlainField(max_length=4000, required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, required=False)
    interpreter_needed = serializers.BooleanField(required=False)
    interpreter_note = PlainField(max_length=200, required=False, allow_blank=True)
    safe_channels = serializers.ListField(child=serializers.ChoiceField(ContactMethod.choices), required=False)
    safe_to_leave_message = serializers.ChoiceField(YesNoUnknown.choices, required=False)
    safe_to_say_who = serializers.ChoiceField(YesNoUnknown.choices, required=False)
    letters_safe = serializers.ChoiceField(YesNoUnknown.choices, required=False)
    code_word = PlainField(max_length=60, required=False, allow_blank=True)
    unsafe_people = PlainField(max_length=300, required=False, allow_blank=True)
    shared_device = serializers.BooleanField(required=False)
    wish_share_police = serializers.ChoiceField(Wish.choices, required=False)
    wish_share_council = serializers.ChoiceField(Wish.choices, required=False)
    wish_share_support = serializers.ChoiceField(Wish.choices, required=False)

    def validate_postcode(self, value: str) -> str:
        return _postcode(value, postcode_normalise(value))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("ref") and len(attrs) > 1:
            raise ValidationError({"ref": ["Send either ref alone, or the details of a new victim."]})
        return attrs


class PerpetratorIn(serializers.Serializer):
    """An alleged perpetrator. A name is kept only on a suspected or recorded crime; otherwise it is quarantined, and
    an existing one recorded by name is refused.
    """

    ref = PlainField(max_length=20, required=False)
    status = serializers.ChoiceField(PerpetratorStatus.choices, required=False)
    description = PlainField(max_length=300, required=False, allow_blank=True)
    given_name = PlainField(max_length=80, required=False, allow_blank=True)
    family_name = PlainField(max_length=80, required=False, allow_blank=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    relationship = serializers.ChoiceField(Relationship.choices, required=False)


class IncidentIn(serializers.Serializer):
    """A report, as the contract names its fields."""

    received_at = MomentField()
    occurred_from = MomentField()
    occurred_to = MomentField(required=False, allow_null=True)
    ongoing = serializers.BooleanField(required=False, default=False)
    channel = serializers.ChoiceField(Channel.choices)
    narrative = PlainField(max_length=NARRATIVE_LIMIT)
    strands = StrandIn(
        many=True, required=False, help_text="Required, one or more, unless the classification is `asb`."
    )
    perceived_by = serializers.ChoiceField(PerceivedBy.choices)
    behaviours = serializers.ListField(child=PlainField(max_length=120), required=False, default=list)
    district = serializers.ChoiceField(District.choices)
    place_type = PlainField(max_length=60, required=False, allow_blank=True)
    location = PlainField(max_length=200, required=False, allow_blank=True)
    postcode = PlainField(max_length=10, required=False, allow_blank=True)
    online = OnlineIn(required=False, allow_null=True)
    reporter_kind = serializers.ChoiceField(ReporterKind.choices, required=False)
    reporter_name = PlainField(max_length=120, required=False, allow_blank=True)
    reporter_contact = PlainField(max_length=200, required=False, allow_blank=True)
    reporter_no_contact = serializers.BooleanField(required=False)
    triage_answers = serializers.DictField(child=serializers.BooleanField(), required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)
    priority_reason = PlainField(max_length=200, required=False, allow_blank=True)
    classification = serializers.ChoiceField(
        [
            (c.value, c.label)
            for c in (
                Classification.UNDETERMINED,
                Classification.CRIME_SUSPECTED,
                Classification.HATE_INCIDENT,
                Classification.ASB,
            )
        ],
        required=False,
    )
    summary = PlainField(max_length=300, required=False, allow_blank=True)
    victims = VictimIn(many=True, required=False, default=list, max_length=20)  # type: ignore[call-arg]
    perpetrators = PerpetratorIn(many=True, required=False, default=list, max_length=20)  # type: ignore[call-arg]
    case = PlainField(max_length=20, required=False, help_text="Join this open case.")

    def validate_behaviours(self, value: list[str]) -> list[str]:
        try:
            return list(dict.fromkeys(behaviour_parse(text).value for text in value))
        except ValueError as error:
            raise ValidationError([str(error)]) from error

    def validate_postcode(self, value: str) -> str:
        return _postcode(value, postcode_normalise(value) or outward_of(value))

    def validate_place_type(self, value: str) -> str:
        try:
            return place_parse(value).value if value else ""
        except ValueError as error:
            raise ValidationError([str(error)]) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A report of hate says what it was aimed at; one of anti-social behaviour does not."""
        if attrs.get("classification") == Classification.ASB:
            attrs.setdefault("strands", [])
        elif "strands" not in attrs:
            raise ValidationError({"strands": ["This field is required."]})
        elif not attrs["strands"]:
            raise ValidationError({"strands": ["This list may not be empty."]})
        return attrs

    def to_data(self) -> IncidentData:
        """The validated report as the service takes it. A machine logs: it is not the duty check."""
        values = dict(self.validated_data)
        values.pop("case", None)
        online = values.pop("online", None)
        values["strands"] = [StrandData(**s) for s in values["strands"]]
        values["victims"] = [VictimData(**v) for v in values["victims"]]
        values["perpetrators"] = [PerpetratorData(**p) for p in values["perpetrators"]]
        values["online"] = online is not None or values.get("place_type") == PlaceType.ONLINE
        values["post"], values["account"] = online_data(online or {})
        if "reporter_kind" not in values:
            values["reporter_kind"] = _reporter_kind(values["perceived_by"])
        return IncidentData(**values, by_hand=False)


def _reporter_kind(perceived_by: str) -> str:
    """Where nothing is said of the reporter, who perceived it tells the kind."""
    return {
        PerceivedBy.VICTIM: ReporterKind.VICTIM,
        PerceivedBy.WITNESS: ReporterKind.WITNESS,
        PerceivedBy.FAMILY: ReporterKind.ON_BEHALF,
    }.get(PerceivedBy(perceived_by), ReporterKind.PROFESSIONAL).value


class ClockOut(serializers.Serializer):
    """One clock with its state, computed from the stored instants."""

    kind = serializers.ChoiceField(ClockKind.choices)
    due_at = MomentField(allow_null=True)
    state = serializers.SerializerMethodField()
    met_at = MomentField(allow_null=True)

    def get_state(self, clock: Any) -> ClockState:
        return ClockState(clock_state(clock))


class IncidentLoggedOut(WarnedOut):
    """What a logged incident answers."""

    ref = serializers.CharField()
    case = serializers.CharField(source="case.ref")
    priority = serializers.ChoiceField(Priority.choices, source="case.priority")
    classification = serializers.ChoiceField(Classification.choices, source="case.classification")
    status = serializers.CharField(source="case.status")
    lead_agency = serializers.CharField(source="case.lead_agency.code")
    clocks = serializers.SerializerMethodField()

    @extend_schema_field(ClockOut(many=True))
    def get_clocks(self, incident: Incident) -> Any:
        return ClockOut(incident.clocks.order_by("kind"), many=True).data
