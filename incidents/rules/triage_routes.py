"""The ways that a report can take out of triage: which are open, and why the others are not. Rules: docs/domain.md §1.4, §10.2.

The table below is what decides, what the page of a report shows and what a supervisor reads under *Ways out of triage*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from incidents.choices import CaseStatus, Classification


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


@dataclass(frozen=True)
class RouteFacts:
    """How a report and the person who looks at it stand.

    `triages` and `decides` say what they are in the lead agency, `manages` that they may change the case, `by_name` that
    only named people open it, `proposal_waits` that a second person is awaited, `askable` that somebody can be asked.
    """

    classification: str = Classification.UNDETERMINED
    status: str = CaseStatus.NEW
    manages: bool = True
    triages: bool = True
    decides: bool = False
    by_name: bool = False
    proposal_waits: bool = False
    askable: bool = True


@dataclass(frozen=True)
class Need:
    """Something that a way asks for, and the sentence told where it is not so."""

    holds: Callable[[RouteFacts], bool]
    otherwise: str


@dataclass(frozen=True)
class RouteRule:
    """One way: what it is called, what it does, what it asks for, whether two people take it."""

    route: Route
    label: str
    does: str
    needs: tuple[Need, ...]
    two_people: bool = False


_OPEN = Need(lambda f: CaseStatus(f.status).is_open, "The case is not open.")
_MANAGES = Need(lambda f: f.manages, "Your agency reads this case and does not manage it.")
_TRIAGES = Need(lambda f: f.triages, "Only somebody who sorts reports for the lead agency does this.")
_DECIDES = Need(lambda f: f.decides, "The lead agency’s single point of contact, a deputy or a manager does this.")
_SHARED = Need(lambda f: not f.by_name, "Only named people open this case. Choose first who can open it.")
_ASKABLE = Need(lambda f: f.askable, "Nobody who reported it can see the case, so there is nobody to ask here.")
_FREE = Need(lambda f: not f.proposal_waits, "A proposal waits for a second person. It is decided first.")
_HATE = Need(
    lambda f: Classification(f.classification).counts_as_hate,
    "It is not recorded as hate, so there is nothing to change.",
)
_NOT_NO_RECORD = Need(lambda f: f.classification != Classification.NO_RECORD, "It is not to be recorded already.")
_HERE = Need(lambda f: f.classification != Classification.OUT_OF_AREA, "It is outside the county already.")
_ASB = Need(
    lambda f: f.classification == Classification.ASB,
    "It is not anti-social behaviour: it is recorded as hate already.",
)

ROUTES: tuple[RouteRule, ...] = (
    RouteRule(
        Route.ACCEPT,
        "Accept it",
        "Confirms priority and classification and names who works it. The triage decision is met.",
        (_MANAGES, _TRIAGES, _OPEN),
    ),
    RouteRule(
        Route.JOIN,
        "Join it to another case",
        "Its incidents go to a case that is open already; reports of the same event count once. It can be undone.",
        (_MANAGES, _TRIAGES, _OPEN),
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
        (_MANAGES, _TRIAGES, _OPEN, _HERE),
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
        "Makes a case of anti-social behaviour a hate case, with its history. The time limits of hate start then.",
        (_MANAGES, _OPEN, _ASB),
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
    return [
        RouteState(rule, next((need.otherwise for need in rule.needs if not need.holds(facts)), "")) for rule in ROUTES
    ]


def routes_open(facts: RouteFacts) -> set[Route]:
    """The ways that can be taken."""
    return {state.rule.route for state in routes(facts) if state.open}
