"""Striking something, correcting a date, and correcting what is recorded of an incident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms

from incidents.choices import SUBS, Classification, CorrectionCause, DateField, Strand
from incidents.forms.case import VersionedForm
from incidents.forms.intake.event import NO_FACTOR, WhatForm, WhereForm, WhyForm, strand_pairs
from incidents.models import Case, Characteristic, Incident
from incidents.services.incident import NARRATIVE_LIMIT, StrandData
from incidents.services.incident_correct import ONE_STAYS, FactsData
from incidents.services.repair import REASON_LIMIT, Corrected
from kernel.forms import GovDateTimeField, GovForm, SingleSubmit, YesNoField


class StrikeForm(GovForm):
    """Why something is struck."""

    reason = forms.CharField(
        label="Why is it struck?",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example, it was written in the wrong case. Do not repeat what it said",
        error_messages={"required": "Enter why it is struck"},
    )


class DateCorrectForm(SingleSubmit, GovForm):
    """A date as it should be, and why. `dates` maps each date that can be corrected to what it is now."""

    field = forms.ChoiceField(
        label="Which date is wrong?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select which date is wrong"},
    )
    value = GovDateTimeField(label="What it should be", past_only=True, help_text="For example, 24 11 2026 and 6:40pm")
    reason = forms.CharField(
        label="Why is it corrected?",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter why it is corrected"},
    )

    def __init__(self, *args: Any, dates: Mapping[str, dt.datetime | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [(name, DateField(name).label) for name in dates]  # type: ignore[attr-defined]
        if len(dates) == 1:
            # Where there is one date, nobody is asked which.
            self.fields["field"].initial = next(iter(dates))
            self.fields["field"].widget = forms.HiddenInput()
        for name, moment in dates.items():
            shown = moment.isoformat() if moment else ""
            self.fields[f"was_{name}"] = forms.DateTimeField(
                widget=forms.HiddenInput, initial=shown, required=moment is not None
            )

    def corrected(self) -> Corrected:
        """What was entered, of a valid form."""
        data = self.cleaned_data
        return Corrected(data["field"], data[f"was_{data['field']}"], data["value"], data["reason"])


_PLACE = ("place_type", "location", "postcode")
_ASKED = WhyForm.base_fields
_SUBS = [f"sub_{strand.value}" for strand in Strand]


class FactsForm(SingleSubmit, VersionedForm):
    """What is recorded of an incident, as it should be; asked as it was when it was logged.

    Where somebody lives is asked of those alone who are shown it (`place_told`), characteristics where the case has a
    hate factor.
    """

    place_type = WhereForm.base_fields["place_type"]
    location = WhereForm.base_fields["location"]
    postcode = WhereForm.base_fields["postcode"]
    district = WhereForm.base_fields["district"]
    behaviours = WhatForm.base_fields["behaviours"]
    online = YesNoField(
        label="Did it happen online?",
        help_text="Also where a part of it was a message, a post or a call online.",
        error_messages={"required": "Select yes if it happened online"},
    )
    strands = _ASKED["strands"]
    sub_RAC, sub_REL, sub_SXO = _ASKED["sub_RAC"], _ASKED["sub_REL"], _ASKED["sub_SXO"]
    sub_DIS, sub_TRN, sub_ALT = _ASKED["sub_DIS"], _ASKED["sub_TRN"], _ASKED["sub_ALT"]
    sub_SEX, sub_AGE, sub_OTH = _ASKED["sub_SEX"], _ASKED["sub_AGE"], _ASKED["sub_OTH"]
    other = _ASKED["other"]
    by_association = _ASKED["by_association"]
    addition = forms.CharField(
        label="What is to be added or set right",
        help_text="What was told at first stays as it is; this stands beside it. Leave out the names of alleged"
        " perpetrators.",
        required=False,
        max_length=NARRATIVE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    cause = forms.ChoiceField(
        label="Why is it corrected?",
        choices=CorrectionCause.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select why it is corrected"},
    )
    reason = forms.CharField(
        label="How was it found?",
        help_text="For example, the victim rang. Everybody who reads the case sees it. Nobody has to prove why it was"
        " hate.",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter how it was found"},
    )
    reveals = {"strands": WhyForm.reveals["strands"]}
    option_hints = {
        "strands": {code: hint for code, hint in WhyForm.option_hints["strands"].items() if code != NO_FACTOR}
    }

    def __init__(
        self, data: Any = None, *, case: Case, incident: Incident, strands: list[Characteristic], place_told: bool
    ) -> None:
        self.there = {(one.code, one.sub): one for one in strands}
        self.told = place_told
        super().__init__(data, case=case, initial=_recorded(incident, strands))
        for name in () if place_told else _PLACE:
            del self.fields[name]
        if case.classification == Classification.ASB:
            for name in ("strands", *_SUBS, "other", "by_association"):
                del self.fields[name]
            self.reveals, self.option_hints = {}, {}  # type: ignore[misc]
        else:
            field: Any = self.fields["strands"]
            field.choices = field.choices[:-1]
            field.label, field.error_messages["required"] = "What was it aimed at?", ONE_STAYS
        for name in {"place_type", "behaviours"} & set(self.fields):
            # What came in without an answer is not held up by it.
            self.fields[name].required = bool(self.initial[name])

    def facts(self) -> FactsData:
        """What it is to say, of a valid form."""
        cleaned = self.cleaned_data
        place = {name: cleaned[name] or "" for name in _PLACE} if self.told else {}
        return FactsData(
            **place,
            district=cleaned["district"],
            behaviours=cleaned["behaviours"],
            online=cleaned["online"],
            strands=self._strands() if "strands" in self.fields else None,
            addition=cleaned["addition"],
        )

    def _strands(self) -> list[StrandData]:
        """What is one for all is one question: those that were recorded keep their own answer while it stays as it was."""
        cleaned, changed = self.cleaned_data, self.changed_data
        found = []
        for code, sub in strand_pairs(cleaned):
            old = self.there.get((code, sub))
            linked = old.by_association if old and "by_association" not in changed else cleaned["by_association"]
            other = cleaned["other"] or "" if code == Strand.OTHER else ""
            if old and "other" not in changed:
                other = old.other
            found.append(StrandData(code, sub, other, linked))
        bare = [one for (code, sub), one in self.there.items() if not sub and code in cleaned["strands"]]
        # Beside its sub-categories a strand may stand alone: nobody is asked about that.
        found += [
            StrandData(one.code, "", one.other, one.by_association)
            for one in bare
            if f"sub_{one.code}" not in changed and (one.code, "") not in {(got.code, got.sub) for got in found}
        ]
        return found


def _recorded(incident: Incident, strands: list[Characteristic]) -> dict[str, Any]:
    """What an incident says now, under the names of the form."""
    subs = {f"sub_{code}": [one.sub for one in strands if one.code == code and one.sub] for code in SUBS}
    return subs | {
        "place_type": incident.place_type,
        "location": incident.location,
        "postcode": incident.postcode,
        "district": incident.district_id,
        "behaviours": incident.behaviours,
        "online": incident.online,
        "strands": list(dict.fromkeys(one.code for one in strands)),
        "other": next((one.other for one in strands if one.other), ""),
        "by_association": any(one.by_association for one in strands),
    }
