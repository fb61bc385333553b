"""The whole sweep, for `make sweep`: everybody at every route and method about every planted record, what is sent left
empty and filled in; and every canary looked for by everybody whose standing differs. It prints its counts.
"""

from __future__ import annotations

import time

import pytest

from tests.sweep import truth
from tests.sweep.breaking import first_wall_down
from tests.sweep.doors import PLAUSIBLE, doors
from tests.sweep.search import PAGES, search
from tests.sweep.test_sweep import across
from tests.sweep.walk import ASKERS, Walk, reveals_renew

pytestmark = pytest.mark.sweep

LEAST_TRIPLES = 50_000
MOST_SECONDS = 3600
SEARCHERS = (
    "alice asha donna bob beth walt niall charlie vera nadia tom edith frank petra yusuf hana colm olive".split()
)
"""One of each agency, and those whose own standing departs from their agency's."""


def test_the_whole_sweep(garden, clients, logged):
    walk, every = Walk(garden, clients=clients), list(doors(garden))
    for asker in ASKERS:
        assert time.monotonic() - walk.result.began < MOST_SECONDS, "the sweep takes too long"
        reveals_renew()
        for door in every:
            walk.ask(asker, door)
            if door.method != "get":
                walk.ask(asker, door, PLAUSIBLE)
        print(f"{asker}: {len(walk.result.triples):,} triples, {walk.result.requests:,} requests", flush=True)
    for asker in SEARCHERS:
        for canary in garden.canaries:
            search(walk, asker, canary, PAGES[0])
    result = walk.finish()
    looked_for = len(garden.canaries) * len(ASKERS)
    musts = sum(len(truth.must(asker, canary)) for asker in ASKERS for canary in garden.canaries)
    print(
        f"\n{result}\ncanaries: {len(garden.canaries):,}\nlooked-for pairs: {looked_for:,}, of them musts: {musts:,}"
    )
    assert result.clean
    assert len(result.triples) >= LEAST_TRIPLES
    assert not [one for one in garden.canaries.find("\n".join(logged.said)) if not one.text.startswith("H")]


def test_the_whole_second_wall(garden, clients):
    walk = Walk(garden, clients=clients, may=across, compares=False)
    reveals_renew()
    with first_wall_down():
        for asker in ASKERS:
            for door in doors(garden):
                if door.method == "get":
                    walk.ask(asker, door)
    print(f"\nwith the first wall down:\n{walk.result}")
    assert not walk.result.leaks
