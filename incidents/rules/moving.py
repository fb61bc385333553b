"""Whether an incident may go from one case to another, with the sentence why not. Rules: docs/domain.md §1.4, §5.4, §10.2."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from incidents.choices import BAND_RANK, STATUS_STEPS, CaseStatus, Classification, Tier


@dataclass(frozen=True)
class CaseFacts:
    """How a case stands, as far as moving an incident hangs on it."""

    ref: str
    status: str
    tier: str
    classification: str
    incidents: int


@dataclass(frozen=True)
class MoveFacts:
    """An incident's case and the case that it should go to.

    `widens` says that somebody new could open the incident there although only named people may here; `lead_out` that the
    agency that leads there is kept out here, and `lead_told` which one it is, where the mover may know; `unwanted` names
    the agencies that would newly see it although a victim does not want that; `whole` that all incidents go.
    """

    source: CaseFacts
    target: CaseFacts
    whole: bool = False
    widens: bool = False
    lead_out: bool = False
    lead_told: str = ""
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class MoveRule:
    """One reason against a move: when it holds, and what the person who asked is told; whether it also stands against
    taking the incidents back to where they were.
    """

    holds: Callable[[MoveFacts], bool]
    says: Callable[[MoveFacts], str]
    back: bool = False


def _named(facts: MoveFacts) -> bool:
    tiers = (Tier(facts.source.tier), Tier(facts.target.tier))
    return any(tier.by_name for tier in tiers) and tiers[0] != tiers[1]


def _counts(case: CaseFacts) -> bool:
    return Classification(case.classification).counts_as_hate


def _names(case: CaseFacts) -> bool:
    return Classification(case.classification).keeps_names


def _cannot_merge(facts: MoveFacts) -> bool:
    return facts.whole and CaseStatus.MERGED not in STATUS_STEPS[CaseStatus(facts.source.status)]


RULES: tuple[MoveRule, ...] = (
    MoveRule(
        lambda f: f.source.ref == f.target.ref,
        lambda f: f"The incident is in {f.source.ref} already. Choose another case.",
    ),
    MoveRule(
        lambda f: not CaseStatus(f.target.status).is_open,
        lambda f: f"{f.target.ref} is not open. Choose a case that is.",
    ),
    MoveRule(
        lambda f: not CaseStatus(f.source.status).is_open,
        lambda f: f"{f.source.ref} is not open. What is closed stays as it is.",
    ),
    MoveRule(
        lambda f: not f.whole and f.source.incidents < 2,
        lambda f: f"It is the only incident of {f.source.ref}. Join the two cases instead.",
    ),
    MoveRule(
        _cannot_merge,
        lambda f: (
            f"{f.source.ref} is “{CaseStatus(f.source.status).label}”. Set it back to open before you join it to"
            " another case."
        ),
    ),
    MoveRule(
        _named,
        lambda f: (
            f"Not the same people may open both cases: one of {f.source.ref} and {f.target.ref} is for named people"
            " only. Choose who can open it first."
        ),
        back=True,
    ),
    MoveRule(
        lambda f: f.lead_out and bool(f.lead_told),
        lambda f: (
            f"{f.lead_told}, which leads {f.target.ref}, is kept out of {f.source.ref} by a conflict of interest. Another"
            f" agency must lead {f.target.ref} first."
        ),
        back=True,
    ),
    # One sentence for what may not be told apart.
    MoveRule(
        lambda f: f.widens or f.lead_out,
        lambda f: (
            f"Incidents of {f.source.ref} cannot go to {f.target.ref} as the two stand. Ask your single point of contact,"
            " who decides who can open each of them."
        ),
        back=True,
    ),
    MoveRule(
        lambda f: bool(f.unwanted),
        lambda f: f"A victim does not want it shared with {' and '.join(f.unwanted)}, which can open {f.target.ref}.",
    ),
    MoveRule(
        lambda f: _counts(f.source) != _counts(f.target),
        lambda f: (
            f"One of {f.source.ref} and {f.target.ref} counts as hate and the other does not. Change the classification"
            " of one of them first."
        ),
    ),
    MoveRule(
        lambda f: _names(f.source) and not _names(f.target),
        lambda f: (
            f"In {f.source.ref} a crime is suspected and in {f.target.ref} it is not, so names could not be kept."
            f" Change the classification of {f.target.ref} first."
        ),
    ),
)
"""Asked in this order; the first one that holds is told."""


def move_refusal(facts: MoveFacts) -> str:
    """Why an incident may not go to the other case; empty where it may."""
    return next((rule.says(facts) for rule in RULES if rule.holds(facts)), "")


def back_refusal(facts: MoveFacts) -> str:
    """Why incidents may not go back: what has changed since stands against it. Empty where they may."""
    return next((rule.says(facts) for rule in RULES if rule.back and rule.holds(facts)), "")


@dataclass(frozen=True)
class Report:
    """One report of an event, by when the first partner got it."""

    pk: int
    received_at: datetime


def first_report(reports: Iterable[Report]) -> Report:
    """Which of several reports of one event stands for it: the one received first (docs/domain.md §3.1)."""
    return min(reports, key=lambda report: (report.received_at, report.pk))


class Follows(Enum):
    """What becomes of the rows about a case whose incidents go to another one."""

    INCIDENT = "go with the incident or clock that they belong to, and come back with it"
    JOIN = "go when the whole case is joined, and come back when it is parted"
    STAYS = "stay in the case, to be read there"
    SETTLED = "stay, and stop waiting for anything while the case is merged"
    DERIVED = "are worked out anew for both cases"
    OWN = "say who may see that very case"
    BOTH = "hold in the other case too, and when they are parted in both what was said meanwhile"
    HISTORY = "are the history of the move itself"


FOLLOWS: dict[str, Follows] = {
    "incidents.Incident.case": Follows.INCIDENT,
    "incidents.Characteristic.case": Follows.INCIDENT,
    "incidents.Party.case": Follows.INCIDENT,
    "incidents.SubjectReport.case": Follows.INCIDENT,
    "incidents.OnlinePost.case": Follows.INCIDENT,
    "incidents.OnlineAccount.case": Follows.INCIDENT,
    "incidents.FieldCorrection.case": Follows.INCIDENT,
    "incidents.ClockPause.case": Follows.INCIDENT,
    "incidents.KeyEvent.case": Follows.INCIDENT,
    "incidents.Clock.case": Follows.JOIN,
    "incidents.Task.case": Follows.JOIN,
    "incidents.InvolvedPerson.case": Follows.JOIN,
    "incidents.PersonTie.case": Follows.JOIN,
    "incidents.UpdateAgreement.case": Follows.JOIN,
    "incidents.Note.case": Follows.STAYS,
    "incidents.Contact.case": Follows.STAYS,
    "incidents.RiskAssessment.case": Follows.STAYS,
    "incidents.RiskDraft.case": Follows.STAYS,
    "incidents.Evidence.case": Follows.STAYS,
    "incidents.Letter.case": Follows.STAYS,
    "incidents.SupportReferral.case": Follows.STAYS,
    "incidents.ActionPlan.case": Follows.STAYS,
    "incidents.CaseClosure.case": Follows.STAYS,
    "incidents.CaseClosure.duplicate_of": Follows.STAYS,
    "incidents.Handover.case": Follows.STAYS,
    "incidents.ClassificationChange.case": Follows.STAYS,
    "incidents.PriorityChange.case": Follows.STAYS,
    "incidents.CaseChange.case": Follows.STAYS,
    "incidents.JustDecided.case": Follows.STAYS,
    "incidents.StruckText.case": Follows.STAYS,
    "incidents.WishOverride.case": Follows.STAYS,
    "incidents.AccessRequest.case": Follows.STAYS,
    "incidents.Breach.case": Follows.STAYS,
    "hasbag.AgendaItem.case": Follows.STAYS,
    "hasbag.AgendaProposal.case": Follows.STAYS,
    "hasbag.Referral.case": Follows.STAYS,
    "incidents.ClassificationProposal.case": Follows.SETTLED,
    "incidents.CaseNames.case": Follows.DERIVED,
    "incidents.CaseSearch.case": Follows.DERIVED,
    "incidents.CaseWords.case": Follows.DERIVED,
    "incidents.CaseAccess.case": Follows.DERIVED,
    "incidents.CaseGrant.content_object": Follows.OWN,
    "incidents.CasePerson.case": Follows.OWN,
    "incidents.CaseExclusion.case": Follows.BOTH,
    "incidents.EmergencyAccess.case": Follows.OWN,
    "incidents.Reveal.case": Follows.OWN,
    "incidents.WorkerShown.case": Follows.OWN,
    "incidents.CaseVisit.case": Follows.OWN,
    "incidents.Case.merged_into": Follows.HISTORY,
    "incidents.IncidentMove.from_case": Follows.HISTORY,
    "incidents.IncidentMove.to_case": Follows.HISTORY,
    "incidents.CaseMoved.case": Follows.HISTORY,
}
"""Decided for every table that leads to a case: what is needed to go on working goes, what says what was done stays.

What stays was written for the people of that case, and is read there by them; nobody else comes to see it by a move.
"""


def band_joined(one: str, other: str) -> str:
    """The band of two cases that become one: the higher; it stands until the next assessment (docs/domain.md §2.3)."""
    return max(one, other, key=lambda band: BAND_RANK.get(band, 0))


@dataclass(frozen=True)
class Running:
    """A clock that runs for a whole case."""

    pk: int
    kind: str
    due_at: datetime


def clocks_joined(
    going: Iterable[Running], there: Iterable[Running], each: frozenset[str]
) -> tuple[set[int], set[int]]:
    """Which clocks of a case go along when it is joined to another, and which of both stop: of one kind the one due
    first runs on, save those of `each`, of which every one has an event of its own (docs/domain.md §3.1).
    """
    first = {row.kind: row for row in there}
    went: set[int] = set()
    stopped: set[int] = set()
    for row in sorted(going, key=lambda row: (row.due_at, row.pk)):
        rival = None if row.kind in each else first.get(row.kind)
        if rival is not None and rival.due_at <= row.due_at:
            stopped.add(row.pk)
            continue
        if rival is not None:
            stopped.add(rival.pk)
        went.add(row.pk)
        first[row.kind] = row
    return went, stopped
