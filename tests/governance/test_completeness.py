"""Nothing is consulted and nothing is done without an event: every route is asked (docs/domain.md §8.2)."""

from __future__ import annotations

import ast

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from hatecase.trace import WITHOUT_PERSONAL_DATA, needs_no_trace
from kernel.models import AuditEvent
from tests.cast import cast_get, client_of
from tests.governance import writing
from tests.matrix import table as matrix
from tests.matrix.world import world_plant

pytestmark = pytest.mark.django_db

ASKERS = ("alice", "asha", "beth", "admin", "greta")
READING = {"consultation", "disclosure"}
# What shows nothing to anybody in the planted world by a plain GET: packs are not made, the report is only begun, the
# task is neither accepted nor declined, no case is closed, a comment's page is the task's, no letter is addressed or
# printed, nobody is kept out, nothing was an emergency, the jump box and a saved search lead elsewhere. The middleware
# is the same.
NOT_SHOWN = {
    "api:indicators",
    "api:pack-pdf",
    "hasbag:pack_pdf",
    "incidents:closure",
    "incidents:conflict_end",
    "incidents:emergency_opening",
    "incidents:letter_pdf",
    "incidents:letter_write",
    "incidents:log_check",
    "incidents:log_find_victim",
    "incidents:log_person",
    "incidents:log_remove",
    "incidents:log_resume",
    "incidents:log_step",
    "incidents:reopen",
    "incidents:search_new",
    "incidents:search_run",
    "incidents:task_comment",
    "incidents:task_complete",
    "incidents:task_offer",
    "incidents:task_start",
    "jump",
}


def _events_of(client: Client, url: str) -> tuple[int, list[AuditEvent]]:
    """The answer to a GET, and the events it left; nothing of it stays."""
    with transaction.atomic():
        last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
        status = matrix.read(client.get(url)).status_code
        events = list(AuditEvent.objects.filter(pk__gt=last))
        transaction.set_rollback(True)
    return status, events


def test_every_page_that_shows_personal_data_leaves_a_consultation(cast):
    world = world_plant()
    clients = {(p, api): matrix.client_of(p, api=api) for p in ASKERS for api in (True, False)}
    ids = {person: cast_get()[person].pk for person in ASKERS}
    silent, unseen, shown = [], [], 0
    for name, route in matrix.routes(get_resolver()):
        if needs_no_trace(name):
            continue
        url, api = matrix.address(name, route, world), name.startswith("api:")
        if api and "get" not in matrix.methods(name, route):
            continue
        statuses = set()
        for person in ASKERS:
            status, events = _events_of(clients[person, api], url)
            statuses.add(status)
            if status == 200:
                shown += 1
                if not any(e.operation in READING and e.actor_id == ids[person] for e in events):
                    silent.append(f"{name} shown to {person}")
                break
        if not statuses & {200, 405}:
            unseen.append(name)
    assert not silent, silent
    assert set(unseen) == NOT_SHOWN
    assert shown > 50


def test_a_record_that_is_refused_leaves_an_event_that_tells_nothing_of_it(cast):
    world = world_plant()
    walt = cast_get()["walt"].pk
    routes = {name: route for name, route in matrix.routes(get_resolver()) if "ref" in route.pattern.regex.groupindex}
    assert len(routes) > 40
    clients = {api: matrix.client_of("walt", api=api) for api in (True, False)}
    for name, route in routes.items():
        url = matrix.address(name, route, world)
        status, events = _events_of(clients[name.startswith("api:")], url)
        if status not in (403, 404):
            continue
        (event,) = events
        assert (event.action, event.actor_id, event.operation) == ("access.refused", walt, "access"), name
        assert event.subject_ref in url, name
        assert (event.subject_type, event.subject_id, event.case_id) == ("", "", None), name


def test_what_is_hidden_and_what_is_not_there_leave_the_same_event(cast):
    world = world_plant()
    client = client_of("walt")
    left = []
    for ref in (world.hidden.ref, "HC-26-ZZZZZZ"):
        status, (event,) = _events_of(client, reverse("incidents:case", args=[ref]))
        left.append((status, event.action, event.subject_type, event.case_id, event.detail))
        assert event.subject_ref == ref
    assert left[0] == left[1]


