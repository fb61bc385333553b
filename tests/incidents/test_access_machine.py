"""Whatever is done to cases, in whatever order: who sees them is what a plain account of it says.

A machine (access_machine.py) does it. After each step, for every person and every case, the doors (access_doors.py) are
compared with the account in access_model.py. `HATECASE_MACHINE_EXAMPLES=5000 pytest tests/incidents/test_access_machine.py` looks for longer,
with another choice each time.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from math import inf
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import Phase
from hypothesis.stateful import run_state_machine_as_test

from tests.incidents.access_doors import PLACES
from tests.incidents.access_machine import LONG, AccessMachine, ExplainingMachine, bounds
from tests.incidents.access_model import World

pytestmark = pytest.mark.django_db


def test_who_sees_a_case_is_what_was_done_to_it():
    run_state_machine_as_test(ExplainingMachine, settings=bounds(LONG or 18, 50 if LONG else 20))


# --- That it can fail --------------------------------------------------------------------------------


def _as_if(**values: Any) -> Callable[[World], World]:
    """The account as if something had never been done to any case."""

    def told(world: World) -> World:
        world = deepcopy(world)
        for case in world.cases:
            for name, value in values.items():
                setattr(case, name, deepcopy(value))
        return world

    return told


def _as_if_nothing_ended(world: World) -> World:
    world = deepcopy(world)
    for term in (t for case in world.cases for t in [*case.grants, *case.named, *case.emergencies]):
        term.ends = inf
    return world


def _as_if_nobody_left(world: World) -> World:
    world = deepcopy(world)
    world.places = PLACES
    return world


WRONG = {
    "exclusions": _as_if(excluded=set()),
    "tiers": _as_if(tier="team"),
    "names": _as_if(named=[]),
    "emergencies": _as_if(emergencies=[]),
    "ends": _as_if_nothing_ended,
    "leavers": _as_if_nobody_left,
}


@pytest.mark.parametrize("forgotten", WRONG)
def test_an_account_that_forgets_something_is_found_out(forgotten):
    class Forgetful(AccessMachine):
        seen_as = staticmethod(WRONG[forgotten])

    with pytest.raises(AssertionError, match="wall"):
        run_state_machine_as_test(Forgetful, settings=bounds(150, 30, phases=[Phase.generate]))


WEAK = {
    # Ends no longer refuse by themselves.
    "ends": "create or replace function hatecase_case_level(wanted bigint) returns int language sql stable as 'select 4'",
    # Exclusions no longer reach the wall.
    "wall": "alter policy app_all on incidents_case using (true)",
}


@pytest.mark.parametrize("weak", WEAK)
def test_a_wall_that_is_weakened_is_found_out(weak):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(WEAK[weak])
        with pytest.raises(AssertionError, match="wall"):
            run_state_machine_as_test(AccessMachine, settings=bounds(150, 30, phases=[Phase.generate]))
        transaction.set_rollback(True)
