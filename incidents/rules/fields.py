"""Who is shown which group of fields in a case, and why (docs/domain.md §5.4).

A table of what each group asks for, and one order in which it is asked: the side, the level, the lead agency, the
share's own terms; then who works the case, then who has said why they need it. Values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from agencies.choices import Side
from incidents.choices.cases import LEVEL_RANK, Level
from incidents.choices.fields import FieldGroup

ASSIGNED_REASON = "assigned case"
"""The reason on record where somebody is shown a group because they work the case."""


@dataclass(frozen=True)
class GroupRule:
    """What a group asks for: the side it belongs to and the least level; whether only the lead agency may ever read
    it; whether those who work the case are shown it unasked; whether an agency's pack holds it.
    """

    side: Side
    level: Level
    lead_only: bool = False
    for_workers: bool = False
    in_packs: bool = False


_EXTRA_SENSITIVE = GroupRule(Side.VICTIM, Level.CONTRIBUTE)

GROUP_RULES: dict[FieldGroup, GroupRule] = {
    FieldGroup.VICTIM_CONTACT: GroupRule(Side.VICTIM, Level.CONTRIBUTE, for_workers=True),
    FieldGroup.TRANS_STATUS: _EXTRA_SENSITIVE,
    FieldGroup.HEALTH: _EXTRA_SENSITIVE,
    FieldGroup.IMMIGRATION_STATUS: _EXTRA_SENSITIVE,
    FieldGroup.REPORTER_IDENTITY: GroupRule(Side.VICTIM, Level.MANAGE, lead_only=True),
    FieldGroup.SUBJECT_IDENTITY: GroupRule(Side.PERPETRATOR, Level.VIEW, for_workers=True, in_packs=True),
}


@dataclass(frozen=True)
class FieldFacts:
    """How one reader stands to one case.

    `rank` is their level, `person` is false for an agency as the recipient of a pack, `leads` says that they read for
    the lead agency, `works` that they lead the case themself, have an open task in it or logged one of its incidents.
    `revealed` are the groups that they have said why they need and that are still open to them. `granted` are those
    that their agencies' shares cover; None where the shares name none.
    """

    rank: int
    sees_victims: bool = False
    sees_perpetrators: bool = False
    leads: bool = False
    works: bool = False
    person: bool = True
    revealed: frozenset[str] = field(default_factory=frozenset)
    granted: frozenset[str] | None = None


class FieldState(StrEnum):
    """What becomes of a group for a reader."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    NEVER = "never"


@dataclass(frozen=True)
class FieldDecision:
    """Whether a group is shown, hidden until a reason is given, or never shown; and the rule that decides."""

    state: FieldState
    rule: str

    @property
    def shown(self) -> bool:
        """Whether it is shown now."""
        return self.state == FieldState.SHOWN

    @property
    def can_ask(self) -> bool:
        """Whether the reader may see it at all: at once, or after saying why."""
        return self.state != FieldState.NEVER


def field_decide(group: FieldGroup, facts: FieldFacts) -> FieldDecision:
    """What becomes of a group of fields for a reader, by the first rule that says something."""
    rule = GROUP_RULES[group]
    refusal = _refusal(group, rule, facts)
    if refusal:
        return FieldDecision(FieldState.NEVER, refusal)
    if not facts.person:
        return FieldDecision(FieldState.SHOWN, "pack")
    if rule.for_workers and facts.works:
        return FieldDecision(FieldState.SHOWN, "assigned")
    if group in facts.revealed:
        return FieldDecision(FieldState.SHOWN, "revealed")
    return FieldDecision(FieldState.HIDDEN, "reason")


def _refusal(group: FieldGroup, rule: GroupRule, facts: FieldFacts) -> str:
    knows = facts.sees_victims if rule.side == Side.VICTIM else facts.sees_perpetrators
    if not knows:
        return "side"
    if facts.rank < LEVEL_RANK[rule.level]:
        return "level"
    if rule.lead_only and not facts.leads:
        return "lead"
    if facts.granted is not None and group not in facts.granted:
        return "share"
    if not facts.person and not rule.in_packs:
        return "person"
    return ""