def test_a_search_is_one_event_with_a_digest_and_not_its_words(cast):
    world_plant()
    status, events = _events_of(client_of("alice"), f"{reverse('incidents:cases')}?q=Mirza")
    assert status == 200
    (event,) = events
    assert event.action == "case.search"
    assert len(event.detail["words"]) == 32
    assert "mirza" not in str(event.detail).lower()


def test_failed_sign_ins_of_people_and_machines_leave_events(cast):
    Client().post(reverse("account_login"), {"login": "alice@police.example", "password": "not-the-password"})
    event = AuditEvent.objects.get(action="account.sign_in_failed")
    assert (event.operation, event.actor_id) == ("access", cast["alice"].pk)
    Client().get("/api/v1/cases/", HTTP_AUTHORIZATION="Bearer not-a-token")
    assert AuditEvent.objects.get(action="token.refused").operation == "access"


def test_pages_without_a_trace_are_routes_of_ours(cast):
    names = [name for name, _ in matrix.routes(get_resolver())] + ["admin:index"]
    for given in WITHOUT_PERSONAL_DATA:
        wanted = given.rstrip("*")
        assert any(name.startswith(wanted) if given.endswith("*") else name == wanted for name in names), given


# --- Every route that writes ----------------------------------------------------------------------

RECORDED_OTHERWISE = {
    "account_stay": "prolongs a sign-in",
    "agencies:notice_mark": "marks as read: a consultation",
    "agencies:notices_mark": "marks as read: a consultation",
    "api:case-reveals": "shows what was hidden: a consultation",
    "incidents:just_added": "each kind is taken back by its own service, which records it",
    "incidents:letter_new": "chooses a template and goes on to its preview; nothing is kept",
    "incidents:log_find_victim": "a search: a consultation",
    "incidents:partner_records": "a search: a consultation",
    "incidents:reveal": "shows what was hidden: a consultation",
    "openid_connect_login": "goes to the provider; what comes back is recorded as a sign-in",
    "single_sign_on_again": "goes to the provider; what comes back is recorded as account.confirmed",
    "mfa_remove_webauthn": "allauth does it and tells agencies.sessions, which records it",
}


def test_every_route_that_takes_something_reaches_a_fitting_event():
    graph = writing.Graph()
    missing = []
    for name, route in matrix.routes(get_resolver()):
        for method, view in writing.writers(route):
            if view.__module__.split(".")[0] not in writing.APPS or name in RECORDED_OTHERWISE:
                continue
            reached = graph.operations(view.__module__, view.__qualname__)
            if not reached - {"CONSULTATION"}:
                missing.append(f"{method} {name} reaches {sorted(reached) or 'no event at all'}")
    assert not missing, missing


def test_every_service_that_writes_reaches_an_event():
    graph = writing.Graph()
    silent = [
        f"{module}.{name}"
        for module, name in graph.services()
        if graph.writes(module, name) and not graph.operations(module, name)
    ]
    assert set(silent) == writing.NO_EVENT_OF_THEIR_OWN.keys(), silent


def test_the_graph_tells_a_service_with_an_event_from_one_without():
    graph = writing.Graph()
    graph.add(
        "incidents.services.invented",
        ast.parse(
            "from kernel import audit\n"
            "from incidents.models import Note\n"
            "from kernel.models import AuditOperation\n"
            "def _deep(actor):\n    audit.record(actor, 'x', operation=AuditOperation.ERASURE)\n"
            "def with_event(*, actor):\n    Note().save()\n    _deep(actor)\n"
            "def without(*, actor):\n    Note().save()\n"
            "def reads(*, actor):\n    return 1\n"
        ),
    )
    assert graph.operations("incidents.services.invented", "with_event") == {"ERASURE"}
    assert graph.operations("incidents.services.invented", "without") == set()
    assert graph.writes("incidents.services.invented", "without")
    assert not graph.writes("incidents.services.invented", "reads")
