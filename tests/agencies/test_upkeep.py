"""Who is still here, accounts that fall asleep, and a second step that was lost."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.test import Client

from agencies.models import Agency, Membership, Notice, SignIn, User
from agencies.rules import confirmation_due
from agencies.services.people import person_close, person_roles_set, person_wake, second_factor_reset
from agencies.services.token import token_create
from agencies.services.upkeep import accounts_sleep, confirmations_remind, people_confirm
from incidents.models import Case
from incidents.services.access import access_rebuild
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.agencies.signing import app_of, code_of, sign_in

pytestmark = pytest.mark.django_db
REFUSED = "Email address or password is not right, or the account is closed"


def days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def place(cast, name: str) -> Membership:
    return Membership.objects.get(user=cast[name])


def texts(cast, name: str) -> list[str]:
    mine = Notice.objects.unscoped(reason="a look from outside").filter(user=cast[name])
    return list(mine.order_by("pk").values_list("text", flat=True))


def used(name_days: dict[str, float], cast) -> None:
    """Everybody was here today; these so many days ago."""
    now = clock.now_real()
    User.objects.update(date_joined=now - days(400), last_login=now, seen_at=None)
    for name, ago in name_days.items():
        User.objects.filter(pk=cast[name].pk).update(last_login=now - days(ago))


# --- Still here ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "due", "overdue"), [(90.9, False, False), (91, True, False), (104.9, True, False), (105, True, True)]
)
def test_once_a_quarter_with_two_weeks_to_do_it(ago, due, overdue):
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert confirmation_due(now - days(ago), now) == (due, overdue)


def test_the_point_of_contact_says_who_is_still_here(cast, client_for):
    client = client_for("asha")
    page = client.get("/people/confirm/").content.decode()
    assert "Alice Morgan" in page
    assert "Asha Raithatha" not in page.partition("<main")[2]
    assert "Bob Wickens" not in page
    alice, donna = place(cast, "alice"), place(cast, "donna")
    client.post("/people/confirm/", {f"place_{alice.pk}": "here", f"place_{donna.pk}": "left"})
    alice.refresh_from_db()
    donna.refresh_from_db()
    assert (alice.confirmed_by, alice.reported_left_at) == (cast["asha"], None)
    assert donna.reported_left_at is not None
    assert place(cast, "amir").confirmed_at is None
    assert "Donna Pickering has left. Close the account" in texts(cast, "ada")
    listed = client_for("ada").get("/people/").content.decode()
    assert "Reported as left" in listed


def test_who_has_left_is_out_at_once(cast, client_for):
    donna = Client()
    sign_in(donna, "donna@police.example")
    client_for("asha").post("/people/confirm/", {f"place_{place(cast, 'donna').pk}": "left"})
    assert donna.get("/cases/").status_code == 302
    assert REFUSED in sign_in(donna, "donna@police.example").content.decode()


def test_who_works_elsewhere_too_goes_on_there(cast, actor):
    other = Agency.objects.get(code="NNC")
    Membership.objects.create(user=cast["donna"], agency=other, roles=["caseworker"])
    police = Agency.objects.get(code="POL")
    here = Membership.objects.get(user=cast["donna"], agency=police)
    people_confirm(actor=actor("asha"), agency=police, answers={here.pk: False})
    cast["donna"].refresh_from_db()
    assert cast["donna"].asleep_at is None


@pytest.fixture
def moved(cast, client_for, log_incident):
    """Donna works at the council too; the police say that she has left them. Her client, her place there, their cases."""
    Membership.objects.create(user=cast["donna"], agency=Agency.objects.get(code="NNC"), roles=["caseworker"])
    theirs, councils = log_incident("alice").case, log_incident("bob").case
    Case.objects.unscoped(reason="set up the test").filter(pk=theirs.pk).update(lead_worker=cast["donna"])
    donna = client_for("donna")
    for case in (theirs, councils):
        assert donna.get(f"/cases/{case.ref}/").status_code == 200
    left = Membership.objects.get(user=cast["donna"], agency__code="POL")
    assert client_for("asha").post("/people/confirm/", {f"place_{left.pk}": "left"}).status_code == 302
    return donna, left, theirs, councils


def test_who_has_left_keeps_nothing_of_that_agency_and_goes_on_at_another(moved, cast, acting):
    donna, _, theirs, councils = moved
    assert donna.get(f"/cases/{theirs.ref}/").status_code == 404
    assert donna.get(f"/cases/{councils.ref}/").status_code == 200
    _, secret = token_create(actor=system_actor("a test of tokens"), user=cast["donna"])
    machine = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert machine.get(f"/api/v1/cases/{theirs.ref}/").status_code == 404
    assert machine.get(f"/api/v1/cases/{councils.ref}/").status_code == 200
    with acting("donna"):
        behind = Case.objects.unscoped(reason="the second wall alone").values_list("ref", flat=True)
        assert list(behind) == [councils.ref]


def test_nor_a_case_that_only_its_own_people_open(cast, client_for, log_incident):
    """They open it by name, as its lead worker and as a deputy point of contact."""
    Membership.objects.create(user=cast["donna"], agency=Agency.objects.get(code="NNC"), roles=["caseworker"])
    case, donna = log_incident("alice").case, client_for("donna")
    own = Case.objects.unscoped(reason="set up the test").filter(pk=case.pk)
    own.update(lead_worker=cast["donna"], tier="own")
    access_rebuild([case.pk])
    assert donna.get(f"/cases/{case.ref}/").status_code == 200
    left = Membership.objects.get(user=cast["donna"], agency__code="POL")
    client_for("asha").post("/people/confirm/", {f"place_{left.pk}": "left"})
    assert donna.get(f"/cases/{case.ref}/").status_code == 404


def test_the_administrator_still_hands_on_what_they_hold(moved, cast, client_for):
    _, left, theirs, _ = moved
    ada = client_for("ada")
    assert "Reported as left" in ada.get(f"/people/{left.pk}/").content.decode()
    assert "Donna Pickering" in ada.get("/people/").content.decode()
    ada.post(f"/people/{left.pk}/close/", {"to": cast["amir"].pk})
    left.refresh_from_db()
    assert left.ended_at is not None
    assert Case.objects.unscoped(reason="the test looks").get(pk=theirs.pk).lead_worker == cast["amir"]
    assert "is closed" in ada.get("/people/").content.decode()
    assert "Donna Pickering" not in ada.get("/people/").content.decode()
    cast["donna"].refresh_from_db()
    assert cast["donna"].is_active


def test_who_has_not_left_after_all_comes_back(moved, cast, client_for):
    donna, left, theirs, _ = moved
    ada = client_for("ada")
    assert "They have not left" in ada.get(f"/people/{left.pk}/").content.decode()
    ada.post(f"/people/{left.pk}/wake/")
    assert donna.get(f"/cases/{theirs.ref}/").status_code == 200
    left.refresh_from_db()
    assert (left.is_active, left.reported_left_at) == (True, None)


def test_they_do_not_come_back_to_work_cases_beside_an_administration(moved, cast, acting):
    _, left, _, _ = moved
    Membership.objects.filter(user=cast["donna"], agency__code="NNC").update(roles=["agency_admin"])
    with acting("ada") as ada, pytest.raises(RuleError, match="cannot work cases as well"):
        person_wake(actor=ada, membership=left)


def test_a_system_administrator_who_has_left_configures_nothing(cast, actor):
    Membership.objects.create(user=cast["admin"], agency=Agency.objects.get(code="NNC"), roles=["member"])
    left = Membership.objects.get(user=cast["admin"], agency__code="IG")
    ends = Membership.objects.create(user=cast["arlo"], agency=left.agency, roles=["agency_admin"])
    people_confirm(actor=actor("arlo"), agency=left.agency, answers={left.pk: False})
    cast["admin"].refresh_from_db()
    assert ends.is_active
    assert (cast["admin"].is_staff, cast["admin"].asleep_at) == (False, None)


@pytest.mark.parametrize("name", ["alice", "marcus", "greta", "sam"])
def test_others_have_no_such_page(cast, client_for, name):
    assert client_for(name).get("/people/confirm/").status_code == 404


def test_nobody_answers_for_another_agency_or_themselves(cast, actor):
    police, north = Agency.objects.get(code="POL"), Agency.objects.get(code="NNC")
    with pytest.raises(ForbiddenError):
        people_confirm(actor=actor("asha"), agency=north, answers={place(cast, "bob").pk: False})
    with pytest.raises(RuleError, match="Somebody else"):
        people_confirm(actor=actor("asha"), agency=police, answers={place(cast, "asha").pk: True})
    assert people_confirm(actor=actor("asha"), agency=police, answers={place(cast, "bob").pk: False}) == (0, 0)
    assert place(cast, "bob").reported_left_at is None


def test_reminders_when_due_and_when_overdue(cast):
    Membership.objects.update(started_at=clock.now_real() - days(92))
    confirmations_remind()
    assert texts(cast, "asha") == ["Confirm who still works at Northamptonshire Police"]
    assert "Confirm who still works at Northamptonshire Police" in texts(cast, "donna")
    assert texts(cast, "alice") == texts(cast, "ada") == []
    assert confirmations_remind() == 0
    Membership.objects.update(started_at=clock.now_real() - days(106))
    confirmations_remind()
    assert texts(cast, "ada") == ["It is overdue to confirm who still works at Northamptonshire Police"]


def test_overdue_is_seen_by_the_administrator(cast, client_for):
    assert "to confirm)" not in client_for("ada").get("/people/").content.decode()
    Membership.objects.filter(user=cast["alice"]).update(started_at=clock.now_real() - days(120))
    assert "(1 to confirm)" in client_for("ada").get("/people/").content.decode()
    assert "1 answer is overdue" in client_for("asha").get("/people/confirm/").content.decode()


# --- Asleep ---------------------------------------------------------------------------------------------


def test_sixty_unused_days_and_it_sleeps(cast):
    used({"alice": 60, "bob": 59.9}, cast)
    assert accounts_sleep() == 1
    assert REFUSED in sign_in(Client(), "alice@police.example").content.decode()
    assert sign_in(Client(), "bob@north.example").status_code == 302
    assert accounts_sleep() == 0


def test_the_sentence_does_not_tell_sleep_from_a_wrong_password(cast):
    used({"alice": 61}, cast)
    accounts_sleep()
    asleep = sign_in(Client(), "alice@police.example").content.decode()
    wrong = sign_in(Client(), "bob@north.example", "not the password").content.decode()
    assert asleep.count(REFUSED) == wrong.count(REFUSED) > 0


def test_using_a_token_or_the_pages_is_use(cast):
    used({"alice": 70, "bob": 70}, cast)
    token, _ = token_create(actor=system_actor("a test of tokens"), user=cast["alice"])
    type(token).objects.update(last_used_at=clock.now_real() - days(1))
    now = clock.now_real()
    SignIn.objects.create(
        user=cast["bob"], started_at=now - days(2), seen_at=now - days(2), confirmed_at=now - days(2), ended_at=now
    )
    assert accounts_sleep() == 0


def test_a_sleeping_account_has_no_session_and_no_token(cast, client_for):
    client = client_for("alice")
    _, secret = token_create(actor=system_actor("a test of tokens"), user=cast["alice"])
    machine = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert machine.get("/api/v1/cases/").status_code == 200
    SignIn.objects.all().delete()
    used({"alice": 61}, cast)
    type(cast["alice"].api_tokens.get()).objects.update(last_used_at=None)
    accounts_sleep()
    assert machine.get("/api/v1/cases/").status_code == 401
    assert client.get("/cases/").status_code == 302


def test_the_last_system_administrator_stays_awake(cast):
    used({"admin": 200}, cast)
    assert accounts_sleep() == 0


def test_the_demo_never_sleeps(cast, settings):
    settings.ACCOUNTS_SLEEP = False
    used({"alice": 61}, cast)
    assert accounts_sleep() == 0


def test_the_administrator_wakes_it(cast, client_for):
    used({"alice": 61}, cast)
    accounts_sleep()
    client = client_for("ada")
    path = f"/people/{place(cast, 'alice').pk}/"
    assert "Wake the account" in client.get(path).content.decode()
    assert "Make sure that they still work here" in client.get(f"{path}wake/").content.decode()
    assert client.post(f"{path}wake/").headers["Location"] == path
    assert accounts_sleep() == 0
    assert sign_in(Client(), "alice@police.example").status_code == 302


# --- One's own, and others' ---------------------------------------------------------------------------


def test_a_lost_second_step_is_reset_by_the_administrator(cast, client_for, settings):
    settings.SECOND_FACTOR_DEMANDED = True
    key = app_of(cast["alice"])
    alice = Client()
    sign_in(alice, "alice@police.example")
    alice.post("/accounts/second-factor/code/", {"code": code_of(key)})
    ada = client_for("ada")
    SignIn.objects.filter(user=cast["ada"]).update(second_factor="totp")
    path = f"/people/{place(cast, 'alice').pk}/"
    assert "Reset the second step" in ada.get(path).content.decode()
    ada.post(f"{path}second-factor/")
    assert not Authenticator.objects.filter(user=cast["alice"]).exists()
    assert alice.get("/cases/").headers["Location"].startswith("/accounts/login/")
    again = Client()
    sign_in(again, "alice@police.example")
    assert again.get("/cases/").headers["Location"] == "/accounts/second-factor/"
    assert "Your second step was reset. Set up another one when you sign in" in texts(cast, "alice")


def test_nobody_does_it_for_themselves(cast, actor):
    app_of(cast["ada"])
    ada, mine = actor("ada"), place(cast, "ada")
    for act in (
        lambda: second_factor_reset(actor=ada, membership=mine),
        lambda: person_wake(actor=ada, membership=mine),
        lambda: person_roles_set(actor=ada, membership=mine, roles=["caseworker"], job_title=""),
    ):
        with pytest.raises(ForbiddenError):
            act()


@pytest.mark.parametrize("name", ["asha", "alice", "adam"])
def test_nor_somebody_who_does_not_manage_these_people(cast, actor, client_for, name):
    app_of(cast["alice"])
    with pytest.raises(ForbiddenError):
        second_factor_reset(actor=actor(name), membership=place(cast, "alice"))
    for part in ("wake", "second-factor"):
        assert client_for(name).post(f"/people/{place(cast, 'alice').pk}/{part}/").status_code == 404


@pytest.mark.parametrize("name", ["ada", "admin"])
def test_administrators_reach_no_case(cast, client_for, log_incident, actor, name):
    case = log_incident("alice").case
    assert actor(name).agency_ids == ()
    client = client_for(name)
    assert client.get(f"/cases/{case.ref}/").status_code == 404
    assert case.ref not in client.get("/cases/").content.decode()


def test_a_closed_account_loses_its_link_and_second_step(cast, acting):
    app_of(cast["amir"])
    SocialAccount.objects.create(user=cast["amir"], provider="police", uid="1")
    with acting("ada") as ada:
        person_close(actor=ada, membership=place(cast, "amir"))
    assert not Authenticator.objects.filter(user=cast["amir"]).exists()
    assert not SocialAccount.objects.filter(user=cast["amir"]).exists()


def test_every_token_of_a_person_can_be_revoked(cast, client):
    secret = run_token("alice@police.example")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/cases/", headers=headers).status_code == 200
    assert run_token("alice@police.example", "--revoke").startswith("1 ")
    assert client.get("/api/v1/cases/", headers=headers).status_code == 401
    assert AuditEvent.objects.filter(action="token.revoke").count() == 1


def run_token(*arguments: str) -> str:
    """What `./manage.py api_token` prints."""
    out = StringIO()
    call_command("api_token", *arguments, stdout=out)
    return out.getvalue().strip()
