"""A chain of a million audit events, made once in the county that is measured, and what verifying and reading it takes.

The events are as the services write them: of its staff, about its cases and victims, over two years, each with an HMAC of
its own and linked into the chain under the real key. Only the way in is shorter: many rows in one statement.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import resource
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from agencies.models import Membership, User
from bench.measure import Browser, Timing, timing
from kernel import audit
from kernel.verification import verify

EVENTS = 1_000_000
_BATCH = 5000
_SPAN = dt.timedelta(days=730)
_DIGESTS = {"name": ["0" * 32, "f" * 32]}


def fill(wanted: int = EVENTS) -> int:
    """Bring the chain to so many sealed events; answers how many were added."""
    while audit.seal():
        pass
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from kernel_auditseal")
        missing = max(0, wanted - cursor.fetchone()[0])
    if missing:
        source = _Source()
        for start in range(0, missing, _BATCH):
            with transaction.atomic():
                _add([source.row(n, missing) for n in range(start, min(start + _BATCH, missing))])
            if start % 100_000 == 0:
                print(f"  {start:,} of {missing:,} events", flush=True)
        with connection.cursor() as cursor:
            cursor.execute("analyze kernel_auditevent")
            cursor.execute("analyze kernel_auditseal")
    audit.head_sign()
    return missing


def measure(add: int = EVENTS) -> dict[str, Any]:
    """How long filling and verifying took, and the most memory that verifying held."""
    started = time.perf_counter()
    added = fill(add)
    filled = time.perf_counter() - started
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, busy = time.perf_counter(), time.process_time()
    verdict = verify()
    if verdict.broken is not None:
        raise RuntimeError(f"row {verdict.broken} {verdict.problem}")
    return {
        "added": added,
        "fill_seconds": round(filled, 1),
        "events": verdict.checked,
        "seconds": round(time.perf_counter() - started, 1),
        "processor_seconds": round(time.process_time() - busy, 1),
        "grown_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
        "recent": recent(),
    }


def recent() -> int:
    """The events of the last 30 days, through which the pages of the audit go: a week has some 9,000, and each request of
    a benchmark on the same county leaves one more."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from kernel_auditevent where at > now() - interval '30 days'")
        return int(cursor.fetchone()[0])


def subjects() -> dict[str, Any]:
    """Who reads, and what for: chosen as the owner, because a page's own role sees no case of nobody's."""
    with connection.cursor() as cursor:
        cursor.execute("select ref from incidents_case order by md5(ref) limit 20")
        cases = [row[0] for row in cursor.fetchall()]
        cursor.execute("select ref from victims_victim order by md5(ref) limit 20")
        victims = [row[0] for row in cursor.fetchall()]
    return {
        "cases": cases,
        "victims": victims,
        "governance": _holder("ig").pk,
        "supervisor": _holder("spoc", "POL").pk,
        "staff": [place.user_id for place in Membership.objects.filter(agency__code="POL")[:20]],
    }


def reading(found: dict[str, Any]) -> Iterator[Timing]:
    """The pages of the audit over that chain, for information governance and for a supervisor."""
    governance, supervisor = (User.objects.get(pk=found[name]) for name in ("governance", "supervisor"))
    year = "since_day=1&since_month=1&since_year=2026"
    pages = {
        "who saw a case": [f"/governance/record/?ref={ref}" for ref in found["cases"]],
        "who saw a victim": [f"/governance/record/?ref={ref}" for ref in found["victims"]],
        "what somebody did": [f"/governance/user/{pk}/" for pk in found["staff"]],
        "out of hours, 7 days": ["/governance/out-of-hours/"],
        "own names, 30 days": ["/governance/own-name/"],
        "own names, a year": [f"/governance/own-name/?{year}"],
        "looked at by many, 30 days": ["/governance/often/"],
        "emergency access": ["/governance/emergency/"],
    }
    for name, addresses in pages.items():
        yield timing("audit", f"Audit, {name}", "all", Browser(governance), addresses)
    yield timing("audit", "Staff activity", "own staff (POL)", Browser(supervisor), ["/governance/staff/"])


def _holder(role: str, code: str = "") -> User:
    held = Membership.objects.filter(roles__contains=[role], is_active=True, user__is_active=True)
    return (held.filter(agency__code=code) if code else held).earliest("pk").user


class _Source:
    """Events in the mix of a working day: mostly reading, some searching, some writing."""

    def __init__(self) -> None:
        self.dice = random.Random(1)  # noqa: S311
        self.staff = list(Membership.objects.values_list("user_id", "agency_id"))
        with connection.cursor() as cursor:
            cursor.execute("select id, ref from incidents_case")
            self.cases = cursor.fetchall()
            cursor.execute("select id::text, ref from victims_victim")
            self.victims = cursor.fetchall()
        self.ends = audit.clock_database()

    def row(self, number: int, total: int) -> dict[str, Any]:
        """One event; later numbers are later."""
        user, agency = self.dice.choice(self.staff)
        case_id, ref = self.dice.choice(self.cases)
        row: dict[str, Any] = {
            "at": self.ends - _SPAN * ((total - number) / total) + dt.timedelta(microseconds=number),
            "actor_id": user, "actor_agencies": [agency], "operation": "consultation", "action": "case.read",
            "subject_type": "incidents.case", "subject_id": str(case_id), "subject_ref": ref, "case_id": case_id,
            "fields": [], "detail": {}, "reason": "",
        }  # fmt: skip
        kind = self.dice.random()
        if kind < 0.15:
            pk, ref = self.dice.choice(self.victims)
            row |= {"action": "victim.read", "subject_type": "victims.victim", "subject_id": pk, "subject_ref": ref}
            row["case_id"] = None
        elif kind < 0.35:
            listed = [one for _, one in self.dice.sample(self.cases, min(25, len(self.cases)))]
            row |= {"action": "case.search", "subject_type": "", "subject_id": "", "subject_ref": "", "case_id": None}
            row["detail"] = {"cases": listed, "words": f"{self.dice.getrandbits(128):032x}"}
        elif kind < 0.5:
            row |= {"operation": "alteration", "action": "case.update", "fields": ["name"]}
            row["detail"] = {"digests": _DIGESTS}
        return row


def _add(rows: list[dict[str, Any]]) -> None:
    columns = ", ".join(audit.COLUMNS)
    places = ", ".join(["%s"] * (len(audit.COLUMNS) + 1))
    for row in rows:
        row["hmac"] = audit.row_hmac(row)
    values = [
        [json.dumps(row[c], sort_keys=True) if c == "detail" else row[c] for c in (*audit.COLUMNS, "hmac")]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"insert into kernel_auditevent ({columns}, hmac) values ({places})", values)  # noqa: S608
    audit.seal(len(rows))
