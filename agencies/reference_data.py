"""The county's partners, districts and standards as data, for the first start; from then on the tables are edited.

Rules: docs/domain.md §5.1 (partners), §5.2 (districts), §3.1 (standards). Larkfield Homes, Ashby Brook Academy and the
Harbour Community Centre are fictional: a real county puts its own landlords, schools and centres in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from agencies.choices import AgencyType, Area, District
from agencies.standards import EFFECTIVE_FROM, STANDARDS, VERSION, StandardRow

BOTH_AREAS = (Area.NORTH, Area.WEST)
AGREEMENT_YEARS = 3


@dataclass(frozen=True)
class AgencyRow:
    """One partner: the code that stays put, its name, its kind, and the areas that it works in."""

    code: str
    name: str
    type: AgencyType
    areas: tuple[Area, ...] = BOTH_AREAS


AGENCIES = (
    AgencyRow("POL", "Northamptonshire Police", AgencyType.POLICE),
    AgencyRow("NNC", "North Northamptonshire Council", AgencyType.COUNCIL, (Area.NORTH,)),
    AgencyRow("WNC", "West Northamptonshire Council", AgencyType.COUNCIL, (Area.WEST,)),
    AgencyRow("RSL1", "Larkfield Homes", AgencyType.LANDLORD),
    AgencyRow("VSS", "Voice", AgencyType.VICTIM_SERVICE),
    AgencyRow("NREC", "NREC", AgencyType.VOLUNTARY),
    AgencyRow("TPRC1", "Harbour Community Centre", AgencyType.REPORTING_CENTRE, (Area.WEST,)),
    AgencyRow("EDU1", "Ashby Brook Academy", AgencyType.EDUCATION, (Area.NORTH,)),
    AgencyRow("FIRE", "Northamptonshire Fire and Rescue Service", AgencyType.FIRE),
    AgencyRow("PROB", "Probation Service, Northamptonshire", AgencyType.PROBATION),
    AgencyRow("YJS", "Northamptonshire Youth Justice Service", AgencyType.YOUTH_JUSTICE),
    AgencyRow("HLTH", "NHS Northamptonshire", AgencyType.HEALTH),
    AgencyRow("CTU", "Countywide Traveller Unit", AgencyType.TRAVELLER_UNIT),
    AgencyRow("OPCC", "Office of the Police, Fire and Crime Commissioner", AgencyType.COMMISSIONER),
    AgencyRow("IPSCJ", "Institute for Public Safety, Crime and Justice", AgencyType.RESEARCH),
    AgencyRow("IG", "Information governance desk", AgencyType.GOVERNANCE),
)

COUNCILS = {Area.NORTH: "NNC", Area.WEST: "WNC"}
"""The unitary council of each area."""

DISTRICT_COUNCILS = {district: COUNCILS[district.area] for district in District}
"""The agency that serves each of the seven districts today."""

# Clocks that later work will run: their limits are agreed already, so they stand with the others.
_LATER: tuple[tuple[str, tuple[str, ...], tuple[int, ...]], ...] = (
    ("K5", ("P1", "P2", "P3"), (2, 2, 2)),
    ("K6", ("high", "medium", "standard"), (2, 5, 10)),
    ("K7", ("high", "medium", "standard"), (5, 10, 20)),
    ("K8", ("high", "medium", "standard", "other"), (1, 1, 1, 5)),
    ("K10", ("high",), (10,)),
    ("K11", ("any",), (5,)),
    ("K12", ("any",), (10,)),
    ("K13", ("ack", "decision", "panel", "reply"), (5, 10, 20, 5)),
    ("K14", ("any",), (5,)),
)

ALL_STANDARDS: tuple[StandardRow, ...] = (
    *STANDARDS,
    *(
        StandardRow(VERSION, kind, level, amount, "working_days", EFFECTIVE_FROM)
        for kind, levels, amounts in _LATER
        for level, amount in zip(levels, amounts, strict=True)
    ),
)
"""Every standard of docs/domain.md §3.1 as first published."""


def agreement_period(today: date) -> tuple[date, date]:
    """When the partners' sharing agreement was signed and ends, for a first start: three financial years."""
    start = date(today.year if today >= date(today.year, 4, 1) else today.year - 1, 4, 1)
    return start, date(start.year + AGREEMENT_YEARS, 3, 31)
