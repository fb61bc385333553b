"""Evidence in and out of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.choices import CopyState, EvidenceKind, EvidenceOrigin, MalwareState, ReleasedTo
from incidents.serializers.warning import WarnedOut
from incidents.services.evidence import DESCRIPTION_LIMIT, REASON_LIMIT, SOURCE_LIMIT
from kernel.api import MomentField, PlainField


class EvidenceIn(serializers.Serializer):
    """One file with what is known of it, as multipart/form-data."""

    file = serializers.FileField(
        max_length=1000,
        help_text="A JPEG, PNG, GIF or WebP image, PDF, plain text, e-mail, MP3, M4A or WAV recording, or MP4 video.",
    )
    description = PlainField(max_length=DESCRIPTION_LIMIT, help_text="What it shows, without names.")
    source = PlainField(max_length=SOURCE_LIMIT, help_text="Where it came from.")  # type: ignore[assignment]
    obtained_at = MomentField(help_text="When it was taken or received.")


class ReasonIn(serializers.Serializer):
    reason = PlainField(max_length=REASON_LIMIT)


class EvidenceOut(serializers.Serializer):
    """A file as the caller may know it. `closed` says in a sentence why it cannot be opened now, and is empty where it can."""

    id = serializers.UUIDField(source="row.uid")
    kind = serializers.ChoiceField(EvidenceKind.choices, source="row.kind")
    name = serializers.CharField(source="row.original_name", help_text="What the file was called: a text, no path.")
    size = serializers.IntegerField(source="row.size")
    sha256 = serializers.CharField(source="row.sha256", help_text="Of the original.")
    description = serializers.CharField(help_text="What it shows.")
    source = serializers.CharField(source="row.source")  # type: ignore[assignment]
    obtained_at = MomentField(source="row.obtained_at")
    added_at = MomentField(source="row.added_at")
    added_by = serializers.CharField()
    agency = serializers.CharField()
    origin = serializers.ChoiceField(EvidenceOrigin.choices, source="row.origin")
    malware = serializers.ChoiceField(MalwareState.choices, source="row.malware")
    copy_state = serializers.ChoiceField(CopyState.choices, source="row.copy_state")
    copy_sha256 = serializers.CharField(source="row.copy_sha256")
    closed = serializers.CharField()
    withdrawn_at = MomentField(source="row.withdrawn_at", allow_null=True)
    withdrawn_reason = serializers.CharField()
    released_to = serializers.ChoiceField(
        ReleasedTo.choices, source="row.released_to", help_text="Of a redacted copy: to whom it is shown beside."
    )


class CustodyOut(serializers.Serializer):
    """One line of the custody log."""

    what = serializers.CharField()
    at = MomentField()
    by = serializers.CharField()
    reason = serializers.CharField()


class EvidenceWholeOut(EvidenceOut):
    """A file with its custody log, newest first."""

    custody = serializers.SerializerMethodField()

    @extend_schema_field(CustodyOut(many=True))
    def get_custody(self, view: Any) -> list[dict[str, Any]]:
        return [dict(line) for line in CustodyOut(self.context["custody"], many=True).data]


class EvidenceAddedOut(EvidenceWholeOut, WarnedOut):
    """A file that was just added, with what the caller should know of it."""
