"""Sharing agreements near their end: warnings, two people for an extension, and no case left behind."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from agencies.models import Agency, AgreementExtension, Membership, Notice, User
from agencies.rules import agreement_stage, extension_error, successor_error
from agencies.scoping import actor_for
from agencies.services.agreement import agreements_sweep, extension_ask, extension_decide, successor_set
from hatecase.navigation import menu_for
from incidents.models import Case, CaseExclusion, CasePerson, Party, SupportReferral
from incidents.services.access import access_rebuild, database_now
from incidents.services.share import share_give
from incidents.services.task import task_create
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, actor_named

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
WHY = "Its new agreement is being signed."
TERMS = {"purpose": "Their tenant is the victim", "gateway": "cda_s115", "until": None}


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def ends_in(code: str, number: int) -> Agency:
    """The agency, whose agreement ends in so many days."""
    agency = Agency.objects.get(code=code)
    agency.isa_expires_on = clock.today_real() + days(number)
    agency.save()
    return agency


def texts(cast, name: str) -> list[str]:
    mine = Notice.objects.unscoped(reason="a look from outside").filter(user=cast[name])
    return list(mine.order_by("pk").values_list("text", flat=True))


def sweep() -> int:
    """As the worker does it, with the worker's rights."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local role hatecase_worker")
        handed = agreements_sweep()
        with connection.cursor() as cursor:
            cursor.execute("reset role")
    return handed


def look(case: Case) -> Case:
    return Case.objects.unscoped(reason="a look from outside").get(pk=case.pk)


# --- The rules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "stage"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 14), (2, 3), (1, 1), (0, 0), (-5, 0)]
)
def test_warnings_from_sixty_days_on(left, stage):
    assert agreement_stage(TODAY + days(left), TODAY) == stage


def test_how_long_an_extension_may_be():
    ends = TODAY + days(30)
    assert extension_error(ends, ends, TODAY)
    assert extension_error(TODAY, TODAY - days(9), TODAY)
    assert extension_error(TODAY + days(365), ends, TODAY) is None
    assert extension_error(TODAY + days(4 * 366), ends, TODAY)


def test_who_may_take_over():
    assert successor_error("both", "both", "LA") is None
    assert successor_error("victim", "both", "LA") is None
    assert successor_error("both", "victim", "VSS")
    assert successor_error("both", "both", "RES")


# --- Warnings and extensions ----------------------------------------------------------------------------


def test_points_of_contact_and_administrators_are_warned_once_a_stage(cast):
    ends_in("RSL1", 45)
    ends_in("NNC", 61)
    sweep()
    sweep()
    expected = f"The sharing agreement of Larkfield Homes ends on {clock.today_real() + days(45):%-d %B %Y}"
    for name in ("cora", "arlo", "admin"):
        assert texts(cast, name).count(expected) == 1
    assert texts(cast, "charlie") == texts(cast, "beth") == []


def test_an_extension_takes_two_people(cast, client_for):
    agency = ends_in("RSL1", 20)
    until = clock.today_real() + days(400)
    data = {"until_day": until.day, "until_month": until.month, "until_year": until.year, "reason": WHY}
    cora = client_for("cora")
    assert "Ends soon" in cora.get("/agreements/RSL1/").content.decode()
    assert cora.post("/agreements/RSL1/extend/", {"reason": WHY}).status_code == 200
    assert cora.post("/agreements/RSL1/extend/", data).status_code == 302
    asked = AgreementExtension.objects.get()
    assert (asked.asked_by, asked.until, asked.reason) == (cast["cora"], until, WHY)
    assert "Larkfield Homes asks to extend its sharing agreement" in texts(cast, "greta")
    assert cora.post("/agreements/RSL1/decide/", {"decision": "yes"}).status_code == 403
    greta = client_for("greta")
    assert WHY in greta.get("/agreements/RSL1/").content.decode()
    assert greta.post("/agreements/RSL1/decide/", {"decision": "yes"}).status_code == 302
    agency.refresh_from_db()
    assert agency.isa_expires_on == until
    assert "The sharing agreement of Larkfield Homes is extended" in texts(cast, "cora")
    assert "In force" in cora.get("/agreements/RSL1/").content.decode()


def test_who_asked_never_decides_even_with_the_role(cast, actor):
    agency = ends_in("RSL1", 20)
    admin = actor("admin")
    asked = extension_ask(actor=admin, agency=agency, until=clock.today_real() + days(90), reason=WHY)
    with pytest.raises(ForbiddenError, match="Somebody else"):
        extension_decide(actor=admin, extension=asked, approve=True)
    with pytest.raises(RuleError, match="already"):
        extension_ask(actor=actor("cora"), agency=agency, until=clock.today_real() + days(91), reason=WHY)
    extension_decide(actor=actor("greta"), extension=asked, approve=False)
    with pytest.raises(RuleError, match="decided already"):
        extension_decide(actor=actor("greta"), extension=asked, approve=True)
    agency.refresh_from_db()
    assert agency.isa_expires_on == clock.today_real() + days(20)


