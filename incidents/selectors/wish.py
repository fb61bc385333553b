"""What a victim's word about sharing would change, said before it is saved."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from incidents.choices import ShareBasis
from incidents.models import CaseGrant, Party
from incidents.rules.sharing import ASKED_ABOUT
from incidents.scoping import hidden_sides
from kernel.actors import Actor
from kernel.panels import Panel
from victims.models import Victim

_WORDS = {
    "wish_share_police": "Police",
    "wish_share_council": "Council",
    "wish_share_support": "Support service",
}


def wish_losses(actor: Actor, victim: Victim) -> Panel:
    """Which agencies lose which cases of a victim with each wish that becomes a no, as far as the actor is told of
    them; in cases that the actor may not open shares end as well. One query.
    """
    parties = Party.objects.visible_to(actor).filter(case=OuterRef("content_object"), victim=victim)
    lasting = Q(until=None) | Q(until__gt=Now())
    shares = CaseGrant.objects.visible_to(actor).filter(
        lasting, Exists(parties), source=CaseGrant.Source.SHARE, ended_at=None
    )
    shares = shares.exclude(basis=ShareBasis.OVERRIDE).exclude(agency__side__in=hidden_sides(actor))
    rows = list(
        shares.order_by("agency__name", "content_object__ref").values_list(
            "agency__type", "agency__name", "content_object__ref"
        )
    )
    losses = [(words, _lost(rows, ASKED_ABOUT[name])) for name, words in _WORDS.items()]
    return Panel("incidents/parts/wish_losses.html", {"losses": [one for one in losses if one[1]]})


def _lost(rows: list[tuple[str, str, str]], kinds: frozenset[str]) -> str:
    return "; ".join(f"{name} ({ref})" for kind, name, ref in rows if kind in kinds)
