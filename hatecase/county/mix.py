"""Who is targeted where: districts by population, strands and sub-categories with the local mix.

The county's mix is near the published one (docs/domain.md §9.1): mostly race, then disability, sexual orientation,
religion and transgender identity; local characteristics beside them.
"""

from __future__ import annotations

from functools import cache

from agencies.choices import District
from hatecase.county.dice import Dice, Table
from incidents.choices import Strand

RAC, REL, SXO, DIS, TRN = Strand.RACE, Strand.RELIGION, Strand.ORIENTATION, Strand.DISABILITY, Strand.TRANSGENDER
ALT, SEX, AGE, OTH = Strand.ALTERNATIVE, Strand.SEX, Strand.AGE, Strand.OTHER

# Residents in thousands (2021), and how much is reported for each of them against the county's average.
_RESIDENTS = {
    District.CORBY: (75.6, 1.1),
    District.DAVENTRY: (86.1, 0.7),
    District.EAST_NORTHAMPTONSHIRE: (94.9, 0.7),
    District.KETTERING: (99.3, 1.0),
    District.NORTHAMPTON: (243.5, 1.35),
    District.SOUTH_NORTHAMPTONSHIRE: (95.6, 0.5),
    District.WELLINGBOROUGH: (79.5, 1.15),
}
DISTRICTS = Table((district, people * rate) for district, (people, rate) in _RESIDENTS.items())
_ALL = sum(people * rate for people, rate in _RESIDENTS.values())
DISTRICT_SHARES = {district.value: people * rate / _ALL for district, (people, rate) in _RESIDENTS.items()}

_STRANDS = {RAC: 66, DIS: 11, SXO: 9, REL: 5, TRN: 2.6, SEX: 2, ALT: 1.4, AGE: 1.8, OTH: 1.2}
_LOCAL_STRANDS: dict[District, dict[Strand, float]] = {
    District.SOUTH_NORTHAMPTONSHIRE: {RAC: 0.75, DIS: 1.5, AGE: 1.8, SXO: 1.2},
    District.DAVENTRY: {DIS: 1.2, AGE: 1.4},
    District.NORTHAMPTON: {REL: 1.3, SXO: 1.1, TRN: 1.2, OTH: 1.5},
    District.EAST_NORTHAMPTONSHIRE: {DIS: 1.2, AGE: 1.2},
}

_SUBS: dict[Strand, dict[str, float]] = {
    RAC: {
        "white-eastern-european": 22, "black-african": 16, "pakistani": 9, "indian": 9, "black-caribbean": 7,
        "asylum-seeker-or-refugee-perceived": 6, "bangladeshi": 6, "roma": 4, "mixed": 4, "romany-gypsy": 3,
        "irish-traveller": 3, "white-british": 3, "chinese": 3, "south-east-east-asian-other": 3,
        "asian-other": 3, "arab": 3, "white-other": 2, "black-other": 2, "not-known": 2, "white-irish": 1,
        "sikh-ethnicity": 1, "jewish-ethnicity": 0.5, "other-gypsy-or-traveller": 0.5, "other": 1,
    },
    REL: {"muslim": 50, "jewish": 13, "sikh": 9, "hindu": 8, "christian": 9, "buddhist": 2, "other-religion": 4,
          "no-religion": 2, "unknown": 3},
    SXO: {"gay-men": 50, "lesbian": 24, "bisexual": 9, "lgb-group-general": 13, "heterosexual": 1, "other-unknown": 3},
    DIS: {"physical-mobility": 26, "learning-disability": 20, "autism-neurodivergence": 18, "mental-health": 14,
          "long-term-illness": 7, "sensory-hearing": 5, "sensory-sight": 4, "disfigurement-visible-difference": 2,
          "speech-communication": 2, "other": 2},
    TRN: {"trans-woman": 42, "trans-man": 20, "non-binary": 18, "trans-general": 12,
          "gender-questioning-perceived": 8},
    ALT: {"goth": 45, "emo": 15, "punk": 15, "new-traveller": 8, "other": 17},
    SEX: {"women-or-girls": 92, "men-or-boys": 6, "other": 2},
    AGE: {"older-person": 80, "younger-person": 20},
    OTH: {"homelessness": 62, "sex-work": 8, "care-experience": 12, "asylum-status": 8, "other": 10},
}  # fmt: skip
_LOCAL_SUBS: dict[District, dict[str, float]] = {
    District.CORBY: {"white-eastern-european": 1.7, "black-african": 1.2, "indian": 0.5},
    District.WELLINGBOROUGH: {"indian": 2.2, "black-caribbean": 2.2, "bangladeshi": 1.3},
    District.NORTHAMPTON: {"roma": 1.6, "bangladeshi": 1.5, "black-african": 1.2, "arab": 1.4},
    District.KETTERING: {"asylum-seeker-or-refugee-perceived": 1.6, "indian": 1.3},
    District.DAVENTRY: {"irish-traveller": 3.0, "white-eastern-european": 1.2},
    District.SOUTH_NORTHAMPTONSHIRE: {"romany-gypsy": 2.5, "chinese": 1.5},
    District.EAST_NORTHAMPTONSHIRE: {"white-eastern-european": 1.4, "romany-gypsy": 1.5},
}

