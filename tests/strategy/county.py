"""A small invented county for tests of the page and the API: seeded, with rare strands, districts and agencies."""

from __future__ import annotations

import random

from agencies.choices import District
from incidents.choices import Strand
from strategy.rules.periods import Window
from tests.strategy.conftest import Happened

AGENCIES = ("POL", "WNC", "NNC", "VSS", "RSL1", "NREC", "EDU1", "FIRE")


def small_county(window: Window, number: int, seed: int, victims: list) -> list[Happened]:
    """So many incidents of a window; every second one has a victim, some victims again and again."""
    dice = random.Random(seed)  # noqa: S311 - the same county for the same seed
    rows = []
    for _ in range(number):
        strands = set(dice.choices(Strand.values, (70, 6, 9, 10, 1.5, 0.5, 1, 1, 1)))
        if dice.random() < 0.1:
            strands |= set(dice.choices(Strand.values, k=dice.choice((1, 1, 2))))
        rows.append(
            Happened(
                on=dice.choice(window.months).replace(day=dice.randrange(1, 28)),
                strands=tuple(sorted(strands)),
                district=dice.choices(District.values, (5, 8, 9, 12, 35, 8, 9))[0],
                agency=dice.choices(AGENCIES, (60, 14, 12, 3, 3, 2, 0.5, 0.3))[0],
                classification=dice.choices(("hate_incident", "crime_suspected", "not_hate"), (50, 40, 10))[0],
                status=dice.choices(("open", "closed", "monitoring"), (3, 6, 1))[0],
                band=dice.choices(("", "standard", "medium", "high"), (2, 5, 3, 1))[0],
                victim=dice.choice(victims) if dice.random() < 0.5 else None,
            )
        )
    return rows
