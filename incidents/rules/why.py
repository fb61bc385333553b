"""Why somebody can or cannot open a case: the rule that decides, in a sentence (docs/domain.md §5.3 to §5.5).

One order, the same that both walls keep: the account, the role, a conflict of interest (which information
governance's own emergency access alone passes), an emergency, the tier, the grants.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from incidents.choices import LEVEL_RANK, Level, Tier


@dataclass(frozen=True)
class GrantFact:
    """One agency's access: through which agency, how far in words, where it comes from, and when it ends."""

    agency: str
    rank: int
    level: str
    source: str
    until: dt.datetime | None = None
    given_by: str = ""


@dataclass(frozen=True)
class AccessFacts:
    """What decides about one person and one case.

    `casework` says that their roles open cases at all, `agreement` that the agreement of an agency of theirs lasts.
    `passes_conflict` is true of an emergency access of information governance.
    """

    name: str
    tier: str
    active: bool = True
    asleep: bool = False
    casework: bool = True
    agreement: bool = True
    excluded_person: bool = False
    excluded_agency: str = ""
    emergency_until: dt.datetime | None = None
    passes_conflict: bool = False
    named_level: str = ""
    own: str = ""
    grants: tuple[GrantFact, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Why:
    """The answer: whether the case opens, the rule in a sentence, and where it is changed: `people`, `agreements`,
    `conflicts`, `emergency`, `tier` or `share`.
    """

    opens: bool
    rule: str
    sentence: str
    change: str = ""


def why(facts: AccessFacts) -> Why:
    """The rule that decides, first match first."""
    return _shut_out(facts) or _by_conflict(facts) or _by_name(facts) or _by_share(facts)


def _shut_out(facts: AccessFacts) -> Why | None:
    who = facts.name
    if not facts.active:
        return Why(False, "account", f"{who}’s account is closed.", "people")
    if facts.asleep:
        return Why(False, "asleep", f"{who}’s account sleeps: nobody has signed in with it for too long.", "people")
    if not facts.agreement:
        return Why(False, "agreement", f"The sharing agreement of {who}’s agency has ended.", "agreements")
    if not facts.casework:
        return Why(False, "role", f"{who}’s role does not open cases.", "people")
    return None


def _by_conflict(facts: AccessFacts) -> Why | None:
    who, emergency = facts.name, facts.emergency_until is not None
    if facts.excluded_agency:
        sentence = f"{facts.excluded_agency} is kept out of the case. That beats every share."
        return Why(False, "conflict", sentence, "conflicts")
    if facts.excluded_person and not (emergency and facts.passes_conflict):
        return Why(False, "conflict", f"{who} has a conflict of interest. It beats every share.", "conflicts")
    if emergency:
        sentence = f"{who} opened the case by emergency access, which ends by itself."
        return Why(True, "emergency", sentence, "emergency")
    return None


def _by_name(facts: AccessFacts) -> Why | None:
    who = facts.name
    if facts.named_level:
        return Why(True, "named", f"{who} is named on the case ({facts.named_level.lower()}).", "tier")
    if facts.tier == Tier.OWN and facts.own:
        return Why(
            True, "own", f"{who} is {facts.own} of the lead agency, and the case is open to those only.", "tier"
        )
    if Tier(facts.tier).by_name:
        return Why(False, "tier", f"Only named people open this case, and {who} is not one of them.", "tier")
    return None


def _by_share(facts: AccessFacts) -> Why:
    best = max(facts.grants, key=lambda grant: grant.rank, default=None)
    if best is None:
        return Why(False, "share", f"The case is not shared with {facts.name}’s agency.", "share")
    if best.rank < LEVEL_RANK[Level.VIEW]:
        sentence = f"{best.agency} is told that the case exists and whom to ask, no more."
        return Why(False, "signpost", sentence, "share")
    return Why(True, "share", f"{best.agency} has access ({best.level.lower()}): {best.source}.", "share")
