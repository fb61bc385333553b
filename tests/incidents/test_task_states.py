"""A task as a state machine: the table of steps walked over every pair, referrals, and several tasks at once."""

from __future__ import annotations

import itertools

import pytest

from agencies.models import Notice
from incidents.choices import TASK_STEPS, Level, TaskState
from incidents.models import Case, Task
from incidents.services import task as service
from incidents.services.access import access_rebuild
from incidents.services.cover import cover_set
from incidents.services.task_bulk import ACCEPT, GIVE, START, Chosen, tasks_step
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import case_of, give, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Alice's case, to which North Northamptonshire Council may contribute."""
    case = case_of()
    give(case, "NNC", Level.CONTRIBUTE)
    return case


def ask(case, code="NNC", **values):
    with acting("alice") as actor:
        title = values.pop("title", "Fit a door chain")
        return service.task_create(actor=actor, case=case, title=title, agency=agency(code), **values)


def put(task, state, name="niall", assignee=None):
    """A task as it would stand after somebody brought it there."""
    closed = not TaskState(state).is_open
    Task.objects.unscoped(reason="the test arranges the row").filter(pk=task.pk).update(
        state=state,
        assignee=assignee,
        closed_at=clock.now() if closed else None,
        closed_by=cast_get()[name] if closed else None,
    )
    return now(task)


def now(task):
    return Task.objects.unscoped(reason="the test looks at the row").get(pk=task.pk)


def take(to, task):
    """The service that brings a task to a state, by somebody whose step it is."""
    steps = {
        TaskState.OFFERED: ("alice", lambda a: service.task_offer(actor=a, task=task, agency=agency("NNC"))),
        TaskState.ACCEPTED: ("bob", lambda a: service.task_accept(actor=a, task=task)),
        TaskState.IN_PROGRESS: ("bob", lambda a: service.task_start(actor=a, task=task)),
        TaskState.DONE: ("bob", lambda a: service.task_complete(actor=a, task=task, achieved="Fitted")),
        TaskState.DECLINED: ("bob", lambda a: service.task_decline(actor=a, task=task, reason="No time")),
        TaskState.WITHDRAWN: ("alice", lambda a: service.task_withdraw(actor=a, task=task, reason="Not needed")),
    }
    name, act = steps[to]
    with acting(name) as actor:
        return act(actor)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(TaskState, TaskState)))
def test_every_pair_of_states_is_a_step_or_a_refusal(case, before, after):
    task = put(ask(case), before)
    if after in TASK_STEPS[before]:
        take(after, task)
        assert now(task).state == after
        return
    with pytest.raises(RuleError) as refused:
        take(after, task)
    assert str(refused.value)
    assert now(task).state == before


def test_begun_it_is_told_and_recorded_once(case, cast):
    task = put(ask(case), TaskState.ACCEPTED)
    for _ in range(2):
        with acting("bob") as bob:
            service.task_start(actor=bob, task=task)
    assert now(task).assignee == cast["bob"]
    assert AuditEvent.objects.filter(action="task.start").count() == 1
    told = Notice.objects.unscoped(reason="the test looks").filter(text__endswith="is in progress")
    assert [notice.user.email for notice in told] == ["alice@police.example"]
    with acting("nora") as nora, pytest.raises(RuleError, match="Bob Wickens is working on this task already"):
        service.task_accept(actor=nora, task=task)


@pytest.mark.parametrize(
    ("take", "state", "word"),
    [
        (
            lambda nora, task, nora_: service.task_accept(actor=nora, task=task),
            TaskState.OFFERED,
            "is with somebody else now",
        ),
        (
            lambda nora, task, nora_: service.task_reassign(actor=nora, task=task, assignee=nora_),
            TaskState.ACCEPTED,
            "is with somebody else now",
        ),
        (
            lambda nora, task, _: service.task_reassign(actor=nora, task=task, assignee=None),
            TaskState.ACCEPTED,
            "waits again for somebody to do it",
        ),
    ],
    ids=["accepted by another", "given to another", "given back"],
)
def test_who_had_it_is_told_that_it_is_with_another(case, cast, take, state, word):
    task = put(ask(case), state, assignee=cast["bob"])
    with acting("nora") as nora:
        take(nora, task, cast["nora"])
    told = Notice.objects.unscoped(reason="the test looks").filter(user=cast["bob"])
    assert [notice.text for notice in told] == [f"{task.ref} in {case.ref} {word}"]


