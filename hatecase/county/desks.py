"""What lies on the desks when the story ends: notices of the last days, drafts half keyed, a recent visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agencies.models import Notice, User
from hatecase.county.cast import CAST
from hatecase.county.dice import dice_for
from hatecase.county.rows import Rows
from hatecase.county.shapes import CasePlan
from hatecase.county.words import parts
from incidents.choices import LEVEL_RANK, Level, TaskState
from incidents.models import CaseGrant, IncidentDraft
from incidents.rules.drafts import erase_on
from kernel.working_days import local_date

if TYPE_CHECKING:
    from hatecase.county.plan import County

_RECENT, _LAST_VISIT = timedelta(days=8), timedelta(days=3)
_DRAFTING = ("alice", "bob", "walt", "charlie", "nadia", "tom")
_AGENCIES = {row.key: row.agency for row in CAST}


def notices_add(rows: Rows, case: CasePlan, case_id: int, county: County) -> None:
    """Tell of a case's last days with the product's own keys and words: given to lead, shared, asked for."""
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
            what = "is yours to do" if task.state == TaskState.ACCEPTED else "is offered to you"
            text = f"{task.ref} in {case.ref} {what}"
            url = f"/tasks/{task.ref}/"
            _add(rows, task.assignee, f"task:{task.ref}", "task", text, url, case_id, task.created_at)


def _readable(level: str) -> bool:
    return LEVEL_RANK[level] >= LEVEL_RANK[Level.VIEW]


def _add(rows: Rows, who: str, key: str, kind: str, text: str, url: str, case_id: int, at: datetime) -> None:
    rows.sheets[Notice].add(
        user_id=rows.users[who], key=key, kind=kind, text=text, url=url, case_id=case_id, created_at=at
    )


def drafts_add(rows: Rows, county: County) -> None:
    """A report that each of some people began and did not finish: a call broke off, somebody came to the desk."""
    for who, line in zip(_DRAFTING, parts("working")["draft"], strict=True):
        dice = dice_for("draft", county.seed, who)
        edited = county.office.end - timedelta(days=dice.whole(0, 9), hours=dice.whole(8, 15))
        rows.sheets[IncidentDraft].add(
            uid=dice.uid(),
            author_id=rows.users[who],
            agency_id=rows.agencies[_AGENCIES[who]],
            answers={"safety": {"danger_now": ["no"], "urgent": ["none"]}, "what": {"narrative": [line]}},
            step="what",
            version=2,
            created_at=edited - timedelta(minutes=dice.whole(4, 20)),
            edited_at=edited,
            erase_on=erase_on(local_date(edited), rows.holidays),
        )


def seen_set(users: dict[str, User], end: datetime) -> None:
    """Everybody was here last three days before the end, so that something has changed since. One query."""
    User.objects.filter(pk__in=[user.pk for user in users.values()], seen_at=None).update(seen_at=end - _LAST_VISIT)
