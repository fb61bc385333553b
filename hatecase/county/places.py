"""Where things happen and where people live: real towns, invented streets, postcodes that do not exist."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from agencies.choices import District
from hatecase.county.dice import Dice, Table
from hatecase.county.words import listed
from incidents.choices import PlaceType
from incidents.choices.online import Platform

# No real postcode ends in these letters.
_UNUSED = "CIKMOV"
_PLATFORMS = Table(
    (
        (Platform.FACEBOOK, 30),
        (Platform.WHATSAPP, 14),
        (Platform.INSTAGRAM, 13),
        (Platform.TIKTOK, 13),
        (Platform.X, 10),
        (Platform.SNAPCHAT, 8),
        (Platform.TELEGRAM, 4),
        (Platform.DISCORD, 3),
        (Platform.DATING, 3),
    )
)
_FROM_HOME = {PlaceType.HOME, PlaceType.NEAR_HOME, PlaceType.ONLINE}


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives."""

    district: District
    town: str
    street: str
    number: int
    postcode: str

    @property
    def address(self) -> str:
        """The address as written on a letter."""
        return f"{self.number} {self.street}, {self.town}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened: in words for the telling, as a location for the record."""

    kind: PlaceType
    at_words: str
    words: str
    location: str
    street: str
    postcode: str


@cache
def _towns(district: District) -> tuple[tuple[str, str], ...]:
    pairs = (line.rsplit(" ", 1) for line in listed("places", f"towns {district.value}"))
    return tuple((town, outward) for town, outward in pairs)


def home_of(district: District, dice: Dice) -> Home:
    """A home in a district."""
    town, outward = dice.pick(_towns(district))
    street = dice.pick(listed("places", "streets"))
    return Home(district, town, street, dice.whole(1, 89), f"{outward} {_inward(dice)}")


def place_of(kind: PlaceType, home: Home, dice: Dice) -> Place:
    """A place of a kind, in the district of a home; at or near the home itself where the kind says so."""
    if kind in _FROM_HOME:
        words = {PlaceType.HOME: "the house", PlaceType.NEAR_HOME: "the front gate"}.get(kind, "the same website")
        location = {PlaceType.HOME: home.address, PlaceType.NEAR_HOME: f"Outside {home.address}"}.get(kind, "")
        return Place(
            kind, f"at {words}", words, location, home.street, "" if kind is PlaceType.ONLINE else home.postcode
        )
    town, outward = (home.town, home.postcode.split()[0]) if dice.chance(0.6) else dice.pick(_towns(home.district))
    street = dice.pick(listed("places", "streets"))
    at_words = dice.pick(listed("places", f"venue {kind.value}")).format(street=street)
    words = at_words.partition(" ")[2]
    postcode = f"{outward} {_inward(dice)}" if dice.chance(0.55) else ""
    location = f"{_plain(words)}, {town}"
    return Place(kind, at_words, words, location, street, postcode)


def platform(dice: Dice) -> Platform:
    """A platform for something online."""
    return dice.draw(_PLATFORMS)


def _inward(dice: Dice) -> str:
    return f"{dice.whole(1, 9)}{dice.pick(_UNUSED)}{dice.pick(_UNUSED)}"


def _plain(words: str) -> str:
    for article in ("the ", "a ", "an "):
        if words.startswith(article):
            words = words[len(article) :]
            break
    return words[:1].upper() + words[1:]
