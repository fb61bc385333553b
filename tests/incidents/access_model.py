"""What was done to a few cases, in plain rows, and who may therefore open them: docs/domain.md §5.4 and §5.5 once more.

Nothing of the product is imported here. Time is counted in hours from the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

LEAD, REPORT, SHARE, MEETING = "lead", "report", "share", "meeting"


@dataclass
class Term:
    """Access of an agency (by code) or a person (by name), from and until."""

    who: str
    begins: float
    ends: float = inf
    source: str = SHARE
    level: str = "view"


@dataclass
class CaseModel:
    """One case: who leads it, how widely it is shared, and everybody who was ever let in or kept out."""

    lead: str
    tier: str = "team"
    grants: list[Term] = field(default_factory=list)
    named: list[Term] = field(default_factory=list)
    emergencies: list[Term] = field(default_factory=list)
    excluded: set[str] = field(default_factory=set)


@dataclass
class World:
    """The cases, the hour, where everybody works at the moment, who is a point of contact there, and who governs; the
    agencies whose agreement has ended, and whose account sleeps."""

    cases: list[CaseModel]
    places: dict[str, set[str]]
    contacts: dict[str, str]
    governs: set[str]
    ended: set[str] = field(default_factory=set)
    asleep: set[str] = field(default_factory=set)
    now: float = 0


def may_open(world: World, person: str, case: CaseModel) -> bool:
    """Whether somebody may open a case at this moment."""

    def holds(terms: list[Term], names: set[str]) -> bool:
        return any(t.who in names and t.begins <= world.now < t.ends and t.level != "signpost" for t in terms)

    agencies = world.places[person] - world.ended
    if not agencies or person in world.asleep:
        return False
    emergency = holds(case.emergencies, {person})
    if emergency and person in world.governs:
        return True
    if case.excluded & (world.places[person] | {person}):
        return False
    if emergency:
        return True
    if case.tier in ("own", "restricted"):
        answers_for_it = case.tier == "own" and world.contacts.get(person) == case.lead and case.lead in agencies
        return answers_for_it or holds(case.named, {person})
    return holds(case.grants, agencies)
