"""Pages of tasks: what each shows, saves, refuses and hides."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency
from incidents.choices import Level
from incidents.models import Case, Task
from incidents.selectors.task import PAGE_SIZE, tasks_page
from incidents.services import task as service
from kernel import clock
from kernel.models import AuditEvent
from kernel.when import moment_text
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from tests.incidents.casework import give, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast) -> Case:
    """Alice's case, which North Northamptonshire Council may contribute to and Voice may read."""
    incident = log_incident_as("alice")
    give(incident.case, "NNC", Level.CONTRIBUTE)
    give(incident.case, "VSS", Level.VIEW)
    return incident.case


def ask(case: Case, code: str = "NNC", name: str = "alice", **values) -> Task:
    with acting(name) as actor:
        values.setdefault("title", "Fit a spyhole and a door chain")
        return service.task_create(actor=actor, case=case, agency=agency(code), **values)


def fresh(task: Task) -> Task:
    return Task.objects.unscoped(reason="the test looks at the row").get(pk=task.pk)


def add_data(**values) -> dict:
    day = (clock.now() + dt.timedelta(days=9)).date()
    data = {
        "title": "Fit a door chain",
        "detail": "Both doors",
        "agency": agency("NNC").pk,
        "assignee": "",
        "due_on_day": day.day,
        "due_on_month": day.month,
        "due_on_year": day.year,
    }
    return data | values


# --- Asking ----------------------------------------------------------------------------------------


def test_the_form_offers_the_agencies_that_see_the_case_and_no_other(case):
    page = client_of("alice").get(f"/cases/{case.ref}/tasks/add/")
    assert page.status_code == 200
    field = re.search(r'<select[^>]*name="agency".*?</select>', page.content.decode(), re.DOTALL).group()
    assert re.findall(r'<option value="\d+"[^>]*>([^<]+)</option>', field) == [
        "North Northamptonshire Council",
        "Northamptonshire Police",
        "Voice",
    ]


def test_asking_saves_and_shows_the_task(case):
    client = client_of("alice")
    page = client.post(f"/cases/{case.ref}/tasks/add/", add_data(assignee=cast_get()["bob"].pk), follow=True)
    task = Task.objects.unscoped(reason="the test looks at the row").get()
    assert page.redirect_chain == [(f"/tasks/{task.ref}/", 302)]
    assert f"Task {task.ref} added" in text(page)
    assert task.assignee == cast_get()["bob"]
    assert task.due_at.astimezone(clock.LONDON).hour == 17


def test_a_page_that_is_sent_twice_makes_one_task(case):
    client = client_of("alice")
    html = client.get(f"/cases/{case.ref}/tasks/add/").content.decode()
    token = re.search(r'name="submission_id" value="([^"]+)"', html).group(1)
    for _ in range(2):
        client.post(f"/cases/{case.ref}/tasks/add/", add_data(submission_id=token))
    assert Task.objects.unscoped(reason="the test counts").count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "Enter what is to be done"),
        ({"title": "x" * 201}, "must be 200 characters or fewer"),
        ({"title": "Fit\x00 it"}, "hidden characters"),
        ({"detail": "Fit it \u202e now"}, "hidden characters"),
        ({"agency": ""}, "Select which agency is to do it"),
        ({"agency": "99999"}, "Choose an agency that can see this case"),
        ({"due_on_day": "40"}, "must be a real date"),
        ({"due_on_year": "2001"}, "in the future"),
    ],
)
def test_what_is_wrong_is_said_and_everything_typed_is_kept(case, change, sentence):
    page = client_of("alice").post(f"/cases/{case.ref}/tasks/add/", add_data(**change))
    assert page.status_code == 200
    assert sentence in text(page)
    assert "There is a problem" in text(page)
    if "detail" not in change:
        assert "Both doors" in page.content.decode()
    assert not Task.objects.unscoped(reason="the test counts").exists()


def test_an_agency_that_cannot_see_the_case_is_named_beside_the_field(case):
    page = client_of("alice").post(f"/cases/{case.ref}/tasks/add/", add_data(agency=agency("WNC").pk))
    assert "Choose an agency that can see this case" in text(page)
    assert "West Northamptonshire" not in text(page)


