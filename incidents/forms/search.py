"""Saving a search, and changing what is kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from incidents.choices import SearchAlert
from incidents.services.saved_search import NAME_LIMIT
from kernel.forms import GovForm, SingleSubmit

_PRIVATE, _SHARED = "private", "shared"


class SearchChangeForm(GovForm):
    """Name, who may use it, and how often its owner is told."""

    name = forms.CharField(
        label="Name of the search",
        max_length=NAME_LIMIT,
        help_text="Do not name people: your alerts show it, and colleagues see it where you share it.",
    )
    who = forms.ChoiceField(
        label="Who can use it",
        choices=[(_PRIVATE, "Only you"), (_SHARED, "Everybody in your agency who works with cases")],
        widget=forms.RadioSelect,
        initial=_PRIVATE,
        help_text="Everybody finds what their own agency may see.",
    )
    alert = forms.ChoiceField(
        label="Tell me of new cases", choices=SearchAlert.choices, widget=forms.RadioSelect, initial=SearchAlert.NONE
    )

    def kept(self) -> dict[str, Any]:
        """What was chosen, of a valid form."""
        data = self.cleaned_data
        return {"name": data["name"], "shared": data["who"] == _SHARED, "alert": data["alert"]}


class SearchForm(SingleSubmit, SearchChangeForm):
    """A new saved search; who works for several agencies says for which."""

    agency = forms.ChoiceField(label="For which agency")

    def __init__(self, *args: Any, agencies: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(pk), name) for pk, name in agencies]
        if len(offered) > 1:
            self.fields["agency"].choices = offered  # type: ignore[attr-defined]
        else:
            del self.fields["agency"]
        self._only = offered[0][0] if offered else ""

    def agency_id(self) -> int:
        """For which agency it is kept."""
        return int(self.cleaned_data.get("agency") or self._only)


def change_initial(name: str, *, shared: bool, alert: str) -> dict[str, str]:
    """What the form that changes a search starts from."""
    return {"name": name, "who": _SHARED if shared else _PRIVATE, "alert": alert}
