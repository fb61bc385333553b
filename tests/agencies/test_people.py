"""People of an agency: invitations, roles, and leaving without leaving anything behind."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test import Client

from agencies.models import Agency, ApiToken, Mail, Membership, Notice, User
from agencies.rules import roles_error
from agencies.selectors import colleagues
from agencies.services import people as service
from agencies.services.mail import mails_send
from agencies.services.token import token_create
from incidents.choices import Level
from incidents.models import Case, CaseGrant, IncidentDraft, RiskDraft, RiskTool, Task
from incidents.services import task as tasks
from incidents.services.access import access_rebuild, grant_create
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.cast import acting, agency, cast_get, client_of, log_incident_as

pytestmark = pytest.mark.django_db


def place(name: str) -> Membership:
    return Membership.objects.get(user__email__startswith=f"{name}@")


def do(who: str, verb: str, /, **values):
    with acting(who) as actor:
        return getattr(service, verb)(actor=actor, **values)


def invite(who: str = "ada", code: str = "POL", /, **values) -> Membership:
    values = {"email": "Zoe@Police.example", "name": "Zoe Quill", "roles": ["caseworker"]} | values
    return do(who, "person_invite", agency=agency(code), **values)


def mail_link(inbox) -> str:
    body = inbox.messages[-1].get_content()
    return re.search(r"https?://[^/\s]+(/accounts/\S+)", body).group(1)


# --- The rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "held", "elsewhere", "kind", "by_system", "why"),
    [
        (["caseworker"], [], [], "POL", False, None),
        (["caseworker", "spoc", "member"], [], [], "POL", False, None),
        (["agency_admin"], [], [], "POL", False, None),
        ([], ["caseworker"], [], "POL", False, "at least one"),
        (["agency_admin", "caseworker"], [], [], "POL", True, "cannot work cases as well: Caseworker"),
        (["system_admin", "spoc"], [], [], "POL", True, "cannot work cases as well"),
        (["agency_admin"], [], ["caseworker"], "POL", True, "cannot work cases as well"),
        (["caseworker"], [], ["system_admin"], "POL", True, "cannot work cases as well"),
        (["system_admin", "ig"], [], [], "IG", True, "cannot do this as well: Information governance"),
        (["agency_admin"], [], ["ig"], "POL", True, "cannot do this as well: Information governance"),
        (["ig"], [], ["system_admin"], "IG", True, "cannot do this as well: Information governance"),
        (["ig"], [], ["caseworker"], "IG", True, None),
        (["system_admin"], [], [], "IG", False, "Only a system administrator"),
        (["strategic"], [], [], "OPCC", False, "Only a system administrator"),
        (["analyst"], [], [], "RES", False, "Only a system administrator"),
        (["ig"], [], [], "IG", False, "Only a system administrator"),
        (["system_admin"], [], [], "IG", True, None),
        (["member"], ["strategic", "member"], [], "OPCC", False, "Only a system administrator"),
        (["strategic", "member"], ["strategic"], [], "OPCC", False, None),
        (["caseworker"], [], [], "RES", True, "not shared with this kind of agency"),
    ],
)
def test_which_roles_go_together(wanted, held, elsewhere, kind, by_system, why):
    error = roles_error(wanted, held, elsewhere, kind, by_system=by_system)
    assert (error is None) if why is None else (why in error)


# --- Inviting --------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_without_a_password_and_a_mail_with_a_link(cast, inbox):
    made = invite(job_title="Constable", phone="01632 960123")
    user = made.user
    assert (user.email, user.has_usable_password(), user.is_active) == ("zoe@police.example", False, True)
    assert mails_send() == 1
    assert inbox.messages[0]["To"] == "zoe@police.example"
    assert inbox.messages[0]["Subject"] == "Your Hatecase account"
    client = Client()
    form = client.get(mail_link(inbox), follow=True)
    assert form.status_code == 200
    saved = client.post(
        form.redirect_chain[-1][0], {"password1": "marble-otter-canyon", "password2": "marble-otter-canyon"}
    )
    assert saved.status_code == 302
    assert (
        Client()
        .post("/accounts/login/", {"login": "zoe@police.example", "password": "marble-otter-canyon"})
        .status_code
        == 302
    )
    event = AuditEvent.objects.get(action="person.invite")
    assert event.detail["user"] == user.pk
    assert event.fields == ["roles"]


def dead(link: str) -> bool:
    return "This link does not work any more" in text(Client().get(link, follow=True))


def test_the_link_works_once(cast, inbox):
    invite()
    mails_send()
    link, client = mail_link(inbox), Client()
    assert not dead(link)
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "marble-otter-canyon", "password2": "marble-otter-canyon"})
    assert dead(link)


def test_the_link_works_for_three_days(cast, inbox):
    invite()
    mails_send()
    link, now = mail_link(inbox), dt.datetime.now(dt.UTC)
    with time_machine.travel(now + dt.timedelta(days=3, seconds=-10)):
        assert not dead(link)
    with time_machine.travel(now + dt.timedelta(days=3, seconds=10)):
        assert dead(link)


def test_the_link_is_stored_nowhere(cast, inbox):
    invite()
    mails_send()
    key = mail_link(inbox).rstrip("/").rpartition("/")[2]
    with connection.cursor() as cursor:
        for table in ("agencies_notice", "agencies_mail", "agencies_user", "kernel_auditevent", "kernel_history"):
            cursor.execute(f"select count(*) from {table} t where t::text like %s", [f"%{key}%"])
            assert cursor.fetchone() == (0,)


def test_nobody_signs_in_before_choosing_a_password(cast):
    invite()
    answer = Client().post("/accounts/login/", {"login": "zoe@police.example", "password": ""})
    assert answer.status_code == 200


def test_another_invitation_goes_to_who_has_not_come_yet(cast, inbox):
    made = invite()
    do("ada", "person_invite_again", membership=made)
    assert mails_send() == 2
    with pytest.raises(RuleError, match="has chosen a password"):
        do("ada", "person_invite_again", membership=place("alice"))


def test_the_same_person_is_not_invited_twice(cast):
    invite()
    with pytest.raises(RuleError, match="already has an account at Northamptonshire Police") as refused:
        invite(email="ZOE@police.example")
    assert refused.value.field == "email"


def test_somebody_of_another_agency_gets_a_second_place(cast):
    made = invite(email="bob@north.example", name="Robert", roles=["caseworker"])
    assert made.user == cast["bob"]
    assert cast["bob"].name == User.objects.get(pk=cast["bob"].pk).name
    assert not Notice.objects.unscoped(reason="no invitation").filter(kind="invitation").exists()
    with pytest.raises(RuleError, match="cannot work cases as well"):
        invite(email="adam@north.example", roles=["caseworker"])


@pytest.mark.parametrize(("code", "role"), [("OPCC", "strategic"), ("WNC", "agency_admin"), ("POL", "ig")])
def test_nobody_gives_themselves_a_place(cast, code, role):
    before = Membership.objects.count()
    with pytest.raises(ForbiddenError, match="Nobody gives themselves a place"):
        invite("admin", code, email="ADMIN@hatecase.example", roles=[role])
    page = client_of("admin").post(
        f"/people/invite/?agency={code}",
        {"email": "admin@hatecase.example", "elsewhere": "on", "name": "Avery", "roles": [role]},
    )
    assert "Nobody gives themselves a place" in text(page)
    assert Membership.objects.count() == before


def test_who_manages_accounts_is_never_of_information_governance(cast):
    invite("admin", "IG", email="root@hatecase.example", name="Root", roles=["system_admin"])
    with pytest.raises(RuleError, match="cannot do this as well"):
        do("root", "person_roles_set", membership=place("admin"), roles=["system_admin", "ig"], job_title="")
    with pytest.raises(RuleError, match="cannot do this as well"):
        invite("admin", "POL", email="greta@ig.example", roles=["agency_admin"])


@pytest.mark.parametrize("name", ["alice", "asha", "adam", "sam", "greta"])
def test_only_the_agencys_administrator_invites(cast, name):
    with pytest.raises(ForbiddenError):
        invite(name)


def test_a_system_administrator_invites_for_every_agency(cast):
    assert invite("admin", "WNC", roles=["agency_admin"]).agency.code == "WNC"
    assert invite("admin", "IG", email="root@hatecase.example", roles=["system_admin"]).user.is_staff


# --- Roles -----------------------------------------------------------------------------------------


def test_roles_change_at_once_and_are_audited(cast):
    do("ada", "person_roles_set", membership=place("alice"), roles=["caseworker", "spoc"], job_title="Sergeant")
    assert place("alice").roles == ["caseworker", "spoc"]
    event = AuditEvent.objects.get(action="person.roles")
    assert event.fields == ["job_title", "roles"]
    with acting("alice") as actor:
        assert actor.has_role("spoc")


def test_nobody_changes_their_own_roles(cast):
    with pytest.raises(ForbiddenError, match="their own roles"):
        do("ada", "person_roles_set", membership=place("ada"), roles=["caseworker"], job_title="")
    with pytest.raises(ForbiddenError):
        do("admin", "person_roles_set", membership=place("admin"), roles=["agency_admin"], job_title="")


def test_an_administrator_reaches_no_other_agency(cast):
    for verb, more in (
        ("person_roles_set", {"roles": ["spoc"], "job_title": ""}),
        ("person_close", {}),
        ("person_reopen", {}),
        ("person_invite_again", {}),
        ("work_hand_on", {"to": None}),
    ):
        with pytest.raises(ForbiddenError):
            do("ada", verb, membership=place("bob"), **more)


def test_unknown_roles_are_refused(cast):
    with pytest.raises(RuleError, match="from the list"):
        do("ada", "person_roles_set", membership=place("alice"), roles=["king"], job_title="")


def test_the_last_system_administrator_stays(cast):
    invite("admin", "IG", email="root@hatecase.example", name="Root", roles=["system_admin"])
    do("root", "person_close", membership=place("admin"))
    with pytest.raises(ForbiddenError):
        do("root", "person_close", membership=place("root"))
    invite("root", "POL", email="second@police.example", name="Second", roles=["agency_admin"])
    assert not User.objects.get(email="admin@hatecase.example").is_staff


def test_an_agency_administrator_does_not_close_a_strategic_members_account(cast):
    invite("admin", "OPCC", email="olga@opcc.example", name="Olga", roles=["agency_admin"])
    with pytest.raises(ForbiddenError, match="Only a system administrator"):
        do("olga", "person_close", membership=place("sam"))
    do("admin", "person_close", membership=place("sam"))


# --- Leaving ---------------------------------------------------------------------------------------


def share(case: Case, code: str, level: Level) -> None:
    grant_create(case=case, agency=agency(code), level=level, source=CaseGrant.Source.SHARE)
    access_rebuild([case.pk])


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
    share(case, "NNC", Level.CONTRIBUTE)
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


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


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
