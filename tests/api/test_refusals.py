"""Who may not act is refused before anything that was sent is judged: 404, then 403, then 400 (docs/permissions.md)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.urls import get_resolver, reverse

from hasbag.services.item import item_add
from hasbag.services.meeting import meeting_create
from incidents.choices import Level
from incidents.services.task import task_create
from kernel import clock
from kernel.api import ActorView
from tests.cast import acting, agency
from tests.incidents.casework import case_of, give
from tests.routes import methods, routes

pytestmark = pytest.mark.django_db

WRONG = {"strands": 5, "summary": "\x00", "agency": "NNC", "area": "north", "classification": "nonsense", "text": ""}
"""Not right for any call."""


@pytest.fixture
def places(cast):
    """The addresses to write to, in a case that everybody below may see and nobody may do this in."""
    case = case_of("alice")
    for code in ("VSS", "PROB"):
        give(case, code, Level.VIEW)
    give(case, "NNC", Level.CONTRIBUTE)
    with acting("alice") as alice:
        task = task_create(actor=alice, case=case, agency=agency("POL"), title="Write a letter")
    with acting("beth") as beth:
        meeting = meeting_create(actor=beth, area="north", starts_at=clock.now() + dt.timedelta(days=21))
        item = item_add(actor=beth, meeting=meeting, case_ref=case.ref)
    return {"case": case.ref, "task": task.ref, "meeting": meeting.ref, "item": item.uid}


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        ("vera", "patch", "cases/{case}/"),
        ("bob", "patch", "cases/{case}/"),
        ("vera", "post", "cases/{case}/notes/"),
        ("vera", "post", "cases/{case}/tasks/"),
        ("vera", "post", "cases/{case}/shares/"),
        ("bob", "post", "cases/{case}/shares/"),
        ("vera", "post", "cases/{case}/contacts/"),
        ("petra", "post", "cases/{case}/contacts/"),
        ("petra", "post", "cases/{case}/risk-assessments/"),
        ("bob", "post", "tasks/{task}/accept/"),
        ("bob", "post", "tasks/{task}/complete/"),
        ("vera", "post", "tasks/{task}/decline/"),
        ("bob", "post", "meetings/"),
        ("sam", "post", "meetings/"),
        ("bob", "post", "meetings/{meeting}/items/"),
        ("bob", "delete", "meetings/{meeting}/items/{item}/"),
        ("asha", "post", "meetings/{meeting}/packs/"),
        ("sam", "post", "incidents/"),
    ],
)
def test_who_may_see_but_not_act_is_refused_whatever_is_sent(places, api_for, who, method, path):
    client = api_for(who)
    for body in (WRONG, {}, [], "text"):
        if path.endswith("packs/") and body != WRONG:
            continue  # Without an agency a pack is one's own, for which every member may ask.
        answer = getattr(client, method)(f"/api/v1/{path.format(**places)}", body, format="json")
        assert answer.status_code == 403, answer.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("patch", "cases/{case}/"),
        ("post", "cases/{case}/notes/"),
        ("post", "cases/{case}/tasks/"),
        ("post", "cases/{case}/shares/"),
        ("post", "cases/{case}/contacts/"),
        ("post", "cases/{case}/risk-assessments/"),
        ("post", "tasks/{task}/complete/"),
        ("post", "meetings/{meeting}/items/"),
        ("post", "meetings/{meeting}/packs/"),
    ],
)
def test_what_may_not_be_seen_is_absent_whatever_is_sent(places, api_for, method, path):
    client = api_for("edith" if "meeting" not in path else "walt")
    absent = {"case": "HC-26-ZZZZZZ", "task": "HT-26-ZZZZZZ", "meeting": "HM-26-ZZZZZZ"}
    for body in (WRONG, {}):
        hidden = getattr(client, method)(f"/api/v1/{path.format(**places)}", body, format="json")
        nothing = getattr(client, method)(f"/api/v1/{path.format(**absent)}", body, format="json")
        assert hidden.status_code == nothing.status_code == 404, hidden.content
        assert hidden.content == nothing.content


def test_a_chair_of_the_other_area_is_refused_first(api_for):
    assert api_for("wendy").post("/api/v1/meetings/", {"area": "north"}, format="json").status_code == 403
    assert api_for("wendy").post("/api/v1/meetings/", {"area": "west"}, format="json").status_code == 400


def test_joining_is_refused_first_too(places, api_for):
    hidden = api_for("walt").post("/api/v1/incidents/", WRONG | {"case": places["case"]}, format="json")
    absent = api_for("walt").post("/api/v1/incidents/", WRONG | {"case": "HC-26-ZZZZZZ"}, format="json")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert (
        api_for("vera").post("/api/v1/incidents/", WRONG | {"case": places["case"]}, format="json").status_code == 403
    )
    assert (
        api_for("bob").post("/api/v1/incidents/", WRONG | {"case": places["case"]}, format="json").status_code == 400
    )


def test_the_cookie_of_a_signed_in_browser_opens_nothing_here(cast, client_for):
    """Pages ask again who it is before a pack leaves; a door that takes the cookie alone would go round that."""
    client, asked = client_for("beth"), 0
    for name, route in routes(get_resolver()):
        if not name.startswith("api:") or name == "api:schema":
            continue
        given = {
            key: uuid.uuid4()
            if converter.regex == "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
            else "HK-26-222222"
            for key, converter in route.pattern.converters.items()
        }
        for method in methods(name, route):
            answer = getattr(client, method)(reverse(name, kwargs=given), {}, content_type="application/json")
            assert (name, method, answer.status_code) == (name, method, 401)
            asked += 1
    assert asked > 30


def test_every_view_that_writes_says_who_may():
    api = next(r for r in get_resolver().url_patterns if getattr(r, "namespace", None) == "api")
    views = {
        route.callback.view_class for route in api.url_patterns if issubclass(route.callback.view_class, ActorView)
    }
    writes = {view for view in views if {"post", "put", "patch", "delete"} & set(vars(view)) or hasattr(view, "post")}
    assert len(writes) >= 13
    assert [view.__name__ for view in writes if view.admit is ActorView.admit] == []


def test_a_method_that_a_view_does_not_take_stays_unknown(api_for):
    assert api_for("alice").post("/api/v1/cases/", {}, format="json").status_code == 405


def test_who_sees_no_figures_is_refused_whatever_is_asked(api_for):
    for query in ({}, {"by": "nonsense"}, {"by": "strand", "period_from": "soon"}):
        assert api_for("vera").get("/api/v1/indicators/", query).status_code == 403
        assert api_for("sam").get("/api/v1/indicators/", query).status_code == 400