# What is often perceived together: strand and sub-category, then a second one with its likelihood.
_TOGETHER: dict[str, tuple[tuple[Strand, str, float], ...]] = {
    "muslim": ((RAC, "pakistani", 0.2), (RAC, "arab", 0.12), (RAC, "bangladeshi", 0.12), (RAC, "black-african", 0.08)),
    "jewish": ((RAC, "jewish-ethnicity", 0.6),),
    "sikh": ((RAC, "sikh-ethnicity", 0.6),),
    "hindu": ((RAC, "indian", 0.5),),
    "pakistani": ((REL, "muslim", 0.14),),
    "bangladeshi": ((REL, "muslim", 0.14),),
    "arab": ((REL, "muslim", 0.2),),
    "sikh-ethnicity": ((REL, "sikh", 0.7),),
    "jewish-ethnicity": ((REL, "jewish", 0.7),),
    "trans-woman": ((SXO, "other-unknown", 0.08), (SEX, "women-or-girls", 0.06)),
    "lesbian": ((SEX, "women-or-girls", 0.06),),
    "black-african": ((SEX, "women-or-girls", 0.01),),
    "physical-mobility": ((AGE, "older-person", 0.05),),
}

_BRITISH = {"british": 78, "polish": 4, "romanian": 3, "indian": 3, "african": 4, "pakistani": 3, "irish": 3,
            "caribbean": 2}  # fmt: skip
_CULTURES: dict[str, dict[str, float]] = {
    "white-eastern-european": {"polish": 40, "romanian": 30, "lithuanian": 22, "ukrainian": 8},
    "white-other": {"portuguese": 50, "turkish": 25, "ukrainian": 25},
    "white-irish": {"irish": 1},
    "romany-gypsy": {"traveller": 1},
    "irish-traveller": {"traveller": 1},
    "other-gypsy-or-traveller": {"traveller": 1},
    "roma": {"roma": 1},
    "black-african": {"african": 75, "somali": 25},
    "black-caribbean": {"caribbean": 1},
    "black-other": {"african": 40, "caribbean": 40, "portuguese": 20},
    "indian": {"indian": 75, "sikh": 25},
    "pakistani": {"pakistani": 1},
    "bangladeshi": {"bangladeshi": 1},
    "chinese": {"chinese": 1},
    "south-east-east-asian-other": {"filipino": 1},
    "asian-other": {"indian": 40, "afghan": 40, "filipino": 20},
    "arab": {"arab": 1},
    "asylum-seeker-or-refugee-perceived": {"afghan": 45, "arab": 20, "somali": 15, "african": 10, "turkish": 10},
    "jewish-ethnicity": {"jewish": 1},
    "sikh-ethnicity": {"sikh": 1},
    "mixed": {"british": 50, "caribbean": 30, "african": 20},
    "muslim": {"pakistani": 40, "bangladeshi": 20, "arab": 15, "somali": 12, "turkish": 8, "british": 5},
    "jewish": {"jewish": 1},
    "sikh": {"sikh": 1},
    "hindu": {"indian": 1},
}
_BRITISH_TABLE = Table(_BRITISH.items())
_CULTURE_TABLES = {sub: Table(weights.items()) for sub, weights in _CULTURES.items()}


@cache
def strands_of(district: District) -> Table[Strand]:
    """The strands that are reported in a district."""
    local = _LOCAL_STRANDS.get(district, {})
    return Table((strand, weight * local.get(strand, 1)) for strand, weight in _STRANDS.items())


@cache
def subs_of(district: District, strand: Strand) -> Table[str]:
    """The sub-categories of a strand that are reported in a district."""
    local = _LOCAL_SUBS.get(district, {})
    return Table((sub, weight * local.get(sub, 1)) for sub, weight in _SUBS[strand].items())


def second_of(sub: str, dice: Dice) -> tuple[Strand, str] | None:
    """What else was perceived, where it often goes together."""
    share = dice.random()
    for strand, other, weight in _TOGETHER.get(sub, ()):
        if share < weight:
            return strand, other
        share -= weight
    return None


def culture_of(sub: str, dice: Dice) -> str:
    """Where a person's name comes from: the victim need not share what was aimed at, but mostly does."""
    return dice.draw(_CULTURE_TABLES.get(sub, _BRITISH_TABLE))
