"""What a case is called where nobody wrote a summary."""

from __future__ import annotations

import pytest

from incidents.choices import Behaviour, strand_mask
from incidents.rules.titles import case_title


@pytest.mark.parametrize(
    ("strands", "behaviours", "district", "title"),
    [
        (("RAC",), ["verbal-abuse"], "E07000153", "Verbal abuse in Kettering: race or ethnicity"),
        (("RAC", "DIS"), ["threat", "spitting", "graffiti"], "E07000150", "Threat and spitting in Corby: race or ethnicity, disability"),
        (("REL",), [], "E07000154", "Incident in Northampton: religion or belief"),
        ((), ["graffiti"], "E07000153", "Graffiti in Kettering"),
        (("TRN",), ["none such"], "", "Incident: transgender identity"),
        ((), [], "", "Incident"),
    ],
)  # fmt: skip
def test_a_title_says_what_was_done_where_and_at_what_it_was_aimed(strands, behaviours, district, title):
    assert case_title(strands=strand_mask(strands), behaviours=behaviours, district=district) == title


@pytest.mark.parametrize("behaviour", Behaviour)
def test_every_behaviour_has_a_title(behaviour):
    assert case_title(strands=0, behaviours=[behaviour.value], district="").lower() == behaviour.label.lower()
