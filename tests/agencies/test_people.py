"""People of an agency: which roles go together, invitations, and who changes what."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client

from agencies.models import Membership, Notice, User
from agencies.rules import roles_error
from agencies.services.mail import mails_send
from kernel.clock import LONDON
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.agencies.people import do, invite, mail_link, place
from tests.cast import acting, client_of
from tests.incidents.casework import text

pytestmark = pytest.mark.django_db


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
    # The link is dated by the clock on the wall: travelled to in another zone, it would be older or younger in summer.
    link, now = mail_link(inbox), dt.datetime.now(LONDON)
    with time_machine.travel(now + dt.timedelta(days=3, minutes=-5)):
        assert not dead(link)
    with time_machine.travel(now + dt.timedelta(days=3, minutes=5)):
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