def test_who_gives_it_away_is_not_told_so(case, cast):
    task = put(ask(case), TaskState.ACCEPTED, assignee=cast["bob"])
    with acting("bob") as bob:
        service.task_reassign(actor=bob, task=task, assignee=cast["nora"])
    told = Notice.objects.unscoped(reason="the test looks").filter(user__in=(cast["bob"], cast["nora"]))
    assert [(notice.user, notice.text) for notice in told] == [
        (cast["nora"], f"{task.ref} in {case.ref} is yours to do")
    ]


def test_who_does_not_do_it_cannot_begin_it(case):
    task = put(ask(case), TaskState.ACCEPTED)
    with acting("alice") as alice, pytest.raises(ForbiddenError, match="Only North"):
        service.task_start(actor=alice, task=task)
    assert client_of("alice").get(f"/tasks/{task.ref}/start/").status_code == 403


# --- Referrals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"service": "", "wish": "wanted"}, "service"),
        ({"service": "counselling", "wish": ""}, "wish"),
        ({"service": "nonsense", "wish": "wanted"}, "service"),
        ({"service": "counselling", "wish": "refused"}, "detail"),
        ({"service": "counselling", "wish": "wanted", "kind": "nonsense"}, "kind"),
    ],
)
def test_a_referral_says_for_what_and_whether_it_is_wanted(case, terms, field):
    with pytest.raises(RuleError) as refused:
        ask(case, **({"kind": "referral"} | terms))
    assert refused.value.field == field
    assert not Task.objects.unscoped(reason="the test counts").exists()


def test_a_refused_referral_goes_out_with_its_reason_and_a_task_keeps_no_wish(case):
    sent = ask(case, kind="referral", service="health", wish="refused", detail="He spoke of killing himself.")
    assert (sent.service, sent.wish) == ("health", "refused")
    plain = ask(case, service="health", wish="wanted")
    assert (plain.kind, plain.service, plain.wish) == ("task", "", "")


def test_whether_the_victim_wants_it_is_not_told_to_the_other_side(case):
    give(case, "PROB", Level.VIEW)
    task = ask(case, kind="referral", service="counselling", wish="not_asked", title="Offer six sessions")
    assert "They have not been asked yet" in text(client_of("bob").get(f"/tasks/{task.ref}/"))
    page = client_of("petra").get(f"/tasks/{task.ref}/")
    assert "Offer six sessions" in text(page)
    assert "They have not been asked yet" not in text(page)


def test_a_referral_is_asked_for_on_the_page(case):
    day = {"due_on_day": "1", "due_on_month": "2", "due_on_year": "2030"}
    sent = {"title": "Offer six sessions", "agency": agency("NNC").pk, "kind": "referral", **day}
    page = client_of("alice").post(f"/cases/{case.ref}/tasks/add/", sent | {"submission_id": ""})
    assert "Select what they are referred for" in text(page)
    assert "What do you ask for? (optional)" not in text(page)
    done = client_of("alice").post(
        f"/cases/{case.ref}/tasks/add/", sent | {"service": "counselling", "wish": "wanted"}, follow=True
    )
    assert "Counselling" in text(done)


def test_what_a_task_does_not_ask_for_is_not_asked_about(case):
    day = {"due_on_day": "1", "due_on_month": "2", "due_on_year": "2030"}
    sent = {"title": "Fit a chain", "agency": agency("NNC").pk, "kind": "task", "service": "counselling", **day}
    done = client_of("alice").post(f"/cases/{case.ref}/tasks/add/", sent, follow=True)
    assert "Waiting for acceptance" in text(done)
    assert "Referred for" not in text(done)


# --- Several at once -----------------------------------------------------------------------------


def chosen(*tasks):
    return [Chosen(task.ref, task.state, task.assignee_id) for task in tasks]


def step(name, verb, *rows, assignee=None):
    with acting(name) as actor:
        return {one.ref: one.refusal for one in tasks_step(actor=actor, verb=verb, chosen=rows, assignee=assignee)}


def test_each_is_decided_by_itself_as_it_stands(case, cast):
    first, second, third, other = (ask(case) for _ in range(4))
    rows = chosen(first, second, third, other)
    put(second, TaskState.ACCEPTED, assignee=cast["nora"])
    put(third, TaskState.WITHDRAWN)
    outcomes = step("bob", ACCEPT, *rows)
    assert outcomes[first.ref] == outcomes[other.ref] == ""
    assert "it is now “Accepted” and is with Nora Petkova. Nothing was done." in outcomes[second.ref]
    assert "it is now “Withdrawn”. Nothing was done." in outcomes[third.ref]
    assert (now(first).assignee, now(second).assignee) == (cast["bob"], cast["nora"])


