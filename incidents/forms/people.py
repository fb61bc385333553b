"""Adding somebody to a case later, and what is done with a name in quarantine."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from incidents.forms.intake.base import StepForm
from incidents.forms.intake.contact import ContactForm
from incidents.forms.intake.people import KIND_HINTS, VictimForm, WhoForm
from incidents.models import Incident
from incidents.selectors.people import incident_label
from kernel.forms import GovForm, SingleSubmit
from perpetrators.choices import PerpetratorStatus


class _AddedForm(SingleSubmit, StepForm):
    """Which incident somebody is added to, and the mark that makes a double click one person."""

    incidents: Sequence[Incident]

    def __init__(self, data: QueryDict | None = None, *, incidents: Sequence[Incident], **kwargs: Any) -> None:
        self.incidents = incidents
        super().__init__(data, **kwargs)

    def prepare(self) -> None:
        """Ask for the incident only where there are several."""
        super().prepare()
        if len(self.incidents) > 1:
            self.offer("incident_ref", [(one.ref, incident_label(one)) for one in self.incidents])
            self.fields["incident_ref"].initial = self.incidents[0].ref
        else:
            del self.fields["incident_ref"]

    @property
    def incident(self) -> Incident:
        """The incident that was chosen, or the only one."""
        chosen = self.cleaned_data.get("incident_ref")
        return next((one for one in self.incidents if one.ref == chosen), self.incidents[0])

    @property
    def party_id(self) -> uuid.UUID:
        """What the party is known by from the first send on."""
        return self.cleaned_data["submission_id"]


def _incident_field() -> forms.ChoiceField:
    return forms.ChoiceField(label="In which incident?", error_messages={"required": "Select the incident"})


class AddVictimForm(_AddedForm, VictimForm):
    """A victim who comes into a case later: new, or already recorded."""

    incident_ref = _incident_field()
    option_hints = {"kind": {**KIND_HINTS, "known": "By their reference, from another case that you may see"}}

    def prepare(self) -> None:
        """Somebody must be added."""
        super().prepare()
        self.offer("kind", [pair for pair in self.kinds() if pair[0] != "nobody"])


class AddContactForm(ContactForm):
    """Safe contact of a victim who comes into a case later: all of it may be left."""


class AddWhoForm(_AddedForm, WhoForm):
    """An alleged perpetrator who comes into a case later: described or named."""

    incident_ref = _incident_field()

    def prepare(self) -> None:
        """Somebody must be added."""
        super().prepare()
        self.offer(
            "status",
            [(PerpetratorStatus.DESCRIBED.value, "A description"), (PerpetratorStatus.NAMED.value, "A name")],
        )


class EraseNameForm(GovForm):
    """Why a name is erased from the quarantine before its day."""

    reason = forms.CharField(
        label="Reason",
        help_text="Without the name. For example, it was reported by mistake.",
        max_length=200,
        error_messages={"required": "Enter a reason"},
    )
