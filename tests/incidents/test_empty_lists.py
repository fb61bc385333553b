"""Every page of somebody who has nothing yet: it says so, and what would stand there, instead of an empty table or list.

This walks the URL resolver, so that a new route cannot be forgotten: pages that ask for nothing in their address, and
pages of a case that was only just logged, of a meeting without agenda, and of people and agencies about whom there is
nothing. What has something more in its address (a file, a letter, a task) is a page of what somebody has.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import get_resolver, reverse

from hasbag.services.meeting import meeting_create
from kernel import clock
from tests.cast import Cast, acting, client_of, log_incident_as
from tests.routes import routes

pytestmark = pytest.mark.django_db
HAVE_NOTHING = ("wendy", "ada", "sam", "greta", "admin")
"""Of a council without a case, of the police's accounts, who reads figures, who watches, who sets the service up."""
OF_THE_CASE = ("alice", "asha", "greta")
"""Who opens a page of the case: the first of them who may."""
NARROWED = (
    "/cases/?q=nothing",
    "/tasks/?box=agency",
    "/tasks/?box=asked",
    "/tasks/?state=done",
    "/notices/?unread=on",
)
ASKS_FIRST = ("account_reauthenticate", "incidents:governance_users")
"""Forms that list what was found, or what was wrong, once they are sent."""
SENT_ONLY, LEADS_ON, NOT_HTML = "is only sent to", "leads on to another page", "answers no HTML"
CLOSED, SECOND_FACTOR = "is of a closed case", "is for another second factor: tests/browser/test_sign_in.py"
EXCUSED = {
    "account_keep": SENT_ONLY,
    "agencies:notices_mark": SENT_ONLY,
    "incidents:tasks_selected": SENT_ONLY,
    "account_login": LEADS_ON,
    "jump": LEADS_ON,
    "mfa_authenticate": LEADS_ON,
    "mfa_reauthenticate": LEADS_ON,
    "single_sign_on_again": LEADS_ON,
    "socialaccount_login_cancelled": LEADS_ON,
    "account_stay": NOT_HTML,
    "health-live": NOT_HTML,
    "health-ready": NOT_HTML,
    "incidents:closure": CLOSED,
    "incidents:reopen": CLOSED,
    "incidents:search_new": "asks for a search that is to be kept",
    "mfa_deactivate_totp": SECOND_FACTOR,
    "mfa_reauthenticate_webauthn": SECOND_FACTOR,
    "mfa_view_recovery_codes": SECOND_FACTOR,
}
"""Pages that none of them opens, and why."""

_LOOPS = re.compile(r"<(table|ul|ol|dl)\b(?:(?!</\1>).)*?{% for ", re.DOTALL)
_NOTHING = re.compile(r"\b(no|not|nothing|nobody|none|never|no one)\b", re.IGNORECASE)


def test_every_page_of_who_has_nothing_says_so(cast: Cast) -> None:
    clients = {name: client_of(name) for name in (*HAVE_NOTHING, "alice", "asha", "beth")}
    wrong, unopened = [], set()
    for name, path, people in _walk(cast):
        opened = 0
        for person in people:
            answer = clients[person].get(path)
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                opened += 1
                wrong += [
                    f"{path} ({name}) for {person}: {fault}" for fault in _faults(answer) if name not in ASKS_FIRST
                ]
                if people is OF_THE_CASE:
                    break
        if not opened:
            unopened.add(name)
    assert not wrong, "\n".join(wrong)
    assert sorted(unopened) == sorted(EXCUSED), "each page is opened by one of them, or excused by name"


def _walk(cast: Cast) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Pages by route, with who looks at them."""
    incident = log_incident_as("alice")
    with acting("beth") as beth:
        meeting = meeting_create(actor=beth, area="north", starts_at=clock.now() + dt.timedelta(days=21))
    case = {"ref": incident.case.ref, "incident": incident.ref, "section": "a"}
    others: dict[str, dict[str, Any]] = {
        "incidents:team_worker": {"user_id": 0},
        "incidents:governance_user": {"pk": cast["wendy"].pk},
        "agencies:agreement": {"code": "RSL1"},
        "agencies:person": {"pk": cast["alice"].memberships.get().pk},
        "victims:victim": {"ref": incident.case.parties.exclude(victim=None).get().victim.ref},
        "hasbag:meeting": {"ref": meeting.ref},
        "hasbag:pack_new": {"ref": meeting.ref},
        "hasbag:item_add": {"ref": meeting.ref},
    }
    for name, route in routes(get_resolver()):
        asks = set(route.pattern.regex.groupindex)
        if name.startswith("api:"):
            continue
        if not asks:
            yield name, reverse(name), HAVE_NOTHING
        elif name in others:
            yield name, reverse(name, kwargs=others[name]), (*HAVE_NOTHING, "alice", "beth")
        elif str(route.pattern).startswith("cases/<str:ref>/") and asks <= case.keys():
            yield name, reverse(name, kwargs={key: case[key] for key in asks}), OF_THE_CASE
    for path in NARROWED:
        yield path, path, ("wendy",)


def _faults(answer: Any) -> Iterator[str]:
    """An empty table or list; a heading with nothing below; and a page that can list things, lists none, and says so
    in no sentence."""
    main = BeautifulSoup(answer.content, "html.parser").find("main")
    rows = [len(table.select("tbody tr")) for table in main.find_all("table")]
    ways = main.find_all("nav")
    held = [one for one in main.find_all(["ul", "ol", "dl"]) if not any(way in one.parents for way in ways)]
    lists = [len(one.find_all(["li", "dt"])) for one in held]
    if 0 in rows:
        yield "an empty table"
    if 0 in lists:
        yield "an empty list"
    for section in main.find_all("section"):
        heading = section.find(["h1", "h2", "h3"])
        if heading is not None and section.get_text(" ", strip=True) == heading.get_text(" ", strip=True):
            yield f"nothing below “{heading.get_text(' ', strip=True)}”"
    said = [part.get_text(" ", strip=True) for part in main.find_all(["p", "dd", "h2"])]
    loops = any(_LOOPS.search(str(used.source)) for used in answer.templates if (used.name or "").startswith(_LISTING))
    told = main.select(".hc-empty") or [words for words in said if len(words.split()) > 2 and _NOTHING.search(words)]
    if loops and not told and not any([*rows, *lists]):
        yield f"nothing listed, and not said: {main.get_text(' ', strip=True)[:200]}"
    for part in main.select(".hc-empty"):
        if len(part.get_text(" ", strip=True).split()) < 5:
            yield f"too little said: {part.get_text(' ', strip=True)}"


_LISTING = ("incidents/", "agencies/", "hasbag/", "strategy/", "victims/", "perpetrators/", "account/", "mfa/")
