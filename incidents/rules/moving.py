"""Whether an incident may go from one case to another, with the sentence why not. Rules: docs/domain.md §1.4, §5.4, §10.2."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.choices import STATUS_STEPS, CaseStatus, Classification, Tier


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

    `widens` says that somebody could open the incident there who is kept out of it here; `unwanted` names the agencies
    that would newly see it although a victim does not want that; `whole` that all incidents go.
    """

    source: CaseFacts
    target: CaseFacts
    whole: bool = False
    widens: bool = False
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
        lambda f: f.widens,
        lambda f: (
            f"Somebody who can open {f.target.ref} must not see {f.source.ref}. Ask your single point of contact, who"
            " decides who can open each of them."
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
        back=True,
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
