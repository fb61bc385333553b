"""What the benchmarks open: every address leads to a page, and what they need of the county can be chosen from it."""

from __future__ import annotations

import pytest
from django.urls import resolve

from bench.casework import FURTHER, OWN, PARTS
from bench.subjects import _asker
from tests.cast import log_incident_as
from tests.incidents.casework import fresh

ADDRESSES = [
    *(address for _, addresses in OWN for address in addresses),
    *(f"/cases/HC-26-7KQ4M2/{part}/" for _, _, part in PARTS),
    *(path.format("HC-26-7KQ4M2", "5d2b6c1e-0d6e-4b51-9c3e-1c8f1c4e7a11", "HV-26-7KQ4M2") for _, _, path in FURTHER),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_leads_to_a_page(address):
    assert resolve(address.partition("?")[0]).view_name


@pytest.mark.django_db
def test_what_they_need_is_chosen_in_one_county(cast):
    case = fresh(log_incident_as("alice").case)
    found = _asker(1.0, 1)
    assert (found["incidents"], found["new"]) == ([], [case.ref])
    assert {of for _, of, _ in (*PARTS, *FURTHER)} <= found.keys()
