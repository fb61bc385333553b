"""Adding evidence, taking an original, withdrawing a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings

from incidents.forms.names import FILE_READ
from incidents.services.evidence import (
    DESCRIPTION_LIMIT,
    REASON_LIMIT,
    SOURCE_LIMIT,
    EvidenceData,
    SentFile,
)
from kernel.forms import GovDateTimeField, GovFilesField, GovForm, SingleSubmit

ENDINGS = tuple("jpg jpeg jpe jfif png gif webp pdf txt text log csv md eml mp3 m4a m4b wav wave mp4 m4v".split())


class EvidenceForm(SingleSubmit, GovForm):
    """Files with what is known of them, once however often the page is sent."""

    description = forms.CharField(
        label="What it shows",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=DESCRIPTION_LIMIT,
        help_text="For example, graffiti on the front door, photographed from the street. Leave names out.",
    )
    names_out = {"description": FILE_READ}
    source = forms.CharField(
        label="Where it came from",
        max_length=SOURCE_LIMIT,
        help_text="For example, the victim’s phone, or CCTV of the bus company",
    )
    obtained_at = GovDateTimeField(
        label="When it was taken or received", past_only=True, help_text="For example, 24 11 2026 and 6:40pm"
    )
    files = GovFilesField(  # type: ignore[assignment]
        label="Files",
        endings=ENDINGS,
        error_messages={"required": "Select a file"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["files"]
        field.max_mb, field.most = settings.EVIDENCE_MEGABYTES, settings.EVIDENCE_AT_ONCE
        field.help_text = (
            f"Up to {field.most} at once, each smaller than {field.max_mb}MB: JPEG, PNG, GIF or WebP images, PDF, plain"
            " text, e-mail (.eml), MP3, M4A or WAV recordings, MP4 videos"
        )

    def files_again(self) -> None:
        """Say of an invalid form whose files came that a browser has forgotten them: they have to be chosen again."""
        if self.files and "files" not in self.errors:
            self.add_error("files", "Choose the files again: a page that comes back cannot keep them")

    def evidence(self) -> EvidenceData:
        """What was said about the files, of a valid form."""
        entered = self.cleaned_data
        return EvidenceData(entered["description"], entered["source"], entered["obtained_at"])

    def sent(self) -> list[SentFile]:
        """The files on this machine's disk, of a valid form."""
        return [sent_file(file) for file in self.cleaned_data["files"]]


def sent_file(file: Any) -> SentFile:
    """An uploaded file as the service takes it."""
    return SentFile(Path(file.temporary_file_path()), str(file.name or ""), int(file.size))


class OriginalForm(GovForm):
    """Why somebody of the lead agency needs the file as it came."""

    reason = forms.CharField(
        label="Why you need the original",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LIMIT,
        help_text="For example, the court asked for it. The reason is kept in the custody log.",
    )


class WithdrawForm(GovForm):
    """Why a file is withdrawn."""

    reason = forms.CharField(
        label="Why you withdraw it",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LIMIT,
        help_text="For example, it belongs to another case. The reason stays in the case and in the custody log.",
    )