def test_what_cannot_be_seen_is_as_what_is_not_there(case, cast):
    task = ask(case)
    case.exclusions.create(user=cast["bob"], reason="A relative")

    access_rebuild([case.pk])
    outcomes = step("bob", ACCEPT, *chosen(task), Chosen("HT-26-ZZZZZZ", "offered", None))
    assert set(outcomes.values()) == {"You cannot open this task any more."}
    assert now(task).state == "offered"


def test_given_to_somebody_who_cannot_do_them_nothing_is_half_done(case, cast):
    task = ask(case)
    outcomes = step("bob", GIVE, *chosen(task), assignee=cast["walt"])
    assert "does not work at North" in outcomes[task.ref]
    assert now(task).assignee is None
    assert step("bob", GIVE, *chosen(task), assignee=cast["nora"]) == {task.ref: ""}
    assert now(task).assignee == cast["nora"]


@pytest.mark.parametrize(
    ("verb", "count", "field"),
    [(ACCEPT, 0, "tasks"), (ACCEPT, 51, "tasks"), ("burn", 1, "verb"), (GIVE, 1, "assignee")],
)
def test_what_was_sent_must_make_sense(cast, verb, count, field):
    rows = [Chosen(f"HT-26-{number:06}", "offered", None) for number in range(count)]
    with acting("bob") as bob, pytest.raises(RuleError) as refused:
        tasks_step(actor=bob, verb=verb, chosen=rows)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "mark", ["", "HT-26-7KQ4M2", "HT-26-7KQ4M2~burnt~0", "HT~offered~x", "a~offered~1234567890123"]
)
def test_a_mark_that_no_list_wrote_is_none(mark):
    assert Chosen.parse(mark) is None


def test_a_journey_by_the_list(case, cast):
    first, second = ask(case), ask(case)
    bob = client_of("bob")
    page = bob.get("/tasks/?box=agency&state=waiting")
    marks = [f"{task.ref}~offered~0" for task in (first, second)]
    assert all(f'value="{mark}"' in page.content.decode() for mark in marks)
    put(second, TaskState.ACCEPTED, assignee=cast["nora"])
    sent = {"tasks": marks, "verb": "accept", "back": "?box=agency"}
    done = bob.post("/tasks/selected/", sent, follow=True)
    assert done.redirect_chain == [("/tasks/?box=agency", 302)]
    assert "1 task accepted" in text(done)
    assert f"{second.ref}: Changed while you were choosing" in text(done)
    begun = bob.post(
        "/tasks/selected/", {"tasks": [f"{first.ref}~accepted~{cast['bob'].pk}"], "verb": START}, follow=True
    )
    assert "1 task marked as in progress" in text(begun)
    assert now(first).state == "in_progress"
    empty = bob.post("/tasks/selected/", {"verb": "accept"}, follow=True)
    assert "Select at least one task" in text(empty)
    away = bob.post("/tasks/selected/", {**sent, "back": "//evil.example"})
    assert away["Location"].startswith("/tasks/?")


@pytest.mark.parametrize(
    ("missing", "said"),
    [({"verb": ""}, "Choose what to do with the tasks"), ({"verb": GIVE}, "Choose the colleague who is to do them")],
)
def test_what_is_forgotten_costs_no_selection(case, cast, missing, said):
    first, second, third = ask(case), ask(case), ask(case)
    marks = [f"{task.ref}~offered~0" for task in (first, second)]
    sent = {"tasks": marks, "back": "?box=agency&state=waiting"} | missing
    page = client_of("bob").post("/tasks/selected/", sent)
    assert page.status_code == 200
    html = page.content.decode()
    assert said in text(page)
    assert "There is a problem" in text(page)
    assert all(f'value="{mark}" checked' in html for mark in marks)
    assert f'value="{third.ref}~offered~0" checked' not in html
    assert 'name="back" value="?box=agency&amp;state=waiting"' in html
    assert html.count("govuk-radios__input") == 3
    assert ('value="give" checked' in html) == (missing["verb"] == GIVE)
    assert now(first).state == "offered"


