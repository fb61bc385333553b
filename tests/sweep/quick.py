"""The walk of the quick sweep: every route of everybody, every record and every canary once; in parts, so that several
processes can share it.
"""

from __future__ import annotations

from typing import Any

from tests.sweep import truth
from tests.sweep.breaking import first_wall_down
from tests.sweep.canaries import Canary
from tests.sweep.choosing import covering
from tests.sweep.doors import doors, filled_in
from tests.sweep.plant import Garden
from tests.sweep.walk import ASKERS, Walk, admitted, reveals_renew

ONE_OF_EACH = tuple({truth.PEOPLE[asker].agencies: asker for asker in reversed(ASKERS)}.values())
"""One asker of each agency: row-level security tells agencies apart, and persons by the rules that the first wall has too."""


def walked(garden: Garden, clients: Any, logged: Any, *, part: int, parts: int) -> None:
    """Walk for some of the cast: nobody is answered with what they may not have, everybody with what they must."""
    askers = ASKERS[part::parts]
    walk = Walk(garden, askers=askers, clients=clients)
    reveals_renew()
    for asker, door in covering(list(doors(garden)), garden.canaries):
        if asker in askers:
            answer = walk.ask(asker, door)
            if door.method != "get" and admitted(answer):
                for data in filled_in(door):
                    walk.ask(asker, door, data)
    result = walk.finish()
    print(f"\n{result}")
    assert result.clean, str(result)
    assert result.askers == set(askers)
    spilt = [str(one) for one in garden.canaries.find("\n".join(logged.said)) if not one.text.startswith("H")]
    assert not spilt, spilt
    assert logged.said


def across(asker: str, canary: Canary, route: str = "") -> bool:
    """What row-level security alone must hold: nothing of a case to those who do not hold it (docs/permissions.md)."""
    return not canary.case or truth.may(asker, canary, route) or truth.level(asker, canary.case) >= 2


def second_wall_walked(garden: Garden, clients: Any) -> None:
    """The same for one asker of each agency with the first wall down: nothing of a case crosses to who does not hold it."""
    walk = Walk(garden, askers=ONE_OF_EACH, clients=clients, may=across, compares=False)
    with first_wall_down():
        for asker, door in covering([d for d in doors(garden) if d.method == "get"], garden.canaries):
            if asker in ONE_OF_EACH:
                walk.ask(asker, door)
    print(f"\n{walk.result}")
    assert not walk.result.leaks, str(walk.result)
    assert len(walk.result.triples) > 2500
