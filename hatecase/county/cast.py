"""The demo cast: the people of the fixed sign-ins, and the colleagues who make their agencies work.

Every account has the password that the start of the demo prints. It is made in the demo, in tests and on benches
alone: `./manage.py setup` makes a real server's first account, without any fixed password.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from agencies.choices import Role
from agencies.models import Agency, Membership, User
from agencies.services.reference import reference_data_load
from hatecase.cast import PASSWORD
from incidents.services.reference import letter_templates_load, risk_tool_load

CASEWORKER, TRIAGER, SPOC, DEPUTY = Role.CASEWORKER, Role.TRIAGER, Role.SPOC, Role.DEPUTY_SPOC
MANAGER, CHAIR, MEMBER, SUPPORT = Role.MANAGER, Role.CHAIR, Role.MEMBER, Role.SUPPORT
AGENCY_ADMIN, CENTRE = Role.AGENCY_ADMIN, Role.REPORTING_CENTRE

GUARDIAN = "Dr Miriam Oakes"
"""The Caldicott guardian of the demo's health agency."""


@dataclass(frozen=True)
class CastRow:
    """One person: the address, the name, the agency's code, the roles held there, and the job in words."""

    email: str
    name: str
    agency: str
    roles: tuple[Role, ...]
    job: str
    is_staff: bool = False

    @property
    def key(self) -> str:
        """The part before the @, by which tests and the county know the person."""
        return self.email.partition("@")[0]


CAST: tuple[CastRow, ...] = (
    # The contract's cast.
    CastRow("alice@police.example", "Alice Morgan", "POL", (CASEWORKER, TRIAGER), "Hate crime officer"),
    CastRow("asha@police.example", "Asha Raithatha", "POL", (SPOC, TRIAGER, MEMBER), "Hate crime coordinator"),
    CastRow("bob@north.example", "Bob Wickens", "NNC", (CASEWORKER, TRIAGER), "Community safety officer"),
    CastRow("beth@north.example", "Beth Oyelaran", "NNC", (CHAIR, SPOC, CASEWORKER), "Community safety manager"),
    CastRow("walt@west.example", "Walt Kemp", "WNC", (CASEWORKER, TRIAGER), "Community safety officer"),
    CastRow("wendy@west.example", "Wendy Achterberg", "WNC", (CHAIR, SPOC, CASEWORKER), "Community safety manager"),
    CastRow("charlie@larkfield.example", "Charlie Nowak", "RSL1", (CASEWORKER, TRIAGER), "Housing officer"),
    CastRow("vera@voice.example", "Vera Lindqvist", "VSS", (SUPPORT,), "Support worker"),
    CastRow("nadia@nrec.example", "Nadia Siddiqui", "NREC", (CASEWORKER, TRIAGER, SPOC), "Caseworker"),
    CastRow("tom@harbour.example", "Tom Adeyemi", "TPRC1", (CENTRE,), "Reporting centre worker"),
    CastRow("edith@ashby.example", "Edith Farrow", "EDU1", (CASEWORKER, SPOC), "Safeguarding lead"),
    CastRow("sam@strategic.example", "Sam Okonkwo", "OPCC", (Role.STRATEGIC,), "Strategic group member"),
    CastRow("ines@ipscj.example", "Ines Carvalho", "IPSCJ", (Role.ANALYST,), "Research analyst"),
    CastRow("greta@ig.example", "Greta Hallam", "IG", (Role.GOVERNANCE,), "Data protection officer"),
    CastRow(
        "admin@hatecase.example", "Avery Stone", "IG", (Role.SYSTEM_ADMIN,), "System administrator", is_staff=True
    ),
    # Colleagues, so that every agency has a point of contact and somebody to hand work on to.
    CastRow("amir@police.example", "Amir Qureshi", "POL", (CASEWORKER, TRIAGER), "Neighbourhood constable"),
    CastRow("donna@police.example", "Donna Pickering", "POL", (DEPUTY, CASEWORKER), "Hate crime sergeant"),
    CastRow("marcus@police.example", "Marcus Bell", "POL", (MANAGER,), "Detective inspector"),
    CastRow("ada@police.example", "Ada Whitlock", "POL", (AGENCY_ADMIN,), "Accounts administrator"),
    CastRow("nora@north.example", "Nora Petkova", "NNC", (CASEWORKER, TRIAGER), "Anti-social behaviour officer"),
    CastRow("niall@north.example", "Niall Brady", "NNC", (MANAGER, DEPUTY), "Head of community safety"),
    CastRow("adam@north.example", "Adam Prentice", "NNC", (AGENCY_ADMIN,), "Accounts administrator"),
    CastRow("wasim@west.example", "Wasim Akhtar", "WNC", (CASEWORKER, TRIAGER), "Anti-social behaviour officer"),
    CastRow("winnie@west.example", "Winnie Tang", "WNC", (MANAGER, DEPUTY), "Head of community safety"),
    CastRow("ayo@west.example", "Ayo Balogun", "WNC", (AGENCY_ADMIN,), "Accounts administrator"),
    CastRow("cora@larkfield.example", "Cora Fielding", "RSL1", (SPOC, MANAGER), "Tenancy manager"),
    CastRow("arlo@larkfield.example", "Arlo Jessop", "RSL1", (AGENCY_ADMIN,), "Accounts administrator"),
    CastRow("viola@voice.example", "Viola Banda", "VSS", (SPOC, MANAGER), "Support manager"),
    CastRow("tess@harbour.example", "Tess Mulvaney", "TPRC1", (SPOC, CENTRE), "Centre manager"),
    CastRow("frank@fire.example", "Frank Odell", "FIRE", (CASEWORKER, SPOC), "Fire safety officer"),
    CastRow("petra@probation.example", "Petra Novotna", "PROB", (CASEWORKER, SPOC), "Probation officer"),
    CastRow("yusuf@youth.example", "Yusuf Hersi", "YJS", (CASEWORKER, SPOC), "Youth justice worker"),
    CastRow("hana@health.example", "Hana Kimura", "HLTH", (CASEWORKER, SPOC), "Safeguarding nurse"),
    CastRow("colm@traveller.example", "Colm Ward", "CTU", (CASEWORKER, SPOC), "Traveller liaison officer"),
    CastRow("olive@commissioner.example", "Olive Grainger", "OPCC", (SPOC, MEMBER), "Victims’ commissioner’s officer"),
)


@transaction.atomic
def cast_load() -> dict[str, User]:
    """Make the cast with the reference data under it, and answer the people by the part before the @.

    Safe to run again: whoever is there already stays as they are, their password included.
    """
    agencies = reference_data_load()
    Agency.objects.filter(code="HLTH", caldicott_guardian="").update(caldicott_guardian=GUARDIAN)
    risk_tool_load()
    letter_templates_load()
    known = {user.email: user for user in User.objects.filter(email__in=[row.email for row in CAST])}
    missing = [row for row in CAST if row.email not in known]
    if missing:
        # One salt for all: a slow hash for each would cost every test run seconds, and the password is public.
        password = make_password(PASSWORD)
        known |= {row.email: _person(row, agencies[row.agency], password) for row in missing}
    return {row.key: known[row.email] for row in CAST}


def _person(row: CastRow, agency: Agency, password: str) -> User:
    """One account with its place in the agency."""
    phone = f"01632 9609{CAST.index(row):02}"
    user = User.objects.create(email=row.email, name=row.name, password=password, is_staff=row.is_staff, phone=phone)
    Membership.objects.create(user=user, agency=agency, roles=[role.value for role in row.roles], job_title=row.job)
    return user
