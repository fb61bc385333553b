"""Reads of victims: one record, and what is said of it on a page."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Func, IntegerField, OuterRef, QuerySet, Subquery

from kernel import clock
from kernel.actors import Actor
from victims.choices import CONTACT_FIELDS, CONTACT_GROUP, ContactMethod, Language, SensitiveGroup, YesNoUnknown
from victims.models import Victim, VictimAccess, VictimSensitive
from victims.rules import windows_parse

CONTACT_RANK = 3
"""From this rank of access (contribute; docs/permissions.md) somebody needs to contact the victim."""

Row = tuple[str, str]


def victim_get(*, actor: Actor, ref: str) -> Victim:
    """A victim that the actor may see, with `rank`, the highest rank of access on one of their cases. One query.

    Raises Victim.DoesNotExist, the same for what is out of scope and what is not there.
    """
    return victims_ranked(actor).get(ref=ref)


def victims_ranked(actor: Actor) -> QuerySet[Victim]:
    """The victims that the actor may see, each with `rank`, for `victim_shown`."""
    rows = VictimAccess.objects.visible_to(actor).filter(victim_id=OuterRef("pk"))
    rank = Func("case_id", function="hatecase_case_level", output_field=IntegerField())
    best = rows.annotate(rank=rank).order_by("-rank").values("rank")[:1]
    return Victim.objects.visible_to(actor).annotate(rank=Subquery(best))


def may_contact(victim: Victim) -> bool:
    """Whether the actor for whom `victim_get` was asked may need to make contact, and change the record."""
    return (getattr(victim, "rank", None) or 0) >= CONTACT_RANK


def victim_filtered(victim: Victim, groups: frozenset[str]) -> Victim:
    """The record as a reader may have it who is shown these groups of fields: what says how to reach the person is
    None unless it is among them (docs/domain.md §5.4). A copy, never to be saved. No query.
    """
    filtered = copy.copy(victim)
    if CONTACT_GROUP not in groups:
        for name in CONTACT_FIELDS:
            setattr(filtered, name, None)
    return filtered


def sensitive_texts(
    *, actor: Actor, victims: Iterable[Victim], groups: frozenset[str]
) -> defaultdict[uuid.UUID, dict[str, str]]:
    """What is extra-sensitive of some victims, by victim and group, for who has opened these groups.

    No query where none of them is open, else one; both walls ask once more whether they are.
    """
    found: defaultdict[uuid.UUID, dict[str, str]] = defaultdict(dict)
    wanted = [group for group in SensitiveGroup.values if group in groups]
    people = [victim.pk for victim in victims]
    if wanted and people:
        rows = VictimSensitive.objects.visible_to(actor).filter(victim_id__in=people, group__in=wanted)
        for row in rows:
            found[row.victim_id][row.group] = row.text
    return found


def sensitive_get(*, actor: Actor, victim: Victim, group: str) -> VictimSensitive | None:
    """What is recorded in one group, for who has opened it; None where nothing is, or it is not open. One query."""
    return VictimSensitive.objects.visible_to(actor).filter(victim=victim, group=group).first()


def sensitive_rows(texts: dict[str, str], groups: frozenset[str]) -> list[Row]:
    """The groups that are shown, as a page lists them: what is recorded, or that nothing is."""
    return [
        (str(group.label), texts.get(group.value, "Nothing recorded"))
        for group in SensitiveGroup
        if group.value in groups
    ]


@dataclass(frozen=True)
class VictimShown:
    """A victim's record as its reader may see it, on the page and by machine alike.

    `near` is the record for those who may need to make contact, else None: their date of birth, what they need, how
    contact is safe; and how to reach them, where that group of fields is shown (docs/domain.md §5.4). `sensitive` is
    what is recorded in the extra-sensitive groups that are shown.
    """

    ref: str
    display_name: str
    organisation: str
    given_name: str
    family_name: str
    age: int | None
    language: str
    language_text: str
    wish_share_police: str
    wish_share_council: str
    wish_share_support: str
    wishes: list[Row]
    wishes_at: dt.datetime | None
    wishes_how: str
    near: Victim | None
    reachable: bool
    sensitive: dict[str, str | None]


def victim_shown(
    victim: Victim, groups: frozenset[str] = frozenset(), texts: dict[str, str] | None = None
) -> VictimShown:
    """A victim of `victim_get` as the actor for whom it was asked may see them, who is shown these groups of fields,
    with the `sensitive_texts` of those. No query.
    """
    return VictimShown(
        ref=victim.ref,
        display_name=victim.display_name,
        organisation=victim.organisation,
        given_name=victim.given_name,
        family_name=victim.family_name,
        age=age_of(victim.date_of_birth),
        language=victim.language,
        language_text=language_text(victim),
        wish_share_police=victim.wish_share_police,
        wish_share_council=victim.wish_share_council,
        wish_share_support=victim.wish_share_support,
        wishes=wish_rows(victim),
        wishes_at=victim.wishes_at,
        wishes_how=victim.wishes_how,
        near=victim_filtered(victim, groups) if may_contact(victim) else None,
        reachable=may_contact(victim) and CONTACT_GROUP in groups,
        sensitive={g: (texts or {}).get(g, "") if g in groups else None for g in SensitiveGroup.values},
    )


def age_of(born: dt.date | None, on: dt.date | None = None) -> int | None:
    """A person's age in years today, or on a day; None where the date of birth is not known."""
    if born is None:
        return None
    day = on or clock.today()
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def language_text(victim: Victim) -> str:
    """The language or format the victim uses."""
    if victim.language == Language.OTHER:
        return victim.language_other or Language.OTHER.label
    return Language(victim.language).label


