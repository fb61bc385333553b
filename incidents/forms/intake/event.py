"""Steps about the event: safety first, what happened, where, and why. Rules: docs/domain.md §1.1–1.3, §1.7, §10.1."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agencies.choices import District
from agencies.geography import postcode_hint
from agencies.postcode_form import CountyPostcode
from incidents.choices import (
    MONITORED,
    SUBS,
    Behaviour,
    PerceivedBy,
    PlaceType,
    Strand,
)
from incidents.choices.online import Platform
from incidents.forms.fields import DayOrMomentField, end_of_day, time_typed
from incidents.forms.intake.base import StepForm, small_checkboxes, small_radios
from incidents.forms.online import AddressesField
from incidents.rules.online import happened_online
from incidents.rules.triage import SAFETY_WORDS
from incidents.services.incident import NARRATIVE_LIMIT
from incidents.services.online import PostData
from incidents.services.online_account import AccountData
from kernel.forms import PostcodeField, YesNoField
from kernel.when import moment_text

NONE = "none"
URGENT = (*SAFETY_WORDS.items(), (NONE, "None of these, or not known"))


class SafetyForm(StepForm):
    """Danger first, before anything else is asked (docs/domain.md §2.2, §2.6)."""

    danger_now = YesNoField(
        label="Is anyone in danger now?", error_messages={"required": "Select yes if anyone is in danger now"}
    )
    urgent = forms.MultipleChoiceField(
        label="Does any of this apply?",
        help_text="Select all that apply. These make the report urgent.",
        choices=URGENT,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select what applies, or “None of these, or not known”"},
    )
    exclusive = {"urgent": [NONE]}

    def clean_urgent(self) -> list[str]:
        """Nothing else together with "none"."""
        chosen = self.cleaned_data["urgent"]
        if NONE in chosen and len(chosen) > 1:
            raise ValidationError("Select what applies, or only “None of these, or not known”")
        return chosen


WHEN = (("once", "At one time"), ("range", "Between two times or days"), ("ongoing", "It is still going on"))


class WhatForm(StepForm):
    """What was done, and when."""

    narrative = forms.CharField(
        label="Describe what happened",
        help_text="In the person’s own words where you can. Do not ask them to prove why. "
        "Leave out the names of alleged perpetrators: there is a place for them later.",
        max_length=NARRATIVE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Enter what happened"},
    )
    when = forms.ChoiceField(
        label="When did it happen?",
        choices=WHEN,
        widget=forms.RadioSelect,
        error_messages={"required": "Select when it happened"},
    )
    at = DayOrMomentField(label="Date and time", help_text="Leave the time empty if it is not known.")
    began = DayOrMomentField(label="When it began", help_text="Leave the time empty if it is not known.")
    ended = DayOrMomentField(label="When it ended", last=True)
    since = DayOrMomentField(label="About when it began", help_text="Leave the time empty if it is not known.")
    behaviours = forms.MultipleChoiceField(
        label="What was done?",
        help_text="Select all that apply.",
        choices=Behaviour.choices,
        widget=small_checkboxes(columns=True),
        error_messages={"required": "Select what was done"},
    )
    reveals = {"when": {"once": ["at"], "range": ["began", "ended"], "ongoing": ["since"]}}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        began, ended = data.get("began"), data.get("ended")
        if data.get("when") == "range" and began and ended and ended < began:
            self.add_error("ended", "The end must be after the start")
        return data

    @property
    def occurred(self) -> tuple[dt.datetime, dt.datetime | None]:
        """When it began and, where that is known, ended. A day without a time is the whole day."""
        data = self.cleaned_data
        if data["when"] == "range":
            return data["began"], data["ended"]
        if data["when"] == "ongoing":
            return data["since"], None
        return data["at"], None if time_typed(self["at"].data) else end_of_day(data["at"])

    def summary(self) -> Iterator[tuple[str, str]]:
        """When it happened as one row."""
        began, ended = self.occurred
        for label, words in super().summary():
            if label == self.fields["when"].label:
                yield label, _period(began, ended, self.cleaned_data["when"])
            elif label not in {str(self.fields[n].label) for n in ("at", "began", "ended", "since")}:
                yield label, words


def _period(began: dt.datetime, ended: dt.datetime | None, when: str) -> str:
    if when == "ongoing":
        return f"Since {moment_text(began)}, still going on"
    return f"{moment_text(began)} to {moment_text(ended)}" if ended else moment_text(began)


ONLINE_FIELDS = ("platform", "platform_other", "url", "handle", "platform_told")
"""What is asked of something online at once: the rest can be added when it is logged."""


class WhereForm(CountyPostcode, StepForm):
    """The place, and the district that a person confirms: a postcode only suggests one (docs/domain.md §5.2)."""

    place_type = forms.ChoiceField(
        label="What kind of place was it?",
        choices=PlaceType.choices,
        widget=small_radios(columns=True),
        error_messages={"required": "Select what kind of place it was"},
    )
    platform = forms.ChoiceField(
        label="Which platform?",
        choices=[("", "Choose a platform"), *Platform.choices],
        error_messages={"required": "Select which platform"},
    )
    platform_other = forms.CharField(label="What is it called?", required=False, max_length=60)
    url = AddressesField(label="Web addresses of the posts", required=False)
    handle = forms.CharField(
        label="User name that posted it",
        help_text="As it is written there. This is not taken as anyone’s real name.",
        required=False,
        max_length=120,
    )
    platform_told = forms.BooleanField(label="It has been reported to the platform", required=False)
    location = forms.CharField(
        label="Address or place",
        help_text="For example, 12 Market Street, or the bus stop by the library.",
        required=False,
        max_length=200,
    )
    community_venue = forms.BooleanField(
        label="It is a place of worship or a community venue",
        help_text="For example, a mosque, a community centre or a support group’s rooms.",
        required=False,
    )
    postcode = PostcodeField(
        label="Postcode", help_text="All of it, or only the first part.", required=False, partial=True, max_length=10
    )
    district = forms.ChoiceField(
        label="District",
        help_text="For something online, the district where the victim lives.",
        choices=District.choices,
        widget=small_radios(columns=True),
        error_messages={"required": "Select the district where it happened"},
    )
    reveals = {"place_type": {PlaceType.ONLINE.value: list(ONLINE_FIELDS)}}

    def prepare(self) -> None:
        """Offer what the postcode suggests as the answer to confirm."""
        self.offer("district", sorted(District.choices, key=lambda pair: pair[1]))

    @property
    def suggestion(self) -> str:
        """What the postcode says about the district, in a sentence; nothing where it says nothing."""
        typed = str(self["postcode"].value() or "").strip()
        hint = postcode_hint(typed)
        if hint:
            return f"{hint.sentence} Confirm the district: a postcode only suggests it."
        return "This postcode is not one of the county’s. Choose the district yourself." if typed else ""

    def preview(self) -> StepForm:
        """With the district that the postcode suggests chosen, where it suggests one and none was chosen."""
        preview = super().preview()
        hint = postcode_hint(str(self["postcode"].data or ""))
        if hint and hint.district and not self["district"].data:
            preview.initial["district"] = hint.district.value
        return preview

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        hint = postcode_hint(data.get("postcode") or "")
        if "district" in self.errors and not self["district"].data and hint:
            self.errors.pop("district")
            self.add_error("district", f"Confirm the district. {hint.sentence}")
        return data

    @property
    def online(self) -> bool:
        """Whether it happened online, by the place or by what was done."""
        what = self.intake.cleaned("what") or {}
        return happened_online(self.cleaned_data["place_type"], what.get("behaviours", []))

    @property
    def post(self) -> PostData:
        """What is known of the post or message."""
        data = self.cleaned_data
        return PostData(
            platform=data.get("platform") or "",
            platform_other=data.get("platform_other") or "",
            told=bool(data.get("platform_told")),
        )

    @property
    def account(self) -> AccountData:
        """Who posted it, as far as that is known."""
        data = self.cleaned_data
        return AccountData(handle=data.get("handle") or "", urls=tuple(data.get("url") or ()))


NO_FACTOR = "asb"
"""The answer that nobody has named a hate factor: it stands alone."""

STRAND_HINTS = {
    Strand.RACE.value: "Including nationality, colour, and Gypsy, Roma and Traveller people",
    Strand.RELIGION.value: "Including having none",
    Strand.DISABILITY.value: "Including learning disability, mental health and long-term illness",
    Strand.OTHER.value: "For example, homelessness or sex work",
    NO_FACTOR: "It is not counted as hate. If somebody says later that it is, the case becomes a hate case.",
}


def strand_pairs(cleaned: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each chosen strand with each of its sub-categories; a strand alone where none was chosen."""
    strands = [code for code in cleaned["strands"] if code != NO_FACTOR]
    chosen = [(code, cleaned.get(f"sub_{code}") or [""]) for code in strands]
    return [(code, sub) for code, subs in chosen for sub in subs]


