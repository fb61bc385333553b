"""Vocabulary of agencies: what kind of organisation, which side of a case it serves, what its people do, and where.

Rules: docs/domain.md §5.1, §5.2, §5.3.
"""

from __future__ import annotations

from django.db.models import TextChoices


class Side(TextChoices):
    """Whose identity an agency works with: an agency of one side never sees the people of the other."""

    BOTH = "both", "Victims and alleged perpetrators"
    VICTIM = "victim", "Victims only"
    PERPETRATOR = "perpetrator", "Alleged perpetrators only"


class AgencyType(TextChoices):
    """What kind of organisation a partner is (docs/domain.md §5.1)."""

    POLICE = "POL", "Police"
    COUNCIL = "LA", "Local authority"
    LANDLORD = "RSL", "Registered provider of housing"
    VICTIM_SERVICE = "VSS", "Victim support service"
    VOLUNTARY = "VCS", "Voluntary and community sector"
    REPORTING_CENTRE = "TPRC", "Third-party reporting centre"
    EDUCATION = "EDU", "School, college or university"
    FIRE = "FIRE", "Fire and rescue service"
    PROBATION = "PROB", "Probation service"
    YOUTH_JUSTICE = "YJS", "Youth justice service"
    HEALTH = "HLTH", "Health service"
    TRAVELLER_UNIT = "CTU", "Countywide Traveller Unit"
    COMMISSIONER = "OPCC", "Office of the Police, Fire and Crime Commissioner"
    RESEARCH = "RES", "Research institute"
    GOVERNANCE = "IG", "Information governance"
    PARISH = "PAR", "Town or parish council"
    PROGRAMME = "PRG", "Perpetrator programme provider"

    @property
    def side(self) -> Side:
        """The side of a case that this kind of agency may be shown."""
        if self in _VICTIM_SIDE:
            return Side.VICTIM
        return Side.PERPETRATOR if self in _PERPETRATOR_SIDE else Side.BOTH

    @property
    def is_statutory_s115(self) -> bool:
        """Whether anyone may disclose to it under section 115 of the Crime and Disorder Act 1998 (the default)."""
        return self in _SECTION_115

    @property
    def is_competent_authority(self) -> bool:
        """Whether it may act under Part 3 of the Data Protection Act 2018 (the default; set per agency)."""
        return self in _COMPETENT

    @property
    def is_casework(self) -> bool:
        """Whether cases are shared with it at all: researchers and information governance work without grants."""
        return self not in _WITHOUT_CASES

    @property
    def gives_role_away(self) -> bool:
        """Whether its very name would tell which role a person has in a case (docs/domain.md §5.5)."""
        return self in _TELLTALE


_VICTIM_SIDE = frozenset({AgencyType.VICTIM_SERVICE, AgencyType.VOLUNTARY, AgencyType.REPORTING_CENTRE})
_PERPETRATOR_SIDE = frozenset({AgencyType.PROBATION, AgencyType.YOUTH_JUSTICE, AgencyType.PROGRAMME})
_SECTION_115 = frozenset(
    {
        AgencyType.POLICE,
        AgencyType.COUNCIL,
        AgencyType.PROBATION,
        AgencyType.FIRE,
        AgencyType.HEALTH,
        AgencyType.COMMISSIONER,
        AgencyType.LANDLORD,
    }
)
_COMPETENT = frozenset({AgencyType.POLICE, AgencyType.COUNCIL, AgencyType.PROBATION, AgencyType.YOUTH_JUSTICE})
_WITHOUT_CASES = frozenset({AgencyType.RESEARCH, AgencyType.GOVERNANCE})
_TELLTALE = frozenset(
    {AgencyType.VICTIM_SERVICE, AgencyType.PROBATION, AgencyType.YOUTH_JUSTICE, AgencyType.TRAVELLER_UNIT}
)


