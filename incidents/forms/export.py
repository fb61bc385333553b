"""What has to be said before something leaves the service as a file."""

from __future__ import annotations

from django import forms

from incidents.services.export import PURPOSE_LIMIT
from kernel.forms import GovForm


class PurposeForm(GovForm):
    """Why it is needed."""

    purpose = forms.CharField(
        label="What it is for",
        max_length=PURPOSE_LIMIT,
        help_text="For example, a court bundle. Do not name people: your agency’s supervisors read this in the audit.",
        error_messages={"required": "Enter what it is for"},
    )


class ExportForm(PurposeForm):
    """Why it is needed, and as which kind of file."""

    format = forms.ChoiceField(
        label="Kind of file",
        choices=[("csv", "CSV"), ("xlsx", "Excel (XLSX)")],
        widget=forms.RadioSelect,
        initial="csv",
    )
