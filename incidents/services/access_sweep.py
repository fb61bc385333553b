"""Applying starts and ends of access to what is derived from them.

Ends refuse by themselves at once, by both walls; the sweep only tidies up after them. Starts come into force here,
late rather than early (docs/permissions.md).
"""

from __future__ import annotations

from django.db import connection, transaction

from incidents.choices import TaskState
from incidents.models import Case
from incidents.services.access import access_rebuild
from incidents.services.task_access import tasks_follow
from kernel import audit
from kernel.actors import Actor
from kernel.db import advisory_lock

BATCH = 500
MOST_BATCHES = 200

# A grant that has begun and is not in the access rows at its level; what has been in force for a month without
# getting there is for `access_check` to report. Ends: the first end on a case's envelope has passed.
_DUE = """
select g.content_object_id from incidents_casegrant g
where g.starts_at > g.created_at and g.ended_at is null
  and g.starts_at between statement_timestamp() - interval '31 days' and statement_timestamp()
  and (g.until is null or g.until > statement_timestamp())
  and not exists (select 1 from incidents_caseaccess a
    where a.case_id = g.content_object_id and a.agency_id = g.agency_id and a.level >= g.rank)
  and not exists (select 1 from incidents_case c where c.id = g.content_object_id and c.restricted)
union
select p.case_id from incidents_caseperson p
where p.ended_at is null
  and p.starts_at between statement_timestamp() - interval '31 days' and statement_timestamp()
  and (p.until is null or p.until > statement_timestamp())
  and not exists (select 1 from incidents_caseaccess a
    where a.case_id = p.case_id and a.user_id = p.user_id and a.level >= p.rank)
union
select id from incidents_case where access_ends_at <= statement_timestamp()
limit %s
"""

# Open tasks of agencies that had a share which was ended, and of which nobody can open the case any more.
_LEFT = """
select distinct t.case_id from incidents_task t join incidents_case c on c.id = t.case_id
where t.closed_at is null and t.state = any(%s) and not t.agency_id = any(c.agency_ids)
  and exists (select 1 from incidents_casegrant g where g.content_object_id = t.case_id and g.agency_id = t.agency_id
    and g.ended_at >= statement_timestamp() - interval '31 days')
  and not exists (select 1 from agencies_membership m
    where m.agency_id = t.agency_id and m.is_active and m.user_id = any(c.user_ids))
order by t.case_id limit %s
"""
_OPEN = [state.value for state in TaskState if state.is_open]


def access_apply(*, actor: Actor) -> int:
    """Bring access up to date where a grant has begun or ended; answers for how many cases.

    One sweeper at a time, 500 cases a transaction. Three queries a transaction.
    """
    done = 0
    for _ in range(MOST_BATCHES):
        with transaction.atomic():
            if not advisory_lock("access"):
                return done
            case_ids = _due()
            if case_ids:
                access_rebuild(case_ids)
                audit.record(actor, "access.apply", detail={"cases": case_ids})
                _tasks_back(actor, case_ids)
        done += len(case_ids)
        if len(case_ids) < BATCH:
            break
    return done


def tasks_apply(*, actor: Actor) -> int:
    """Let the tasks go back that an agency was left with when a share ended in a case which whoever ended it may not open,
    as by a victim's wish (docs/domain.md §6.7); answers for how many cases. One sweeper at a time. Two queries where
    nothing is left, and those of `tasks_follow` for each case.
    """
    with transaction.atomic():
        if not advisory_lock("access"):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_LEFT, [_OPEN, BATCH])
            case_ids = [row[0] for row in cursor.fetchall()]
        if case_ids:
            _tasks_back(actor, case_ids)
        return len(case_ids)


def _tasks_back(actor: Actor, case_ids: list[int]) -> None:
    """What an agency had to do in a case that it can no longer open goes back. One query, and those of `tasks_follow`."""
    cases = Case.objects.unscoped(reason="access that ended on its day, of every agency").filter(pk__in=case_ids)
    for case in cases.filter(tasks__state__in=_OPEN).distinct().order_by("pk"):
        tasks_follow(actor, case)


def _due() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [BATCH])
        return [row[0] for row in cursor.fetchall()]
