"""A postcode outside the county is kept once a person has said that it is meant (docs/domain.md §5.2)."""

from __future__ import annotations

from typing import Any

from django import forms

from agencies.geography import outside_county


class CountyPostcode(forms.Form):
    """Mixin, first among the bases: asks once more about a `postcode` that is a real one and not the county's.

    The question stands on the page only where such a postcode was typed or is on record; on record, it was answered.
    """

    postcode_outside = forms.BooleanField(label="Keep this postcode: it is outside Northamptonshire", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "postcode" not in self.fields or not outside_county(str(self["postcode"].value() or "")):
            del self.fields["postcode_outside"]
            return
        if self.initial.get("postcode_outside") is None:
            self.initial["postcode_outside"] = not self.is_bound
        order = list(self.fields)
        order.remove("postcode_outside")
        order.insert(order.index("postcode") + 1, "postcode_outside")
        self.order_fields(order)

    def clean(self) -> dict[str, Any]:
        """Ask about a postcode that was not said to be meant."""
        data = super().clean() or self.cleaned_data
        asked = "postcode_outside" in self.fields and "postcode" not in self.errors
        if asked and data.get("postcode") and not data.get("postcode_outside"):
            self.add_error(
                "postcode",
                "This postcode is not in Northamptonshire. Check it, or tick “Keep this postcode” below",
            )
        return data
