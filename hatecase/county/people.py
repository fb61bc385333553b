"""Invented people, and the several records that agencies keep of one of them under other spellings."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hatecase.county.dice import Dice, Table
from hatecase.county.mix import culture_of
from hatecase.county.places import Home, home_of
from hatecase.county.words import listed
from incidents.choices import Strand

_GENDERS = Table((("woman", 49), ("man", 49), ("other", 2)))
_AGES = Table((((16, 17), 4), ((18, 29), 30), ((30, 44), 32), ((45, 59), 22), ((60, 79), 10), ((80, 92), 2)))
_YOUNG, _OLD = (11, 17), (68, 90)
_GENDER_BY_SUB = {"trans-woman": "woman", "trans-man": "man", "non-binary": "other", "gay-men": "man",
                  "lesbian": "woman", "women-or-girls": "woman", "men-or-boys": "man"}  # fmt: skip
_BRITISH_BORN = frozenset({"british", "irish", "traveller", "caribbean", "jewish"})
_LANGUAGES = {
    "polish": "pl", "romanian": "ro", "roma": "ro", "lithuanian": "lt", "ukrainian": "uk", "pakistani": "ur",
    "bangladeshi": "bn", "indian": "gu", "sikh": "pa", "african": "sn", "somali": "so", "arab": "ar",
    "afghan": "prs", "portuguese": "pt", "turkish": "tr", "filipino": "other", "chinese": "other",
}  # fmt: skip
_OTHER_LANGUAGES = {"filipino": "Tagalog", "chinese": "Cantonese"}


@dataclass(slots=True)
class Record:
    """One agency's record of a person: what they wrote down, and how it differs from the person's own name."""

    ref: str
    uid: uuid.UUID
    agency: str
    values: dict[str, Any]
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lived:
    """One incident that a person was the victim of, as one record has it."""

    incident: str
    case: str
    record: str
    day: date
    classification: str
    restricted: bool


@dataclass(slots=True)
class Person:
    """An invented human being, or an organisation. What agencies hold of them are `records`."""

    number: int
    culture: str
    gender: str
    given: str
    family: str
    born: date
    home: Home
    phone: str
    email: str
    strand: Strand
    sub: str
    tenant: bool
    vulnerability: int
    support: int
    household: int
    language: str
    organisation: str = ""
    records: list[Record] = field(default_factory=list)
    incidents: list[Lived] = field(default_factory=list)
    known_to: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name as said aloud."""
        return self.organisation or f"{self.given} {self.family}"

    def age_on(self, day: date) -> int:
        """Full years of age on a day; of an organisation, many."""
        if self.organisation:
            return 99
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


def person_make(
    number: int, home_district: Any, strand: Strand, sub: str, on: date, dice: Dice, *, young: bool = False
) -> Person:
    """A person who fits what they were targeted for."""
    culture = culture_of(sub, dice)
    gender = _GENDER_BY_SUB.get(sub) or dice.draw(_GENDERS)
    low, high = _YOUNG if young else _OLD if sub == "older-person" else dice.draw(_AGES)
    born = on - timedelta(days=int((dice.whole(low, high) + 0.05 + dice.random() * 0.9) * 365.25))
    given = _first(name_given(culture, gender, dice))
    family = _family(culture, gender, dice)
    foreign = culture not in _BRITISH_BORN
    language = _LANGUAGES.get(culture, "en") if foreign and dice.chance(0.35) else "en"
    needy = strand is Strand.DISABILITY or young or sub == "older-person"
    return Person(
        number=number,
        culture=culture,
        gender=gender,
        given=given,
        family=family,
        born=born,
        home=home_of(home_district, dice),
        phone=_phone(dice),
        email=f"{given}.{family}{dice.whole(2, 99)}@post.example".lower().replace(" ", "").replace("'", "")
        if dice.chance(0.55)
        else "",
        strand=strand,
        sub=sub,
        tenant=dice.chance(0.17),
        vulnerability=dice.draw(_NEEDY if needy else _OTHERS),
        support=dice.draw(_SUPPORT),
        household=0 if not dice.chance(0.35) else 2 if young or dice.chance(0.3) else 1,
        language=language,
    )


_NEEDY = Table(((0, 1), (1, 6), (2, 3)))
_OTHERS = Table(((0, 7), (1, 2.6), (2, 0.4)))
_SUPPORT = Table(((0, 5), (1, 3.5), (2, 1.5)))


def organisation_make(number: int, home_district: Any, strand: Strand, sub: str, on: date, dice: Dice) -> Person:
    """A place of worship or a group that is targeted as such."""
    person = person_make(number, home_district, strand, sub, on, dice)
    person.organisation = dice.pick(listed("working", "organisation"))
    person.gender, person.language = "other", "en"
    person.household = person.vulnerability = person.support = 0
    person.tenant = False
    person.email = f"office{dice.whole(2, 99)}@{person.organisation.split()[0].lower()}.example"
    return person


def name_given(culture: str, gender: str, dice: Dice) -> str:
    """A given name with all its spellings."""
    kind = gender if gender != "other" else dice.pick(("woman", "man"))
    return dice.pick(listed("names", f"{culture} {kind}"))


