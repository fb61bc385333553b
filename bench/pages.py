"""The pages and the API, asked in turn by agencies that see little, a tenth and most of the county."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from agencies.models import User
from bench.casework import casework
from bench.measure import Browser, Timing, timing

FILTERS = (
    "status=open&status=new",
    "strand=RAC",
    "strand=TRN",
    "district=E07000154",
    "band=high",
    "district=E07000150&strand=DIS&status=closed",
)
FIGURES = ("", "?show=RAC", "?show=E07000154", "?period=1&show=county")


def everything(subjects: dict[str, Any], only: str) -> Iterator[Timing]:
    """Every timing whose group is wanted, one after the other."""
    for asker in subjects["askers"]:
        user = User.objects.get(pk=asker["user"])
        who = f"{asker['sees'] / subjects['cases']:.2%} ({asker['agency']})"
        for group, name, addresses in _requests(asker, subjects["words"]):
            if only in ("", group):
                yield timing(group, name, who, Browser(user), addresses)
        yield from casework(asker, who, only)
        if only in ("", "api"):
            yield from _api(asker, who)
    if only in ("", "work") and subjects["most_tasks"]:
        user = User.objects.get(pk=subjects["most_tasks"])
        yield timing("work", "My work, most tasks", user.email.partition("@")[2], Browser(user), ["/"])
    if only in ("", "desk") and subjects["chair"]:
        chair = Browser(User.objects.get(pk=subjects["chair"]))
        yield timing("desk", "Overdue, the chair's list", "a district's chair", chair, ["/overdue/"])
    if only in ("", "strategy"):
        reader = Browser(User.objects.get(pk=subjects["reader"]))
        yield timing("strategy", "Strategy", "every reader", reader, [f"/strategy/{query}" for query in FIGURES])


def _requests(asker: dict[str, Any], words: dict[str, list[str]]) -> Iterator[tuple[str, str, list[str]]]:
    yield "list", "Case list, first page", ["/cases/"]
    yield "list", "Case list, filtered", [f"/cases/?{query}" for query in FILTERS]
    yield "list", "Case list, deep page", [f"/cases/?before={asker['deep']}"]
    for kind, label in (("frequent", "frequent word"), ("rare", "rare word"), ("none", "no hit"), ("name", "surname")):
        yield "search", f"Search, {label}", [f"/cases/?q={quote(word)}" for word in words[kind]]
    both = [f"/cases/?q={quote(word)}&{query}" for word in words["frequent"][:2] for query in FILTERS[1:4]]
    yield "search", "Search, word and filter", both
    yield "work", "My work", ["/"]
    yield "case", "Case page, typical", [f"/cases/{ref}/" for ref in asker["refs"]]
    yield "case", "Case page, largest", [f"/cases/{ref}/" for ref in asker["largest"]]


def _api(asker: dict[str, Any], who: str) -> Iterator[Timing]:
    machine = Browser(token=asker["token"])
    yield timing("api", "API, list of cases", who, machine, ["/api/v1/cases/"])
    yield timing("api", "API, a case", who, machine, [f"/api/v1/cases/{ref}/" for ref in asker["refs"][:20]])
