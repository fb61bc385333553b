"""Whether the time of an answer tells somebody who is kept out of a case that the case is there.

Somebody asks in turn, in random order, for records from which they are excluded and for references that nothing has. A
classifier guesses from the time alone which of the two it was: the area under its curve is the chance that it orders a
pair rightly, and one half is guessing blindly.
"""

from __future__ import annotations

import gc
import logging
import random
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote

from django.db import connection

from agencies.models import User
from agencies.services.token import token_create
from bench.measure import Browser
from incidents.models import Case, CaseExclusion
from incidents.services.access import access_rebuild
from kernel.actors import system_actor
from kernel.references import reference_make

PAIRS, CASES, DRAWS = 2100, 60, 1000
_WHY = "the benchmark measures what is hidden"
_REASON = "The duty officer rang about a threat tonight"
EMERGENCY = "/emergency-access/"
"""What is typed here is sent, by a point of contact; everything else is a page or an address of the API."""
NAME = "name"
"""The kind of what is typed in words: how the only victim of that name in the county is called, and a name of nobody."""
ADDRESSES = (
    ("HC", "/cases/{}/"),
    ("HC", "/cases/{}/access/"),
    ("HC", "/cases/{}/share/"),
    ("HV", "/victims/{}/"),
    ("HT", "/tasks/{}/"),
    ("HC", "/api/v1/cases/{}/"),
    ("HV", "/api/v1/victims/{}/"),
    ("HC", "/cases/?q={}"),
    ("HC", "/api/v1/cases/?q={}"),
    ("HC", "/find/?q={}"),
    ("HC", EMERGENCY),
    (NAME, "/cases/?status=&q={}"),
    (NAME, "/find/?status=&q={}"),
)
FINDS_NOTHING = {
    "/cases/?q={}": 200,
    "/api/v1/cases/?q={}": 200,
    "/find/?q={}": 302,
    EMERGENCY: 200,
    "/cases/?status=&q={}": 200,
    "/find/?status=&q={}": 302,
}
"""What answers otherwise than 404, alike for both: a search without a hit, and a form that opens nothing."""
_CONTACT = """
select m.user_id from agencies_membership m join agencies_user u on u.id = m.user_id
where m.agency_id = %s and m.is_active and u.is_active and m.roles && '{spoc,deputy_spoc,manager}' order by 1 limit 1
"""
_EXCLUDED = """
select c.id, c.ref,
  (select v.ref from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = c.id
    and not exists (select 1 from incidents_party o where o.victim_id = v.id and o.case_id <> c.id) limit 1),
  (select t.ref from incidents_task t where t.case_id = c.id limit 1),
  (select v.given_name || ' ' || v.family_name from incidents_party p join victims_victim v on v.id = p.victim_id
    where p.case_id = c.id and v.given_name <> '' and v.family_name <> '' and (select count(*) from incidents_casesearch s
      where s.victims @@ websearch_to_tsquery('simple', v.given_name || ' ' || v.family_name)
        or s.body @@ websearch_to_tsquery('english', v.given_name || ' ' || v.family_name)) = 1 limit 1)
from incidents_case c join incidents_caseaccess a on a.case_id = c.id
where a.agency_id = %s and a.level >= 2 order by md5(c.ref || 'pairs') limit %s
"""