def test_today_after_five_is_in_the_past(case, settings):
    settings.HATECASE_NOW = "2026-12-14T18:00:00+00:00"
    today = {"due_on_day": "14", "due_on_month": "12", "due_on_year": "2026"}
    page = client_of("alice").post(f"/cases/{case.ref}/tasks/add/", add_data(**today))
    assert "When it is due must be in the future" in text(page)


@pytest.mark.parametrize(
    ("name", "status"), [("alice", 200), ("bob", 200), ("vera", 403), ("walt", 404), ("ada", 404)]
)
def test_who_may_ask(case, name, status):
    client = client_of(name)
    assert client.get(f"/cases/{case.ref}/tasks/add/").status_code == status
    assert client.post(f"/cases/{case.ref}/tasks/add/", add_data()).status_code == (302 if status == 200 else status)


def test_out_of_scope_and_absent_read_the_same(case):
    client = client_of("walt")
    hidden = client.get(f"/cases/{case.ref}/tasks/add/")
    absent = client.get("/cases/HC-26-000000/tasks/add/")
    task = ask(case)
    hidden_task, absent_task = client.get(f"/tasks/{task.ref}/"), client.get("/tasks/HT-26-000000/")
    assert {r.status_code for r in (hidden, absent, hidden_task, absent_task)} == {404}
    assert hidden.content == absent.content == hidden_task.content == absent_task.content


def test_a_closed_case_takes_no_tasks(case):
    Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk).update(status="closed")
    client = client_of("alice")
    assert "is closed" in text(client.get(f"/cases/{case.ref}/tasks/add/"))
    client.post(f"/cases/{case.ref}/tasks/add/", add_data())
    assert not Task.objects.unscoped(reason="the test counts").exists()


# --- One task -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("bob", {"Accept", "Decline", "Give it to a colleague"}),
        ("alice", {"Change what it asks for", "Withdraw it"}),
        ("vera", set()),
    ],
)
def test_each_reader_is_offered_what_they_may_do(case, name, offered):
    page = client_of(name).get(f"/tasks/{ask(case).ref}/")
    assert page.status_code == 200
    every = {"Accept", "Decline", "Mark as done", "Give it to a colleague", "Change what it asks for", "Withdraw it"}
    links = set(re.findall(r"<a [^>]*>([^<]+)</a>", page.content.decode()))
    assert links & every == offered


def test_reading_a_task_is_audited(case):
    task = ask(case)
    client_of("vera").get(f"/tasks/{task.ref}/")
    event = AuditEvent.objects.get(action="task.read")
    assert (event.subject_ref, event.actor_id, event.case_id) == (task.ref, cast_get()["vera"].pk, case.pk)


def test_a_reference_may_be_typed_loosely(case):
    task = ask(case)
    page = client_of("bob").get(f"/tasks/{task.ref.lower().replace('-', ' ')}/")
    assert page.status_code == 302
    assert page["Location"] == f"/tasks/{task.ref}/"


def test_a_vague_task_gets_a_gentle_hint_for_who_asked(case):
    task = ask(case, title="Monitor the situation")
    assert "Say it more clearly" in text(client_of("alice").get(f"/tasks/{task.ref}/"))
    assert "Say it more clearly" not in text(client_of("bob").get(f"/tasks/{task.ref}/"))
    assert "Say it more clearly" not in text(client_of("alice").get(f"/tasks/{ask(case).ref}/"))


def test_the_other_sides_names_are_taken_out_for_a_victim_service(cast):
    case = log_incident_as(
        "asha",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Gary", family_name="Thorncroft")],
    ).case
    give(case, "VSS", Level.VIEW)
    task = ask(case, "VSS", title="Ask her whether Thorncroft has called again")
    assert "Thorncroft" in text(client_of("alice").get(f"/tasks/{task.ref}/"))
    vera = client_of("vera")
    for path in (f"/tasks/{task.ref}/", "/tasks/?box=agency", f"/tasks/{task.ref}/decline/", "/"):
        page = vera.get(path)
        assert page.status_code == 200, path
        assert "Thorncroft" not in page.content.decode(), path


