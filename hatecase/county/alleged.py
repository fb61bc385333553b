"""Alleged perpetrators: described, or named where a crime is suspected or recorded (docs/domain.md §1.4).

Where somebody said who it was but the name may not be kept, it waits in the quarantine of a recent case, and is gone
from an older one.
"""

from __future__ import annotations

import re
from datetime import timedelta

from agencies.choices import District
from hatecase.county.dice import Dice, References, Table
from hatecase.county.people import name_given
from hatecase.county.pool import Pool
from hatecase.county.reporting import NAMES_REPORTED
from hatecase.county.scenes import Event
from hatecase.county.shapes import Alleged, Report
from hatecase.county.words import Voice, listed
from perpetrators.choices import PerpetratorStatus, Relationship

_CULTURES = Table(
    (
        ("british", 76),
        ("irish", 3),
        ("polish", 4),
        ("romanian", 3),
        ("pakistani", 3),
        ("caribbean", 3),
        ("african", 3),
        ("indian", 2),
        ("lithuanian", 2),
        ("turkish", 1),
    )
)
_AGES = Table((((12, 17), 20), ((18, 29), 30), ((30, 49), 32), ((50, 75), 18)))
_SCHOOL_AGES = (11, 17)
_MALE, _WOMEN = re.compile(r"\b(?:man|men|lads?|boys?|son)\b"), 0.3
_AGAIN, _NAMED_BY_POLICE = 0.3, 0.16


class Alleging:
    """Makes alleged perpetrators, some of them for the second time. Counts the human beings behind the records."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._known: Pool[Alleged] = Pool(most=150)
        self._count = 0

    def make(
        self, report: Report, lead: str, district: District, dice: Dice, *, keep_name: bool, voice: Voice
    ) -> None:
        """Put the alleged perpetrators of a report on it."""
        event = report.event
        if event.known is Relationship.NOT_KNOWN and not dice.chance(0.25):
            return
        named = dice.chance(NAMES_REPORTED.get(event.known, 0)) or (lead == "POL" and dice.chance(_NAMED_BY_POLICE))
        # Somebody who was described in the same way, by the same agency, in the same district.
        key = f"{lead} {district} {event.description}"
        if named and keep_name and dice.chance(_AGAIN):
            found = self._known.pick(key, report.received_at, dice)
            if found is not None:
                report.alleged.append((found, False))
                return
        person = self._person(report, district, dice, voice)
        if named:
            self._name(person, event, report, dice, keep_name=keep_name)
        report.alleged.append((person, True))
        if person.status == PerpetratorStatus.NAMED:
            self._known.add(key, report.received_at, person)

    def _person(self, report: Report, district: District, dice: Dice, voice: Voice) -> Alleged:
        event = report.event
        self._count += 1
        status = PerpetratorStatus.DESCRIBED if event.description else PerpetratorStatus.UNKNOWN
        near = event.known in (Relationship.NEIGHBOUR, Relationship.SIGHT, Relationship.SCHOOL)
        return Alleged(
            ref=self._references.next("HA", report.entered_at.year),
            uid=dice.uid(),
            status=status.value,
            description=voice.say_raw(event.description)[:300],
            relationship=event.known.value,
            district=district.value if near else "",
            agency=report.agency,
            created_at=report.entered_at,
            number=self._count,
        )

    @staticmethod
    def _name(person: Alleged, event: Event, report: Report, dice: Dice, *, keep_name: bool) -> None:
        culture = dice.draw(_CULTURES)
        woman = "oman" in event.who or (not _MALE.search(event.who) and dice.chance(_WOMEN))
        given = name_given(culture, "woman" if woman else "man", dice).partition("/")[0]
        family = dice.pick(listed("names", f"{culture} family")).partition("/")[0]
        low, high = _SCHOOL_AGES if event.known is Relationship.SCHOOL else dice.draw(_AGES)
        born = report.received_at.date() - timedelta(days=int((dice.whole(low, high) + dice.random() * 0.9) * 365.25))
        if keep_name:
            person.status = PerpetratorStatus.NAMED.value
            person.given_name, person.family_name = given, family
            person.date_of_birth = born if dice.chance(0.6) else None
        else:
            person.status = PerpetratorStatus.DESCRIBED.value
            person.reported = {"given_name": given, "family_name": family}
