"""What the page of figures is narrowed by: a window, and at most one strand or one district."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from agencies.choices import District
from incidents.choices import Strand
from kernel.forms import GovForm
from strategy.rules.periods import Period
from strategy.selectors.dashboard import Choice

_PLAIN = "county"


class FiguresForm(GovForm):
    """One strand or one district at a time: both together would be a table of three dimensions."""

    mark_optional = False

    period = forms.ChoiceField(label="Period", required=False)
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[
            (_PLAIN, "The whole county"),
            ("One strand", Strand.choices),
            ("One district", District.choices),
        ],
    )

    def __init__(self, *args: Any, windows: Sequence[Period], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (str(number), f"{first:%b %Y} to {last:%b %Y}") for number, (first, last) in enumerate(windows)
        ]

    def active(self, path: str) -> list[tuple[str, str]]:
        """What is chosen beside the whole county in the latest window, each with the address without it."""
        choice, found = self.choice(), []
        if choice.window:
            periods = dict(self.fields["period"].choices)  # type: ignore[attr-defined]
            found.append((periods[str(choice.window)], f"{path}?show={self.cleaned_data['show'] or _PLAIN}"))
        if choice.strand or choice.district:
            found.append((choice.label, f"{path}?period={choice.window}"))
        return found

    def choice(self) -> Choice:
        """The choice; the whole county in the latest window where there is none, or none that is valid."""
        if not self.is_bound or not self.is_valid():
            return Choice()
        show = self.cleaned_data["show"]
        return Choice(
            window=int(self.cleaned_data["period"] or 0),
            strand=show if show in Strand.values else "",
            district=show if show in District.values else "",
        )
