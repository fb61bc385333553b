"""RESTRICTED cases: information governance is told of every view, through whatever door it came (docs/domain.md §5.4).

Pages (`views.doors.case_open`), the API (`api.doors`), people's pages (`services.fields`) and files with cases in them
call here, so that no single page has to remember it.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Tier
from incidents.models import Case
from incidents.scoping import RESTRICTED_NOTICE
from incidents.selectors.audience import governance_ids
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation

AN_HOUR = 3600


def case_watch(*, actor: Actor, case: Case) -> None:
    """Tell information governance that somebody sees something of a case, where it is RESTRICTED: once an hour for
    a person and a case, by a notice that is mailed and leads to the audit of the case. That hour has an event there,
    also where nobody is to be told: the viewer may be the only officer.

    No query for any other case, else one, and six more the first time in an hour. The cache is a table, so what it
    keeps is kept with the transaction; where it forgets, the hour has a second event and no second notice.
    """
    key = f"restricted:{case.pk}:{actor.user_id}:{clock.now():%Y%m%d%H}"
    if case.tier != Tier.RESTRICTED or key in cache:
        return
    text = f"{case.ref} (restricted) was opened by {actor.name}"
    url = f"/governance/record/?{urlencode({'ref': case.ref})}"
    with transaction.atomic():
        if not cache.add(key, True, AN_HOUR):
            return
        notices_create(
            NoticeData(user_id, key, RESTRICTED_NOTICE, text, url, case.pk)
            for user_id in governance_ids()
            if user_id != actor.user_id
        )
        audit.record(actor, "case.restricted_view", case, operation=AuditOperation.CONSULTATION)


def cases_watch(*, actor: Actor, case_ids: Iterable[int]) -> None:
    """The same of every case of a file. One query and those of `case_watch`, none for no case."""
    wanted = list(case_ids)
    if wanted:
        for case in Case.objects.visible_to(actor).filter(pk__in=wanted, restricted=True).order_by("pk"):
            case_watch(actor=actor, case=case)