@pytest.mark.parametrize("name", ["charlie", "alice", "asha", "sam"])
def test_it_concerns_nobody_else(cast, client_for, name):
    client = client_for(name)
    assert client.get("/agreements/RSL1/").status_code == 404
    for part in ("extend", "decide", "successor"):
        assert client.post(f"/agreements/RSL1/{part}/").status_code == 404
    listed = client.get("/agreements/")
    assert listed.status_code == (200 if name == "asha" else 404)
    assert "/agreements/RSL1/" not in listed.content.decode()


# --- The end --------------------------------------------------------------------------------------------


def test_open_cases_go_to_the_successor_and_then_sign_in_closes(cast, client_for, log_incident):
    case = log_incident("charlie").case
    with acting("charlie") as actor:
        task = task_create(actor=actor, case=case, title="Ring her", agency=Agency.objects.get(code="RSL1"))
    agency = ends_in("RSL1", 3)
    north = Agency.objects.get(code="NNC")
    assert client_for("cora").post("/agreements/RSL1/successor/", {"successor": "NNC"}).status_code == 302
    assert sweep() == 0
    agency.refresh_from_db()
    assert (agency.handing_over, agency.successor) == (True, north)
    ends_in("RSL1", -1)
    assert actor_for(cast["charlie"]).agency_ids == (agency.pk,)
    assert client_for("bob").get(f"/cases/{case.ref}/").status_code == 404
    assert sweep() == 1
    assert look(case).lead_agency == north
    assert look(case).lead_worker is None
    assert "Given to North Northamptonshire Council" in client_for("bob").get(f"/tasks/{task.ref}/").content.decode()
    assert client_for("bob").get(f"/cases/{case.ref}/").status_code == 200
    assert not look(case).clocks.filter(closed_at=None).exclude(lead_agency=north).exists()
    assert actor_for(cast["charlie"]).agency_ids == ()
    assert client_for("charlie").get(f"/cases/{case.ref}/").status_code == 404
    assert "The agreement of Larkfield Homes has ended: what it led came to your agency" in texts(cast, "beth")
    assert "The sharing agreement of Larkfield Homes has ended and its people cannot sign in" in texts(cast, "admin")
    assert sweep() == 0


def test_without_a_successor_nobody_is_shut_out(cast, client_for, log_incident):
    case = log_incident("charlie").case
    ends_in("RSL1", 3)
    sweep()
    ends_in("RSL1", -1)
    assert sweep() == 0
    assert client_for("charlie").get(f"/cases/{case.ref}/").status_code == 200
    late = "The agreement of Larkfield Homes has ended and it still leads open cases: name a successor"
    for name in ("cora", "admin", "greta"):
        assert late in texts(cast, name)
    assert "Ended, cases to hand on" in client_for("greta").get("/agreements/").content.decode()


def test_no_notice_counts_the_cases_from_which_its_reader_is_kept_out(cast, log_incident):
    """The same words whether somebody is kept out of one more case or not."""
    agency, north = ends_in("RSL1", 3), Agency.objects.get(code="NNC")
    said = []
    for hidden in (0, 1):
        with transaction.atomic():
            for kept_out in [False] + [True] * hidden:
                case = log_incident("charlie").case
                if kept_out:
                    for name in ("cora", "beth"):
                        CaseExclusion.objects.create(case=case, user=cast[name], reason="Knows the family.")
                    access_rebuild([case.pk])
            ends_in("RSL1", -1)
            assert sweep() == 0
            Agency.objects.filter(pk=agency.pk).update(successor=north)
            assert sweep() == 1 + hidden
            about_none = Notice.objects.unscoped(reason="what carries no case").filter(case_id=None).order_by("pk")
            said.append(
                [list(about_none.filter(user=cast[n]).values_list("text", flat=True)) for n in ("cora", "beth")]
            )
            transaction.set_rollback(True)
    assert said[0] == said[1]
    assert "still leads open cases" in " ".join(said[0][0])
    assert "what it led came to your agency" in " ".join(said[0][1])


