"""A case out of the API: what the page's selectors give, no more (contract: GET cases/<ref>/)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.choices import (
    Band,
    CaseStatus,
    Channel,
    Classification,
    ClockKind,
    ClockState,
    FieldGroup,
    Gateway,
    Level,
    OverrideGround,
    OverrideState,
    PerceivedBy,
    Priority,
    ReporterKind,
    ShareBasis,
    TaskState,
    strand_codes,
)
from incidents.serializers.online import OnlineOut
from incidents.serializers.warning import WarnedOut
from incidents.services.crime import CRIME_REFERENCE_LIMIT, REASON_LIMIT
from kernel.api import MomentField, PlainField


class AgencyOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class StrandOut(serializers.Serializer):
    """One characteristic that an incident was aimed at; `sub` is the slug of its sub-category, or empty."""

    code = serializers.CharField()
    sub = serializers.CharField()
    other = serializers.CharField()
    by_association = serializers.BooleanField()


class CaseRowOut(serializers.Serializer):
    """A case in a list."""

    ref = serializers.CharField()
    status = serializers.ChoiceField(CaseStatus.choices)
    classification = serializers.ChoiceField(Classification.choices)
    priority = serializers.ChoiceField(Priority.choices)
    band = serializers.ChoiceField([*Band.choices, ("", "Not yet assessed")])
    summary = serializers.CharField(source="summary_shown")
    strands = serializers.SerializerMethodField()
    lead_agency = AgencyOut()
    lead_worker = serializers.CharField(source="lead_worker.email", default=None, allow_null=True)
    district = serializers.CharField(source="district_id")
    received_at = MomentField()
    updated_at = MomentField()
    review_due = MomentField(source="review_due_at", allow_null=True)
    repeat_victim = serializers.SerializerMethodField(help_text="Told to those who may know victims.")
    version = serializers.IntegerField()

    def get_repeat_victim(self, case: Any) -> bool:
        return bool(case.repeat_victim and self.context["actor"].sees_victims)

    def get_strands(self, case: Any) -> list[str]:
        return list(strand_codes(case.strands))


class SignpostOut(serializers.Serializer):
    """A case of which only the existence may be known."""

    ref = serializers.CharField()
    lead_agency = serializers.CharField()
    spocs = serializers.ListField(child=serializers.CharField())


class CasePageOut(serializers.Serializer):
    """A page of the list. `signposts` stand on the first page without filters."""

    results = CaseRowOut(many=True)
    next = serializers.URLField(allow_null=True)
    count = serializers.IntegerField(help_text="How many there are, counted to 200.")
    more = serializers.BooleanField(help_text="Whether there are more than count.")
    signposts = SignpostOut(many=True)


class ReporterOut(serializers.Serializer):
    """Who reported; `contact` is empty where they asked not to be contacted."""

    kind = serializers.ChoiceField([*ReporterKind.choices, ("", "Not told")])
    name = serializers.CharField()
    contact = serializers.CharField()
    no_contact = serializers.BooleanField()


_NO_PRIORITY = serializers.ChoiceField(Priority.choices, allow_blank=True)
"""A priority, or none: each field says what none means."""


class UrgencyOut(serializers.Serializer):
    """How urgent a report was found when it was taken (docs/domain.md §2.6). Of a victim, such as that somebody may harm
    themself, it tells those who may know victims."""

    safety = serializers.ListField(
        child=serializers.CharField(), help_text="What was answered about safety, in words."
    )
    suggested = serializers.SerializerMethodField(
        help_text="The priority that the rule suggested; empty if none is kept."
    )
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Why it was suggested.")
    chosen = serializers.SerializerMethodField(help_text="What whoever logged it chose instead, or empty.")
    chosen_reason = serializers.CharField(source="reason")

    @extend_schema_field(_NO_PRIORITY)
    def get_suggested(self, urgency: Any) -> str:
        return _priority(urgency.suggested)

    @extend_schema_field(_NO_PRIORITY)
    def get_chosen(self, urgency: Any) -> str:
        return _priority(urgency.chosen)


def _priority(label: str) -> str:
    return next((value for value, name in Priority.choices if name == label), "")


class IncidentOut(serializers.Serializer):
    """An incident of a case. `reporter` is there for a lead agency that may know victims, once opened where it is not the
    victim: its source is protected. `location` is empty for a home that the caller is not shown.
    """

    ref = serializers.CharField()
    received_at = MomentField(source="row.received_at")
    occurred_from = MomentField(source="row.occurred_from")
    occurred_to = MomentField(source="row.occurred_to", allow_null=True)
    ongoing = serializers.BooleanField(source="row.ongoing")
    channel = serializers.ChoiceField(Channel.choices, source="row.channel")
    narrative = serializers.CharField()
    perceived_by = serializers.ChoiceField(PerceivedBy.choices, source="row.perceived_by")
    strands = serializers.SerializerMethodField()
    behaviours = serializers.ListField(child=serializers.CharField(), source="row.behaviours")
    district = serializers.CharField(source="row.district_id")
    location = serializers.SerializerMethodField()
    online = serializers.BooleanField(source="row.online")
    online_detail = OnlineOut(source="online", help_text="What is known of a post and of the accounts behind it.")
    reporting_agency = serializers.CharField(
        help_text="Empty for agencies that may not know victims, where it is one that works with victims alone."
    )
    reporter = ReporterOut(allow_null=True)
    urgency = UrgencyOut()

    @extend_schema_field(StrandOut(many=True))
    def get_strands(self, view: Any) -> Any:
        return StrandOut(view.row.aimed_at, many=True).data

    def get_location(self, view: Any) -> str:
        return str(dict(view.place).get("Place", ""))


class PartyOut(serializers.Serializer):
    """Somebody's part in the case, as far as the caller's side may know them."""

    role = serializers.CharField()
    ref = serializers.CharField()
    name = serializers.CharField(allow_null=True, help_text="Null where the name is hidden.")
    age = serializers.IntegerField(allow_null=True)


class ClockViewOut(serializers.Serializer):
    kind = serializers.ChoiceField(ClockKind.choices)
    due_at = MomentField(allow_null=True)
    state = serializers.ChoiceField(ClockState.choices)
    met_at = MomentField(allow_null=True)


class RiskOut(serializers.Serializer):
    """The latest assessment. What it says beyond the band is for those who may know victims."""

    id = serializers.CharField(source="uid")
    final_band = serializers.ChoiceField(Band.choices, source="band")
    total = serializers.IntegerField(allow_null=True)
    gaps = serializers.IntegerField(allow_null=True)
    assessed_at = MomentField()
    review_due = MomentField(source="review_due_at")
    explanation = serializers.CharField()


class TaskRowOut(serializers.Serializer):
    """A task of the case."""

    ref = serializers.CharField()
    title = serializers.CharField(source="title_shown")
    agency = serializers.CharField(source="agency.code")
    assignee = serializers.CharField(source="assignee.email", default=None, allow_null=True)
    due_at = MomentField()
    state = serializers.ChoiceField(TaskState.choices)


class NoteOut(serializers.Serializer):
    """A note of the case."""

    id = serializers.UUIDField(source="uid")
    text = serializers.CharField(source="text_shown")
    author = serializers.CharField(source="author_told", default="")
    agency = serializers.CharField(source="agency.code", default="")
    at = MomentField()


class ShareOut(serializers.Serializer):
    """An agency's access."""

    id = serializers.UUIDField(source="uid")
    agency = serializers.CharField(source="agency.code")
    level = serializers.ChoiceField(Level.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    purpose = serializers.CharField()
    gateway = serializers.CharField()
    necessity = serializers.CharField()
    field_groups = serializers.ListField(child=serializers.ChoiceField(FieldGroup.choices))
    basis = serializers.ChoiceField([*ShareBasis.choices, ("", "No share")])
    caldicott_guardian = serializers.CharField()
    starts_at = MomentField()
    until = MomentField(allow_null=True)


class CaseOut(serializers.Serializer):
    """A case whole."""

    ref = serializers.CharField(source="case.ref")
    status = serializers.ChoiceField(CaseStatus.choices, source="case.status")
    classification = serializers.ChoiceField(Classification.choices, source="case.classification")
    priority = serializers.ChoiceField(Priority.choices, source="case.priority")
    band = serializers.ChoiceField([*Band.choices, ("", "Not yet assessed")], source="case.band")
    summary = serializers.CharField()
    strands = serializers.SerializerMethodField()
    lead_agency = AgencyOut(source="case.lead_agency")
    lead_worker = serializers.CharField(source="case.lead_worker.email", default=None, allow_null=True)
    district = serializers.CharField(source="case.district_id")
    received_at = MomentField(source="case.received_at")
    updated_at = MomentField(source="case.updated_at")
    review_due = MomentField(source="case.review_due_at", allow_null=True)
    repeat_victim = serializers.BooleanField(source="repeat", help_text="Told to those who may know victims.")
    version = serializers.IntegerField(source="case.version", help_text="Also the ETag; send it back as If-Match.")
    level = serializers.ChoiceField(Level.choices, source="can.level", help_text="What the caller may do here.")
    incidents = IncidentOut(many=True)
    parties = serializers.SerializerMethodField()
    clocks = ClockViewOut(many=True)
    risk = RiskOut(allow_null=True)
    tasks = TaskRowOut(many=True)
    notes = serializers.SerializerMethodField()
    shares = serializers.SerializerMethodField()
    hidden = serializers.ListField(
        child=serializers.ChoiceField(FieldGroup.choices),
        source="fields.hidden",
        help_text="The groups of fields that the caller has not opened: POST reveals/ does.",
    )

    def get_strands(self, page: Any) -> list[str]:
        return list(strand_codes(page.case.strands))

    @extend_schema_field(PartyOut(many=True))
    def get_parties(self, page: Any) -> Any:
        victims = [{"role": "victim", "ref": v.ref, "name": v.name, "age": v.age} for v in page.victims]
        others = [
            {"role": "alleged_perpetrator", "ref": p.ref, "name": None if p.hidden else p.name, "age": p.age}
            for p in page.perpetrators
        ]
        return victims + others

    @extend_schema_field(NoteOut(many=True))
    def get_notes(self, page: Any) -> Any:
        return NoteOut(self.context["notes"], many=True).data

    @extend_schema_field(ShareOut(many=True))
    def get_shares(self, page: Any) -> Any:
        return ShareOut(self.context["shares"], many=True).data


class CaseChangedOut(CaseOut, WarnedOut):
    """A case whole after a change, with what the caller should know of the change."""


class CasePatchIn(serializers.Serializer):
    """What may be changed. A classification needs `reason`; with lead worker and priority it confirms the triage."""

    summary = PlainField(max_length=300, required=False, allow_blank=True)
    status = serializers.ChoiceField(CaseStatus.choices, required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)
    priority_reason = PlainField(max_length=300, required=False, allow_blank=True)
    classification = serializers.ChoiceField(Classification.choices, required=False)
    reason = PlainField(max_length=500, required=False, allow_blank=True)
    crime_reference = PlainField(max_length=40, required=False, allow_blank=True)
    lead_worker = serializers.EmailField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError({name: ["This cannot be changed here."] for name in sorted(unknown)})
        return attrs


class CrimeIn(serializers.Serializer):
    """The reference that the police gave a crime."""

    crime_reference = PlainField(max_length=CRIME_REFERENCE_LIMIT)
    reason = PlainField(max_length=REASON_LIMIT, required=False, allow_blank=True)


class OverrideIn(serializers.Serializer):
    """Why a victim's wish is to be overridden, and whether the victim was told."""

    ground = serializers.ChoiceField(OverrideGround.choices)
    reason = PlainField(max_length=500)
    victim_told = serializers.BooleanField()
    not_told_reason = PlainField(max_length=300, required=False, allow_blank=True)


class OverrideOut(serializers.Serializer):
    """An override that waits for a supervisor; nothing is shared yet."""

    id = serializers.UUIDField(source="uid")
    agency = serializers.CharField(source="agency.code")
    level = serializers.ChoiceField(Level.choices)
    ground = serializers.ChoiceField(OverrideGround.choices)
    state = serializers.ChoiceField(OverrideState.choices)
    expires_at = MomentField()


class ShareIn(serializers.Serializer):
    """A share: an agency by code, a level, why and by which gateway."""

    agency = PlainField(max_length=12)
    level = serializers.ChoiceField(Level.choices)
    purpose = PlainField(max_length=300)
    gateway = PlainField(max_length=200, help_text=f"One of {', '.join(Gateway.values)}, or its name.")
    necessity = PlainField(
        max_length=300, required=False, allow_blank=True, help_text="Why this much is needed; without it the purpose."
    )
    field_groups = serializers.ListField(
        child=serializers.ChoiceField(FieldGroup.choices),
        required=False,
        allow_null=True,
        help_text="What the share covers beyond the case itself; without it what the level gives.",
    )
    caldicott_guardian = PlainField(
        max_length=120,
        required=False,
        allow_blank=True,
        help_text="Where a health agency gives or receives; without it the one on its record.",
    )
    override = OverrideIn(
        required=False,
        allow_null=True,
        help_text="Where a victim's wish stands against it: a supervisor has to confirm, and the answer is 202.",
    )
    until = MomentField(
        required=False,
        allow_null=True,
        help_text="Six months after it begins where it is left out; twelve months at most.",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        # `from` is a word of Python's own and cannot stand as an attribute.
        return super().get_fields() | {"from": MomentField(required=False, allow_null=True)}


class RevealIn(serializers.Serializer):
    """A hidden group of fields, and why it is needed: the reason goes on record."""

    group = serializers.ChoiceField(FieldGroup.choices)
    reason = PlainField(max_length=300)


class RevealOut(serializers.Serializer):
    """A group that is open to the caller in this case, until when."""

    group = serializers.ChoiceField(FieldGroup.choices)
    reason = serializers.CharField()
    until = MomentField()
