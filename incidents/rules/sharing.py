"""What the victim said about sharing, what a share covers, and how long an answer may take.

Rules: docs/domain.md §5.4, §5.5, §6.7.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agencies.choices import AgencyType, Side
from incidents.choices import LEVEL_RANK, FieldGroup, Gateway, Level, ShareBasis
from kernel.working_days import LONDON, OFFICE_OPENS, Holidays, add_working_days, due_at, local_date
from victims.choices import Wish

_POLICE = frozenset({AgencyType.POLICE.value})
_COUNCIL = frozenset({AgencyType.COUNCIL.value, AgencyType.TRAVELLER_UNIT.value, AgencyType.PARISH.value})
_SUPPORT = frozenset({AgencyType.VICTIM_SERVICE.value, AgencyType.VOLUNTARY.value})

ASKED_ABOUT: dict[str, frozenset[str]] = {
    "wish_share_police": _POLICE,
    "wish_share_council": _COUNCIL,
    "wish_share_support": _SUPPORT,
}
"""The kinds of agency that each wish is about."""


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

    @property
    def refuses(self) -> bool:
        """Whether any kind of receiver is refused."""
        return any(Wish(said).blocks for said in (self.police, self.council, self.support))


def sharing_error(wishes: Iterable[Wishes], agency_type: str) -> str | None:
    """Why a case may not newly be shared with a kind of agency: one of its victims said no, or took a yes back.

    What was shared before ends with the wish (docs/decisions/0029); what the receiver read stays with them. ``None``
    where nothing stands against it.
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


class PolicePrompt(StrEnum):
    """What is left to do about telling the police of a suspected crime that they cannot see."""

    ASK = "ask"
    ASK_OR_OVERRIDE = "ask_or_override"
    SHARE = "share"
    NOTHING = ""


def police_prompt(wishes: Iterable[Wishes]) -> PolicePrompt:
    """While a victim has not been asked, ask; where all of them agree, share it; a recorded no is a decision and stands.

    Where one said no and another was not asked, it goes to the police by an override alone.
    """
    said = [entry.towards(AgencyType.POLICE) for entry in wishes]
    if not said or Wish.NOT_ASKED in said:
        return PolicePrompt.ASK_OR_OVERRIDE if any(wish.blocks for wish in said) else PolicePrompt.ASK
    return PolicePrompt.SHARE if all(wish is Wish.YES for wish in said) else PolicePrompt.NOTHING


# --- The passport of a share ----------------------------------------------------------------------------


def basis_of(wishes: Iterable[Wishes], agency_type: str) -> ShareBasis:
    """How a share that no wish stands against stands to the wishes: every victim agreed, or somebody was not asked."""
    said = [entry.towards(agency_type) for entry in wishes]
    return ShareBasis.WISH if said and all(wish is Wish.YES for wish in said) else ShareBasis.NOT_ASKED


def groups_default(level: str, side: str) -> list[str]:
    """The field groups that a share covers when it names none: what its level alone has always given."""
    rank = LEVEL_RANK[level]
    groups = []
    if rank >= LEVEL_RANK[Level.CONTRIBUTE] and side != Side.PERPETRATOR:
        groups.append(FieldGroup.VICTIM_CONTACT.value)
    if rank >= LEVEL_RANK[Level.VIEW] and side != Side.VICTIM:
        groups.append(FieldGroup.SUBJECT_IDENTITY.value)
    return groups


def groups_error(groups: Iterable[str], level: str, side: str) -> str | None:
    """Why a share may not cover these groups: a signpost covers none, and an agency of one side knows no other."""
    chosen = set(groups)
    if chosen - set(FieldGroup.values):
        return "Choose field groups from the list."
    if chosen and level == Level.SIGNPOST:
        return "An agency that only knows that the case exists gets no field group."
    hidden = chosen & _HIDDEN_GROUPS.get(side, frozenset())
    if hidden:
        labels = ", ".join(FieldGroup(group).label for group in FieldGroup.values if group in hidden)
        return f"This agency may not know the other side of a case. Take out: {labels}."
    return None


_HIDDEN_GROUPS: dict[str, frozenset[str]] = {
    Side.VICTIM.value: frozenset({FieldGroup.SUBJECT_IDENTITY.value}),
    Side.PERPETRATOR.value: frozenset(set(FieldGroup.values) - {FieldGroup.SUBJECT_IDENTITY.value}),
}


def guardian_needed(*agency_types: str) -> bool:
    """Whether a disclosure between agencies of these types names a Caldicott guardian (docs/domain.md §8.4)."""
    return AgencyType.HEALTH.value in agency_types


SHARE_MONTHS, SHARE_MOST_MONTHS = 6, 12
"""How long a share lasts that names no end, and how long one can last at most before it is shared anew."""
SHARE_WARN_DAYS = 10
"""So many working days before a share ends those who may share it anew are told."""


def share_last_day(first: dt.date, months: int = SHARE_MONTHS) -> dt.date:
    """The day at whose end a share of so many months ends that begins on a day; a month's last day where the day of the
    month is not in it.
    """
    month = first.month - 1 + months
    year, month = first.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(first.day, monthrange(year, month)[1]))


def share_ends(last_day: dt.date) -> dt.datetime:
    """The end of a day in London, at which the access of that day ends."""
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), LONDON).astimezone(dt.UTC)


def share_until(starts_at: dt.datetime, until: dt.datetime | None) -> dt.datetime:
    """When a share ends that begins at a moment and was to last until another, or says nothing of that."""
    return until or share_ends(share_last_day(local_date(starts_at)))


def share_too_long(starts_at: dt.datetime, until: dt.datetime) -> bool:
    """Whether a share would last longer than any may."""
    return until > share_ends(share_last_day(local_date(starts_at), SHARE_MOST_MONTHS))


def share_warn_until(now: dt.datetime, holidays: Holidays) -> dt.datetime:
    """The ends up to which people are warned now: the end of the tenth working day from today."""
    return share_ends(add_working_days(local_date(now), SHARE_WARN_DAYS, holidays))


def gateway_standing(agency_type: str) -> Gateway:
    """The gateway of access that nobody chose one for, because it comes with having reported or led a case: section 115
    towards the authorities it names, preventing crime towards others (docs/domain.md §6.7).
    """
    return Gateway.CDA_115 if AgencyType(agency_type).is_statutory_s115 else Gateway.PREVENT_CRIME


LED_PURPOSE = "Leads the case"
"""The purpose of the access of an agency that did not log the case it leads."""
KEPT_PURPOSE = "Led the case before it moved: goes on with what it began"
"""The purpose of the access of an agency that led the case before."""

OVERRIDE_DAYS, REQUEST_DAYS = 2, 5
"""Working days after which an override or a request that nobody answered expires."""


def answer_due(asked_at: dt.datetime, days: int, holidays: Holidays) -> dt.datetime:
    """Until when somebody may answer: 17:00 on that working day."""
    return due_at(asked_at, days, holidays)


def answer_remind(expires_at: dt.datetime, holidays: Holidays) -> dt.datetime:
    """When those who have not answered are reminded: the working day before, when offices open."""
    day = add_working_days(local_date(expires_at), -1, holidays)
    return dt.datetime.combine(day, OFFICE_OPENS, LONDON).astimezone(dt.UTC)
