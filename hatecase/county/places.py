"""Where things happen and where people live: real towns, invented streets, postcodes that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
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


# About where a post town lies, in metres on the national grid.
_MIDDLES = {
    "NN1": (475_700, 260_900), "NN2": (475_400, 263_300), "NN3": (479_600, 263_600), "NN4": (475_300, 257_800),
    "NN5": (472_600, 261_700), "NN6": (472_000, 271_500), "NN7": (470_000, 256_000), "NN8": (488_900, 267_900),
    "NN9": (494_800, 271_000), "NN10": (495_800, 266_600), "NN11": (457_300, 262_500), "NN12": (469_300, 248_600),
    "NN13": (458_700, 237_000), "NN14": (485_000, 281_500), "NN15": (487_500, 277_300), "NN16": (486_700, 279_600),
    "NN17": (488_800, 289_400), "NN18": (487_300, 287_200), "NN29": (491_500, 263_500), "PE8": (504_200, 288_300),
    "MK19": (476_500, 239_300), "OX17": (449_900, 241_900),
}  # fmt: skip
_APART = 130
"""So many metres lie between two postcodes that follow each other: further than what counts as one place."""


def points() -> Iterator[tuple[str, int, int]]:
    """Every postcode of the county that is made up, with where it would lie: in rows around the middle of its town."""
    inward = [f"{digit}{one}{two}" for digit in range(1, 10) for one in _UNUSED for two in _UNUSED]
    for outward, (easting, northing) in _MIDDLES.items():
        for place, last in enumerate(inward):
            across, up = place % 18 - 9, place // 18 - 9
            yield f"{outward} {last}", easting + across * _APART, northing + up * _APART


def _inward(dice: Dice) -> str:
    return f"{dice.whole(1, 9)}{dice.pick(_UNUSED)}{dice.pick(_UNUSED)}"


def _plain(words: str) -> str:
    for article in ("the ", "a ", "an "):
        if words.startswith(article):
            words = words[len(article) :]
            break
    return words[:1].upper() + words[1:]
