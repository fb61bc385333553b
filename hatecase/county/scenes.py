"""Kinds of incident, read from `data/scenes.txt`, and one of them drawn for a person: the facts of an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from hatecase.county.dice import Dice, Table
from hatecase.county.people import Person
from hatecase.county.places import Place, place_of, platform
from hatecase.county.words import parts
from incidents.choices import Behaviour, PlaceType, Strand
from incidents.choices.online import Platform
from incidents.choices.reports import ONLINE_BEHAVIOURS
from perpetrators.choices import Relationship

_DAMAGE = frozenset({Behaviour.DAMAGE, Behaviour.GRAFFITI, Behaviour.ARSON})
_PLACES = {
    PlaceType.HOME: "home",
    PlaceType.NEAR_HOME: "home",
    PlaceType.TRANSPORT: "transport",
    PlaceType.SHOP: "shop",
    PlaceType.LICENSED: "licensed",
    PlaceType.EDUCATION: "school",
    PlaceType.WORKPLACE: "work",
    PlaceType.HEALTH: "work",
    PlaceType.ONLINE: "online",
}


def place_group(kind: PlaceType) -> str:
    """The kind of place in one word, as lines that fit it are marked."""
    return _PLACES.get(kind, "out")


@dataclass(frozen=True)
class Scene:
    """A kind of incident: where and to whom it may happen, how grave it is, and how it is told."""

    key: str
    strands: dict[str, float]
    only: frozenset[str]
    behaviours: Table[tuple[str, ...]]
    places: Table[str]
    known: Table[str]
    crowd: Table[int]
    effect: Table[int]
    injury: Table[int] | None
    a1: int
    crime: float
    kill: float
    marks: frozenset[str]
    told: tuple[str, ...]


@dataclass(slots=True)
class Event:
    """The facts of one incident. The numbers are HIRA-1's own scores, so that story and assessment agree."""

    scene: Scene
    strands: list[tuple[Strand, str]]
    behaviours: tuple[str, ...]
    place: Place
    known: Relationship
    crowd: int
    who: str
    description: str
    when: datetime
    feeling: int
    change: int
    injury: int
    weapon: int
    kill: bool
    community: int
    tension: int
    threatened: int
    past: int
    often: int
    reported: int
    platform: Platform | None = None
    linked: int = 0
    worse: int = 0

    @property
    def tags(self) -> frozenset[str]:
        """What is true of it, for lines that fit only then."""
        found = {place_group(self.place.kind)}
        if not _DAMAGE.isdisjoint(self.behaviours):
            found.add("damage")
        if Behaviour.GRAFFITI in self.behaviours:
            found.add("graffiti")
        return frozenset(found)

    @property
    def severity(self) -> int:
        """How grave it is, roughly: to tell two draws apart."""
        parts = (self.scene.a1, self.often, self.reported, self.worse, self.feeling, self.change, self.injury)
        return sum(parts) + self.weapon + 5 * self.kill + self.threatened + self.past + self.crowd

    @property
    def online(self) -> bool:
        """Whether it happened online, by the place or by what was done."""
        return self.place.kind is PlaceType.ONLINE or not ONLINE_BEHAVIOURS.isdisjoint(self.behaviours)


@cache
def scenes() -> tuple[Scene, ...]:
    """All kinds of incident."""
    return tuple(_scene(key.removeprefix("scene "), lines) for key, lines in parts("scenes").items())


def _scene(key: str, lines: tuple[str, ...]) -> Scene:
    told = tuple(line[2:] for line in lines if line.startswith("- "))
    facts = dict(line.split(": ", 1) for line in lines if not line.startswith("- "))
    strands = dict(_weights(facts["strands"], ","))
    return Scene(
        key=key,
        strands=strands,
        only=frozenset(facts.get("only", "").split()),
        behaviours=Table((tuple(names.split()), weight) for names, weight in _weights(facts["behaviours"], ";")),
        places=Table(_weights(facts["places"], ",")),
        known=Table(_weights(facts["known"], ",")),
        crowd=Table((int(n), w) for n, w in _weights(facts["crowd"], ",")),
        effect=Table((int(n), w) for n, w in _weights(facts["effect"], ",")),
        injury=Table((int(n), w) for n, w in _weights(facts["injury"], ",")) if "injury" in facts else None,
        a1=int(facts["a1"]),
        crime=float(facts["crime"]),
        kill=float(facts.get("kill", 0)),
        marks=frozenset(name for name in ("often", "young", "general", "symbol", "weapon", "animal") if name in facts),
        told=told,
    )


