"""The whole sweep, for `make sweep`: everybody at every route and method about every planted record, what is sent left
empty and filled in; and every canary looked for by everybody whose standing differs. Two halves of the cast, which two
processes can share. It prints its counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import pytest

from tests.sweep import standing
from tests.sweep.breaking import first_wall_down
from tests.sweep.doors import Door, doors, filled_in
from tests.sweep.quick import across
from tests.sweep.search import search
from tests.sweep.walk import ASKERS, Walk, admitted, reveals_renew

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

HALVES = 2
LEAST_TRIPLES = 50_000
MOST_SECONDS = 7200
SEARCHERS = (
    "alice asha donna bob beth walt niall charlie vera nadia tom edith frank petra yusuf hana colm olive una".split()
)
"""One of each agency, and those whose own standing departs from their agency's."""


# By halves and not by tests, so that two processes get one each.
halves = pytest.mark.parametrize("half", range(HALVES), scope="module")


@halves
def test_the_whole_sweep(garden, clients, logged, half, record_property, capfd):
    askers = ASKERS[half::HALVES]
    walk, every = Walk(garden, askers=askers, clients=clients), list(doors(garden))
    walked = []
    for asker in askers:
        if time.monotonic() - walk.result.began > MOST_SECONDS:
            break
        reveals_renew()
        _asked(walk, asker, every)
        walked.append(asker)
        with capfd.disabled():
            print(f"half {half}, {len(walked)} of {len(askers)}: {walk.result.counts}", file=sys.stderr, flush=True)
    assert len(walked) == len(askers), f"The sweep takes too long. So far:\n{walk.result}"
    for asker in set(SEARCHERS) & set(askers):
        for canary in garden.canaries:
            search(walk, asker, canary)
    result = walk.finish()
    musts = sum(len(standing.must(asker, canary)) for asker in askers for canary in garden.canaries)
    looked_for = {"looked-for pairs": len(askers) * len(garden.canaries), "of them musts": musts}
    record_property("sweep", result.counts | looked_for)
    print(f"\n{result}\n{looked_for}")
    assert result.clean, str(result)
    assert len(result.triples) * HALVES >= LEAST_TRIPLES
    assert not [one for one in garden.canaries.find("\n".join(logged.said)) if not one.text.startswith("H")]


def _asked(walk: Walk, asker: str, every: Iterable[Door]) -> None:
    """Somebody at every door, what is sent left empty, and filled in where they are let in at all."""
    for door in every:
        answer = walk.ask(asker, door)
        if door.method != "get" and admitted(answer):
            for data in filled_in(door):
                walk.ask(asker, door, data)


@halves
def test_the_whole_second_wall(garden, clients, half, record_property):
    # Row-level security tells agencies apart, and persons by their own standing.
    askers = tuple(asker for asker in ASKERS if asker in SEARCHERS)[half::HALVES]
    walk = Walk(garden, askers=askers, clients=clients, may=across, compares=False)
    with first_wall_down():
        for asker in askers:
            reveals_renew()
            _asked(walk, asker, doors(garden))
    record_property("sweep: with the first wall down", walk.result.counts)
    print(f"\nwith the first wall down:\n{walk.result}")
    assert not walk.result.leaks