def _family(culture: str, gender: str, dice: Dice) -> str:
    name = _first(dice.pick(listed("names", f"{culture} family")))
    return f"{name[:-1]}a" if gender == "woman" and name.endswith(("ski", "cki")) else name


def _first(spellings: str) -> str:
    return spellings.split("/", 1)[0]


def _phone(dice: Dice) -> str:
    # Numbers that the regulator keeps free for drama.
    return f"{'07700 900' if dice.chance(0.8) else '01632 960'}{dice.whole(0, 999):03d}"


# --- The same person as another agency writes them down ---------------------------------------------


def first_values(person: Person, on: date, dice: Dice) -> dict[str, Any]:
    """What a first agency records of the person: true, but not always complete."""
    if person.organisation:
        return {
            "organisation": person.organisation,
            "phone": person.phone,
            "email": person.email,
            "address": person.home.address,
            "postcode": person.home.postcode,
            "district": person.home.district.value,
        }
    older, roofless = person.age_on(on) >= 18, person.sub == "homelessness"
    return {
        "given_name": person.given,
        "family_name": person.family,
        "date_of_birth": person.born if dice.chance(0.93) else None,
        "phone": person.phone if dice.chance(0.92) else "",
        "email": person.email if older and dice.chance(0.8) else "",
        "address": "No fixed address" if roofless else person.home.address if dice.chance(0.9) else "",
        "postcode": "" if roofless else person.home.postcode,
        "district": person.home.district.value,
        "language": person.language,
        "language_other": _OTHER_LANGUAGES.get(person.culture, "") if person.language == "other" else "",
        "interpreter_needed": person.language != "en" and dice.chance(0.75),
    }


def variant_values(person: Person, on: date, dice: Dice) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What another agency records of the same person, with the kinds of difference that were planted."""
    values = first_values(person, on, dice)
    kinds = [kind for kind, share in _DIFFERENCES if dice.chance(share)]
    if not kinds:
        kinds.append(dice.pick(("typing", "spelling", "name_order")))
    for kind in kinds:
        _CHANGES[kind](values, person, dice)
    return values, tuple(kinds)


_DIFFERENCES = (("spelling", 0.6), ("typing", 0.25), ("name_order", 0.12), ("birth_swapped", 0.12),
                ("birth_digit", 0.1), ("birth_missing", 0.12), ("other_phone", 0.2), ("moved", 0.12))  # fmt: skip


def _respell(values: dict[str, Any], person: Person, dice: Dice) -> None:
    for key, group in (("given_name", ("woman", "man")), ("family_name", ("family",))):
        for part in group:
            spellings = _other_spellings(person.culture, part, values[key])
            if spellings:
                values[key] = dice.pick(spellings)
                break
    if (values["given_name"], values["family_name"]) == (person.given, person.family):
        _mistype(values, person, dice)


def _other_spellings(culture: str, part: str, name: str) -> list[str]:
    for entry in listed("names", f"{culture} {part}"):
        spellings = entry.split("/")
        if name in spellings:
            return [other for other in spellings if other != name]
    return []


def _mistype(values: dict[str, Any], person: Person, dice: Dice) -> None:
    key = dice.pick(("given_name", "family_name"))
    values[key] = mistyped(values[key], dice)


def mistyped(name: str, dice: Dice) -> str:
    """A name with one slip: two letters changed over, one left out, one doubled."""
    if len(name) < 4:
        return name + name[-1]
    at = dice.whole(1, len(name) - 3)
    slip = dice.pick(("over", "out", "double"))
    if slip == "over" and name[at] != name[at + 1]:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if slip == "double":
        return name[: at + 1] + name[at] + name[at + 1 :]
    return name[:at] + name[at + 1 :]


def _reorder(values: dict[str, Any], person: Person, dice: Dice) -> None:
    values["given_name"], values["family_name"] = values["family_name"], values["given_name"]


def _birth_swapped(values: dict[str, Any], person: Person, dice: Dice) -> None:
    born = person.born
    if born.day <= 12 and born.day != born.month:
        values["date_of_birth"] = date(born.year, born.day, born.month)
    else:
        _birth_digit(values, person, dice)


def _birth_digit(values: dict[str, Any], person: Person, dice: Dice) -> None:
    born = person.born
    values["date_of_birth"] = date(born.year + dice.pick((-1, 1)), born.month, min(born.day, 28))


def _birth_missing(values: dict[str, Any], person: Person, dice: Dice) -> None:
    values["date_of_birth"] = None


def _other_phone(values: dict[str, Any], person: Person, dice: Dice) -> None:
    values["phone"] = _phone(dice)


def _moved(values: dict[str, Any], person: Person, dice: Dice) -> None:
    person.home = home_of(person.home.district, dice)
    values["address"], values["postcode"] = person.home.address, person.home.postcode


_CHANGES: dict[str, Callable[[dict[str, Any], Person, Dice], None]] = {
    "spelling": _respell,
    "typing": _mistype,
    "name_order": _reorder,
    "birth_swapped": _birth_swapped,
    "birth_digit": _birth_digit,
    "birth_missing": _birth_missing,
    "other_phone": _other_phone,
    "moved": _moved,
}
