"""Telling people that a share ends, while there is still time to share the case anew (docs/decisions/0022)."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.rules.sharing import share_warn_until
from incidents.services.access import database_now
from incidents.services.clock import holidays_all
from kernel import audit
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.db import advisory_lock
from kernel.when import date_text

BATCH = 500

# Who shared it, and the case's lead worker; not for a share that was made for less time than the warning takes.
_ENDING = """
select g.uid, g.until, c.id, c.ref, p.user_id
from incidents_casegrant g
join incidents_case c on c.id = g.content_object_id and c.status not in ('closed', 'merged')
cross join lateral (select distinct w.user_id from unnest(array[g.given_by_id, c.lead_worker_id]) as w(user_id)
  where w.user_id is not null) p
where g.source = 'share' and g.ended_at is null and g.until > %(now)s and g.until <= %(horizon)s
  and g.until - g.created_at > %(horizon)s::timestamptz - %(now)s::timestamptz
  and not exists (select 1 from agencies_notice n where n.user_id = p.user_id and n.key = 'share_ends:' || g.uid)
order by g.until, g.id limit %(most)s
"""


def shares_warn(*, actor: Actor) -> int:
    """Tell who shared a case, and its lead worker, ten working days before the share ends; answers how many notices.

    Only for cases that are open. One sweeper at a time, 500 notices a run; each person is told of a share once. The
    notice does not name the agency: a lead worker of one side may not know the other side's.
    """
    with transaction.atomic():
        if not advisory_lock("share ends"):
            return 0
        now = database_now()
        made = notices_create(
            NoticeData(
                user_id,
                f"share_ends:{uid}",
                "share_ends",
                f"{ref}: a share ends on {_last_day(until)}. If it is still needed, share the case again.",
                f"/cases/{ref}/#sharing",
                case_id,
            )
            for uid, until, case_id, ref, user_id in _ending(now, share_warn_until(now, holidays_all()))
        )
        if made:
            audit.record(actor, "case.share_warn", detail={"count": made})
        return made


def _last_day(until: dt.datetime) -> str:
    return date_text((until - dt.timedelta(seconds=1)).astimezone(LONDON).date())


def _ending(now: dt.datetime, horizon: dt.datetime) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(_ENDING, {"now": now, "horizon": horizon, "most": BATCH})
        return cursor.fetchall()
