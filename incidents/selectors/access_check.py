"""Whether what is derived from the grants agrees with them: access rows, envelopes of cases, envelopes of people.

The queries stand in `incidents/data/access_check.sql`, apart from `hatecase_access_rebuild`, so that a mistake there
is found here (docs/permissions.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import connection

_FILE = Path(__file__).resolve().parent.parent / "data" / "access_check.sql"
_COUNT = "select count(*), (array_agg(distinct ref))[1:%s] from wrong"
_HEADING = re.compile(r"(?:^|\n\n)-- ([^\n]+)\n(?=with |select )")


@dataclass(frozen=True)
class Disagreement:
    """One kind of disagreement: how many, and the first references."""

    what: str
    count: int
    refs: tuple[str, ...]


def access_disagreements(shown: int = 5) -> list[Disagreement]:
    """Every way in which derived access differs from the grants, over all cases; empty when they agree.

    For the owner of the database, who sees all. One query for each check, each over whole tables.
    """
    granted, checks = _queries()
    found = []
    with connection.cursor() as cursor:
        for what, query in checks:
            # Nothing but the file's own text is put together here.
            found_of = f"{granted}, wrong(ref) as ({query}) {_COUNT}"
            cursor.execute(found_of, [shown])
            count, refs = cursor.fetchone()
            if count:
                found.append(Disagreement(what, count, tuple(refs)))
    return found


@cache
def _queries() -> tuple[str, list[tuple[str, str]]]:
    """What the grants say, and the checks as heading and query."""
    _, _, granted, *rest = _HEADING.split(_FILE.read_text(encoding="utf-8"))
    return granted.strip(), list(zip(rest[::2], (query.strip() for query in rest[1::2]), strict=True))
