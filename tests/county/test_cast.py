"""The demo cast: the contract's people with their roles, and a point of contact at every agency that works cases."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.choices import AgencyType, Role
from agencies.models import Agency, Membership, ServiceStandard, User
from agencies.reference_data import AGENCIES
from hatecase import cast as printed
from hatecase.county.cast import CAST, cast_load
from incidents.models import RiskTool
from incidents.rules.clocks import standard_in_force
from kernel.models import BankHoliday

pytestmark = pytest.mark.django_db

CODES = "POL NNC WNC RSL1 VSS NREC TPRC1 EDU1 FIRE PROB YJS HLTH CTU OPCC IPSCJ IG".split()


def test_everybody_who_is_printed_can_sign_in(cast):
    for email, _ in printed.CAST:
        assert User.objects.get(email=email).check_password(printed.PASSWORD)


def test_the_agencies_have_the_contracts_codes():
    assert [row.code for row in AGENCIES] == CODES


def test_every_agency_that_works_cases_has_a_point_of_contact(cast):
    for agency in Agency.objects.all():
        held = {role for roles in agency.memberships.values_list("roles", flat=True) for role in roles}
        assert not AgencyType(agency.type).is_casework or Role.SPOC in held, agency.code


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("alice", {"caseworker", "triager"}),
        ("asha", {"spoc"}),
        ("bob", {"caseworker", "triager"}),
        ("beth", {"chair", "spoc", "caseworker"}),
        ("walt", {"caseworker", "triager"}),
        ("wendy", {"chair", "spoc", "caseworker"}),
        ("vera", {"support"}),
        ("tom", {"reporting_centre"}),
        ("sam", {"strategic"}),
        ("ines", {"analyst"}),
        ("greta", {"ig"}),
        ("admin", {"system_admin"}),
        ("ada", {"agency_admin"}),
    ],
)
def test_roles(cast, name, roles):
    held = {role for member in cast[name].memberships.all() for role in member.roles}
    assert roles <= held
    assert cast[name].is_staff == (name == "admin")


def test_loading_again_changes_nobody(cast):
    cast["alice"].set_password("another-one-entirely")
    cast["alice"].save()
    counts = [model.objects.count() for model in (User, Membership, Agency, ServiceStandard, BankHoliday, RiskTool)]
    again = cast_load()
    assert again["alice"].check_password("another-one-entirely")
    assert counts == [
        model.objects.count() for model in (User, Membership, Agency, ServiceStandard, BankHoliday, RiskTool)
    ]
    assert again.keys() == {row.key for row in CAST}


def test_the_keys_of_the_cast_are_its_own():
    assert len({row.key for row in CAST}) == len(CAST)


@pytest.mark.parametrize(("kind", "level"), [("K0", "P1"), ("K3", "P3"), ("K4", "P2"), ("K9", "high"), ("K5", "P1")])
def test_the_standards_are_in_force_for_every_year_of_the_county(cast, kind, level):
    rows = list(ServiceStandard.objects.all())
    for day in (dt.date(2016, 4, 1), dt.date(2023, 7, 3), dt.date(2026, 11, 22)):
        assert standard_in_force(rows, kind, level, day) is not None
