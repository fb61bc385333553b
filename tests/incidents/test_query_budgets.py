"""How many queries each list, and each page of a case, may make in all (docs/pages.md): every page stands in one table."""

from __future__ import annotations

import pytest
from django.urls import get_resolver, reverse

from tests.budget import queries_in_all
from tests.cast import Cast, client_of
from tests.matrix.world import World, world_plant
from tests.routes import routes

pytestmark = pytest.mark.django_db

LIST, CASE = 8, 15
# Who opens it, the route (with a question where the list has one), and the most queries in all.
LISTS = (
    ("alice", "cases", LIST),
    ("alice", "cases?q=market", LIST),
    ("alice", "cases?overdue=yes&worker=mine", LIST),
    ("alice", "cases_export", LIST),
    ("alice", "searches", LIST),
    ("alice", "points_of_contact", LIST),
    ("alice", "cases?q=07700900123", LIST),
    ("alice", "tasks", LIST),
    ("alice", "tasks?box=agency", LIST),
    ("alice", "tasks?box=asked&state=done", LIST),
    ("alice", "triage_inbox", LIST),
    ("alice", "triage_routes", LIST),
    ("asha", "team", LIST),
    ("asha", "team_worker", LIST),
    ("asha", "covers", LIST),
    ("asha", "sign_off", LIST),
    ("beth", "overdue", LIST),
    ("asha", "breaches", LIST),
    ("asha", "emergency", LIST),
    ("asha", "letter_templates", LIST),
    ("alice", "agencies:notices", LIST),
    ("alice", "hasbag:meetings", LIST),
    ("alice", "evidence", LIST),
    ("alice", "letters", LIST),
    ("alice", "moves", LIST),
    ("alice", "conflicts", LIST),
    ("alice", "quarantine", LIST),
    ("alice", "case", CASE),
    ("asha", "case", CASE),
    ("bob", "case", CASE),
    ("alice", "work", CASE),
    ("asha", "work", CASE),
    ("beth", "work", CASE),
    # What belongs to one case stays well under the page of the case itself.
    ("alice", "clocks", 12),
    ("alice", "access", 12),
    ("alice", "triage_report", 12),
    ("alice", "close", 12),
    ("alice", "task", 10),
    ("alice", "classification", 9),
    ("alice", "risk_new", 9),
    ("alice", "classification", 9),
    ("alice", "share_add", 9),
    ("alice", "incident_facts", 10),
)


def test_no_page_makes_more_queries_than_its_budget(cast: Cast) -> None:
    world = world_plant()
    clients = {name: client_of(name) for name in {row[0] for row in LISTS}}
    over = []
    for who, page, most in LISTS:
        found = queries_in_all(clients[who], _address(world, page))
        if found > most:
            over.append(f"{page} for {who}: {found} of {most}")
    assert not over, "\n".join(over)


def _address(world: World, page: str) -> str:
    name, _, question = page.partition("?")
    route = name if ":" in name else f"incidents:{name}"
    pattern = next(pattern for found, pattern in routes(get_resolver()) if found == route)
    given = {
        "ref": world.task.ref if name == "task" else (world.hidden if name == "quarantine" else world.case).ref,
        "user_id": world.member.user_id,
        "incident": world.incident.ref,
    }
    names = set(pattern.pattern.regex.groupindex)
    path = reverse(route, kwargs={key: given[key] for key in names})
    return f"{path}?{question}" if question else path
