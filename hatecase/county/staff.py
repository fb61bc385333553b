"""Who works the cases: the cast, and in a large county as many colleagues as its caseload needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from agencies.choices import Role
from hatecase.county.cast import CAST, CastRow
from hatecase.county.dice import Dice, Table, dice_for
from hatecase.county.words import listed

_WORKING = frozenset({Role.CASEWORKER, Role.SUPPORT, Role.REPORTING_CENTRE})
_SPOC = frozenset({Role.SPOC, Role.DEPUTY_SPOC})
_DECIDING = frozenset({Role.SPOC, Role.MANAGER, Role.DEPUTY_SPOC})

# Open cases that one person can carry, and the part of all cases that each agency leads and that is open at a time.
_CASELOAD, _OPEN_SHARE = 40, 0.09
_LEADS = {"POL": 0.5, "NNC": 0.15, "WNC": 0.18, "RSL1": 0.06, "NREC": 0.05, "VSS": 0.08}
_MAILS = {"POL": "police", "NNC": "north", "WNC": "west", "RSL1": "larkfield", "NREC": "nrec", "VSS": "voice"}
# The people of the fixed sign-ins get more than an equal part, so that their work is lively.
_FAVOURED = {"alice": 4.0, "bob": 4.0, "walt": 4.0, "donna": 0.6, "beth": 0.4, "wendy": 0.4}


@dataclass
class Staff:
    """Workers and points of contact of each agency, by key."""

    workers: dict[str, Table[str]]
    points: dict[str, tuple[str, ...]]
    spocs: dict[str, tuple[str, ...]]
    colleagues: list[CastRow] = field(default_factory=list)

    def worker(self, agency: str, dice: Dice) -> str:
        """Somebody who works cases there; nobody where the agency has no caseworkers."""
        table = self.workers.get(agency)
        return dice.draw(table) if table else ""

    def point(self, agency: str) -> str:
        """The agency's point of contact."""
        return self.points[agency][0] if self.points.get(agency) else ""


def staff_for(cases: int, seed: int) -> Staff:
    """The staff of a county of a size. The colleagues beside the cast have no password: they never sign in."""
    colleagues = [row for agency in _LEADS for row in _colleagues(agency, cases, seed)]
    weights: dict[str, dict[str, float]] = {}
    points: dict[str, list[str]] = {}
    spocs: dict[str, list[str]] = {}
    for row in (*CAST, *colleagues):
        if _WORKING & set(row.roles):
            weights.setdefault(row.agency, {})[row.key] = _FAVOURED.get(row.key, 1.0)
        if _DECIDING & set(row.roles):
            points.setdefault(row.agency, []).append(row.key)
        if _SPOC & set(row.roles):
            spocs.setdefault(row.agency, []).append(row.key)
    return Staff(
        workers={agency: Table(people.items()) for agency, people in weights.items()},
        points={agency: tuple(people) for agency, people in points.items()},
        spocs={agency: tuple(people) for agency, people in spocs.items()},
        colleagues=colleagues,
    )


def _colleagues(agency: str, cases: int, seed: int) -> list[CastRow]:
    needed = int(cases * _LEADS[agency] * _OPEN_SHARE / _CASELOAD)
    roles = (Role.SUPPORT,) if agency == "VSS" else (Role.CASEWORKER, Role.TRIAGER)
    job = "Support worker" if agency == "VSS" else "Caseworker"
    rows = []
    for number in range(1, needed + 1):
        dice = dice_for("colleague", seed, agency, number)
        given = dice.pick(listed("names", dice.pick(("british woman", "british man")))).partition("/")[0]
        family = dice.pick(listed("names", "british family")).partition("/")[0]
        key = f"{given}.{family}.{agency}{number}".lower()
        rows.append(CastRow(f"{key}@{_MAILS[agency]}.example", f"{given} {family}", agency, roles, job))
    return rows
