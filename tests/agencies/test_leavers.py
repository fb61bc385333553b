"""Leaving an agency without leaving anything behind: work is handed on, access ends at once, and coming back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client

from agencies.models import Agency, ApiToken, Mail, Membership, Notice, User
from agencies.selectors import colleagues
from agencies.services.mail import mails_send
from agencies.services.token import token_create
from incidents.choices import Level
from incidents.models import Case, IncidentDraft, RiskDraft, RiskTool, Task
from incidents.services import task as tasks
from incidents.services.access import access_rebuild
from kernel import clock
from kernel.errors import RuleError
from kernel.models import AuditEvent
from tests.agencies.people import do, invite, place
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from tests.incidents.casework import give, text

pytestmark = pytest.mark.django_db


def lead(case: Case, name: str) -> None:
    Case.objects.unscoped(reason="set up the test").filter(pk=case.pk).update(lead_worker=cast_get()[name])


def ask(case: Case, code: str, name: str = "alice", **values) -> Task:
    with acting(name) as actor:
        return tasks.task_create(actor=actor, case=case, title="Fit a chain", agency=agency(code), **values)


@pytest.fixture
def alices(cast) -> dict:
    """What Alice holds: two tasks, a led case, a closed one, a draft, a half-answered assessment."""
    case, closed = log_incident_as("alice").case, log_incident_as("alice").case
    lead(case, "alice")
    lead(closed, "alice")
    Case.objects.unscoped(reason="set up the test").filter(pk=closed.pk).update(status="closed")
    give(case, "NNC", Level.CONTRIBUTE)
    draft = IncidentDraft.objects.create(author=cast["alice"], agency=agency("POL"), erase_on=clock.today())
    half = RiskDraft.objects.create(case=case, author=cast["alice"], tool=RiskTool.objects.first())
    return {
        "case": case,
        "closed": closed,
        "draft": draft,
        "half": half,
        "tasks": [ask(case, "POL"), ask(case, "POL")],
        "others": ask(case, "NNC"),
    }


def row(record):
    return type(record).objects.unscoped(reason="the test looks at the row").get(pk=record.pk)


def test_an_administrator_sees_counts_and_no_content(alices):
    page = client_of("ada").get(f"/people/{place('alice').pk}/")
    assert "2 open tasks 1 open case 1 report not yet sent 1 half-answered assessment" in text(page)
    assert alices["case"].ref not in page.content.decode()
    assert alices["tasks"][0].ref not in page.content.decode()
    with acting("ada"):
        assert not Task.objects.unscoped(reason="the second wall alone").exists()
        assert not Case.objects.unscoped(reason="the second wall alone").exists()


def test_everything_goes_to_the_colleague_and_the_account_closes(alices, cast):
    handed = do("ada", "person_close", membership=place("alice"), to=cast["amir"])
    assert {one.label: one.count for one in handed} == {
        "open tasks": 2,
        "open case": 1,
        "report not yet sent": 1,
        "half-answered assessment": 1,
    }
    assert [row(task).assignee for task in alices["tasks"]] == [cast["amir"]] * 2
    assert [row(task).state for task in alices["tasks"]] == ["accepted"] * 2
    assert row(alices["case"]).lead_worker == cast["amir"]
    assert row(alices["closed"]).lead_worker == cast["alice"]
    assert row(alices["draft"]).author == cast["amir"]
    assert row(alices["half"]).author == cast["amir"]
    assert row(alices["others"]).asked_by == cast["alice"]
    assert not place("alice").is_active
    assert place("alice").ended_at is not None
    alice = User.objects.get(pk=cast["alice"].pk)
    assert (alice.is_active, alice.has_usable_password()) == (False, False)
    told = Notice.objects.unscoped(reason="the test looks").filter(user=cast["amir"], kind="people").get().text
    held = "2 open tasks, 1 open case, 1 report not yet sent, 1 half-answered assessment"
    assert told == f"{held} of Alice Morgan were handed on to you"
    close = AuditEvent.objects.get(action="person.close")
    assert close.detail["handed_on"]["open tasks"] == 2
    moved = AuditEvent.objects.get(action="work.hand_on")
    assert moved.detail["case"] == [alices["case"].pk]
    assert sorted(moved.detail["task"]) == sorted(task.pk for task in alices["tasks"])


def test_the_new_case_lead_makes_an_older_edit_stale(alices, cast):
    version = row(alices["case"]).version
    do("ada", "person_close", membership=place("alice"), to=cast["amir"])
    assert row(alices["case"]).version == version + 1


def test_without_a_choice_the_point_of_contact_takes_it(alices, cast):
    do("ada", "person_close", membership=place("alice"))
    assert row(alices["case"]).lead_worker == cast["asha"]


def test_without_anybody_to_take_it_the_account_stays_open(alices, cast):
    Membership.objects.filter(agency=agency("POL")).exclude(user__in=[cast["alice"], cast["ada"]]).update(
        is_active=False
    )
    with pytest.raises(RuleError, match="Choose a colleague") as refused:
        do("ada", "person_close", membership=place("alice"))
    assert refused.value.field == "to"
    assert place("alice").is_active
    assert row(alices["case"]).lead_worker == cast["alice"]


@pytest.mark.parametrize("name", ["bob", "ada"])
def test_work_goes_only_to_who_works_cases_in_the_same_agency(alices, cast, name):
    with pytest.raises(RuleError, match="Choose a colleague"):
        do("ada", "person_close", membership=place("alice"), to=cast[name])


def test_what_the_colleague_may_not_see_goes_back_to_the_agency(alices, cast):
    alices["case"].exclusions.create(user=cast["amir"], reason="A relative")
    access_rebuild([alices["case"].pk])
    do("ada", "person_close", membership=place("alice"), to=cast["amir"])
    assert row(alices["case"]).lead_worker is None
    task = row(alices["tasks"][0])
    assert (task.assignee, task.state, task.accepted_at) == (None, "offered", None)
    assert not RiskDraft.objects.unscoped(reason="the test looks").exists()


def test_the_colleagues_own_half_answered_assessment_stays(alices, cast):
    own = RiskDraft.objects.create(case=alices["case"], author=cast["amir"], tool=RiskTool.objects.first())
    do("ada", "person_close", membership=place("alice"), to=cast["amir"])
    assert [d.pk for d in RiskDraft.objects.unscoped(reason="the test looks")] == [own.pk]


def name_into(case: Case, name: str) -> None:
    case.people.create(
        user=cast_get()[name],
        level="manage",
        rank=4,
        reason="Known to staff",
        starts_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1),
    )
    access_rebuild([case.pk])


def test_a_restricted_case_that_nobody_else_can_open_stops_it(cast):
    case = log_incident_as("alice").case
    Case.objects.unscoped(reason="set up the test").filter(pk=case.pk).update(tier="restricted")
    name_into(case, "alice")
    with pytest.raises(RuleError, match="Nobody else can open 1 restricted case"):
        do("ada", "person_close", membership=place("alice"))
    assert place("alice").is_active
    name_into(case, "asha")
    do("ada", "person_close", membership=place("alice"))
    assert row(case).user_ids == [cast["asha"].pk]


def test_sessions_and_tokens_end_at_once(cast):
    client = client_of("alice")
    with acting("admin") as actor:
        token, secret = token_create(actor=actor, user=cast["alice"])
    assert client.get("/").status_code == 200
    do("ada", "person_close", membership=place("alice"))
    assert client.get("/").status_code == 302
    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None
    header = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/tasks/", headers=header).status_code == 401
    do("ada", "person_reopen", membership=place("alice"))
    assert client.get("/").status_code == 302, "an old session stays dead after the account is opened again"


def test_closing_twice_is_closing_once(cast):
    do("ada", "person_close", membership=place("alice"))
    assert do("ada", "person_close", membership=place("alice")) == []
    assert AuditEvent.objects.filter(action="person.close").count() == 1


def test_a_place_elsewhere_keeps_the_account_open(cast):
    invite(email="bob@north.example", roles=["caseworker"])
    here = Membership.objects.get(user=cast["bob"], agency=agency("POL"))
    do("ada", "person_close", membership=here)
    bob = User.objects.get(pk=cast["bob"].pk)
    assert (bob.is_active, bob.has_usable_password()) == (True, True)


def test_what_is_held_in_another_agency_stays_there(alices, cast):
    invite("adam", "NNC", email="alice@police.example", roles=["caseworker"])
    do("adam", "person_close", membership=Membership.objects.get(user=cast["alice"], agency=agency("NNC")))
    assert row(alices["case"]).lead_worker == cast["alice"]


def test_coming_back_brings_the_roles_and_a_new_invitation(cast, inbox):
    do("ada", "person_close", membership=place("alice"))
    do("ada", "person_reopen", membership=place("alice"))
    assert place("alice").is_active
    assert place("alice").ended_at is None
    assert place("alice").roles == ["caseworker", "triager"]
    assert mails_send() == 1
    assert inbox.messages[0]["To"] == "alice@police.example"


def test_who_stops_working_cases_hands_on_first(alices, cast):
    with pytest.raises(RuleError, match="Hand on their work first: 2 open tasks, 1 open case") as refused:
        do("ada", "person_roles_set", membership=place("alice"), roles=["agency_admin"], job_title="")
    assert refused.value.field == "roles"
    do("ada", "work_hand_on", membership=place("alice"), to=cast["amir"])
    do("ada", "person_roles_set", membership=place("alice"), roles=["agency_admin"], job_title="")
    assert row(alices["case"]).lead_worker == cast["amir"]
    assert AuditEvent.objects.filter(action="person.hand_on").count() == 1


def test_the_database_itself_refuses_who_is_no_administrator(alices, cast):
    with acting("amir"), connection.cursor() as cursor:
        cursor.execute("select * from hatecase_work_held(%s, %s)", [cast["alice"].pk, agency("POL").pk])
        assert cursor.fetchall() == []
    with pytest.raises(Exception, match="only an administrator"), acting("adam"), connection.cursor() as cursor:
        cursor.execute(
            "select * from hatecase_work_hand(%s, %s, %s, true)", [cast["alice"].pk, agency("POL").pk, cast["amir"].pk]
        )
    assert row(alices["case"]).lead_worker == cast["alice"]


def test_colleagues_are_those_who_work_cases_points_of_contact_first(cast):
    assert [person.name for person in colleagues(place("alice"))][:3] == [
        "Asha Raithatha",
        "Donna Pickering",
        "Amir Qureshi",
    ]
    assert "Ada Whitlock" not in [person.name for person in colleagues(place("alice"))]
    assert Agency.objects.filter(code="POL").exists()
    assert not Mail.objects.exists()
