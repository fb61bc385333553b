"""The pages on which an administrator manages people, and one's own notices."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin

from agencies.models import Agency, Membership, Notice, ServiceStandard, User
from agencies.services.notice import NoticeData, notice_create
from kernel.models import AuditEvent, BankHoliday
from tests.budget import queries_beyond
from tests.cast import agency, client_of, log_incident_as

pytestmark = pytest.mark.django_db


def place(name: str) -> Membership:
    return Membership.objects.get(user__email__startswith=f"{name}@")


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


PAGES = ("", "roles/", "hand-on/", "close/", "reopen/", "invite-again/")

# --- Who gets in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "asha", "beth", "sam", "greta", "ines", "vera"])
def test_who_is_no_administrator_finds_nothing(cast, name):
    client = client_of(name)
    assert client.get("/people/").status_code == 404
    assert client.get("/people/invite/").status_code == 404
    for page in PAGES:
        assert client.get(f"/people/{place('alice').pk}/{page}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_another_agencys_people_are_not_found(cast, page):
    client = client_of("ada")
    hidden = client.get(f"/people/{place('bob').pk}/{page}")
    absent = client.get(f"/people/999999/{page}")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.content == absent.content
    assert client.post(f"/people/{place('bob').pk}/{page}").status_code in (404, 405)
    assert place("bob").is_active


def test_another_agencys_list_is_not_found(cast):
    assert client_of("ada").get("/people/?agency=NNC").status_code == 404
    assert client_of("ada").get("/people/invite/?agency=NNC").status_code == 404


# --- The list ------------------------------------------------------------------------------------------


def test_an_administrator_sees_their_own_people(cast):
    page = client_of("ada").get("/people/")
    assert page.status_code == 200
    names = [row.membership.user.name for row in page.context["rows"]]
    assert names == sorted(names)
    assert {"Alice Morgan", "Ada Whitlock"} <= set(names)
    assert "Bob Wickens" not in text(page)


def test_a_system_administrator_chooses_the_agency(cast):
    client = client_of("admin")
    assert "Bob Wickens" in text(client.get("/people/?agency=NNC"))
    assert "Vera Lindqvist" in text(client.get("/people/?agency=VSS"))
    assert client.get("/people/?agency=XXX").status_code == 404


def test_people_are_found_by_name_or_address(cast):
    client = client_of("ada")
    assert [row.membership.user.name for row in client.get("/people/?q=morgan").context["rows"]] == ["Alice Morgan"]
    assert [row.membership.user.name for row in client.get("/people/?q=donna@").context["rows"]] == ["Donna Pickering"]
    assert "Nobody found" in text(client.get("/people/?q=xyzzy"))
    assert client.get("/people/?q=%00").status_code == 200


def test_closed_accounts_are_listed_apart(cast):
    client = client_of("ada")
    assert "No closed accounts" in text(client.get("/people/?closed=on"))
    client.post(f"/people/{place('amir').pk}/close/")
    assert "Amir Qureshi" in text(client.get("/people/?closed=on"))
    assert "Amir Qureshi" not in text(client.get("/people/"))


# --- Inviting and roles ------------------------------------------------------------------------------------


def test_inviting(cast):
    data = {"name": "Zoe Quill", "email": "zoe@police.example", "phone": "01632 960123", "roles": ["caseworker"]}
    page = client_of("ada").post("/people/invite/", data, follow=True)
    made = place("zoe")
    assert page.redirect_chain == [(f"/people/{made.pk}/", 302)]
    assert "Zoe Quill is invited" in text(page)
    assert "Invited, no password yet" in text(page)
    assert made.agency.code == "POL"


def test_an_address_where_no_colleague_has_one_is_asked_about(cast):
    client = client_of("ada")
    data = {"name": "Zoe Quill", "email": "zoe@elsewhere.example", "roles": ["caseworker"]}
    page = client.post("/people/invite/", data)
    assert "None of your colleagues has an address at elsewhere.example" in text(page)
    assert not Membership.objects.filter(user__email="zoe@elsewhere.example").exists()
    assert client.post("/people/invite/", data | {"elsewhere": "on"}).status_code == 302
    assert place("zoe").agency.code == "POL"


def test_nobody_hands_work_to_somebody_who_has_not_answered_the_invitation(alices_case):
    client = client_of("ada")
    data = {"name": "Zoe Quill", "email": "zoe@police.example", "roles": ["caseworker"]}
    assert "Zoe Quill" in text(client.post("/people/invite/", data, follow=True))
    page = text(client.get(f"/people/{place('alice').pk}/close/"))
    assert "Amir Qureshi" in page
    assert "Zoe Quill" not in page
    assert "Zoe Quill" not in text(client_of("alice").get(f"/cases/{alices_case.ref}/lead-worker/"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Enter full name"),
        ({"name": "Zoe\u202e"}, "hidden characters"),
        ({"email": "zoe"}, "Enter an email address in the correct format"),
        ({"email": "alice@police.example"}, "already has an account"),
        ({"phone": "abc"}, "Enter a phone number"),
        ({"roles": []}, "Select at least one role"),
        ({"roles": ["caseworker", "agency_admin"]}, "cannot work cases as well"),
        ({"roles": ["strategic"]}, "There is a problem"),
    ],
)
def test_what_is_wrong_is_said_and_everything_typed_is_kept(cast, change, sentence):
    data = {"name": "Zoe Quill", "email": "zoe@police.example", "job_title": "Constable", "roles": ["caseworker"]}
    page = client_of("ada").post("/people/invite/", data | change)
    assert page.status_code == 200
    assert sentence in text(page)
    assert 'value="Constable"' in page.content.decode()
    assert not User.objects.filter(email="zoe@police.example").exists()


def test_only_a_system_administrator_is_offered_the_roles_across_agencies(cast):
    across = {"Strategic group member", "Analyst", "Information governance officer", "System administrator"}
    own = text(client_of("ada").get("/people/invite/"))
    assert not [role for role in across if f"{role} " in own]
    every = text(client_of("admin").get("/people/invite/?agency=POL"))
    assert all(role in every for role in across)


def test_changing_roles(cast):
    client = client_of("ada")
    form = client.get(f"/people/{place('alice').pk}/roles/")
    assert form.content.decode().count(" checked") == 2
    page = client.post(
        f"/people/{place('alice').pk}/roles/", {"roles": ["caseworker", "spoc"], "job_title": "Sergeant"}, follow=True
    )
    assert "Roles changed" in text(page)
    assert place("alice").roles == ["caseworker", "spoc"]


@pytest.mark.parametrize("page", ["roles/", "close/"])
def test_ones_own_account_is_for_another_administrator(cast, page):
    client = client_of("ada")
    assert client.get(f"/people/{place('ada').pk}/{page}").status_code == 403
    assert client.post(f"/people/{place('ada').pk}/{page}", {"roles": ["caseworker"]}).status_code == 403
    assert place("ada").roles == ["agency_admin"]
    shown = text(client.get(f"/people/{place('ada').pk}/"))
    assert "another administrator changes its roles" in shown
    assert "Close the account" not in shown


# --- Leaving and coming back ----------------------------------------------------------------------------------


@pytest.fixture
def alices_case(cast):
    case = log_incident_as("alice").case
    type(case).objects.unscoped(reason="set up the test").filter(pk=case.pk).update(lead_worker=cast["alice"])
    return case


def lead_of(case):
    return type(case).objects.unscoped(reason="the test looks").get(pk=case.pk).lead_worker


def test_closing_shows_counts_and_asks_who_takes_it_on(alices_case, cast):
    client, path = client_of("ada"), f"/people/{place('alice').pk}/close/"
    page = client.get(path)
    assert "Open case 1" in text(page)
    assert alices_case.ref not in page.content.decode()
    refused = client.post(path, {"to": ""})
    assert "Select who takes the work on" in text(refused)
    assert place("alice").is_active
    done = client.post(path, {"to": cast["amir"].pk}, follow=True)
    assert "The account of Alice Morgan is closed" in text(done)
    assert lead_of(alices_case) == cast["amir"]
    assert not place("alice").is_active


def test_handing_on_without_leaving(alices_case, cast):
    client, path = client_of("ada"), f"/people/{place('alice').pk}/hand-on/"
    assert "Open case 1" in text(client.get(path))
    page = client.post(path, {"to": cast["amir"].pk}, follow=True)
    assert "Alice Morgan’s work was handed on" in text(page)
    assert lead_of(alices_case) == cast["amir"]
    assert place("alice").is_active
    assert client.get(path).status_code == 302, "there is nothing more to hand on"


def test_coming_back(cast):
    client = client_of("ada")
    client.post(f"/people/{place('amir').pk}/close/")
    assert "Reopen the account" in text(client.get(f"/people/{place('amir').pk}/"))
    page = client.post(f"/people/{place('amir').pk}/reopen/", follow=True)
    assert "is open again" in text(page)
    assert place("amir").is_active


def test_inviting_again(cast):
    client = client_of("ada")
    client.post("/people/invite/", {"name": "Zoe", "email": "zoe@police.example", "roles": ["caseworker"]})
    page = client.post(f"/people/{place('zoe').pk}/invite-again/", follow=True)
    assert "A new invitation goes to zoe@police.example" in text(page)
    refused = client.post(f"/people/{place('alice').pk}/invite-again/")
    assert "has chosen a password already" in text(refused)


def test_pages_cost_few_queries(alices_case):
    client = client_of("ada")
    assert queries_beyond(client, "/people/") == 2
    assert queries_beyond(client, f"/people/{place('alice').pk}/") == 3
    assert queries_beyond(client, f"/people/{place('alice').pk}/close/") == 3


# --- Notices --------------------------------------------------------------------------------------------------


def tell(user, number: int = 1, **more) -> Notice:
    notice_create(
        NoticeData(user.pk, f"k{number}", "task", f"HT-26-{number:06} is due", f"/tasks/HT-26-{number:06}/", **more)
    )
    return Notice.objects.unscoped(reason="the test looks").get(user=user, key=f"k{number}")


def test_notices_are_listed_latest_first_and_counted(cast):
    for number in range(3):
        tell(cast["alice"], number)
    page = client_of("alice").get("/notices/")
    assert [n.text[:12] for n in page.context["page"].rows] == ["HT-26-000002", "HT-26-000001", "HT-26-000000"]
    assert 'class="hc-count">3<' in page.content.decode()


def test_following_a_notice_marks_it_as_read(cast):
    notice, client = tell(cast["alice"]), client_of("alice")
    page = client.get(f"/notices/{notice.pk}/")
    assert (page.status_code, page["Location"]) == (302, notice.url)
    notice = Notice.objects.unscoped(reason="the test looks").get(pk=notice.pk)
    first = notice.read_at
    assert first is not None
    client.get(f"/notices/{notice.pk}/")
    assert Notice.objects.unscoped(reason="the test looks").get(pk=notice.pk).read_at == first
    assert AuditEvent.objects.filter(action="notice.read").count() == 1


def test_marking_one_and_all_as_read(cast):
    notices = [tell(cast["alice"], number) for number in range(3)]
    client = client_of("alice")
    assert client.post(f"/notices/{notices[0].pk}/read/").status_code == 302
    assert client.get("/notices/").content.decode().count(">New<") == 2
    page = client.post("/notices/read/", follow=True)
    assert "2 notices marked as read" in text(page)
    assert "Mark all as read" not in text(page)


@pytest.mark.parametrize("way", ["", "read/"])
def test_somebody_elses_notice_is_not_found(cast, way):
    notice, client = tell(cast["bob"]), client_of("alice")
    call = client.post if way else client.get
    assert call(f"/notices/{notice.pk}/{way}").status_code == 404
    assert call(f"/notices/999999/{way}").status_code == 404
    assert Notice.objects.unscoped(reason="the test looks").get(pk=notice.pk).read_at is None


def test_marking_needs_a_post(cast):
    notice, client = tell(cast["alice"]), client_of("alice")
    assert client.get("/notices/read/").status_code == 405
    assert client.get(f"/notices/{notice.pk}/read/").status_code == 405


def test_a_long_list_of_notices_is_walked(cast):
    for number in range(30):
        tell(cast["alice"], number)
    client = client_of("alice")
    first = client.get("/notices/")
    second = client.get(f"/notices/{first.context['older']}")
    assert (len(first.context["page"].rows), len(second.context["page"].rows)) == (25, 5)
    # The notices, and what the tasks among them are called.
    assert queries_beyond(client, "/notices/") == 2


def test_no_notices_says_so(cast):
    assert "No notices" in text(client_of("alice").get("/notices/"))


# --- Configuration -------------------------------------------------------------------------------------------------


def test_only_configuration_is_registered():
    assert {model._meta.label for model in admin.site._registry} == {
        "agencies.Agency",
        "agencies.District",
        "agencies.ServiceStandard",
        "incidents.RiskTool",
        "kernel.BankHoliday",
    }


@pytest.mark.parametrize("name", ["alice", "asha", "ada", "greta", "sam"])
def test_only_staff_accounts_configure(cast, name):
    client = client_of(name)
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/agencies/agency/", follow=True).status_code == 403


def test_without_signing_in_configuration_asks_for_the_services_own_sign_in(client, db):
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "agencies/agency/",
        "agencies/agency/add/",
        "agencies/district/",
        "agencies/servicestandard/",
        "incidents/risktool/",
        "kernel/bankholiday/",
    ],
)
def test_a_system_administrator_configures(cast, path):
    assert client_of("admin").get(f"/admin/{path}").status_code == 200


def test_a_bank_holiday_is_added_and_audited(cast):
    client = client_of("admin")
    page = client.post("/admin/kernel/bankholiday/add/", {"date": "2027-05-10", "name": "A day of national thanks"})
    assert page.status_code == 302
    added = BankHoliday.objects.get(name="A day of national thanks")
    event = AuditEvent.objects.get(action="configuration.add")
    assert (event.subject_id, event.fields) == (str(added.pk), ["date", "name"])
    client.post(f"/admin/kernel/bankholiday/{added.pk}/delete/", {"post": "yes"})
    assert not BankHoliday.objects.filter(pk=added.pk).exists()
    assert AuditEvent.objects.filter(action="configuration.delete").count() == 1


def test_a_new_partner_gets_the_group_that_grants_are_given_to(cast):
    data = {"code": "RSL2", "name": "Brook Homes", "type": "RSL", "side": "both", "areas": "north", "is_active": "on"}
    page = client_of("admin").post("/admin/agencies/agency/add/", data)
    assert page.status_code == 302
    assert Agency.objects.get(code="RSL2").group.name == "agency RSL2"


def test_what_cases_were_shared_by_cannot_be_changed(cast):
    police = agency("POL")
    data = {"code": "XXX", "name": "The Police", "type": "VSS", "side": "victim", "areas": "north", "is_active": "on"}
    client_of("admin").post(f"/admin/agencies/agency/{police.pk}/change/", data)
    police.refresh_from_db()
    assert (police.code, police.type, police.side, police.name) == ("POL", "POL", "both", "The Police")


def test_no_partner_is_switched_off_while_it_leads_cases(cast):
    police = agency("POL")
    client_of("admin").post(f"/admin/agencies/agency/{police.pk}/change/", {"name": "The Police", "areas": "north"})
    police.refresh_from_db()
    assert (police.name, police.is_active) == ("The Police", True)


def test_a_standard_in_use_only_gets_an_end(cast):
    standard = ServiceStandard.objects.filter(kind="K3", level="P1").get()
    data = {"amount": "99", "effective_to": "2030-01-01"}
    client_of("admin").post(f"/admin/agencies/servicestandard/{standard.pk}/change/", data)
    standard.refresh_from_db()
    assert standard.amount == 1
    assert standard.effective_to is not None


def test_tools_are_read_only(cast):
    client = client_of("admin")
    assert client.get("/admin/incidents/risktool/add/").status_code == 403
    assert client.post("/admin/incidents/risktool/1/delete/", {"post": "yes"}).status_code in (403, 302)
