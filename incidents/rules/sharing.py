"""What the victim said about sharing, and whom it concerns. Rules: docs/domain.md §6.7."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agencies.choices import AgencyType
from victims.choices import Wish

_POLICE = frozenset({AgencyType.POLICE.value})
_COUNCIL = frozenset({AgencyType.COUNCIL.value, AgencyType.TRAVELLER_UNIT.value, AgencyType.PARISH.value})
_SUPPORT = frozenset({AgencyType.VICTIM_SERVICE.value, AgencyType.VOLUNTARY.value})


@dataclass(frozen=True)
class Wishes:
    """One victim's wishes about sharing, by kind of receiver."""

    police: str = Wish.NOT_ASKED
    council: str = Wish.NOT_ASKED
    support: str = Wish.NOT_ASKED

    def towards(self, agency_type: str) -> Wish:
        """The wish that concerns a kind of agency; *not asked* for kinds about which nothing is asked."""
        if agency_type in _POLICE:
            return Wish(self.police)
        if agency_type in _COUNCIL:
            return Wish(self.council)
        return Wish(self.support) if agency_type in _SUPPORT else Wish.NOT_ASKED


def sharing_error(wishes: Iterable[Wishes], agency_type: str) -> str | None:
    """Why a case may not newly be shared with a kind of agency: one of its victims said no, or took a yes back.

    What was shared before stays with the receiver. ``None`` where nothing stands against it.
    """
    said = {entry.towards(agency_type) for entry in wishes}
    kind = AgencyType(agency_type).label.lower()
    if Wish.NO in said:
        return f"A victim in this case does not want it shared with this kind of agency ({kind})."
    if Wish.WITHDRAWN in said:
        return f"A victim in this case no longer agrees to sharing with this kind of agency ({kind})."
    return None


def consent_conflict(wishes: Iterable[Wishes], newcomers: Iterable[str]) -> bool:
    """Whether sharing with agencies of these types, which do not see the case yet, goes against a victim's wishes."""
    known = tuple(wishes)
    return any(entry.towards(agency_type).blocks for entry in known for agency_type in newcomers)