# --- Steps --------------------------------------------------------------------------------------------

STEPS = {
    "accept": ({"assignee": "bob"}, "accepted", "Task accepted"),
    "decline": ({"reason": "Not our tenant"}, "declined", "Task declined"),
}


@pytest.mark.parametrize("verb", STEPS)
def test_a_step_of_who_was_asked(case, verb):
    values, state, said = STEPS[verb]
    data = {key: cast_get()[value].pk if key == "assignee" else value for key, value in values.items()}
    task, client = ask(case), client_of("bob")
    assert client.get(f"/tasks/{task.ref}/{verb}/").status_code == 200
    page = client.post(f"/tasks/{task.ref}/{verb}/", data, follow=True)
    assert said in text(page)
    assert fresh(task).state == state


def test_finishing(case):
    task, client = ask(case), client_of("bob")
    client.post(f"/tasks/{task.ref}/accept/", {"assignee": cast_get()["bob"].pk})
    assert "Accepted by Bob" in text(client.get(f"/tasks/{task.ref}/"))
    page = client.post(f"/tasks/{task.ref}/done/", {"achieved": "Both doors have chains now."}, follow=True)
    assert "Task marked as done" in text(page)
    assert "Both doors have chains now." in text(page)
    assert fresh(task).state == "done"


def test_withdrawing_giving_on_rewording_and_offering_again(case):
    task, alice, bob = ask(case), client_of("alice"), client_of("bob")
    alice.post(f"/tasks/{task.ref}/reword/", {"title": "Fit two door chains", "detail": ""})
    assert fresh(task).title == "Fit two door chains"
    bob.post(f"/tasks/{task.ref}/reassign/", {"assignee": cast_get()["nora"].pk})
    assert fresh(task).assignee == cast_get()["nora"]
    bob.post(f"/tasks/{task.ref}/decline/", {"reason": "Voice is nearer"})
    assert alice.get(f"/tasks/{task.ref}/offer/").status_code == 200
    again = {key: value for key, value in add_data(agency=agency("VSS").pk).items() if key not in ("title", "detail")}
    alice.post(f"/tasks/{task.ref}/offer/", again)
    assert (fresh(task).state, fresh(task).agency.code) == ("offered", "VSS")
    alice.post(f"/tasks/{task.ref}/withdraw/", {"reason": "No longer wanted"})
    assert fresh(task).state == "withdrawn"


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        ("decline", "Enter why"),
        ("done", "Enter what was achieved"),
        ("withdraw", "Enter why"),
        ("reword", "Enter what"),
    ],
)
def test_an_empty_step_is_refused_and_changes_nothing(case, verb, sentence):
    doer = {"done": "alice", "withdraw": "alice", "reword": "alice"}.get(verb, "bob")
    task = ask(case, "POL") if verb == "done" else ask(case)
    state = task.state
    page = client_of(doer).post(f"/tasks/{task.ref}/{verb}/", {})
    assert page.status_code == 200
    assert sentence in text(page)
    assert fresh(task).state == state


def test_the_second_person_reads_who_was_first(case):
    task = ask(case)
    client_of("bob").post(f"/tasks/{task.ref}/accept/", {"assignee": cast_get()["bob"].pk})
    page = client_of("nora").post(f"/tasks/{task.ref}/accept/", {"assignee": cast_get()["nora"].pk})
    assert page.status_code == 200
    assert "Bob Wickens has accepted this task already" in text(page)


ALL_STEPS = {
    "accept": {"assignee": ""},
    "decline": {"reason": "x"},
    "done": {"achieved": "x"},
    "withdraw": {"reason": "x"},
    "reassign": {"assignee": ""},
    "offer": {"agency": "", "assignee": ""},
    "reword": {"title": "x"},
}


NOT_THEIRS = [
    *[("vera", verb) for verb in ALL_STEPS],
    *[("alice", verb) for verb in ("accept", "decline", "done", "reassign")],
    *[("bob", verb) for verb in ("withdraw", "offer", "reword")],
]


