"""Whether this is a moment and a way in which a victim may safely be contacted. Rules: docs/domain.md §10.4.

Times are London times. A window that ends before it starts runs over midnight and belongs to the day it starts on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from kernel.when import time_text
from kernel.working_days import LONDON
from victims.choices import ContactMethod, Weekday, YesNoUnknown

EVERY_DAY = frozenset(range(7))
_END_OF_DAY = ("24:00", "23:59")


@dataclass(frozen=True)
class Window:
    """Times at which nobody may contact the victim: from one time up to another, on some days of the week.

    ``days`` count from Monday = 0. Equal times mean the whole day.
    """

    starts: time
    ends: time
    days: frozenset[int] = EVERY_DAY

    @property
    def label(self) -> str:
        """The window in words, such as ``Monday and Tuesday, 10pm to 7am``."""
        times = "all day" if self.starts == self.ends else f"{time_text(self.starts)} to {time_text(self.ends)}"
        if self.days == EVERY_DAY:
            return f"Every day, {times}"
        names = [Weekday(str(day)).label for day in sorted(self.days)]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{listed}, {times}"

    def covers(self, moment: datetime) -> bool:
        """Whether an instant lies in the window. The end itself is outside."""
        local = moment.astimezone(LONDON)
        today, at = local.weekday(), local.time()
        if self.starts == self.ends:
            return today in self.days
        if self.starts < self.ends:
            return today in self.days and self.starts <= at < self.ends
        yesterday = (today - 1) % 7
        return (today in self.days and at >= self.starts) or (yesterday in self.days and at < self.ends)


@dataclass(frozen=True)
class SafeContact:
    """What the victim said about being contacted. Nothing said means nothing is ruled out."""

    channels: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    letters_safe: str = YesNoUnknown.NOT_ASKED


def windows_parse(rows: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Windows as they are stored: ``{"days": ["0", "1"], "from": "22:00", "to": "07:00"}``; no days means every day.

    Raises ``ValueError`` with a clear sentence for a time or a day that is none.
    """
    return tuple(
        Window(
            _time(row.get("from")),
            time(0) if row.get("to") in _END_OF_DAY else _time(row.get("to")),
            _days(row.get("days") or ()),
        )
        for row in rows
    )


def safe_contact_of(victim: Any) -> SafeContact:
    """What a victim's record says about contact."""
    return SafeContact(
        channels=frozenset(victim.safe_channels),
        windows=windows_parse(victim.do_not_contact),
        letters_safe=victim.letters_safe,
    )


def contact_problems(safe: SafeContact, at: datetime, method: str) -> tuple[str, ...]:
    """Why an outbound contact at an instant by a method is not safe, as sentences; empty when it is.

    With any problem the contact may be logged only as an emergency with a reason.
    """
    problems = [f"The victim asked not to be contacted: {w.label}." for w in safe.windows if w.covers(at)]
    label = ContactMethod(method).label.lower()
    letter_refused = method == ContactMethod.LETTER and safe.letters_safe == YesNoUnknown.NO
    if letter_refused:
        problems.append("The victim said that letters are not safe.")
    if safe.channels and method not in safe.channels and not letter_refused:
        allowed = ", ".join(m.label.lower() for m in ContactMethod if m.value in safe.channels)
        problems.append(f"The victim did not agree to contact by {label}. Safe ways: {allowed}.")
    return tuple(problems)


def _time(text: object) -> time:
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"“{text or ''}” is not a time. Use a time such as 17:30.") from None


def _days(given: Iterable[Any]) -> frozenset[int]:
    wanted = {str(day) for day in given}
    unknown = wanted - set(Weekday.values)
    if unknown:
        raise ValueError(f"“{min(unknown)}” is not a day of the week.")
    return frozenset(int(day) for day in wanted) or EVERY_DAY
