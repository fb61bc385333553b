"""What lies in the inboxes when the story ends: the last days' notices, with the product's own keys and words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agencies.models import Notice, User
from hatecase.county.rows import Rows
from hatecase.county.shapes import CasePlan
from incidents.choices import LEVEL_RANK, Level
from incidents.models import CaseGrant

if TYPE_CHECKING:
    from hatecase.county.plan import County

_RECENT = timedelta(days=8)
_LAST_VISIT = timedelta(days=3)


def notices_add(rows: Rows, case: CasePlan, case_id: int, county: County) -> None:
    """Tell of what happened to a case in the last days: given to lead, shared."""
    since = county.office.end - _RECENT
    url = f"/cases/{case.ref}/"
    if case.triaged_at is not None and case.triaged_at > since and case.lead_worker:
        text = f"{case.ref} is yours to lead"
        _add(rows, case.lead_worker, f"lead:{case_id}:2", "lead", text, url, case_id, case.triaged_at)
    for grant in case.grants:
        if grant.source == CaseGrant.Source.SHARE and grant.starts_at > since and _readable(grant.level):
            text = f"{case.ref} is shared with your agency"
            for key in county.staff.spocs.get(grant.agency, ()):
                _add(rows, key, f"share:{grant.uid}", "share", text, url, case_id, grant.starts_at)
    for task in case.tasks:
        if task.created_at > since and task.assignee and task.asked_by != task.assignee and task.closed_at is None:
            what = "is yours to do" if task.state == "accepted" else "is offered to you"
            text = f"{task.ref} in {case.ref} {what}"
            url = f"/tasks/{task.ref}/"
            _add(rows, task.assignee, f"task:{task.ref}", "task", text, url, case_id, task.created_at)


def _readable(level: str) -> bool:
    return LEVEL_RANK[level] >= LEVEL_RANK[Level.VIEW]


def _add(rows: Rows, who: str, key: str, kind: str, text: str, url: str, case_id: int, at: datetime) -> None:
    rows.sheets[Notice].add(
        user_id=rows.users[who], key=key, kind=kind, text=text, url=url, case_id=case_id, created_at=at
    )


def seen_set(users: dict[str, User], end: datetime) -> None:
    """Everybody was here last three days before the end, so that something has changed since. One query."""
    User.objects.filter(pk__in=[user.pk for user in users.values()], seen_at=None).update(seen_at=end - _LAST_VISIT)
