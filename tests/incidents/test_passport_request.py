"""Signpost and ask: what a signposted agency sees, and its request from asking to the answer or the end."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from agencies.models import Notice, User
from agencies.services.mail import mails_send
from incidents.choices import Level, RequestState, Tier
from incidents.models import AccessRequest, Case, CaseExclusion
from incidents.selectors.access_request import signpost_get
from incidents.services.access import access_rebuild
from incidents.services.access_decision import access_grant, access_question, access_refuse
from incidents.services.access_request import access_ask, access_reply, requests_sweep
from incidents.services.share import ShareTerms
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import (
    ABSENT,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    day_parts,
    give,
    text,
)

pytestmark = pytest.mark.django_db

ASK = {"purpose": "We manage the neighbour’s tenancy", "gateway": "cda_s115"}
TERMS = ShareTerms(agency=None, level="view", purpose="Tenancy of the neighbour", gateway="cda_s115")  # type: ignore[arg-type]


@pytest.fixture
def case(cast):
    """A case of the police of which Larkfield Homes knows that it exists."""
    User.objects.filter(email="asha@police.example").update(phone="01632 960117")
    case = case_of("alice", summary="Abuse at the market")
    give(case, "RSL1", Level.SIGNPOST)
    return case


def ask(case, name="charlie", **values):
    with acting(name) as actor:
        return access_ask(actor=actor, signpost=signpost_get(actor=actor, ref=case.ref), **ASK | values)


def told():
    rows = Notice.objects.unscoped(reason="the test counts rows").filter(kind="access_request")
    return sorted(
        (row.user.email.partition("@")[0], row.text.partition(": ")[2]) for row in rows.select_related("user")
    )


def row(request):
    return AccessRequest.objects.unscoped(reason="the test looks at the row").get(pk=request.pk)


# --- The small page -----------------------------------------------------------------------------------


def test_a_signposted_agency_sees_reference_lead_and_whom_to_ask(case):
    answer = client_of("charlie").get(f"/cases/{case.ref}/")
    assert answer.status_code == 200
    page = text(answer)
    for words in (case.ref, "Northamptonshire Police", "Asha Raithatha", "01632 960117", "asha@police.example"):
        assert words in page
    for words in ("Mirza", "Farida", "Kettering", "market", "Donna", "Alice", "Race", "Standard", "Received"):
        assert words not in page
    assert len(audited("case.signpost_read")) == 1
    assert not audited("case.read", actor_id=cast_get()["charlie"].pk)


@pytest.mark.parametrize("tail", ["edit/", "notes/add/", "share/", "risk/new/", "tasks/add/", "contacts/add/"])
def test_no_other_route_of_the_case_opens(case, tail):
    client = client_of("charlie")
    assert client.get(f"/cases/{case.ref}/{tail}").status_code == 404
    assert client.get(f"/api/v1/cases/{case.ref}/").status_code == 401


def test_who_is_not_signposted_gets_what_an_absent_case_gives(case):
    client = client_of("walt")
    for method in ("get", "post"):
        hidden, absent = (getattr(client, method)(f"/cases/{ref}/") for ref in (case.ref, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content


@pytest.mark.parametrize("whom", ["user", "agency"])
def test_a_conflict_of_interest_beats_the_signpost(case, whom):
    request = ask(case)
    excluded = {"user": {"user": cast_get()["charlie"]}, "agency": {"agency": agency("RSL1")}}[whom]
    with acting("asha") as actor:
        access_refuse(actor=actor, case=case, asked=request, reason="Not now")
    CaseExclusion(case=case, reason="Conflict of interest", **excluded).save()
    access_rebuild([case.pk])
    client = client_of("charlie")
    for method in ("get", "post"):
        hidden, absent = (getattr(client, method)(f"/cases/{ref}/", ASK) for ref in (case.ref, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
    assert case.ref not in text(client.get("/cases/"))
    assert case.ref not in text(client.get("/notices/"))
    with acting("charlie"), connection.cursor() as cursor:
        for table in ("accessrequest", "accessmessage"):
            cursor.execute(f"select count(*) from incidents_{table}")
            assert cursor.fetchone()[0] == 0


def test_a_restricted_case_has_no_signpost(case):
    Case.objects.unscoped(reason="the test restricts the case").filter(pk=case.pk).update(tier=Tier.RESTRICTED)
    access_rebuild([case.pk])
    assert client_of("charlie").get(f"/cases/{case.ref}/").status_code == 404


def test_who_may_read_the_case_posts_nothing_to_it(case):
    assert client_of("alice").post(f"/cases/{case.ref}/", ASK).status_code == 405
    assert not AccessRequest.objects.unscoped(reason="the test counts rows").exists()


# --- Asking -------------------------------------------------------------------------------------------


def test_asking_tells_the_points_of_contact_and_shows_the_state(case):
    client = client_of("charlie")
    path = f"/cases/{case.ref}/"
    assert "Enter why you need access" in text(client.post(path, {"purpose": "", "gateway": "cda_s115"}))
    page = text(client.post(path, ASK, follow=True))
    assert "Access was asked for. Northamptonshire Police has 5 working days to answer" in page
    assert "Waits for the lead agency" in page
    assert "Ask for access" not in page
    assert told() == [("asha", "an agency asks for access"), ("donna", "an agency asks for access")]
    [event] = audited("access.ask")
    assert event.reason == ASK["purpose"]
    lead = text(client_of("asha").get(path))
    assert "Larkfield Homes asks for access" in lead
    assert "Larkfield Homes asks for access" in text(client_of("asha").get("/"))


def test_one_open_request_for_an_agency_and_a_case(case):
    first = ask(case)
    assert ask(case) == first
    with pytest.raises(RuleError, match="has asked for access"):
        ask(case, "cora")
    twin = row(first)
    twin.pk = None
    with pytest.raises(IntegrityError, match="request_one_open"):
        AccessRequest(
            case=case,
            agency=agency("RSL1"),
            purpose="x",
            gateway="cda_s115",
            remind_at=first.remind_at,
            expires_at=first.expires_at,
        ).save(force_insert=True)


def test_a_third_agency_sees_nothing_of_it(case):
    request = ask(case)
    give(case, "NNC", Level.MANAGE)
    assert client_of("beth").get(f"/cases/{case.ref}/requests/{request.pk}/").status_code == 404
    assert "asks for access" not in text(client_of("beth").get(f"/cases/{case.ref}/"))
    with acting("beth"), connection.cursor() as cursor:
        cursor.execute("select count(*) from incidents_accessrequest")
        assert cursor.fetchone()[0] == 0


# --- Deciding -----------------------------------------------------------------------------------------


def test_granted_on_the_lead_agencys_terms(case):
    request = ask(case)
    path = f"/cases/{case.ref}/requests/{request.pk}/"
    asha = client_of("asha")
    assert ASK["purpose"] in asha.get(path).content.decode()
    data = {"level": "contribute", "necessity": "They write to him", "field_groups": ["subject_identity"], **ASK}
    data |= day_parts("ends_on", clock.today_real() + dt.timedelta(days=60))
    assert "choose one of the options shown" in text(asha.post(path, data | {"level": "signpost"}))
    assert asha.post(path, data).status_code == 302
    grant = case.grants.get(agency=agency("RSL1"), ended_at=None, source="share")
    assert (grant.level, grant.field_groups) == ("contribute", ["subject_identity"])
    assert (row(request).state, row(request).grant) == (RequestState.GRANTED, grant)
    assert "Lead agency" in text(client_of("charlie").get(f"/cases/{case.ref}/"))
    assert ("charlie", "your request for access is granted") in told()
    with acting("asha") as actor, pytest.raises(RuleError, match="decided: granted"):
        access_refuse(actor=actor, case=case, asked=request, reason="x")


def test_an_ordinary_share_grants_the_request_too(case):
    request = ask(case)
    data = {"agency": "RSL1", "level": "view", "necessity": "They write to him", **ASK}
    data |= day_parts("ends_on", clock.today_real() + dt.timedelta(days=60))
    assert client_of("alice").post(f"/cases/{case.ref}/share/", data).status_code == 302
    assert row(request).state == RequestState.GRANTED


def test_refused_with_a_reason_that_they_read_and_may_ask_again(case):
    request = ask(case)
    path = f"/cases/{case.ref}/requests/{request.pk}/refuse/"
    assert "Enter why it is refused" in text(client_of("donna").post(path, {"text": " "}))
    assert client_of("donna").post(path, {"text": "The tenancy is not concerned"}).status_code == 302
    page = text(client_of("charlie").get(f"/cases/{case.ref}/"))
    assert "Refused from Northamptonshire Police" in page
    assert "The tenancy is not concerned" in page
    assert "Ask again" in page
    assert ("charlie", "your request for access is refused") in told()
    assert not case.grants.filter(agency=agency("RSL1"), rank__gte=2).exists()
    assert ask(case, purpose="The neighbour has moved in").pk != request.pk


def test_a_question_and_its_answer(case):
    request = ask(case)
    base = f"/cases/{case.ref}/requests/{request.pk}/"
    client_of("asha").post(f"{base}question/", {"text": "Which tenancy?"})
    charlie = client_of("charlie")
    page = text(charlie.get(f"/cases/{case.ref}/"))
    assert "Waits for your answer" in page
    assert "Which tenancy?" in page
    assert "Waits for their answer" in text(client_of("asha").get(base))
    assert "Enter your answer" in text(charlie.post(f"/cases/{case.ref}/", {"text": ""}))
    charlie.post(f"/cases/{case.ref}/", {"text": "That of 9 Larch Walk"})
    assert row(request).state == RequestState.OPEN
    assert "That of 9 Larch Walk" in text(client_of("asha").get(base))
    assert ("asha", "your question about a request is answered") in told()
    with acting("charlie") as actor, pytest.raises(RuleError, match="no question"):
        access_reply(actor=actor, asked=request, ref=case.ref, lead_agency_id=case.lead_agency_id, text="More")


def test_who_decides(case):
    request = ask(case)
    base = f"/cases/{case.ref}/requests/{request.pk}/"
    page = text(client_of("alice").get(base))
    assert "The point of contact, a deputy or a manager of Northamptonshire Police decides" in page
    assert "Grant access" not in page
    for service, argument in ((access_refuse, "reason"), (access_question, "text")):
        with acting("alice") as actor, pytest.raises(ForbiddenError):
            service(actor=actor, case=case, asked=request, **{argument: "x"})
    with acting("alice") as actor, pytest.raises(ForbiddenError):
        access_grant(actor=actor, case=case, asked=request, terms=TERMS)
    assert client_of("alice").post(f"{base}refuse/", {"text": "x"}).status_code == 403


def test_shapes(case):
    request = ask(case)
    for tail in ("", "refuse/", "question/"):
        path = f"requests/{request.pk}/{tail}"
        assert_unknown_is_404(f"/cases/{{ref}}/{path}", case)
        assert client_of("charlie").get(f"/cases/{case.ref}/{path}").status_code == 404
        assert_methods(f"/cases/{case.ref}/{path}", "asha")
        assert client_of("asha").get(f"/cases/{case_of('alice').ref}/{path}").status_code == 404


# --- Time ---------------------------------------------------------------------------------------------


def test_it_reminds_the_day_before_and_expires_after_five_working_days(case, settings):
    settings.HATECASE_NOW = "2026-12-04T10:00:00+00:00"
    request = ask(case)
    assert request.expires_at == dt.datetime(2026, 12, 11, 17, tzinfo=dt.UTC)
    system = system_actor("a test")
    steps = []
    for moment in ("10T08:59", "10T09:00", "10T12:00", "11T16:59", "11T17:00", "12T09:00"):
        settings.HATECASE_NOW = f"2026-12-{moment}:00+00:00"
        steps.append((requests_sweep(actor=system), len(told())))
    # Asha and Donna were told of it; the reminder goes to Marcus too; its end to Charlie and the points of contact.
    assert steps == [(0, 2), (0, 5), (0, 5), (0, 5), (1, 8), (0, 8)]
    assert row(request).state == RequestState.EXPIRED
    page = text(client_of("charlie").get(f"/cases/{case.ref}/"))
    assert "Expired" in page
    assert "Ask again" in page


def test_a_question_gives_the_other_side_five_working_days(case, settings):
    settings.HATECASE_NOW = "2026-12-04T10:00:00+00:00"
    request = ask(case)
    settings.HATECASE_NOW = "2026-12-09T10:00:00+00:00"
    with acting("asha") as actor:
        access_question(actor=actor, case=case, asked=request, text="Which tenancy?")
    assert row(request).expires_at == dt.datetime(2026, 12, 16, 17, tzinfo=dt.UTC)
    settings.HATECASE_NOW = "2026-12-15T09:00:00+00:00"
    requests_sweep(actor=system_actor("a test"))
    assert ("charlie", "your answer to a question is due on the next working day") in told()


def test_the_mail_reaches_who_asked_while_they_may_know_of_the_case(case, inbox):
    request = ask(case)
    with acting("asha") as actor:
        access_question(actor=actor, case=case, asked=request, text="Which tenancy?")
    mails_send()
    assert "charlie@larkfield.example" in {message["To"] for message in inbox.messages}
    with acting("charlie") as actor:
        access_reply(actor=actor, asked=request, ref=case.ref, lead_agency_id=case.lead_agency_id, text="Number 9")
    with acting("asha") as actor:
        access_refuse(actor=actor, case=case, asked=request, reason="Not now")
    CaseExclusion(case=case, user=cast_get()["charlie"], reason="Conflict of interest").save()
    access_rebuild([case.pk])
    mails_send()
    assert [message["To"] for message in inbox.messages].count("charlie@larkfield.example") == 1


def test_a_frozen_clock_moves_no_signpost(case, settings):
    settings.HATECASE_NOW = (clock.now_real() + dt.timedelta(days=900)).isoformat()
    assert client_of("charlie").get(f"/cases/{case.ref}/").status_code == 200
