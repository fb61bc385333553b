"""The ways that a report can take out of triage: which are open, and why the others are not. Rules: docs/domain.md §1.4, §10.2.

The table below is what decides, what the page of a report shows and what a supervisor reads under *Ways out of triage*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from incidents.choices import STATUS_STEPS, CaseStatus, Classification


class Route(StrEnum):
    """One way out of triage."""

    ACCEPT = "accept"
    JOIN = "join"
    TRANSFER = "transfer"
    ASK_BACK = "ask_back"
    OUT_OF_AREA = "out_of_area"
    NOT_HATE = "not_hate"
    ASB = "asb"
    NO_RECORD = "no_record"
    HATE_FACTOR = "hate_factor"
    CRIME = "crime"


@dataclass(frozen=True)
class RouteFacts:
    """How a report and the person who looks at it stand.

    `triages` and `decides` say what they are in the lead agency, `manages` that they may change the case, `by_name` that
    only named people open it, `proposal_waits` that a second person is awaited, `askable` that somebody can be asked,
    `records_crimes` that they sort reports for a police force that may add to the case.
    """

    classification: str = Classification.UNDETERMINED
    status: str = CaseStatus.NEW
    manages: bool = True
    triages: bool = True
    decides: bool = False
    by_name: bool = False
    proposal_waits: bool = False
    askable: bool = True
    records_crimes: bool = False


@dataclass(frozen=True)
class Need:
    """Something that a way asks for, and the sentence told where it is not so. `role`: it is asked of the person."""

    holds: Callable[[RouteFacts], bool]
    otherwise: str
    role: bool = False


@dataclass(frozen=True)
class RouteRule:
    """One way: what it is called, what it does, what it asks for, whether two people take it."""

    route: Route
    label: str
    does: str
    needs: tuple[Need, ...]
    two_people: bool = False


_DECIDED = (Classification.NOT_HATE, Classification.NO_RECORD)
"""What two people decided, and what closed the case."""

_FACTOR_FOUND_IN = (Classification.ASB, *_DECIDED)

_OPEN = Need(lambda f: CaseStatus(f.status).is_open, "The case is not open.")
_MANAGES = Need(lambda f: f.manages, "Your agency reads this case and does not manage it.", role=True)
_TRIAGES = Need(lambda f: f.triages, "Only somebody who sorts reports for the lead agency does this.", role=True)
_DECIDES = Need(
    lambda f: f.decides, "The lead agency’s single point of contact, a deputy or a manager does this.", role=True
)
_MERGES = Need(
    lambda f: CaseStatus.MERGED in STATUS_STEPS[CaseStatus(f.status)],
    "A case that is on hold or monitored is set back to open before it is joined.",
)
_SHARED = Need(lambda f: not f.by_name, "Only named people open this case. Choose first who can open it.")
_ASKABLE = Need(lambda f: f.askable, "Nobody who reported it can see the case, so there is nobody to ask here.")
_FREE = Need(lambda f: not f.proposal_waits, "A proposal waits for a second person. It is decided first.")
_HATE = Need(
    lambda f: Classification(f.classification).counts_as_hate,
    "It is not recorded as hate, so there is nothing to change.",
)
_NOT_NO_RECORD = Need(lambda f: f.classification != Classification.NO_RECORD, "It is not to be recorded already.")
_HERE = Need(lambda f: f.classification != Classification.OUT_OF_AREA, "It is outside the county already.")
_FACTOR = Need(
    lambda f: f.classification in _FACTOR_FOUND_IN,
    "It is recorded neither as anti-social behaviour nor as not hate.",
)
_OPEN_OR_NOT_HATE = Need(
    lambda f: CaseStatus(f.status).is_open or f.classification == Classification.NOT_HATE, "The case is not open."
)
_REOPENS = Need(
    lambda f: CaseStatus(f.status).is_open or f.triages,
    "Only somebody who sorts reports for the lead agency opens a case again.",
    role=True,
)
_RECORDS = Need(
    lambda f: f.records_crimes,
    "Only the police say that a crime is recorded: somebody who sorts reports for a force that may add to the case.",
    role=True,
)
_FACTOR_FIRST = Need(
    lambda f: f.classification not in _FACTOR_FOUND_IN,
    "It is not recorded as hate. Say first which hate factor was found.",
)
_NOT_DECIDED = Need(
    lambda f: f.classification not in _DECIDED,
    "Two people decided that it is not hate, or not to be recorded. Say first which hate factor was found.",
)

ROUTES: tuple[RouteRule, ...] = (
    RouteRule(
        Route.ACCEPT,
        "Accept it",
        "Confirms priority and classification and names who works it. The triage decision is met.",
        (_MANAGES, _TRIAGES, _OPEN, _NOT_DECIDED),
    ),
    RouteRule(
        Route.JOIN,
        "Join it to another case",
        "Its incidents go to a case that is open already; reports of the same event count once. It can be undone.",
        (_MANAGES, _OPEN, _MERGES),
    ),
    RouteRule(
        Route.TRANSFER,
        "Move it to another lead agency",
        "The other agency leads the whole case. Time limits go on from the first receipt.",
        (_MANAGES, _DECIDES, _OPEN, _SHARED),
    ),
    RouteRule(
        Route.ASK_BACK,
        "Ask back",
        "Asks the agency that reported it, or a colleague to ask the reporter, by a task. The report waits in triage;"
        " its time limits go on.",
        (_MANAGES, _TRIAGES, _OPEN, _ASKABLE),
    ),
    RouteRule(
        Route.OUT_OF_AREA,
        "Outside the county",
        "It leaves the figures; the case stays open until it is handed to the area that it belongs to.",
        (_MANAGES, _TRIAGES, _OPEN, _HERE, _NOT_DECIDED),
    ),
    RouteRule(
        Route.NOT_HATE,
        "Not hate",
        "Closes the case, stops its time limits and takes it out of the figures. Names go to the quarantine.",
        (_MANAGES, _TRIAGES, _OPEN, _HATE, _FREE),
        two_people=True,
    ),
    RouteRule(
        Route.ASB,
        "Anti-social behaviour without a hate factor",
        "Work goes on; the time limits of hate stop, and it leaves the figures. A hate factor can be found later.",
        (_MANAGES, _TRIAGES, _OPEN, _HATE, _FREE),
        two_people=True,
    ),
    RouteRule(
        Route.NO_RECORD,
        "Not to be recorded",
        "For what is trivial, irrational, malicious or without any basis. Closes the case and erases what would"
        " identify an alleged perpetrator.",
        (_MANAGES, _TRIAGES, _OPEN, _NOT_NO_RECORD, _FREE),
        two_people=True,
    ),
    RouteRule(
        Route.HATE_FACTOR,
        "A hate factor was found",
        "Makes a case of anti-social behaviour, one that was closed as not hate, or one that was not to be recorded and"
        " was opened again, a hate case with its history. The time limits of hate start then.",
        (_MANAGES, _FACTOR, _OPEN_OR_NOT_HATE, _REOPENS),
    ),
    RouteRule(
        Route.CRIME,
        "Record the crime, with its reference",
        "For the police, whichever agency leads. Who leads the case is told. The triage decision stays to be made.",
        (_RECORDS, _OPEN, _FACTOR_FIRST),
    ),
)


@dataclass(frozen=True)
class RouteState:
    """A way as it stands for one report: open, or why not."""

    rule: RouteRule
    closed_because: str = ""

    @property
    def open(self) -> bool:
        """Whether it can be taken."""
        return not self.closed_because


def routes(facts: RouteFacts) -> list[RouteState]:
    """Every way with the first thing that stands against it, in the order of the table."""
    return [RouteState(rule, need.otherwise if (need := shut_by(rule.route, facts)) else "") for rule in ROUTES]


def shut_by(route: Route, facts: RouteFacts) -> Need | None:
    """The first thing that stands against a way; None where it can be taken. Services ask this before they act."""
    return next((need for need in RULES[route].needs if not need.holds(facts)), None)


def reopening_shut(facts: RouteFacts) -> Need | None:
    """What stands against opening a closed case again: what two people decided, who sorts reports opens again."""
    return None if facts.classification not in _DECIDED or _REOPENS.holds(facts) else _REOPENS


RULES = {rule.route: rule for rule in ROUTES}
"""The rule of each way."""
