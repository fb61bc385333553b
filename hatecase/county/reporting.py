"""How an incident comes in: which agency logs it, through which channel, who reports, and what is asked at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from agencies.choices import Area, District
from hatecase.county.dice import Dice, Table
from hatecase.county.people import Person
from hatecase.county.scenes import Event
from incidents.choices import Channel, PerceivedBy, PlaceType, ReporterKind, Strand
from incidents.rules.triage import Suggestion, TriageAnswers, priority_suggest
from perpetrators.choices import Relationship

_KINDS = Table(
    (
        (ReporterKind.VICTIM, 64),
        (ReporterKind.WITNESS, 11),
        (ReporterKind.ON_BEHALF, 9),
        (ReporterKind.PROFESSIONAL, 10),
        (ReporterKind.ANONYMOUS, 6),
    )
)
_KINDS_WITHOUT_VICTIM = Table(((ReporterKind.PROFESSIONAL, 5), (ReporterKind.WITNESS, 4), (ReporterKind.ANONYMOUS, 1)))
_KINDS_CENTRE = Table(((ReporterKind.VICTIM, 8), (ReporterKind.ON_BEHALF, 2)))
_CHANNELS = {
    "POL": Table(((Channel.POLICE, 74), (Channel.ONLINE, 12), (Channel.PHONE, 10), (Channel.AGENCY, 4))),
    "TPRC1": Table(((Channel.CENTRE, 1),)),
    "EDU1": Table(((Channel.IN_PERSON, 4), (Channel.EMAIL, 1))),
}
_CHANNELS_OTHERS = Table(
    (
        (Channel.PHONE, 48),
        (Channel.ONLINE, 20),
        (Channel.EMAIL, 12),
        (Channel.IN_PERSON, 12),
        (Channel.LETTER, 2),
        (Channel.AGENCY, 6),
    )
)
_PERCEIVED = {
    ReporterKind.VICTIM: PerceivedBy.VICTIM,
    ReporterKind.WITNESS: PerceivedBy.WITNESS,
    ReporterKind.ON_BEHALF: PerceivedBy.FAMILY,
    ReporterKind.PROFESSIONAL: PerceivedBy.PROFESSIONAL,
    ReporterKind.ANONYMOUS: PerceivedBy.WITNESS,
}
_DELAYS: Table[tuple[float, float]] = Table(
    (((1, 5), 38), ((5, 24), 24), ((24, 120), 24), ((120, 840), 11), ((840, 2900), 3))
)
_DELAYS_POLICE: Table[tuple[float, float]] = Table((((0.2, 2), 50), ((2, 24), 26), ((24, 120), 18), ((120, 840), 6)))
_AWAKE = (7, 23)

NAMES_REPORTED = {
    Relationship.NEIGHBOUR: 0.8,
    Relationship.SCHOOL: 0.9,
    Relationship.WORK: 0.85,
    Relationship.OTHER: 0.8,
    Relationship.SIGHT: 0.3,
    Relationship.STRANGER: 0.1,
    Relationship.ONLINE: 0.3,
}
"""How often somebody says who it was."""


def agency_for(event_place: PlaceType, scene: str, person: Person | None, district: District, dice: Dice) -> str:
    """Which agency the report comes to first."""
    council = "NNC" if district.area is Area.NORTH else "WNC"
    home = event_place in (PlaceType.HOME, PlaceType.NEAR_HOME)
    sub = person.sub if person else ""
    faith_or_race = person is not None and person.strand in (Strand.RACE, Strand.RELIGION)
    weights = {
        "POL": 52.0,
        council: 29.0,
        "RSL1": 26.0 if home and person is not None and person.tenant else 1.2,
        "NREC": 5.5 if faith_or_race else 1.0,
        "TPRC1": 3.4 if faith_or_race and district.area is Area.WEST else 0.6 if district.area is Area.WEST else 0.0,
        "VSS": 1.6,
        "HLTH": 9.0 if event_place is PlaceType.HEALTH else 0.3,
        "FIRE": 12.0 if scene == "fire" else 0.1,
        "CTU": 9.0 if sub in ("romany-gypsy", "irish-traveller", "other-gypsy-or-traveller") else 0.0,
    }
    return dice.draw(Table(weights.items()))


def reporter_for(agency: str, has_victim: bool, dice: Dice) -> ReporterKind:
    """Who reports."""
    if not has_victim:
        return dice.draw(_KINDS_WITHOUT_VICTIM)
    if agency == "EDU1":
        return ReporterKind.PROFESSIONAL
    return dice.draw(_KINDS_CENTRE if agency == "TPRC1" else _KINDS)


def channel_for(agency: str, dice: Dice) -> Channel:
    """How the report comes in."""
    return dice.draw(_CHANNELS.get(agency, _CHANNELS_OTHERS))


def perceived_by(reporter: ReporterKind, agency: str, dice: Dice) -> PerceivedBy:
    """Who perceived it as hate: mostly whoever reports it."""
    if agency == "POL" and reporter is not ReporterKind.VICTIM and dice.chance(0.3):
        return PerceivedBy.POLICE
    return _PERCEIVED[reporter]


def happened_at(received: datetime, agency: str, dice: Dice) -> datetime:
    """When it happened, given when it was reported: mostly at an hour when people are about."""
    low, high = dice.draw(_DELAYS_POLICE if agency == "POL" else _DELAYS)
    moment = received - timedelta(hours=low + dice.random() * (high - low))
    for _ in range(3):
        if _AWAKE[0] <= moment.hour <= _AWAKE[1]:
            break
        moment -= timedelta(hours=dice.whole(1, 8))
    told = moment.replace(minute=dice.pick((0, 5, 10, 15, 20, 30, 40, 45, 50)), second=0, microsecond=0)
    return told if told < received else told - timedelta(hours=1)


def triage_answers(event: Event, person: Person | None, reporter: ReporterKind, received: datetime) -> dict[str, bool]:
    """The questions that set the priority, answered as the story has it (docs/domain.md §2.6)."""
    age = person.age_on(received.date()) if person else 99
    answers = {
        "weapon": event.weapon == 4,
        "fire": event.scene.key == "fire",
        "injury": event.injury > 0,
        "threat_to_kill": event.kill,
        "self_harm": event.feeling == 4,
        "retaliation": event.threatened == 3,
        "self_reporting_under_16": reporter is ReporterKind.VICTIM and age < 16,
        "victim_under_18": age < 18,
        "dependent_on_care": bool(person and person.strand is Strand.DISABILITY and person.vulnerability == 2),
        "worship_or_community_venue": event.place.kind is PlaceType.WORSHIP,
        "daily_contact": event.known in (Relationship.NEIGHBOUR, Relationship.SCHOOL, Relationship.WORK),
    }
    return {name: value for name, value in answers.items() if value}


def priority_of(
    event: Event, answers: dict[str, bool], received: datetime, classification: str, *, repeat: bool
) -> Suggestion:
    """The priority that the product itself would suggest."""
    return priority_suggest(
        TriageAnswers(
            received_at=received,
            occurred_from=event.when,
            behaviours=frozenset(event.behaviours),
            classification=classification,
            **(answers | ({"repeat_victim": True} if repeat else {})),  # type: ignore[arg-type]
        )
    )
