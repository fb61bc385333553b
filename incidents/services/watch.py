"""RESTRICTED cases: information governance is told of every view, through whatever door it came (docs/domain.md §5.4).

Pages (`views.doors.case_open`), the API (`api.doors`), people's pages (`services.fields`) and files with cases in them
call here, so that no single page has to remember it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Tier
from incidents.models import Case, Party
from incidents.scoping import RESTRICTED_NOTICE
from incidents.selectors.audience import governance_ids
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation


def case_watch(*, actor: Actor, case: Case) -> None:
    """Tell information governance that somebody sees something of a case, where it is RESTRICTED: once an hour for a
    person and a case, by a notice that is mailed and leads to the audit of the case, where that hour has an event as well.

    No query for any other case, else two, and one more the first time in an hour.
    """
    if case.tier != Tier.RESTRICTED:
        return
    key = f"restricted:{case.pk}:{actor.user_id}:{clock.now():%Y%m%d%H}"
    text = f"{case.ref} (restricted) was opened by {actor.name}"
    url = f"/governance/record/?{urlencode({'ref': case.ref})}"
    with transaction.atomic():
        made = notices_create(
            NoticeData(user_id, key, RESTRICTED_NOTICE, text, url, case.pk)
            for user_id in governance_ids()
            if user_id != actor.user_id
        )
        if made:
            audit.record(actor, "case.restricted_view", case, operation=AuditOperation.CONSULTATION)


def cases_watch(*, actor: Actor, case_ids: Iterable[int]) -> None:
    """The same of every case of a file. One query, none for no case."""
    wanted = list(case_ids)
    if wanted:
        _watch(actor, Case.objects.visible_to(actor).filter(pk__in=wanted))


def person_watch(*, actor: Actor, **person: Any) -> None:
    """The same of every case in which the actor may know somebody: who opens a person's record sees what those cases
    say of them. `person` is a victim or a perpetrator. One query.
    """
    parties = Party.objects.visible_to(actor).filter(case=OuterRef("pk"), **person)
    _watch(actor, Case.objects.visible_to(actor).filter(Exists(parties)))


def _watch(actor: Actor, cases: QuerySet[Case]) -> None:
    for case in cases.filter(restricted=True).order_by("pk"):
        case_watch(actor=actor, case=case)
