"""The quick sweep with the first wall down: row-level security alone."""

from __future__ import annotations

import pytest

from tests.sweep.quick import second_wall_walked

pytestmark = pytest.mark.django_db


def test_without_the_first_wall_nothing_of_a_case_reaches_an_agency_that_does_not_hold_it(garden, clients):
    second_wall_walked(garden, clients)
