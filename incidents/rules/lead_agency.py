"""Which agency leads a new case. Rules: docs/domain.md §5.1, §5.2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agencies.choices import AgencyType, District
from incidents.choices import Level

REFERS_ON = frozenset({AgencyType.REPORTING_CENTRE.value, AgencyType.EDUCATION.value})
"""Kinds of agency that take reports but do not lead cases, unless a victim does not want the council told."""


@dataclass(frozen=True)
class Lead:
    """Who leads: the logging agency itself, or the council of a district; and what the logging agency keeps."""

    district: District | None
    logging_agency_level: Level

    @property
    def is_logging_agency(self) -> bool:
        """Whether the agency that logged the report leads."""
        return self.district is None


def lead_agency(
    logging_type: str, victim_districts: Iterable[str | None], incident_district: str, *, council_told: bool = True
) -> Lead:
    """Who leads a case that an agency of one type logs.

    The agency itself; for reporting centres and schools the council of the first victim's home district that is in the
    county, else of the incident's, and then the logging agency keeps *view* of its own report. Where a victim does not
    want the council told (``council_told``) no agency of that route may lead, and whoever logged it does. Raises
    ``ValueError`` for an incident district outside the county.
    """
    if logging_type not in REFERS_ON or not council_told:
        return Lead(None, Level.MANAGE)
    home = next((code for code in victim_districts if code in District.values), None)
    return Lead(District(home or incident_district), Level.VIEW)
