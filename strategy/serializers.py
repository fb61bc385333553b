"""What the API takes and gives for figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from strategy.rules import NOT_AVAILABLE, SUPPRESSED, month_parse
from strategy.selectors.indicators import BY


@extend_schema_field({"type": "string", "minLength": 7, "maxLength": 10})
class MonthField(serializers.Field):
    """A month as 2026-11, or any day of it."""

    def to_internal_value(self, data: Any) -> dt.date:
        try:
            return month_parse(str(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "enum": [SUPPRESSED, NOT_AVAILABLE]},
        ],
        "description": "A count; `[c]` where it is hidden, `[x]` where there are no figures.",
    }
)
class CountField(serializers.Field):
    """A published count or its symbol."""

    def to_representation(self, value: Any) -> Any:
        return value


class IndicatorsIn(serializers.Serializer):
    """The query."""

    by = serializers.ChoiceField(choices=tuple(BY), help_text="What the incidents are counted by.")
    period_from = MonthField(
        required=False,
        help_text="First month, as 2025-01 or any day of it. The latest 24 unless given.",
    )
    period_to = MonthField(required=False, help_text="Last month, included.")


class IndicatorOut(serializers.Serializer):
    """One count."""

    key = serializers.CharField(help_text="Strand, ONS code of the district, month, or code of the agency.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not a field's label
    value = CountField()


class IndicatorsOut(serializers.Serializer):
    """The counts of a period, with their total: distinct incidents, which strands may add up to more than."""

    by = serializers.CharField()
    period_from = serializers.SerializerMethodField(help_text="First day covered; null without figures.")
    period_to = serializers.SerializerMethodField(help_text="Last day covered; null without figures.")
    as_at = serializers.DateTimeField(allow_null=True, help_text="When the figures were made.")
    total = CountField()
    results = IndicatorOut(many=True)
    next = serializers.SerializerMethodField(help_text="Always null: there is one page.")

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_period_from(self, found: Any) -> dt.date | None:
        return found.period[0] if found.period else None

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_period_to(self, found: Any) -> dt.date | None:
        return last_day(found.period[1]) if found.period else None

    @extend_schema_field({"type": "string", "nullable": True})
    def get_next(self, found: Any) -> None:
        return None


def last_day(month: dt.date) -> dt.date:
    """The last day of a month."""
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