def _sub_field(strand: Strand) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=f"{strand.label}: which?",
        choices=list(SUBS[strand].items()),
        widget=small_checkboxes(columns=True),
        required=False,
    )


class WhyForm(StepForm):
    """The characteristics it was aimed at, as perceived. Nobody is asked to prove it (docs/domain.md §1.1)."""

    strands = forms.MultipleChoiceField(
        label="Which characteristics?",
        help_text="What the person believes is enough, also when it was only presumed. Select all that apply.",
        choices=[
            ("Monitored nationally", [(s.value, s.label) for s in Strand if s in MONITORED]),
            ("Recorded in this county", [(s.value, s.label) for s in Strand if s not in MONITORED]),
            ("Or", [(NO_FACTOR, "Nobody believes so: anti-social behaviour")]),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one"},
    )
    sub_RAC = _sub_field(Strand.RACE)
    sub_REL = _sub_field(Strand.RELIGION)
    sub_SXO = _sub_field(Strand.ORIENTATION)
    sub_DIS = _sub_field(Strand.DISABILITY)
    sub_TRN = _sub_field(Strand.TRANSGENDER)
    sub_ALT = _sub_field(Strand.ALTERNATIVE)
    sub_SEX = _sub_field(Strand.SEX)
    sub_AGE = _sub_field(Strand.AGE)
    sub_OTH = _sub_field(Strand.OTHER)
    other = forms.CharField(label="Which other characteristic?", required=False, max_length=120)
    by_association = forms.BooleanField(
        label="By association",
        help_text="It was aimed at someone for their partner, relative, friend, carer or work.",
        required=False,
    )
    perceived_by = forms.ChoiceField(
        label="Who believes that it was hate?",
        choices=PerceivedBy.choices,
        widget=small_radios(),
        required=False,
        error_messages={"required": "Select who believes that it was hate"},
    )
    reveals = {"strands": {s.value: [f"sub_{s.value}"] + (["other"] if s is Strand.OTHER else []) for s in Strand}}
    option_hints = {"strands": STRAND_HINTS}
    depends = frozenset({"perceived_by"})

    @property
    def no_factor(self) -> bool:
        """Whether nobody has named a hate factor: anti-social behaviour."""
        return NO_FACTOR in self.cleaned_data["strands"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = data.get("strands") or []
        if NO_FACTOR in chosen:
            if len(chosen) > 1:
                self.add_error("strands", "Select characteristics, or that nobody believes so, not both")
            self.forget(["by_association", "perceived_by"])
        elif chosen and not data.get("perceived_by") and "perceived_by" not in self.errors:
            self.add_error("perceived_by", self.fields["perceived_by"].error_messages["required"])
        return data

    def pairs(self) -> list[tuple[str, str]]:
        """Each strand with each of its sub-categories; a strand alone where none was chosen."""
        return strand_pairs(self.cleaned_data)

    def summary(self) -> Iterator[tuple[str, str]]:
        """The strands with their sub-categories as one row."""
        data = self.cleaned_data
        lines = []
        for code in data["strands"]:
            if code == NO_FACTOR:
                lines.append("Nobody believes so: anti-social behaviour")
                continue
            subs = [SUBS[Strand(code)][sub] for sub in data.get(f"sub_{code}") or []]
            subs += [data["other"]] if code == Strand.OTHER and data.get("other") else []
            lines.append(f"{Strand(code).label}: {', '.join(subs)}" if subs else Strand(code).label)
        yield str(self.fields["strands"].label), "\n".join(lines)
        for name in ("by_association", "perceived_by"):
            if words := self.words(name):
                yield str(self.fields[name].label), words