@pytest.mark.parametrize(("name", "verb"), NOT_THEIRS)
def test_who_only_sees_the_task_may_not_take_the_step(case, name, verb):
    task, client = ask(case), client_of(name)
    assert client.get(f"/tasks/{task.ref}/{verb}/").status_code == 403
    assert client.post(f"/tasks/{task.ref}/{verb}/", ALL_STEPS[verb]).status_code == 403
    assert client.post(f"/tasks/{task.ref}/{verb}/").status_code == 403
    assert fresh(task).state == "offered"
    assert fresh(task).title == task.title


def test_a_step_that_is_over_leads_back_to_the_task(case):
    task, client = ask(case), client_of("bob")
    client.post(f"/tasks/{task.ref}/decline/", {"reason": "Not our tenant"})
    for verb in ("accept", "decline", "done", "reassign"):
        page = client.get(f"/tasks/{task.ref}/{verb}/")
        assert (page.status_code, page["Location"]) == (302, f"/tasks/{task.ref}/")


@pytest.mark.parametrize("verb", ["", *[f"{verb}/" for verb in ALL_STEPS]])
def test_nobody_else_finds_it(case, verb):
    task = ask(case)
    for name in ("walt", "sam", "admin", "greta"):
        assert client_of(name).get(f"/tasks/{task.ref}/{verb}").status_code == 404


@pytest.mark.parametrize("step", ["accept", "decline"])
def test_whoever_answers_reads_by_when_it_is_due(case, step):
    task = ask(case)
    assert f"Due {moment_text(task.due_at)}" in text(client_of("bob").get(f"/tasks/{task.ref}/{step}/"))


@pytest.mark.parametrize(
    ("state", "word"), [("accepted", "Who does it Niall Brady"), ("declined", "Who was asked Niall Brady")]
)
def test_a_declined_task_says_who_was_asked_not_who_does_it(case, state, word):
    task = ask(case)
    rows = Task.objects.unscoped(reason="the test arranges the row").filter(pk=task.pk)
    rows.update(state=state, assignee=cast_get()["niall"], closed_at=clock.now() if state == "declined" else None)
    assert word in text(client_of("alice").get(f"/tasks/{task.ref}/"))


@pytest.mark.parametrize("path", ["/tasks/", "/tasks/HT-26-000000/", "/tasks/HT-26-000000/accept/", "/"])
def test_without_signing_in_one_is_asked_to(client, db, path):
    page = client.get(path)
    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")


# --- The list ------------------------------------------------------------------------------------------


def test_the_three_lists(case):
    mine = ask(case, "POL", title="My own")
    asked = ask(case, "NNC", title="Asked of the council")
    client = client_of("alice")
    assert {row["ref"] for row in refs(client.get("/tasks/"))} == {mine.ref}
    assert {row["ref"] for row in refs(client.get("/tasks/?box=agency"))} == {mine.ref}
    assert {row["ref"] for row in refs(client.get("/tasks/?box=asked"))} == {asked.ref}
    assert {row["ref"] for row in refs(client_of("bob").get("/tasks/?box=agency"))} == {asked.ref}
    assert {row["ref"] for row in refs(client_of("bob").get("/tasks/?box=agency&state=waiting"))} == {asked.ref}
    assert refs(client_of("bob").get("/tasks/")) == []


def refs(page) -> list[dict]:
    assert page.status_code == 200
    return [{"ref": row.ref, "due": row.due_at} for row in page.context["rows"]]


def test_finished_tasks_are_listed_apart(case):
    task = ask(case, "POL")
    client = client_of("alice")
    client.post(f"/tasks/{task.ref}/done/", {"achieved": "Done."})
    assert refs(client.get("/tasks/")) == []
    assert [row["ref"] for row in refs(client.get("/tasks/?state=done"))] == [task.ref]


def test_an_overdue_task_says_so(case, settings):
    ask(case, "POL", due_at=clock.now() + dt.timedelta(hours=1))
    settings.HATECASE_NOW = (clock.now() + dt.timedelta(hours=2)).isoformat()
    assert "Overdue" in text(client_of("alice").get("/tasks/"))


