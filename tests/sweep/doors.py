"""Every route and API method with every record that it can be asked about, and what is sent to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.urls import URLPattern, get_resolver, reverse

from tests.governance.writing import takes_posts
from tests.routes import methods, routes
from tests.sweep.plant import Garden, Record

KINDS = {
    "incidents:": "case",
    "incidents:share_end": "grant",
    "incidents:share_recall": "grant",
    "api:share-recall": "grant",
    "incidents:override": "override",
    "incidents:override_add": "case",
    "incidents:access_": "request",
    "api:access-request-answer": "request",
    "incidents:breach": "breach",
    "incidents:risk": "assessment",
    "incidents:risk_": "case",
    "incidents:conflict_end": "exclusion",
    "incidents:emergency_opening": "emergency",
    "incidents:logged": "incident",
    "incidents:classification_decide": "decision",
    "incidents:incident_": "incident",
    "incidents:move_undo": "act",
    "incidents:name_": "report",
    "incidents:log_": "draft",
    "incidents:task_": "task",
    "incidents:task": "task",
    "incidents:task_add": "case",
    "incidents:governance_sample": "sample",
    "incidents:clock_": "clock",
    "incidents:involved_": "involved",
    "incidents:involved_add": "case",
    "incidents:tie_": "tie",
    "incidents:tie_add": "case",
    "incidents:online": "incident",
    "incidents:online_account": "account",
    "incidents:online_account_add": "incident",
    "incidents:household_leave": "home",
    "incidents:household_add": "case",
    "incidents:evidence": "case",
    "incidents:evidence_": "evidence",
    "incidents:evidence_add": "case",
    "api:evidence": "evidence",
    "incidents:governance_user": "user",
    "incidents:quick_add": "",
    "incidents:search_": "search",
    "incidents:note_": "note",
    "incidents:note_add": "case",
    "incidents:contact_": "contact",
    "incidents:contact_add": "case",
    "incidents:incident_correct": "incident",
    "incidents:just_added": "added",
    "incidents:record_correct": "dated",
    "incidents:record_strike": "strikable",
    "incidents:letter": "letter",
    "incidents:letters": "case",
    "incidents:letter_new": "case",
    "incidents:letter_write": "writing",
    "incidents:letter_template": "template",
    "incidents:cover_end": "cover",
    "incidents:team_worker": "user",
    "victims:": "victim",
    "perpetrators:": "perpetrator",
    "hasbag:": "meeting",
    "hasbag:item_": "item",
    "hasbag:item_add": "meeting",
    "hasbag:proposal": "proposal",
    "hasbag:refer": "case",
    "hasbag:pack": "pack",
    "hasbag:pack_new": "meeting",
    "hasbag:pack_pdf": "meeting",
    "api:case": "case",
    "api:victim": "victim",
    "api:perpetrator": "perpetrator",
    "api:task-": "task",
    "api:meeting": "meeting",
    "api:meeting-item": "item",
    "api:meeting-items": "meeting",
    "api:pack": "apipack",
    "agencies:person": "member",
    "agencies:notice": "notice",
    "agencies:agreement": "agreement",
    "account_kept": "kept",
}
"""Which kind of record a route is about: the longest beginning of its name that stands here decides."""

FREE: dict[str, list[Any]] = {
    "step": ["what"],
    "number": [0, 1],
    "what": ["note", "contact", "task", "evidence"],
    "section": ["a"],
    "part": ["details", "contact", "wishes"],
    "group": [
        "victim_contact",
        "trans_status",
        "health",
        "immigration_status",
        "reporter_identity",
        "subject_identity",
    ],
    "code": ["NNC", "VSS"],
    "uidb36": ["1"],
    "key": ["set-password"],
    "provider_id": ["nowhere"],
    "pk": [0],
}
"""Arguments that name no record, and what they are filled with."""


@dataclass(frozen=True)
class Door:
    """One route or API method, asked about one record (or none), at one address; at `absent` there is no such record, and
    at `nowhere` not even what it stands beneath.
    """

    route: str
    method: str
    record: Record | None
    url: str
    absent: str = ""
    nowhere: str = ""
    api: bool = False
    given: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The route and the method, as they are counted."""
        return f"{self.method.upper()} {self.route}"


def doors(garden: Garden) -> Iterator[Door]:
    """Every one, in the order of the routes' names. Raises where a route is about something that is not planted."""
    for name, route in sorted(routes(get_resolver()), key=lambda pair: pair[0]):
        asked = [
            m for m in methods(name, route) if m == "get" or name.startswith("api:") or takes_posts(route.callback)
        ]
        for record, filled in _filled(garden, name, route):
            absent, nowhere = _absent(name, record, filled) if record else ("", "")
            given = tuple(str(value) for value in record.args.values()) if record else ()
            for method in asked:
                url = reverse(name, kwargs=filled)
                yield Door(name, method, record, url, absent, nowhere, name.startswith("api:"), given)