class Role(TextChoices):
    """What a person does in their agency (docs/domain.md §5.3). A person may hold several roles."""

    CASEWORKER = "caseworker", "Caseworker"
    TRIAGER = "triager", "Triager"
    SPOC = "spoc", "Single point of contact"
    DEPUTY_SPOC = "deputy_spoc", "Deputy single point of contact"
    MANAGER = "manager", "Manager"
    CHAIR = "chair", "HASBAG chair"
    MEMBER = "member", "HASBAG member"
    STRATEGIC = "strategic", "Strategic group member"
    ANALYST = "analyst", "Analyst"
    SUPPORT = "support", "Support worker"
    PROGRAMME = "programme", "Programme worker"
    REPORTING_CENTRE = "reporting_centre", "Reporting centre worker"
    INTELLIGENCE = "intelligence", "Intelligence officer"
    GOVERNANCE = "ig", "Information governance officer"
    AGENCY_ADMIN = "agency_admin", "Agency administrator"
    SYSTEM_ADMIN = "system_admin", "System administrator"

    @property
    def is_casework(self) -> bool:
        """Whether the role opens cases at all; the others see aggregates, metadata or configuration only."""
        return self not in _ROLES_WITHOUT_CASES


_ROLES_WITHOUT_CASES = frozenset(
    {Role.STRATEGIC, Role.ANALYST, Role.GOVERNANCE, Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN, Role.INTELLIGENCE}
)


class Area(TextChoices):
    """The two areas with a HASBAG of their own: one for each unitary authority."""

    NORTH = "north", "North Northamptonshire"
    WEST = "west", "West Northamptonshire"


class District(TextChoices):
    """The seven districts of before April 2021 by their ONS code; they remain the places that figures are kept for."""

    CORBY = "E07000150", "Corby"
    DAVENTRY = "E07000151", "Daventry"
    EAST_NORTHAMPTONSHIRE = "E07000152", "East Northamptonshire"
    KETTERING = "E07000153", "Kettering"
    NORTHAMPTON = "E07000154", "Northampton"
    SOUTH_NORTHAMPTONSHIRE = "E07000155", "South Northamptonshire"
    WELLINGBOROUGH = "E07000156", "Wellingborough"

    @property
    def area(self) -> Area:
        """The area whose unitary authority and HASBAG the district belongs to."""
        return Area.NORTH if self in _NORTH else Area.WEST

    @property
    def unitary_code(self) -> str:
        """The ONS code of the unitary authority that took the district's place on 1 April 2021."""
        return "E06000061" if self in _NORTH else "E06000062"


_NORTH = frozenset({District.CORBY, District.EAST_NORTHAMPTONSHIRE, District.KETTERING, District.WELLINGBOROUGH})


class DistrictSource(TextChoices):
    """How a district came to be known (docs/domain.md §5.2)."""

    POSTCODE = "postcode", "Suggested by the postcode"
    CONFIRMED = "confirmed", "Confirmed by a person"
    GAZETTEER = "gazetteer", "Looked up in a gazetteer"


class SignInEnd(TextChoices):
    """Why a sign-in ended."""

    SIGNED_OUT = "signed_out", "Signed out"
    IDLE = "idle", "Not used for too long"
    IDLE_SHORT = "idle_short", "Not used for too long, with a restricted case open"
    ABSOLUTE = "absolute", "Lasted too long"
    REPLACED = "replaced", "Signed in somewhere else"
    CLOSED = "closed", "Closed by an administrator"


class Delivery(TextChoices):
    """How somebody is told of something, beside the list in the service, where everything stands at once."""

    AT_ONCE = "at_once", "By email at once"
    DAILY = "daily", "In one email a day"
    WEEKLY = "weekly", "In one email a week"
    CENTRE = "centre", "Only in the service"


class NoticeGroup(TextChoices):
    """The groups of notices about which a person chooses how to be told."""

    TASKS = "tasks", "Tasks"
    DEADLINES = "deadlines", "Deadlines that come near"
    CASES = "cases", "Cases given to you or your agency"
    SHARING = "sharing", "Sharing: requests, overrides, conflicts of interest, releases"
    EVIDENCE = "evidence", "Evidence"
    MENTIONS = "mentions", "Comments, mentions and saved searches"
    PEOPLE = "people", "Accounts and agreements"
    OTHER = "other", "Everything else"
