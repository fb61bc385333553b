"""The cases of a person, as far as the reader may see them."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from incidents.choices import PartyRole
from incidents.models import Case, Party
from incidents.rules.living import HOME_WARNING
from incidents.scoping import Homes
from incidents.selectors.homes import at_risk_at_home
from kernel.actors import Actor
from kernel.panels import Panel
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim

CASES_SHOWN = 50
_TEMPLATE = "incidents/parts/person_cases.html"


def victim_cases(actor: Actor, victim: Victim) -> Panel:
    """The panel of a victim's cases, and in which of them they live with an alleged perpetrator. One query."""
    parties = Party.objects.visible_to(actor).filter(case=OuterRef("pk"), victim=victim)
    panel = _panel(_cases(actor, parties, home_rows=Homes("pk")), PartyRole.VICTIM)
    at_risk = [case.ref for case in panel.data["cases"] if str(victim.pk) in at_risk_at_home(case)]
    return Panel(_TEMPLATE, {**panel.data, "at_risk": at_risk, "warning": HOME_WARNING})


def perpetrator_cases(actor: Actor, person: AllegedPerpetrator) -> Panel:
    """The panel of an alleged perpetrator's cases. One query."""
    parties = Party.objects.visible_to(actor).filter(case=OuterRef("pk"), perpetrator=person)
    return _panel(_cases(actor, parties), PartyRole.ALLEGED_PERPETRATOR)


def _cases(actor: Actor, parties: QuerySet, **more: Any) -> list[Case]:
    rows = Case.objects.visible_to(actor).filter(Exists(parties)).select_related("lead_agency").annotate(**more)
    return list(rows.order_by("-received_at", "-pk")[: CASES_SHOWN + 1])


def _panel(cases: list[Case], role: str) -> Panel:
    data = {"cases": cases[:CASES_SHOWN], "more": len(cases) > CASES_SHOWN, "role": role}
    return Panel(_TEMPLATE, data)