def test_an_excluded_successor_gets_nothing_and_the_case_stays(cast, client_for, log_incident):
    case, other = log_incident("charlie").case, log_incident("charlie").case
    agency, north = ends_in("RSL1", 3), Agency.objects.get(code="NNC")
    successor_set(actor=actor_named("cora"), agency=agency, successor=north)
    CaseExclusion.objects.create(case=case, agency=north, reason="A relative works there.")
    access_rebuild([case.pk])
    sweep()
    ends_in("RSL1", -1)
    assert sweep() == 1
    assert (look(case).lead_agency, look(other).lead_agency) == (agency, north)
    assert client_for("bob").get(f"/cases/{case.ref}/").status_code == 404
    assert client_for("charlie").get(f"/cases/{case.ref}/").status_code == 200
    assert any("they cannot go to the successor" in text for text in texts(cast, "greta"))


def test_a_restricted_case_goes_only_where_somebody_can_open_it(cast, log_incident):
    case = log_incident("charlie").case
    agency, north = ends_in("RSL1", 3), Agency.objects.get(code="NNC")
    successor_set(actor=actor_named("cora"), agency=agency, successor=north)
    Case.objects.unscoped(reason="a restricted case").filter(pk=case.pk).update(tier="restricted")
    access_rebuild([case.pk])
    sweep()
    ends_in("RSL1", -1)
    assert sweep() == 0
    CasePerson.objects.create(
        case=case, user=cast["bob"], level="manage", rank=4, reason="Leads it now.", starts_at=database_now()
    )
    access_rebuild([case.pk])
    assert sweep() == 1
    assert look(case).lead_agency == north


def test_closed_cases_and_agencies_without_cases_keep_nobody_waiting(cast):
    agency = ends_in("CTU", -1)
    sweep()
    agency.refresh_from_db()
    assert agency.handing_over is False
    assert actor_for(cast["colm"]).member_ids == ()


def test_what_others_asked_goes_back_when_the_agency_leaves(cast, client_for, log_incident):
    case = log_incident("alice").case
    with acting("asha") as actor:
        share_give(actor=actor, case=case, agency=Agency.objects.get(code="RSL1"), level="contribute", **TERMS)
        task = task_create(actor=actor, case=case, title="Change the locks", agency=Agency.objects.get(code="RSL1"))
    ends_in("RSL1", 0)
    sweep()
    assert case.tasks.get().agency.code == "RSL1"
    ends_in("RSL1", -1)
    sweep()
    sweep()
    row = case.tasks.get()
    assert (row.agency.code, row.state, row.closed_at, row.due_at) == ("POL", "offered", None, task.due_at)
    assert (
        texts(cast, "asha").count(f"{task.ref} in {case.ref} came back to your agency: nobody else is doing it") == 1
    )


def test_support_that_ends_is_told_to_who_leads_the_case(cast, log_incident):
    case = log_incident("alice").case
    party = Party.objects.unscoped(reason="the victim").filter(case=case).exclude(victim=None).first()
    SupportReferral.objects.create(
        case=case, victim=party.victim, wished=True, to_agency=Agency.objects.get(code="VSS"), sent_at=clock.now()
    )
    ends_in("VSS", -1)
    sweep()
    sweep()
    assert [text.startswith(case.ref) for text in texts(cast, "asha") if "support service" in text] == [True]


@pytest.mark.parametrize("unready", ["ended", "no contact", "asleep"])
def test_a_successor_has_to_be_there_itself_when_named_and_again_at_the_end(cast, client_for, log_incident, unready):
    case = log_incident("charlie").case
    agency, north = ends_in("RSL1", 3), Agency.objects.get(code="NNC")
    contacts = User.objects.filter(memberships__agency=north, memberships__roles__overlap=["spoc", "deputy_spoc"])
    held = list(contacts.values_list("pk", flat=True))

    def make_unready() -> None:
        if unready == "ended":
            ends_in("NNC", -1)
        elif unready == "asleep":
            User.objects.filter(pk__in=held).update(asleep_at=clock.now_real())
        else:
            Membership.objects.filter(agency=north, user__in=held).update(roles=["caseworker"])

    with transaction.atomic():
        make_unready()
        with pytest.raises(RuleError, match="cannot take over"):
            successor_set(actor=actor_named("cora"), agency=agency, successor=north)
        transaction.set_rollback(True)
    successor_set(actor=actor_named("cora"), agency=agency, successor=Agency.objects.get(code="NNC"))
    make_unready()
    ends_in("RSL1", -1)
    assert sweep() == 0
    assert look(case).lead_agency_id == agency.pk
    assert client_for("charlie").get(f"/cases/{case.ref}/").status_code == 200
    assert any("they cannot go to the successor" in text for text in texts(cast, "greta"))


@pytest.mark.parametrize(("name", "offered"), [("cora", True), ("arlo", True), ("greta", True), ("charlie", False)])
def test_whom_an_agreement_concerns_finds_it_in_the_menu(cast, name, offered):
    assert ("/agreements/" in {item.path for item in menu_for(actor_named(name), "/")}) == offered
