"""Searching for a canary: who may not find it gets the same bytes as for a word that stands nowhere."""

from __future__ import annotations

from tests.sweep import truth
from tests.sweep.canaries import Canary, keys
from tests.sweep.doors import Door
from tests.sweep.reading import everything, plain
from tests.sweep.walk import Walk

NOWHERE = "Qzvaeiou"
"""As long as a canary's word, and no canary: it has vowels."""

PAGES = (
    Door("incidents:cases", "get", None, "/cases/"),
    Door("api:cases", "get", None, "/api/v1/cases/", api=True),
)
NOBODYS = "020 7946 0018"
"""A telephone number that is no canary."""
IN_SEARCH = frozenset(
    {"Case.summary", "Incident.narrative", "Note.text", "Victim.given_name", "Victim.family_name", "Victim.phone"}
)
"""The fields by which a case must be found by whoever may read them."""


def search(walk: Walk, asker: str, canary: Canary, page: Door = PAGES[0]) -> None:
    """Look for one canary as one of the cast. Nothing may come of it but what the truth lets them find by it."""
    word = canary.text
    answer = walk.send(asker, page, page.url, {"q": word})
    walk.result.searches += 1
    nothing = _nothing(walk, asker, page, nowhere(canary))
    walk.look_searched(asker, f"search {page.route}", answer, canary)
    hit = plain(answer, word) != nothing
    if hit and not findable(asker, canary):
        walk.result.leaks.append(f"LEAK {asker}: {page.route}?q= tells of {canary}")
    must = canary.field in IN_SEARCH and findable(asker, canary)
    if must and walk.garden.cases[canary.case].ref not in set(keys(everything(answer))):
        walk.result.missing.append(f"MISSING {asker}: {page.route}?q= does not find {canary}")


def _nothing(walk: Walk, asker: str, page: Door, word: str) -> str:
    """What a search answers for a word, or a reference, that stands nowhere."""
    known = walk.nowhere.get((asker, page.route, word))
    if known is None:
        known = plain(walk.send(asker, page, page.url, {"q": word}), word)
        walk.nowhere[asker, page.route, word] = known
    return known


def nowhere(canary: Canary) -> str:
    """What stands nowhere and is asked for in the same way: a reference is looked up, a number compared, a word searched."""
    if canary.field.endswith(".ref"):
        return f"{canary.text[:6]}ZZZZZZ"
    return NOBODYS if canary.text.startswith("0") else NOWHERE


def findable(asker: str, canary: Canary) -> bool:
    """Whether a search by this asker may lead to the case by this word (docs/domain.md §5.4, §5.5): texts and the names
    of their side; of what is a group of fields an alleged perpetrator's name where a share covers it, and a victim's whole
    number where they may ask for it; and no RESTRICTED case by any word; by its reference those who are named on it.
    """
    words = not canary.field.endswith(".ref")
    if not canary.case or (canary.case == "restricted" and words) or truth.PEOPLE[asker].governs:
        return False
    if canary.field == "Victim.phone":
        return truth.may_ask(asker, canary.case, truth.CONTACT)
    if canary.kind in ("subject_identity", "subject_spoken"):
        told = truth.CASES[canary.case]
        granted = truth.granted(asker, canary.case, truth.SUBJECT)
        return truth.level(asker, canary.case) >= 2 and granted and told.keeps_names
    searched = canary.kind in (
        "ref",
        "text",
        "text_ref",
        "victim",
        "victim_ref",
        "subject",
        "subject_ref",
        "note",
        "task",
    )
    return searched and truth.may(asker, canary)