def contact_rows(victim: Victim) -> list[Row]:
    """Address, telephone and e-mail, for those who are shown how to reach the victim."""
    address = ", ".join(filter(None, (victim.address, victim.postcode)))
    return [("Phone", victim.phone), ("Email", victim.email), ("Address", address)]


def safe_contact_rows(victim: Victim) -> list[Row]:
    """What has to be known before anybody makes contact, what matters most first (docs/domain.md §10.4).

    What was not said, or is not shown, is left out; questions without an answer stand together at the end, so that
    nobody takes silence for a yes.
    """
    rows = [
        ("Do not contact", "\n".join(window.label for window in windows_parse(victim.do_not_contact))),
        ("Safe ways to make contact", _channels(victim.safe_channels)),
        ("Safe to leave a message", _said(victim.safe_to_leave_message)),
        ("Safe to say who is calling", _said(victim.safe_to_say_who)),
        ("Letters are safe", _said(victim.letters_safe)),
        ("Code word", victim.code_word),
        ("People who must not know", victim.unsafe_people),
        ("Phone or email shared with others", "Yes" if victim.shared_device else ""),
        ("Someone else to contact", victim.alternative_contact),
        ("Interpreter", _interpreter(victim)),
        ("Prefers to speak with", _preferred(victim)),
        (NOT_ASKED, "\n".join(_not_asked(victim))),
    ]
    return [row for row in rows if row[1]]


NOT_ASKED = "Not asked yet"
"""Above the questions about safe contact to which there is no answer."""


def _not_asked(victim: Victim) -> list[str]:
    """The questions about safe contact without an answer; of what only some are shown nothing is said."""
    unasked = YesNoUnknown.NOT_ASKED
    questions = [
        ("Which ways are safe", not victim.safe_channels),
        ("Whether it is safe to leave a message", victim.safe_to_leave_message == unasked),
        ("Whether it is safe to say who is calling", victim.safe_to_say_who == unasked),
        ("Whether letters are safe", victim.letters_safe == unasked),
        ("At which times nobody may contact them", not victim.do_not_contact),
        ("Who must not know", not victim.unsafe_people),
    ]
    return [question for question, open_still in questions if open_still]


def wish_rows(victim: Victim) -> list[Row]:
    """What the victim said about sharing (docs/domain.md §6.7)."""
    return [
        ("Police", victim.get_wish_share_police_display()),
        ("Council", victim.get_wish_share_council_display()),
        ("Support services", victim.get_wish_share_support_display()),
    ]


def _channels(channels: list[str]) -> str:
    return ", ".join(str(ContactMethod(channel).label) for channel in channels)


def _said(answer: str) -> str:
    return "" if answer == YesNoUnknown.NOT_ASKED else str(YesNoUnknown(answer).label)


def _interpreter(victim: Victim) -> str:
    if not victim.interpreter_needed:
        return ""
    return ". ".join(filter(None, (f"Needed: {language_text(victim)}", victim.interpreter_note)))


def _preferred(victim: Victim) -> str:
    return "" if victim.preferred_worker == "no_preference" else victim.get_preferred_worker_display()
