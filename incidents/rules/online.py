"""What makes an incident one that happened online. Rules: docs/domain.md §10.3."""

from __future__ import annotations

from collections.abc import Iterable

from incidents.choices import ONLINE_BEHAVIOURS, PlaceType


def happened_online(place_type: str, behaviours: Iterable[str]) -> bool:
    """Whether it happened online, by the place or by what was done."""
    return place_type == PlaceType.ONLINE or bool(ONLINE_BEHAVIOURS & set(behaviours))
