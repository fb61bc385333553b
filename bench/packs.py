"""A briefing pack of 30 cases, asked for by the chair and made as the worker makes it."""

from __future__ import annotations

import datetime as dt
import resource
import time
from typing import Any

from django.db import connection

from agencies.models import User
from agencies.scoping import actor_for
from hasbag.models import Meeting, Pack
from hasbag.services.item import item_add
from hasbag.services.meeting import meeting_create
from hasbag.services.pack import pack_make, pack_request
from incidents.choices import OPEN_STATUSES
from kernel import clock
from kernel.errors import RuleError
from kernel.identity import acting_as

CASES = 30
_VENUE = "Benchmark room"


def measure() -> dict[str, Any]:
    """Seconds from the worker's start to the stored pack, and the most memory of the worker and of the printing."""
    chair = _chair()
    with acting_as(actor_for(chair)) as actor:
        meeting = meeting_create(
            actor=actor, area=min(actor.areas), starts_at=clock.now() + dt.timedelta(days=7), venue=_VENUE
        )
        items = _fill(actor, meeting)
        pack = pack_request(actor=actor, meeting=meeting)
    started, busy = time.perf_counter(), _busy_seconds()
    made = pack_make(pack_id=pack.pk)
    seconds, busy = time.perf_counter() - started, _busy_seconds() - busy
    if not made:
        raise RuntimeError("The pack was not made: see the log above.")
    done = Pack.objects.unscoped(reason="the benchmark reads how its pack came out").get(pk=pack.pk)
    own, printing = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "cases": len(done.case_ids),
        "asked": items,
        "pages": done.pages,
        "seconds": round(seconds, 1),
        "processor_seconds": round(busy, 1),
        "printing_mb": round(printing / 1024),
        "worker_mb": round(own / 1024),
    }


def _busy_seconds() -> float:
    """The processor's time so far, of the worker and of the printing."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _chair() -> User:
    with connection.cursor() as cursor:
        cursor.execute(
            "select m.user_id from agencies_membership m where m.is_active and 'chair' = any(m.roles)"
            " order by (select count(*) from incidents_caseaccess x where x.agency_id = m.agency_id) desc limit 1"
        )
        return User.objects.get(pk=cursor.fetchone()[0])


def _fill(actor: Any, meeting: Meeting) -> int:
    """Put open cases of the area on the agenda, the longest first, until there are enough."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.ref from incidents_case c join agencies_district d on d.code = c.district_id"
            " where c.status = any(%s) and d.area = %s"
            " order by (select count(*) from incidents_note n where n.case_id = c.id) desc limit 60",
            [list(OPEN_STATUSES), meeting.area],
        )
        refs = [row[0] for row in cursor.fetchall()]
    done = 0
    for ref in refs:
        if done == CASES:
            break
        try:
            item_add(actor=actor, meeting=meeting, case_ref=ref, reason="For the benchmark")
        except RuleError:
            continue
        done += 1
    return done
