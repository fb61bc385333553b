"""Cases that may be about the same: open ones of the same victim."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef

from incidents.choices import LEVEL_RANK, OPEN_STATUSES, Level
from incidents.models import Case, Party
from incidents.scoping import CaseLevel
from incidents.selectors.text import case_written_by, text_shown
from incidents.selectors.titles import title_facts, title_of
from kernel.actors import Actor

MOST = 8


def cases_of_same_victim(*, actor: Actor, case: Case) -> list[Case]:
    """The open cases that the actor manages in which somebody is a victim who is one here too, as far as the actor may
    know victims in both; newest first. One query.
    """
    here = Party.objects.visible_to(actor).filter(case=case, victim__isnull=False)
    there = Party.objects.visible_to(actor).filter(case_id=OuterRef("pk"), victim_id__in=here.values("victim_id"))
    rows = Case.objects.visible_to(actor).filter(Exists(there), status__in=OPEN_STATUSES).exclude(pk=case.pk)
    rows = rows.annotate(
        rank=CaseLevel("pk"),
        summary_shown=text_shown(actor, F("pk"), F("summary"), case_written_by(actor)),
        **title_facts(actor),
    )
    found: list[Any] = list(rows.filter(rank__gte=LEVEL_RANK[Level.MANAGE]).order_by("-received_at", "-pk")[:MOST])
    for one in found:
        one.title = title_of(one, one.summary_shown)
    return found
