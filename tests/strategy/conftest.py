"""Figures in tests: many incidents at once, written as the owner, and a making of the figures."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from agencies.models import Agency
from incidents.models import Case, Characteristic, Incident, Party
from kernel import clock
from kernel.actors import system_actor
from kernel.clock import LONDON
from strategy.rules.periods import Window, windows_on
from strategy.services import facts_refresh
from victims.models import Victim

_numbers = itertools.count(1)


@dataclass
class Happened:
    """One incident to write: a case of its own unless one is given."""

    on: dt.date
    strands: tuple[str, ...] = ("RAC",)
    district: str = "E07000153"
    agency: str = "POL"
    classification: str = "hate_incident"
    status: str = "open"
    band: str = ""
    tier: str = "team"
    victim: Victim | None = None
    hour: int = 12


@pytest.fixture
def refresh(cast: Any) -> Callable[[], Any]:
    """`refresh()`: make the figures as the system."""
    return lambda: facts_refresh(actor=system_actor("a test makes the figures"))


@pytest.fixture
def window(cast: Any) -> Window:
    """The latest 24 whole months."""
    return windows_on(clock.today())[0]


@pytest.fixture
def happened(cast: Any) -> Callable[[Iterable[Happened]], list[Incident]]:
    """`happened([Happened(day), …])`: write incidents without going through the service."""
    return _write


@pytest.fixture
def victim_make(cast: Any) -> Callable[[], Victim]:
    """`victim_make()`: a victim's record."""
    police = Agency.objects.get(code="POL")

    def make() -> Victim:
        victim = Victim(ref=f"HV-26-{next(_numbers):06}", given_name="Farida", recorded_by_agency=police)
        return Victim.objects.bulk_create([victim])[0]

    return make


def _write(rows: Iterable[Happened]) -> list[Incident]:
    rows = list(rows)
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    cases = Case.objects.bulk_create([_case(row, agencies[row.agency]) for row in rows])
    incidents = Incident.objects.bulk_create(
        [_incident(row, case, agencies[row.agency]) for row, case in zip(rows, cases, strict=True)]
    )
    pairs = list(zip(rows, incidents, strict=True))
    Characteristic.objects.bulk_create(
        [Characteristic(incident=i, case_id=i.case_id, code=code) for row, i in pairs for code in row.strands]
    )
    Party.objects.bulk_create(
        [
            Party(incident=i, case_id=i.case_id, role="victim", victim=row.victim)
            for row, i in pairs
            if row.victim is not None
        ]
    )
    return incidents


def _at(row: Happened) -> dt.datetime:
    return dt.datetime.combine(row.on, dt.time(row.hour), tzinfo=LONDON)


def _case(row: Happened, agency: Agency) -> Case:
    return Case(
        ref=f"HC-26-{next(_numbers):06}",
        tier=row.tier,
        restricted=row.tier == "restricted",
        status=row.status,
        classification=row.classification,
        priority="P3",
        band=row.band,
        lead_agency=agency,
        received_at=_at(row),
        district_id=row.district,
    )


def _incident(row: Happened, case: Case, agency: Agency) -> Incident:
    return Incident(
        ref=f"HI-26-{next(_numbers):06}",
        case=case,
        received_at=_at(row),
        occurred_from=_at(row),
        channel="phone",
        narrative="Called names at the market.",
        perceived_by="victim",
        district_id=row.district,
        reporting_agency=agency,
    )
