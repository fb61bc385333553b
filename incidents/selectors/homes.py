"""For whom in a case home is a danger: who lives with an alleged perpetrator, or with somebody of their household."""

from __future__ import annotations

from incidents.models import Case
from incidents.rules.living import share_home_with_accused
from incidents.scoping import Homes
from kernel.actors import Actor


def at_risk_at_home(case: Case) -> frozenset[str]:
    """The keys of those in a case from `case_get`, for who may know its victims; nobody for others. No query."""
    return share_home_with_accused(getattr(case, "home_rows", None) or ())


def at_risk_now(actor: Actor, case: Case) -> frozenset[str]:
    """The same of a case that was read in another way. One query."""
    rows = Case.objects.visible_to(actor).filter(pk=case.pk).values_list(Homes("pk"), flat=True)
    return share_home_with_accused(rows.first() or ())
