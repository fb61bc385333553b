"""Counties for tests: drawn once in memory, and one small county in the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from agencies.standards import STANDARDS
from hatecase.county.plan import County
from hatecase.county.shapes import CasePlan
from incidents.data import tool_load

UNTIL = dt.date(2026, 11, 22)


def county_of(cases: int, seed: int, until: dt.date = UNTIL, years: float = 3) -> County:
    """A county that is drawn, not written."""
    return County(cases, seed, until, years, tool_load(), list(STANDARDS))


@pytest.fixture(scope="session")
def drawn() -> tuple[County, list[CasePlan]]:
    """A county of 600 cases with all of them."""
    county = county_of(600, 7)
    return county, list(county.stream())


@pytest.fixture
def cases(drawn: Any) -> list[CasePlan]:
    """The cases of the drawn county."""
    return drawn[1]


@pytest.fixture
def county(drawn: Any) -> County:
    """The drawn county itself."""
    return drawn[0]
