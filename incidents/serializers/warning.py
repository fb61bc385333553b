"""What a machine is told beside the answer of something that was done: what a person would have been asked first."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class WarningOut(serializers.Serializer):
    """A name in a text where none belongs. It was taken as it is; `field` is the one that was sent, `message` says who
    reads it."""

    field = serializers.CharField()
    message = serializers.CharField()


class WarnedOut(serializers.Serializer):
    """An answer with `warnings`: empty where there are none."""

    warnings = serializers.SerializerMethodField()

    @extend_schema_field(WarningOut(many=True))
    def get_warnings(self, _: Any) -> Any:
        return WarningOut(self.context.get("warnings", []), many=True).data
