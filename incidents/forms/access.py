"""Who can open a case: its tier, conflicts of interest, its lead agency, emergency access."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.models import Agency, User
from agencies.selectors import person_get
from incidents.choices import Tier
from incidents.forms.case import VersionedForm
from incidents.models import Case, EmergencyAccess
from incidents.services.emergency import REASON_LIMIT
from incidents.services.share import GUARDIAN_LIMIT
from kernel.forms import GovForm

TIER_HINTS: dict[str, str] = {
    Tier.OWN: "The lead worker, the single point of contact and the deputies, and whoever you name. Shares rest; what was"
    " released to a meeting ends.",
    Tier.TEAM: "Each agency that the case is shared with, by name, for its purpose, until its day. What was released to"
    " a meeting ends.",
    Tier.HASBAG: "Also the members of a meeting to which it is released, until 20 working days after the minutes",
    Tier.RESTRICTED: "Nobody but the people you name. It is in no search, and information governance is told of every"
    " look. For a case about staff of a partner, a public figure, a child at risk or counter-terrorism.",
}


def _reason(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=REASON_LIMIT, widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text
    )


class TierForm(VersionedForm):
    """How widely a case is shared, and the people named on it."""

    tier = forms.ChoiceField(label="Who can open this case?", choices=Tier.choices, widget=forms.RadioSelect)
    people = forms.MultipleChoiceField(
        label="People who can open it",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Counts for “own agency” and “named people only”.",
    )
    reason = _reason("Reason", "Kept with the case’s history")
    option_hints = {"tier": TIER_HINTS}

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, people: Iterable[tuple[User, str]], named: set[int]
    ) -> None:
        super().__init__(data, case=case)
        choices = [(str(user.pk), f"{user.name}, {agency}") for user, agency in people]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]
        self.fields["people"].initial = [str(pk) for pk in named]
        self.fields["tier"].initial = case.tier

    def plan(self) -> dict[str, Any]:
        """What was chosen, of a valid form."""
        chosen = self.cleaned_data
        return {
            "tier": chosen["tier"],
            "people": {int(pk) for pk in chosen["people"]},
            "reason": chosen["reason"],
            "version": chosen["version"],
        }


class ConflictForm(GovForm):
    """One's own conflict of interest."""

    reason = _reason("What is the conflict?", "For example, you know somebody in the case. No more than is needed.")


class ExclusionForm(GovForm):
    """Keeping somebody else, or a whole agency, out of a case."""

    who = forms.ChoiceField(
        label="Who is kept out?",
        choices=[("person", "A person"), ("agency", "A whole agency")],
        widget=forms.RadioSelect,
    )
    person = forms.ChoiceField(label="Person")
    agency = forms.ChoiceField(label="Agency")
    reason = _reason("Reason", "Read by those who decide for the lead agency, and by information governance")
    reveals = {"who": {"person": ["person"], "agency": ["agency"]}}

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        people: list[tuple[str, str]],
        agencies: Iterable[Agency],
        initial: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.agencies = {str(agency.pk): agency for agency in agencies}
        names = [(pk, agency.name) for pk, agency in self.agencies.items()]
        self.fields["person"].choices = [("", "Choose"), *people]  # type: ignore[attr-defined]
        self.fields["agency"].choices = [("", "Choose"), *names]  # type: ignore[attr-defined]

    def whom(self) -> dict[str, Any]:
        """The person or the agency, of a valid form."""
        if self.cleaned_data["who"] == "person":
            return {"user": person_get(int(self.cleaned_data["person"]))}
        return {"agency": self.agencies[self.cleaned_data["agency"]]}


class ExclusionEndForm(GovForm):
    """Letting somebody in again."""

    reason = _reason("Why they can be let in again")


class TransferForm(VersionedForm):
    """Another lead agency."""

    agency = forms.ChoiceField(label="New lead agency")
    keep = forms.ChoiceField(
        label="What your agency keeps",
        choices=[("yes", "It goes on reading and adding"), ("no", "Nothing: the case leaves your agency")],
        widget=forms.RadioSelect,
        initial="yes",
    )
    reason = _reason("Reason", "The new lead agency can read it in the history")
    caldicott_guardian = forms.CharField(
        label="Caldicott guardian",
        required=False,
        max_length=GUARDIAN_LIMIT,
        help_text="Where a health agency gives or receives. Leave empty to name the guardian on record.",
    )

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, agencies: Iterable[Agency], chosen: str = ""
    ) -> None:
        super().__init__(data, case=case)
        self.agencies = {agency.code: agency for agency in agencies}
        names = [(code, agency.name) for code, agency in self.agencies.items()]
        self.fields["agency"].choices = [("", "Choose"), *names]  # type: ignore[attr-defined]
        self.fields["agency"].initial = chosen


class WhyForm(GovForm):
    """Whose access is explained."""

    person = forms.ChoiceField(label="Explain for", required=False)

    def __init__(self, data: QueryDict | None = None, *, people: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["person"].choices = [("", "Myself"), *people]  # type: ignore[attr-defined]


class EmergencyForm(GovForm):
    """The exact reference, and why it cannot wait."""

    ref = forms.CharField(label="Case reference", max_length=20, help_text="For example, HC-26-7KQ4M2")
    reason = _reason("Why it cannot wait", "The lead agency and information governance read this at once")


class ReviewForm(GovForm):
    """What somebody else found when they looked at an opening again."""

    outcome = forms.ChoiceField(
        label="Was it needed?", choices=EmergencyAccess.Outcome.choices, widget=forms.RadioSelect
    )
    note = _reason("What you found")
