"""Who may say that a crime is recorded in a case, and the reference that the police gave (docs/domain.md §1.4)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value

from agencies.choices import AgencyType
from agencies.models import Agency
from incidents.choices import LEVEL_RANK, Classification, Level
from incidents.models import Case, CaseGrant
from incidents.scoping import TRIAGERS, agencies_as
from incidents.selectors.audience import IN_FORCE
from kernel.actors import Actor


def crime_recorders(actor: Actor) -> Any:
    """The expression, over cases: does the actor sort reports for a police force that may add to the case? Where only
    named people open it, being named counts, whose level the services ask."""
    agencies = agencies_as(actor, *TRIAGERS)
    if not agencies:
        return Value(False)
    forces = Agency.objects.filter(pk__in=agencies, type=AgencyType.POLICE)
    grants = CaseGrant.objects.visible_to(actor).filter(
        IN_FORCE,
        content_object_id=OuterRef("pk"),
        rank__gte=LEVEL_RANK[Level.CONTRIBUTE],
        agency_id__in=agencies,
        agency__type=AgencyType.POLICE,
    )
    return Exists(grants) | (Q(restricted=True) & Exists(forces))


def records_crimes(actor: Actor, case: Case) -> bool:
    """The same of one case. One query."""
    rows = Case.objects.visible_to(actor).filter(pk=case.pk).annotate(records=crime_recorders(actor))
    return bool(rows.values_list(F("records"), flat=True).first())


def crime_reference(case: Case) -> str:
    """The crime reference of a recorded crime, as it was given last; empty for any other case. One query."""
    if case.classification != Classification.CRIME_RECORDED:
        return ""
    rows = case.classification_changes.filter(after=Classification.CRIME_RECORDED).order_by("-at", "-pk")
    return rows.values_list("crime_reference", flat=True).first() or ""
