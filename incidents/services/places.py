"""Where postcodes lie, loaded from the directory that the partnership holds (docs/domain.md §5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice

from django.db import connection, transaction

from agencies.geography import areas_near, postcode_normalise
from incidents.models import PostcodePoint
from kernel import audit
from kernel.actors import system_actor

_WHY = "where postcodes lie was loaded"
BATCH = 5_000
COLUMNS = ("pcds", "oseast1m", "osnrth1m")
"""What is read of the directory: the postcode, and its middle on the national grid in metres."""

_REFILL = """
update incidents_incident i set postcode = i.postcode from incidents_postcodepoint p
where p.postcode = i.postcode and (i.easting, i.northing) is distinct from (p.easting, p.northing)
"""


@dataclass
class Loaded:
    """How many postcodes were kept, how many lines had none or no place, and how many incidents have a new point."""

    kept: int = 0
    left: int = 0
    incidents: int = 0


def postcodes_load(rows: Iterable[Mapping[str, str]], *, everywhere: bool = False) -> Loaded:
    """Keep where postcodes lie: those of the post towns that reach into the county, or all of them. A line at a time, so
    the whole country's file is not held in memory. Loading again corrects what moved, and the incidents there.

    Two queries for five thousand lines. Nothing is kept of a file that breaks off. The system's,
    with one audit event that says the numbers.
    """
    done = Loaded()
    with transaction.atomic():
        points = _points(rows, done, everywhere)
        while batch := list(islice(points, BATCH)):
            # The same postcode twice in one statement is refused by the database; the later line counts.
            found = {point.postcode: point for point in batch}
            PostcodePoint.objects.bulk_create(
                found.values(),
                update_conflicts=True,
                unique_fields=["postcode"],
                update_fields=["easting", "northing"],
            )
            done.kept += len(found)
        done.incidents = points_refill()
        audit.record(system_actor(_WHY), "postcodes.load", None, detail=asdict(done))
    return done


def points_refill() -> int:
    """Fill the points of incidents whose postcode lies elsewhere than they say; answers how many. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_REFILL)
        return int(cursor.rowcount)


def _points(rows: Iterable[Mapping[str, str]], done: Loaded, everywhere: bool) -> Iterator[PostcodePoint]:
    near = areas_near()
    for row in rows:
        postcode = postcode_normalise(row.get("pcds") or "")
        east, north = (str(row.get(name) or "").strip() for name in COLUMNS[1:])
        if postcode is None or not (east.isascii() and east.isdigit() and north.isascii() and north.isdigit()):
            done.left += 1
        elif everywhere or postcode.rstrip()[:2].rstrip("0123456789") in near:
            yield PostcodePoint(postcode=postcode, easting=int(east), northing=int(north))