def arrange() -> dict[str, Any]:
    """Exclude a caseworker of the agency that sees most, and somebody who answers for it, from some of its cases, as the
    owner; once in a county.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select m.agency_id, max(m.user_id) from agencies_membership m join agencies_user u on u.id = m.user_id"
            " where m.is_active and u.is_active and 'caseworker' = any(m.roles) group by 1 having count(*) > 1"
            " order by (select count(*) from incidents_caseaccess a where a.agency_id = m.agency_id) desc limit 1"
        )
        agency, user = cursor.fetchone()
        cursor.execute(_CONTACT, [agency])
        (contact,) = cursor.fetchone()
        cursor.execute(_EXCLUDED, [agency, CASES])
        found = cursor.fetchall()
    ids = [row[0] for row in found]
    for who in {user, contact}:
        _exclude(who, ids)
    access_rebuild(ids)
    _, secret = token_create(actor=system_actor(_WHY), user=User.objects.get(pk=user), days=1)
    refs = {
        kind: [row[place] for row in found if row[place]]
        for kind, place in (("HC", 1), ("HV", 2), ("HT", 3), (NAME, 4))
    }
    return {"user": user, "contact": contact, "token": secret, "refs": refs}


def _exclude(user: int, ids: list[int]) -> None:
    rows = CaseExclusion.objects.unscoped(reason=_WHY).filter(user_id=user, case_id__in=ids, ended_at=None)
    out = set(rows.values_list("case_id", flat=True))
    for case in Case.objects.unscoped(reason=_WHY).filter(pk__in=set(ids) - out):
        CaseExclusion(case=case, user_id=user, reason="An old friend").save(force_insert=True)


def measure(found: dict[str, Any]) -> dict[str, Any]:
    """Ask for the pairs and classify. Raises RuntimeError where an answer is not that about nothing."""
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    choice = random.Random(1)  # noqa: S311
    page, machine = Browser(User.objects.get(pk=found["user"])), Browser(token=found["token"])
    contact = page if found["contact"] == found["user"] else Browser(User.objects.get(pk=found["contact"]))
    kinds = [(kind, address) for kind, address in ADDRESSES if found["refs"][kind]]
    # As many references of nothing as of something, each asked for as often: what was asked before is in some cache.
    nothing = {kind: [_nothing(kind, choice) for _ in refs] for kind, refs in found["refs"].items()}
    times: dict[str, list[tuple[float, float]]] = {address: [] for _, address in kinds}
    for number, (kind, address) in enumerate(islice(cycle(kinds), PAIRS + len(kinds) * 5)):
        browser = machine if address.startswith("/api/") else contact if address == EMERGENCY else page
        refs = [choice.choice(found["refs"][kind]), choice.choice(nothing[kind])]
        took = [0.0, 0.0]
        for place in choice.sample((0, 1), 2):
            took[place] = _ask(browser, address, refs[place])
        if number >= len(kinds) * 5:
            times[address].append((took[0], took[1]))
    return _summary(times, choice)


def _nothing(kind: str, choice: random.Random) -> str:
    """A reference that nothing has, or a name that nobody has."""
    if kind != NAME:
        return reference_make(kind, 2026, choice.choice)
    return " ".join("".join(choice.choices("bcdfghjklmnpqrstvwxz", k=7)).capitalize() for _ in range(2))


def _ask(browser: Browser, address: str, ref: str) -> float:
    sent = {"ref": ref, "reason": _REASON} if address == EMERGENCY else None
    gc.collect(0)
    gc.disable()
    took, answer = browser.ask(address.format(quote(ref)), sent, FINDS_NOTHING.get(address, 404))
    gc.enable()
    if answer.get("Location", "").startswith(f"/cases/{ref}"):
        raise RuntimeError(f"{address} led to {ref}")
    return took


def _summary(times: dict[str, list[tuple[float, float]]], choice: random.Random) -> dict[str, Any]:
    groups = list(times.values())
    drawn = sorted(auc_within([choice.choices(group, k=len(group)) for group in groups]) for _ in range(DRAWS))
    pairs = [pair for group in groups for pair in group]
    return {
        "pairs": len(pairs),
        "auc": round(auc_within(groups), 3),
        "low": round(drawn[round(0.025 * DRAWS)], 3),
        "high": round(drawn[round(0.975 * DRAWS) - 1], 3),
        "excluded_ms": round(statistics.median(pair[0] for pair in pairs), 2),
        "absent_ms": round(statistics.median(pair[1] for pair in pairs), 2),
        "by_address": {address: round(auc_within([group]), 3) for address, group in times.items()},
    }


def auc_within(groups: Sequence[Sequence[tuple[float, float]]]) -> float:
    """The area under the curve of a classifier that knows the address and the time: each address by itself, together
    by how often it was asked for."""
    total = sum(len(group) for group in groups)
    return sum(len(group) * auc([a for a, _ in group], [b for _, b in group]) for group in groups) / total


def auc(ones: Sequence[float], others: Sequence[float]) -> float:
    """The chance that one of the first takes longer than one of the others; ties count half."""
    ordered = sorted(others)
    above = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in ones)
    return above / (2 * len(ones) * len(ordered))