def _weights(text: str, separator: str) -> list[tuple[str, float]]:
    found = []
    for entry in text.split(separator):
        name, _, weight = entry.strip().rpartition(" ")
        found.append((name, float(weight)))
    return found


@cache
def _fitting(strand: Strand, sub: str) -> Table[Scene]:
    def weight(scene: Scene) -> float:
        if scene.only and sub not in scene.only:
            return 0
        return scene.strands.get(strand.value, 0)

    return Table((scene, weight(scene)) for scene in scenes())


def scene_for(strand: Strand, sub: str, dice: Dice) -> Scene:
    """A kind of incident that fits a strand and sub-category."""
    return dice.draw(_fitting(strand, sub))


# How the score of a question is drawn where the scene does not say: shares of 0, 1, 2 and so on.
_CHANGE = {0: Table(((0, 9), (1, 1))), 1: Table(((0, 6), (1, 4))), 2: Table(((1, 6), (2, 4))), 4: Table(((2, 1),))}
_OFTEN = Table(((0, 5), (1, 2.6), (2, 0.9), (3, 0.5), (4, 0.12)))
_OFTEN_CAMPAIGN = Table(((0, 1), (1, 3), (2, 3), (3, 2.2), (4, 0.8)))
_REPORTED = {0: Table(((0, 1),)), 1: Table(((0, 5), (1, 4), (2, 1))), 2: Table(((0, 3), (1, 3), (2, 2), (3, 1)))}
_WORSE = Table(((1, 4), (2, 3), (3, 2)))
_COMMUNITY = Table(((0, 8), (1, 2), (2, 0.5)))
_TENSION = Table(((0, 12), (1, 2), (2, 0.5)))
_PAST = Table(((0, 6), (1, 2.2), (2, 0.7)))


def event_make(
    scene: Scene, person: Person, strands: list[tuple[Strand, str]], when: datetime, dice: Dice, *, earlier: int = 0
) -> Event:
    """What happened to a person, with `earlier` incidents of theirs known in the year before."""
    known = Relationship(dice.draw(scene.known))
    crowd = dice.draw(scene.crowd)
    who, _, description = dice.pick(_alleged(known, crowd)).partition("|")
    feeling = dice.draw(scene.effect)
    often = dice.draw(_OFTEN_CAMPAIGN if "often" in scene.marks else _OFTEN)
    if known in (Relationship.STRANGER, Relationship.NOT_KNOWN):
        often = min(often, 1)
    often = max(often, 1 if earlier else 0, 2 if earlier >= 3 else 0)
    close = known in (Relationship.NEIGHBOUR, Relationship.SCHOOL, Relationship.WORK)
    weapon = 4 if "weapon" in scene.marks else 2 if "animal" in scene.marks else 0
    if scene.injury is not None and not weapon:
        weapon = 4 if dice.chance(0.05) else 2 if dice.chance(0.08) else 0
    reported = dice.draw(_REPORTED[min(often, 2)])
    return Event(
        scene=scene,
        strands=strands,
        behaviours=dice.draw(scene.behaviours),
        place=place_of(PlaceType(dice.draw(scene.places)), person.home, dice),
        known=known,
        crowd=crowd,
        who=who.strip(),
        description=description.strip(),
        when=when,
        feeling=feeling,
        change=dice.draw(_CHANGE[feeling]),
        injury=dice.draw(scene.injury) if scene.injury is not None else 0,
        weapon=weapon,
        kill=dice.chance(scene.kill),
        community=dice.draw(_COMMUNITY),
        tension=dice.draw(_TENSION),
        threatened=(3 if dice.chance(0.04) else 1 if dice.chance(0.15) else 0) if close or often > 1 else 0,
        past=dice.draw(_PAST) if known not in (Relationship.STRANGER, Relationship.NOT_KNOWN) else 0,
        often=often,
        reported=max(reported, min(earlier, 2)),
        platform=platform(dice),
        linked=2 if earlier and dice.chance(0.6) else 1 if often else 0,
        worse=dice.draw(_WORSE) if often else 0,
    )


@cache
def _alleged(known: Relationship, crowd: int) -> tuple[str, ...]:
    lines = parts("alleged")
    size = ("one", "several", "group")[crowd]
    kind = known.value if known.value not in ("household", "carer") else "other"
    return lines.get(f"{size} {kind}") or lines.get(size) or lines[f"one {kind}"]
