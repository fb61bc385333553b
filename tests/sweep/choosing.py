"""Which questions the quick sweep asks: every route of everybody, every record at every route, and every canary once
where it must not stand and once where it must.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.sweep import standing, truth
from tests.sweep.canaries import Canaries, Canary
from tests.sweep.doors import Door
from tests.sweep.walk import ASKERS


def covering(doors: list[Door], canaries: Canaries) -> Iterator[tuple[str, Door]]:
    """Each asker at each route once, its records and methods in turn, so that each record is asked about there too; and
    each asker at each page where they must find something.
    """
    routes: dict[str, dict[str, list[Door]]] = defaultdict(lambda: defaultdict(list))
    for door in doors:
        routes[door.route][door.record.name if door.record else ""].append(door)
    chosen = set(needed(doors, canaries))
    for number, records in enumerate(routes.values()):
        names = list(records)
        assert len(names) <= len(ASKERS), "more records of a kind than askers to go round"
        for place, asker in enumerate(ASKERS):
            ways = records[names[(place + number) % len(names)]]
            chosen.add((asker, ways[(place * 5 + number) % len(ways)]))
    order = {asker: place for place, asker in enumerate(ASKERS)}
    yield from sorted(chosen, key=lambda pair: (order[pair[0]], pair[1].name, pair[1].url))


def needed(doors: list[Door], canaries: Canaries) -> Iterator[tuple[str, Door]]:
    """Each asker at each page where they must find something, about the records of that case."""
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for asker in ASKERS:
        for canary in canaries:
            for route in standing.must(asker, canary):
                wanted[asker, route].add(canary.case)
    files = {(asker, route.partition(".")[0]): cases for (asker, route), cases in wanted.items() if "." in route}
    for asker in ASKERS:
        for door in doors:
            about = door.record.case if door.record else ""
            # A file that comes of what is sent is named with its kind.
            cases = (wanted if door.method == "get" else files).get((asker, door.route))
            if cases and (not about or about in cases):
                yield asker, door


def searches(canaries: Canaries, findable: object) -> Iterator[tuple[str, Canary]]:
    """Each canary looked for once by somebody who may not find it, and once by somebody who may, each asker in turn."""
    for number, canary in enumerate(canaries):
        turned = [ASKERS[(number * 7 + place) % len(ASKERS)] for place in range(len(ASKERS))]
        for wanted in (True, False):
            asker = next((a for a in turned if findable(a, canary) is wanted and truth.PEOPLE[a].casework), None)
            if asker:
                yield asker, canary