def fields_decide(facts: FieldFacts) -> dict[FieldGroup, FieldDecision]:
    """The decision on every group, in the order of the groups."""
    return {group: field_decide(group, facts) for group in FieldGroup}


class Paper(StrEnum):
    """What a paper is: a case that somebody prints, or a briefing pack that is made for an agency, whoever asks for it."""

    CASE = "case"
    PACK = "pack"


def fields_printed(facts: FieldFacts, paper: Paper) -> dict[FieldGroup, FieldDecision]:
    """The decision on every group for a paper. A case that somebody prints holds what their agency's pack may, as far as
    they are shown it themselves now: a paper opens nothing that nobody said why they need.
    """
    pack = fields_decide(replace(facts, person=False))
    if paper == Paper.PACK:
        return pack
    own = fields_decide(facts)
    return {group: own[group] if pack[group].shown else pack[group] for group in FieldGroup}


def groups_shown(decisions: dict[FieldGroup, FieldDecision]) -> frozenset[FieldGroup]:
    """The groups that are shown."""
    return frozenset(group for group, decision in decisions.items() if decision.shown)


def groups_hidden(decisions: dict[FieldGroup, FieldDecision], among: Iterable[FieldGroup] = FieldGroup) -> list[str]:
    """The groups, among some, that the reader may ask for and has not been shown."""
    return [group.value for group in among if decisions[group].state == FieldState.HIDDEN]


# --- In words --------------------------------------------------------------------------------------

_NAMES = {
    FieldGroup.VICTIM_CONTACT: "The victim’s address and contact details",
    FieldGroup.TRANS_STATUS: "The victim’s trans status",
    FieldGroup.HEALTH: "What is recorded of the victim’s health",
    FieldGroup.IMMIGRATION_STATUS: "The victim’s immigration status",
    FieldGroup.REPORTER_IDENTITY: "Who reported, where it was not the victim,",
    FieldGroup.SUBJECT_IDENTITY: "An alleged perpetrator’s name and date of birth",
}
_PLURAL = frozenset({FieldGroup.VICTIM_CONTACT, FieldGroup.SUBJECT_IDENTITY})
_SIDES = {
    Side.VICTIM: "are not told to agencies that work with alleged perpetrators alone",
    Side.PERPETRATOR: "are not told to agencies that work with victims alone",
}
_LEVELS = {
    Level.VIEW: "need access to the case",
    Level.CONTRIBUTE: "need access at the level contribute or higher",
    Level.MANAGE: "need access at the level manage",
}


CHANGED_BY = {"level": "share", "share": "share", "assigned": "worker"}
"""Where who decides about the case changes a rule's answer: the share, or who works the case. The other rules stand."""


def field_why(group: FieldGroup, decision: FieldDecision, *, who: str = "") -> str:
    """Why a group is shown, hidden or never shown, as a sentence; about `who`, or about the reader themself.

    It tells a rule and nothing else: not whether anything is recorded.
    """
    rule, you = GROUP_RULES[group], who or "you"
    verbs = {
        "side": _SIDES[rule.side],
        "level": _LEVELS[rule.level],
        "lead": "are for the lead agency alone: a source is protected",
        "share": f"are not part of what was shared with {f'the agency of {who}' if who else 'your agency'}",
        "person": "are in no pack",
        "pack": "are in the pack of an agency that may know them",
        "assigned": f"are shown because {you} {'works' if who else 'work'} this case",
        "revealed": f"are shown because {you} said why {'they need' if who else 'you need'} them, for half an hour",
        "reason": f"are hidden until {you} {'says' if who else 'say'} why {'they need' if who else 'you need'} them",
    }
    return f"{_NAMES[group]} {_number(group, verbs[decision.rule])}."


def _number(group: FieldGroup, verb: str) -> str:
    if group in _PLURAL:
        return verb
    first, _, rest = verb.partition(" ")
    singular = {"are": "is", "need": "needs"}[first]
    return f"{singular} {rest}".replace(" them", " it")
