"""Who leads a new case."""

from __future__ import annotations

import pytest

from agencies.choices import AgencyType, District
from incidents.choices import Level
from incidents.rules.lead_agency import lead_agency

CORBY, NORTHAMPTON = District.CORBY, District.NORTHAMPTON


@pytest.mark.parametrize("kind", [kind for kind in AgencyType if kind.value not in {"TPRC", "EDU"}])
def test_the_logging_agency_leads(kind):
    found = lead_agency(kind, [CORBY], NORTHAMPTON)
    assert found.is_logging_agency
    assert found.logging_agency_level is Level.MANAGE


@pytest.mark.parametrize("kind", ["TPRC", "EDU"])
def test_centres_and_schools_refer_to_the_council_of_the_victims_home(kind):
    found = lead_agency(kind, [CORBY], NORTHAMPTON)
    assert (found.district, found.logging_agency_level) == (CORBY, Level.VIEW)
    assert not found.is_logging_agency


@pytest.mark.parametrize("homes", [[], [None], [""], ["E07000999"]])
def test_without_a_home_in_the_county_the_place_of_the_incident_decides(homes):
    assert lead_agency("TPRC", homes, NORTHAMPTON).district is NORTHAMPTON


def test_the_first_known_home_decides():
    assert lead_agency("EDU", [None, "E07000999", CORBY, NORTHAMPTON], NORTHAMPTON).district is CORBY


def test_an_incident_outside_the_county_has_no_council_here():
    with pytest.raises(ValueError, match="E07000999"):
        lead_agency("TPRC", [], "E07000999")