def test_the_agencys_list_is_narrowed_to_a_person_and_to_what_is_late(case, cast):
    late, other, free = ask(case), ask(case), ask(case)
    put(late, TaskState.ACCEPTED, assignee=cast["bob"])
    Task.objects.unscoped(reason="the test arranges the row").filter(pk=late.pk).update(due_at=clock.now())
    put(other, TaskState.ACCEPTED, assignee=cast["bob"])
    beth, bob = client_of("beth"), cast["bob"].pk

    def listed(query):
        page = text(beth.get(f"/tasks/?box=agency{query}"))
        return [task for task in (late, other, free) if task.ref in page]

    assert listed("") == [late, other, free]
    assert listed(f"&who={bob}") == [late, other]
    assert listed(f"&who={bob}&late=1") == [late]
    assert listed("&who=0") == [free]
    assert listed("&who=0&late=1") == []
    assert listed("&who=bob") == [late, other, free]
    sent = {"tasks": f"{late.ref}~accepted~{bob}", "verb": GIVE, "assignee": cast["nora"].pk}
    given = beth.post("/tasks/selected/", sent | {"back": f"?box=agency&who={bob}"}, follow=True)
    assert "1 task given to a colleague" in text(given)
    assert late.ref not in text(given).partition("1 task given to a colleague")[2]


def test_who_works_no_cases_takes_no_steps(cast):
    assert client_of("sam").post("/tasks/selected/", {"verb": "accept"}).status_code == 404
    assert client_of("bob").get("/tasks/selected/").status_code == 405


def test_the_boxes_are_counted_and_a_wall_hides_from_the_count(case, cast):
    for _ in range(3):
        ask(case)
    waits = text(client_of("alice").get("/tasks/?box=asked"))
    assert "Waiting for others 3" in waits
    assert "Asked of my agency 3" in text(client_of("bob").get("/tasks/"))
    case.exclusions.create(agency=agency("NNC"), reason="Employs the person complained of")

    access_rebuild([case.pk])
    page = text(client_of("bob").get("/tasks/?box=agency"))
    assert "Asked of my agency 0" in page
    assert case.ref not in page


def test_a_declined_task_waits_for_whoever_asked_until_it_is_offered_again_or_withdrawn(case, cast):
    with acting("alice") as alice:
        today = clock.today()
        cover_set(
            actor=alice,
            agency=agency("POL"),
            away=cast["alice"],
            covering=cast["amir"],
            starts_on=today,
            ends_on=today,
        )
    first, second = ask(case), ask(case)
    for task in (first, second):
        take(TaskState.DECLINED, task)
    told = Notice.objects.unscoped(reason="the test looks").filter(text__endswith="was declined")
    assert sorted(row.user.email.partition("@")[0] for row in told) == ["alice", "alice", "amir", "amir"]
    alice = client_of("alice")
    box = "/tasks/?box=asked"
    page = text(alice.get(box))
    assert page.count("Offer it to another or withdraw it") == 2
    assert "Waiting for others 2" in page
    assert "Waiting for others 2" in text(client_of("asha").get(box))
    assert first.ref not in text(alice.get(f"{box}&state=done"))
    work = text(alice.get("/"))
    assert "Declined by those you asked" in work
    assert first.ref in alice.get("/").content.decode()
    assert "Declined by" not in text(client_of("asha").get("/"))
    assert first.ref in text(client_of("bob").get("/tasks/?box=agency&state=done"))
    take(TaskState.OFFERED, first)
    assert "Withdraw it" in text(alice.get(f"/tasks/{second.ref}/"))
    before = Notice.objects.unscoped(reason="the test counts").count()
    take(TaskState.WITHDRAWN, second)
    assert Notice.objects.unscoped(reason="the test counts").count() == before
    page = text(alice.get(box))
    assert "Waiting for others 1" in page
    assert "Declined" not in page
    take(TaskState.DECLINED, first)
    Case.objects.unscoped(reason="the test closes it").filter(pk=case.pk).update(status="closed")
    assert "Waiting for others 0" in text(alice.get(box))
    assert first.ref in text(alice.get(f"{box}&state=done"))
    assert "Declined by" not in text(alice.get("/"))


def test_the_list_costs_at_most_eight_queries(case):
    for _ in range(30):
        ask(case)
    for box in ("mine", "agency", "asked"):
        assert queries_beyond(client_of("bob"), f"/tasks/?box={box}") <= 5