def test_a_long_list_is_walked_both_ways_without_a_gap(case):
    first = clock.now() + dt.timedelta(days=1)
    every = [ask(case, "POL", title=f"Task {n}", due_at=first + dt.timedelta(hours=n // 2)).ref for n in range(60)]
    client, path, seen, sizes = client_of("alice"), "/tasks/", [], []
    while path:
        page = client.get(path)
        seen += [row["ref"] for row in refs(page)]
        sizes.append(len(refs(page)))
        older, last = page.context["older"], page
        path = older
    assert sizes == [PAGE_SIZE, PAGE_SIZE, 10]
    assert seen == every
    back = client.get(last.context["newer"])
    assert [row["ref"] for row in refs(back)] == every[PAGE_SIZE : 2 * PAGE_SIZE]
    front = client.get(back.context["newer"])
    assert [row["ref"] for row in refs(front)] == every[:PAGE_SIZE]
    assert not front.context["newer"]


@pytest.mark.parametrize("query", ["?box=x&state=y", "?after=nonsense", "?before=20260101T000000.0~x", "?after=~"])
def test_a_mangled_address_is_the_first_page(case, query):
    task = ask(case, "POL")
    assert [row["ref"] for row in refs(client_of("alice").get(f"/tasks/{query}"))] == [task.ref]


@pytest.mark.parametrize("box", ["mine", "agency", "asked"])
@pytest.mark.parametrize("state", ["open", "waiting", "done"])
def test_an_empty_list_says_what_would_be_there(cast, box, state):
    page = client_of("alice").get(f"/tasks/?box={box}&state={state}")
    assert page.status_code == 200
    assert 'class="hc-empty"' in page.content.decode()


@pytest.mark.parametrize("name", ["sam", "ines", "greta", "admin", "ada"])
def test_who_works_no_cases_has_no_tasks(cast, name):
    assert client_of(name).get("/tasks/").status_code == 404


def test_pages_cost_few_queries_whatever_their_length(case):
    for number in range(30):
        ask(case, "POL", title=f"Task {number}")
    task = ask(case)
    assert queries_beyond(client_of("alice"), "/tasks/") == 4
    assert queries_beyond(client_of("bob"), f"/tasks/{task.ref}/") == 6
    assert queries_beyond(client_of("alice"), f"/cases/{case.ref}/tasks/add/") == 8


@pytest.fixture
def many(case) -> None:
    """Two thousand tasks, open and finished, of every agency and many people."""
    agencies, people, now = list(Agency.objects.all()), list(cast_get().values()), clock.now()
    Task.objects.bulk_create(
        Task(
            ref=f"HT-26-{n:06}",
            case=case,
            title="Fit a chain",
            agency=agencies[n % len(agencies)],
            assignee=people[n % len(people)],
            asked_by_agency=agencies[n % 7],
            due_at=now + dt.timedelta(minutes=7 * n % 5000),
            # Everybody and every agency has some of both, whatever their number.
            state="done" if n // 41 % 2 else "accepted",
            closed_at=now - dt.timedelta(minutes=n) if n // 41 % 2 else None,
        )
        for n in range(2000)
    )
    with connection.cursor() as cursor:
        # The plan hangs on what is known of each table that it joins.
        cursor.execute("analyze incidents_task, incidents_case, agencies_user, agencies_agency")


@pytest.mark.parametrize(
    ("box", "state", "index"),
    [
        ("mine", "open", "task_assignee_open_due"),
        ("agency", "open", "task_agency_open_due"),
        ("asked", "open", "task_asked_open"),
        ("mine", "done", "task_assignee_closed"),
        ("agency", "done", "task_agency_closed"),
        ("asked", "done", "task_asked_closed"),
    ],
)
def test_the_lists_walk_an_index_as_the_webs_role(many, box, state, index):
    with acting("alice") as actor, CaptureQueriesContext(connection) as captured:
        tasks_page(actor=actor, box=box, state=state)
    (query,) = [q["sql"] for q in captured.captured_queries if "incidents_task" in q["sql"]]
    with acting("alice"), connection.cursor() as cursor:
        cursor.execute(f"explain {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan
    assert "Seq Scan on incidents_task" not in plan
    assert "hashed SubPlan" not in plan, "the wall looks each case up, and does not read them all first"
