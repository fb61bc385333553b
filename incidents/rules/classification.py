"""What another classification changes, in sentences that are shown before it is saved. Rules: docs/domain.md §1.4, §3.3.

A sentence tells a rule and nothing of what is recorded: who decides may not know everybody in the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from incidents.choices import CaseStatus, Classification, ClockKind

FOR_HATE = (ClockKind.K1, ClockKind.K3, ClockKind.K4, ClockKind.K5)
"""Clocks of a report of hate: to acknowledge it, to speak to the victim, to assess the risk, to refer for support."""

FOR_EVERY_REPORT = (ClockKind.K0, ClockKind.K2)
"""Clocks of anti-social behaviour as well: somebody looks at an urgent one, and a triager decides what it is."""


@dataclass(frozen=True)
class Change:
    """From one classification to another. `police_see_it` says that the police can read the case, `open_tasks` how many of
    its tasks are open, as far as who decides is told of them."""

    before: str
    after: str
    police_see_it: bool = False
    open_tasks: int = 0

    @property
    def closes(self) -> bool:
        """Whether the case closes: it is not hate, or not to be recorded."""
        return self.after in (Classification.NOT_HATE, Classification.NO_RECORD)

    @property
    def status_after(self) -> str:
        """The standing that the case is put in; empty where it stays."""
        return CaseStatus.CLOSED.value if self.closes else ""

    @property
    def drops_names(self) -> bool:
        """Whether names may not be kept any more."""
        return _keeps(self.before) and not _keeps(self.after)

    @property
    def stops(self) -> bool:
        """Whether clocks of a report of hate stop."""
        return self.closes or self.after == Classification.ASB

    @property
    def starts(self) -> bool:
        """Whether clocks of a report of hate start now."""
        return self.before in (Classification.ASB, Classification.NOT_HATE, Classification.NO_RECORD) and _counts(
            self.after
        )


def _keeps(value: str) -> bool:
    return Classification(value).keeps_names


def _counts(value: str) -> bool:
    return Classification(value).counts_as_hate


_EFFECTS: tuple[tuple[Callable[[Change], bool], str], ...] = (
    (
        lambda c: _counts(c.before) and not _counts(c.after),
        "Its incidents leave the figures of hate, and no longer make anybody a repeat victim.",
    ),
    (
        lambda c: not _counts(c.before) and _counts(c.after),
        "Its incidents count in the figures of hate, and for repeat victims.",
    ),
    (
        lambda c: c.after == Classification.NO_RECORD,
        "What identifies an alleged perpetrator is erased at once and for good, wherever it was written. A description stays.",
    ),
    (
        lambda c: c.drops_names and c.after != Classification.NO_RECORD,
        "Names of alleged perpetrators leave the record and wait in quarantine for 20 working days.",
    ),
    (
        lambda c: not _keeps(c.before) and _keeps(c.after),
        "Names of alleged perpetrators may be recorded. What waits in quarantine can be recorded by a triager.",
    ),
    (
        lambda c: c.after == Classification.CRIME_SUSPECTED and not c.police_see_it,
        "The police cannot see the case. Ask the victim and share it with them, or ask a supervisor for an override.",
    ),
    (
        lambda c: c.closes,
        "The case closes. Time limits that still run stop, and the triage decision is met. Somebody then has to tell the victim.",
    ),
    (
        # Outside the county it was anti-social behaviour already: nothing runs that could stop.
        lambda c: c.after == Classification.ASB and c.before != Classification.OUT_OF_AREA,
        "The case stays open. The time limits for answering, first contact, risk assessment and support referral stop.",
    ),
    (
        lambda c: c.starts,
        "The time limits for acknowledging it, first contact, risk assessment and support referral start now.",
    ),
    (
        lambda c: c.starts and c.after == Classification.UNDETERMINED,
        "It goes to the triage inbox, and the time limit for the triage decision starts now.",
    ),
    (
        lambda c: c.after == Classification.OUT_OF_AREA,
        "The case stays open until it is handed to the area that it belongs to. Its time limits go on.",
    ),
)

NOTHING_ELSE = "Nothing else changes. The decision and its reason are kept in the history."


def reason_needed(now: str, value: str) -> bool:
    """Whether a decision has to say why: one that changes an earlier one, and one that takes a case out of the figures."""
    return value != now and (now != Classification.UNDETERMINED or value == Classification.OUT_OF_AREA)


def effects(change: Change) -> list[str]:
    """What a change of classification does, as sentences. One that changes nothing says so."""
    if change.before == change.after:
        return [NOTHING_ELSE]
    found = [sentence for holds, sentence in _EFFECTS if holds(change)]
    if change.closes:
        found.append(_tasks(change.open_tasks))
    return found or [NOTHING_ELSE]


def _tasks(count: int) -> str:
    if count == 0:
        return "Tasks that are still open are withdrawn, and whoever was to do them is told."
    said = "1 task is still open. It is" if count == 1 else f"{count} tasks are still open. They are"
    return f"{said} withdrawn, and whoever was to do {'it' if count == 1 else 'them'} is told."
