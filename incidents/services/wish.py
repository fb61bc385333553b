"""What follows a victim's word about sharing: shares end, and the support referral is wanted or not (docs/domain.md §6.7).

Also in cases that whoever recorded the word may not open: narrow functions of the database change them, and answer what
the audit and the notices need.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Priority
from incidents.models import Case, CaseGrant
from incidents.rules.sharing import ASKED_ABOUT
from incidents.rules.victim_clocks import support_clock
from incidents.scoping import WISH_END_NOTICE
from incidents.selectors.audience import decider_ids
from incidents.services.access import access_rebuild
from incidents.services.change import victim_change_tell
from incidents.services.clock import holidays_all, standards_all
from incidents.services.share import share_record
from kernel import clock
from kernel.actors import Actor
from kernel.queue import enqueue
from victims.models import Victim
from victims.registries import VictimChanged

REASON = "A victim no longer wishes it to be shared with this kind of agency"
SUPPORT = "wish_share_support"
_GRANT = ("uid", "agency_id", "level", "gateway", "field_groups", "basis", "starts_at", "until")


@dataclass(frozen=True)
class _Ended:
    """A share that a wish ended: its terms, its case, and the receiver's points of contact who could open it."""

    case: Case
    grant: CaseGrant
    told: list[int]


def victim_follow(change: VictimChanged) -> None:
    """What follows a changed record of a victim in their cases: it is told there, K5 follows the wish for support, and
    the shares end that a wish now stands against. In the transaction of the change.

    Last the shares: the actor's own agency may lose the record by its end.
    """
    victim_change_tell(change)
    if SUPPORT in change.before:
        support_follow(change.victim)
    wishes_enforce(change.actor, change.victim, change.before.keys())


def wishes_enforce(actor: Actor, victim: Victim, wishes: Collection[str], *, case: Case | None = None) -> int:
    """End the shares that these wishes of a victim stand against, as the record says them now; answers how many.

    Of all their cases, or of one. Not the lead agency's access, a reporter's or a meeting's, nor a share that somebody
    confirmed against the wish. The receivers' points of contact are asked to note it on what they hold, and who decides
    for the lead agency is told. What such an agency had to do goes back by the worker, for who records the wish may not
    open every case. Nothing for somebody who may add to none of the victim's cases. Two queries for nothing
    to end, else four and three for each share.
    """
    if not ASKED_ABOUT.keys() & set(wishes):
        return 0
    ended = _end(victim, wishes, case)
    if not ended:
        return 0
    access_rebuild({one.case.pk for one in ended})
    for one in ended:
        share_record(actor, "case.wish_end", one.case, one.grant, reason=REASON)
    _tell_receivers(ended)
    _tell_lead(actor, ended)
    from incidents.tasks import access_sweep

    enqueue(access_sweep)
    return len(ended)


def support_follow(victim: Victim) -> None:
    """Let K5 follow a changed wish for support in the open cases of a victim. From nothing to a wish it runs from now:
    nobody could refer them before. Three queries."""
    now, standards, holidays = clock.now(), standards_all(), holidays_all()
    plans = {}
    for priority in Priority.values:
        plan = support_clock(priority, now, standards, holidays, applies=True)
        if plan is not None:
            due = {"due_at": _iso(plan.due_at), "amber_at": _iso(plan.amber_at)}
            plans[priority] = {"level": plan.level, "rule_version": plan.rule_version, **due}
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_support_wished(%s, %s::jsonb, %s)", [victim.pk, json.dumps(plans), now])


def _iso(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _end(victim: Victim, wishes: Collection[str], case: Case | None) -> list[_Ended]:
    kinds = [sorted(types) if name in wishes else [] for name, types in ASKED_ABOUT.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "select * from hatecase_wish_end(%s, %s, %s::varchar[], %s::varchar[], %s::varchar[])",
            [victim.pk, case.pk if case else None, *kinds],
        )
        names = [column.name for column in cursor.description or ()]
        rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    agencies = Agency.objects.in_bulk([row["agency_id"] for row in rows]) if rows else {}
    return [
        _Ended(
            # The actor may not read the case: this names it, no more.
            Case(pk=row["case_id"], ref=row["case_ref"], lead_agency_id=row["lead_agency_id"]),
            CaseGrant(
                agency=agencies[row["agency_id"]], **{name: row[name] for name in _GRANT if name != "agency_id"}
            ),
            row["told"],
        )
        for row in rows
    ]


def _tell_receivers(ended: list[_Ended]) -> None:
    """They can no longer open the case, and the notice says nothing of it but its reference."""
    notices_create(
        NoticeData(
            user_id,
            f"wish_end:{one.grant.uid}",
            WISH_END_NOTICE,
            f"{one.case.ref} is no longer shared with your agency, because a victim no longer wishes it."
            " Note that on what you hold of it.",
            "/notices/",
            one.case.pk,
        )
        for one in ended
        for user_id in one.told
    )


def _tell_lead(actor: Actor, ended: list[_Ended]) -> None:
    """Without the agency's name, as the warning that a share ends: not everybody may know it."""
    notices_create(
        NoticeData(
            user_id,
            f"wish_ended:{one.grant.uid}",
            "share_ends",
            f"{one.case.ref}: a share has ended, because a victim no longer wishes it",
            f"/cases/{one.case.ref}/#sharing",
            one.case.pk,
        )
        for one in ended
        for user_id in decider_ids(one.case.lead_agency_id)
        if user_id != actor.user_id
    )
