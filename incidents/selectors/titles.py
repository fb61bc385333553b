"""The title of a case on lists, on the desk and on its own page: its summary or, without one, a title from its facts."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case as Choose
from django.db.models import CharField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from incidents.models import Incident
from incidents.rules.titles import case_title
from kernel.actors import Actor

_WORDS: Any = ArrayField(CharField())


def title_facts(actor: Actor, case: str = "") -> dict[str, Any]:
    """The annotation of a query for cases that `title_of` needs: what was done first, looked up only where nobody wrote a
    summary. `case` leads from the rows to their case.
    """
    to = f"{case}__" if case else ""
    first = Incident.objects.visible_to(actor).filter(case_id=OuterRef(f"{to}pk")).order_by("pk")
    done = Coalesce(Subquery(first.values("behaviours")[:1]), Value([], output_field=_WORDS), output_field=_WORDS)
    return {
        "title_behaviours": Choose(When(**{f"{to}summary": ""}, then=done), default=Value([]), output_field=_WORDS)
    }


def title_of(case: Any, summary: str, behaviours: list[str] | None = None) -> str:
    """What a case is called for a reader to whom `summary` is shown. No query."""
    if summary:
        return summary
    done = getattr(case, "title_behaviours", ()) if behaviours is None else behaviours
    return case_title(strands=case.strands, behaviours=done, district=case.district_id)
