"""Forms in GOV.UK markup, with clear sentences, for every app (docs/pages.md shows how to use them)."""

from __future__ import annotations

from kernel.forms.base import GovForm, GovFormMixin, SingleSubmit, gov_formset
from kernel.forms.bound import GovRenderer
from kernel.forms.dates import GovBirthField, GovDateField, GovDateTimeField, GovTimeField
from kernel.forms.fields import GovFileField, GovFilesField, PhoneField, PostcodeField, YesNoField

__all__ = [
    "GovBirthField",
    "GovDateField",
    "GovDateTimeField",
    "GovFileField",
    "GovFilesField",
    "GovForm",
    "GovFormMixin",
    "GovRenderer",
    "GovTimeField",
    "PhoneField",
    "PostcodeField",
    "SingleSubmit",
    "YesNoField",
    "gov_formset",
]