def kind_of(name: str) -> str:
    """The kind of record that a route is about; nothing where it is about none."""
    fitting = [start for start in KINDS if name.startswith(start)]
    return KINDS[max(fitting, key=len)] if fitting else ""


def _filled(garden: Garden, name: str, route: URLPattern) -> Iterator[tuple[Record | None, dict[str, Any]]]:
    names = sorted(route.pattern.regex.groupindex)
    records: list[Record | None] = [None]
    if names and kind_of(name):
        records = list(_records(garden, kind_of(name)))
    for record in records:
        own = _own(record, names)
        free = [one for one in names if one not in own]
        for values in product(*(FREE[one] for one in free)):
            yield record, own | dict(zip(free, values, strict=True))


def _records(garden: Garden, kind: str) -> list[Record]:
    if kind == "apipack":
        return [Record("pack", r.case, {"ref": r.args["pack_ref"]}, r.name) for r in garden.records["pack"]]
    return garden.records[kind]


# A route may call a record's argument by another name.
_OTHER_NAMES = {"share": "uid", "item": "uid", "user_id": "pk", "notice_id": "pk"}


def _own(record: Record | None, names: list[str]) -> dict[str, Any]:
    if record is None:
        return {}
    given = record.args
    found = {name: given[name] for name in names if name in given}
    aliased = {
        name: given[_OTHER_NAMES[name]] for name in names if _OTHER_NAMES.get(name) in given and name not in found
    }
    return found | aliased


_OF_A_MEETING = ("hasbag:item_", "api:meeting-item")


def _absent(name: str, record: Record, filled: dict[str, Any]) -> tuple[str, str]:
    """The address of the same route about a record that does not exist, beneath what is there; and beneath what is not."""
    own = _own(record, sorted(filled))
    inner = [argument for argument in own if argument != "ref"] or list(own)
    # What stands beneath a meeting, which is nobody's secret, is hidden or absent there.
    outer = inner if name.startswith(_OF_A_MEETING) else list(own)
    absent, nowhere = (filled | {argument: _nothing(own[argument]) for argument in gone} for gone in (inner, outer))
    return reverse(name, kwargs=absent), reverse(name, kwargs=nowhere)


def _nothing(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=7, version=4)
    if isinstance(value, int):
        return 2_000_000_000
    return f"{value[:6]}ZZZZZZ" if "-" in str(value) else "ZZZZ"


# --- What is sent ---------------------------------------------------------------------------------------

PLAUSIBLE: dict[str, Any] = {
    "text": "Spoke with the market manager.",
    "note": "Spoke with the market manager.",
    "reason": "It is needed for the visit on Monday.",
    "why": "safety",
    "why_other": "It is needed for the visit on Monday.",
    "question": "What is it needed for?",
    "achieved": "The visit was made.",
    "outcome": "justified",
    "title": "Visit the market",
    "detail": "In the morning",
    "agency": "NNC",
    "level": "view",
    "purpose": "Joint response",
    "necessity": "They share the premises",
    "gateway": "cda_s115",
    "tier": "team",
    "version": 1,
    "summary": "Abuse at a stall",
    "priority": "P2",
    "status": "open",
    "classification": "hate_incident",
    "crime_reference": "26000999888",
    "method": "phone",
    "direction": "outbound",
    "result": "attempt",
    "who": "user",
    "state": "attending",
    "name": "A colleague",
    "area": "north",
    "q": "stall",
    "given_name": "Ida",
    "family_name": "Holm",
    "group": "health",
    "ground": "serious_harm",
    "victim_told": "yes",
    "case": "HC-26-ZZZZZZ",
    "ref": "HC-26-ZZZZZZ",
    "confirm": "yes",
    "decision": "confirm",
    "cause": "mistake",
    "to": "not_hate",
    "case_choice": "by_reference",
    "case_ref": "HC-26-ZZZZZZ",
    "perceived_by": "victim",
    "strands": ["RAC"],
    "narrative": "He shouted again.",
    "role": "witness",
    "wished": "no",
    "wanted": "none",
    "victim_view": "unknown",
    "hate_stopped": "unknown",
}
"""A plausible answer to every question that a form of the product asks; what a form does not know it leaves alone."""


FILES = {"incidents:cases_export": ("format", ("csv", "xlsx"))}
"""The question of a form that decides what kind of file comes of it, and its answers: each is asked for."""


def filled_in(door: Door) -> Iterator[dict[str, Any]]:
    """What is sent to a door that judges what is sent: once for each kind of file that may come of it."""
    question, kinds = FILES.get(door.route, ("", ("",)))
    for kind in kinds:
        yield PLAUSIBLE | ({question: kind} if question else {})


def sent(door: Door, data: dict[str, Any] | None) -> dict[str, Any]:
    """What the test client is given for one request."""
    if door.method == "get":
        return {"data": data} if data else {}
    if door.api:
        return {"data": data or {}, "content_type": "application/json"}
    return {"data": data or {}}
