"""Recall of a mistaken share: the end of access, who opened what meanwhile, and the breach with its 72 hours."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection

from agencies.models import Notice
from incidents.choices import BreachState, Level
from incidents.models import Breach, CaseExclusion, CaseGrant
from incidents.rules.breach import hours_left, reminders_due, report_due
from incidents.selectors.breach import OPENINGS_SHOWN, Opening, openings, openings_shown
from incidents.selectors.share import shares_ended
from incidents.services.access import access_rebuild
from incidents.services.breach import breach_close, breach_not_reportable, breach_report, breaches_remind
from incidents.services.recall import share_recall
from incidents.services.share import share_end, share_give
from incidents.services.task import task_create
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from kernel.sign_offs import sign_offs_for
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    give,
    text,
    victim_of,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice")


@pytest.fixture
def grant(case):
    with acting("alice") as actor:
        return share_give(
            actor=actor, case=case, agency=agency("VSS"), level="contribute", purpose="Support", gateway="cda_s115"
        )


def recall(case, grant, name="alice", reason="Voice was chosen instead of NREC", **more):
    with acting(name) as actor:
        share_recall(actor=actor, case=case, uid=grant.uid, reason=reason, **more)
    return Breach.objects.unscoped(reason="the test looks at the row").get(grant=grant)


def told(kind="breach"):
    rows = Notice.objects.unscoped(reason="the test counts rows").filter(kind=kind).select_related("user")
    return sorted(row.user.email.partition("@")[0] for row in rows)


# --- Taking back --------------------------------------------------------------------------------------


def test_what_the_receiver_had_to_do_goes_back(case, grant):
    with acting("alice") as actor:
        task = task_create(actor=actor, case=case, title="Ring her", agency=agency("VSS"))
    recall(case, grant)
    assert case.tasks.get(pk=task.pk).agency.code == "POL"


def test_a_recall_ends_the_access_at_once_and_opens_a_breach(case, grant):
    vera = client_of("vera")
    assert vera.get(f"/cases/{case.ref}/").status_code == 200
    breach = recall(case, grant)
    assert vera.get(f"/cases/{case.ref}/").status_code == 404
    grant.refresh_from_db()
    assert grant.ended_at is not None
    assert grant.recalled_at is not None
    assert (breach.case_ref, breach.agency, breach.lead_agency) == (case.ref, agency("VSS"), agency("POL"))
    assert breach.field_groups == ["victim_contact"]
    assert breach.due_at - breach.aware_at == dt.timedelta(hours=72)
    [event] = audited("case.recall")
    assert (event.operation, event.reason) == ("disclosure", "Voice was chosen instead of NREC")
    assert told() == ["asha", "donna", "greta", "marcus"]


def test_it_shows_who_opened_what_meanwhile_and_nobody_else(case, grant):
    client_of("walt").get(f"/cases/{case.ref}/")
    client_of("amir").get(f"/cases/{case.ref}/")
    vera = client_of("vera")
    vera.get(f"/cases/{case.ref}/")
    vera.get(f"/victims/{victim_of(case).ref}/")
    vera.get("/cases/")
    page = text(client_of("alice").get(f"/cases/{case.ref}/share/{grant.uid}/recall/"))
    for words in ("Opened a case", "Opened a victim's record", "Looked at the list of cases"):
        assert words.replace("'", "’") in page
    assert page.count("Vera Lindqvist") == 3
    assert "Amir" not in page
    breach = recall(case, grant)
    assert [(one["who"], one["what"]) for one in breach.openings] == [
        ("Vera Lindqvist", "case.read"),
        ("Vera Lindqvist", "victim.read"),
        ("Vera Lindqvist", "case.list"),
    ]


def test_looks_at_a_person_that_may_belong_to_another_case_are_none_of_its_matter(case, grant):
    victim = victim_of(case)
    other = case_of("vera", victims=[VictimData(ref=victim.ref)])
    vera = client_of("vera")
    vera.get(f"/victims/{victim.ref}/")
    vera.get(f"/cases/{other.ref}/")
    with acting("alice"):
        assert openings(grant.uid) == []
    CaseGrant.objects.unscoped(reason="the test ends the other").filter(content_object_id=other.pk).update(
        ended_at=clock.now_real()
    )
    access_rebuild([other.pk])
    vera.get(f"/victims/{victim.ref}/")
    with acting("alice"):
        assert [one.action for one in openings(grant.uid)] == ["victim.read"]


def test_what_was_opened_before_and_after_the_share_is_not_its_matter(case):
    early = give(case, "VSS", Level.VIEW)
    vera = client_of("vera")
    vera.get(f"/cases/{case.ref}/")
    CaseGrant.objects.unscoped(reason="the test ends a share").filter(pk=early.pk).update(ended_at=clock.now_real())
    access_rebuild([case.pk])
    late = give(case, "VSS", Level.VIEW)
    with acting("alice"):
        assert len(openings(early.uid)) == 1
        assert openings(late.uid) == []


@pytest.mark.parametrize("name", ["bob", "vera", "walt", "greta", "admin"])
def test_the_audit_answers_only_who_manages_the_case(case, grant, name):
    give(case, "NNC", Level.CONTRIBUTE)
    client_of("vera").get(f"/cases/{case.ref}/")
    with acting("alice"):
        assert len(openings(grant.uid)) == 1
    with acting(name):
        assert openings(grant.uid) == []


def test_the_page_in_one_step(case, grant):
    path = f"/cases/{case.ref}/share/{grant.uid}/recall/"
    alice = client_of("alice")
    assert path in alice.get(f"/cases/{case.ref}/").content.decode()
    page = alice.get(path)
    assert "Nobody of Voice has opened anything" in text(page)
    assert "Enter what went wrong" in text(alice.post(path, {"reason": " "}))
    page = alice.post(path, {"reason": "Wrong agency"}, follow=True)
    assert "The share with Voice is recalled" in text(page)
    assert "Look at the breach" not in text(page)
    assert "Look at the breach" in text(client_of("asha").get(path))


def test_recalling_twice_opens_one_breach(case, grant):
    recall(case, grant)
    recall(case, grant, reason="Again")
    assert Breach.objects.unscoped(reason="the test counts rows").count() == 1
    assert len(audited("case.recall")) == 1


def test_a_share_that_has_ended_can_still_be_recalled(case, grant):
    ended = clock.now_real()
    rows = CaseGrant.objects.unscoped(reason="the test ends a share").filter(pk=grant.pk)
    rows.update(ended_at=ended)
    access_rebuild([case.pk])
    breach = recall(case, grant)
    grant.refresh_from_db()
    assert grant.ended_at == breach.ended_at == ended


def test_an_ended_share_is_listed_with_its_recall(case, grant):
    path = f"/cases/{case.ref}/share/{grant.uid}/recall/"
    alice = client_of("alice")
    assert path not in alice.get(f"/cases/{case.ref}/share/").content.decode()
    with acting("alice") as actor:
        share_end(actor=actor, case=case, uid=grant.uid)
    assert path not in alice.get(f"/cases/{case.ref}/").content.decode()
    page = alice.get(f"/cases/{case.ref}/share/")
    assert path in page.content.decode()
    assert "Shares that have ended (1)" in text(page)
    assert "The share with Voice is recalled" in text(alice.post(path, {"reason": "Wrong agency"}, follow=True))
    assert "Recalled: who opened what" in text(alice.get(f"/cases/{case.ref}/share/"))


def test_a_share_past_its_end_is_listed_too(case, grant):
    rows = CaseGrant.objects.unscoped(reason="the test ends a share").filter(pk=grant.pk)
    past = clock.now_real() - dt.timedelta(minutes=1)
    rows.update(starts_at=past - dt.timedelta(days=1), until=past)
    access_rebuild([case.pk])
    with acting("alice") as actor:
        assert [one.pk for one in shares_ended(actor, case)] == [grant.pk]


def test_more_openings_than_are_shown_are_said(case, grant):
    one = Opening(1, "Vera Lindqvist", "case.read", clock.now())
    assert openings_shown([one] * OPENINGS_SHOWN).more is False
    assert openings_shown([one] * (OPENINGS_SHOWN + 1)).more is True
    breach = recall(case, grant)
    kept = {"who": one.name, "user": 1, "what": one.action, "at": one.at.isoformat()}
    rows = Breach.objects.unscoped(reason="the test makes a long list").filter(pk=breach.pk)
    rows.update(openings=[kept] * (OPENINGS_SHOWN + 1))
    assert "These are the first 500. There were more" in text(client_of("greta").get(f"/breaches/{breach.pk}/"))


def test_other_access_stays_and_is_said(case, grant):
    CaseGrant.objects.unscoped(reason="the test makes another access").filter(pk=grant.pk).update(source="meeting")
    second = give(case, "VSS", Level.VIEW)
    page = text(client_of("alice").get(f"/cases/{case.ref}/share/{second.uid}/recall/"))
    assert "Voice has other access to this case" in page
    recall(case, second)
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 200


def test_what_is_no_share_is_not_recalled(case):
    own = case.grants.get(source="lead")
    assert client_of("alice").get(f"/cases/{case.ref}/share/{own.uid}/recall/").status_code == 404
    with pytest.raises(RuleError, match="cannot be recalled"):
        recall(case, own)


def test_awareness_may_lie_back_but_not_ahead(case, grant):
    with pytest.raises(RuleError) as refused:
        recall(case, grant, aware_at=clock.now() + dt.timedelta(hours=1))
    assert refused.value.field == "aware_at"
    aware = clock.now() - dt.timedelta(hours=80)
    breach = recall(case, grant, aware_at=aware)
    assert breach.due_at == aware + dt.timedelta(hours=72)
    for path in (f"/breaches/{breach.pk}/", "/breaches/"):
        assert "9 hours over time" in text(client_of("greta").get(path))


def test_who_may_recall(case, grant):
    give(case, "NNC", Level.CONTRIBUTE)
    path = f"/cases/{case.ref}/share/{grant.uid}/recall/"
    assert_forbidden(path, "bob", reason="x")
    assert_forbidden(path, "vera", reason="x")
    with acting("bob") as actor, pytest.raises(ForbiddenError):
        share_recall(actor=actor, case=case, uid=grant.uid, reason="x")
    assert_unknown_is_404(f"/cases/{{ref}}/share/{grant.uid}/recall/", case)
    assert_methods(path, "alice")
    assert client_of("alice").get(f"/cases/{case.ref}/share/{uuid.uuid4()}/recall/").status_code == 404


# --- The 72 hours -------------------------------------------------------------------------------------


def test_the_hours_are_elapsed_hours_over_a_change_of_clocks():
    aware = dt.datetime(2027, 3, 26, 18, 0, tzinfo=dt.UTC)
    assert report_due(aware) == dt.datetime(2027, 3, 29, 18, 0, tzinfo=dt.UTC)
    assert hours_left(report_due(aware), aware + dt.timedelta(hours=71, minutes=59)) == 0
    assert hours_left(report_due(aware), aware + dt.timedelta(hours=72, minutes=1)) == -1


@pytest.mark.parametrize(("hours", "due"), [(47.9, []), (48, [48]), (65.9, [48]), (66, [48, 66]), (100, [48, 66])])
def test_which_reminders_are_due(hours, due):
    aware = dt.datetime(2026, 12, 4, 10, tzinfo=dt.UTC)
    assert reminders_due(aware, aware + dt.timedelta(hours=hours)) == due


def test_information_governance_is_reminded_at_48_and_66_hours_once(case, grant, settings):
    breach = recall(case, grant)
    aware = breach.aware_at
    system = system_actor("a test")
    made = []
    for hours in (47, 48.1, 50, 66.1, 70, 90):
        settings.HATECASE_NOW = (aware + dt.timedelta(hours=hours)).isoformat()
        made.append(breaches_remind(actor=system))
    assert made == [0, 1, 0, 1, 0, 0]
    page = text(client_of("greta").get("/notices/"))
    assert "23 hours left" in page
    assert "5 hours left" in page
    assert told().count("greta") == 3
    assert told().count("asha") == 1


def test_an_open_breach_waits_in_the_queue_of_who_decides_with_its_hours(case, grant, settings):
    breach = recall(case, grant)
    greta = client_of("greta")
    for path in ("/", "/sign-off/"):
        page = greta.get(path)
        assert "Decide on a breach: a share with Voice" in text(page)
        assert f"/breaches/{breach.pk}/" in page.content.decode()
        assert "Late" not in text(page)
    assert "Decide on a breach" not in text(client_of("asha").get("/sign-off/"))
    settings.HATECASE_NOW = (breach.due_at + dt.timedelta(minutes=1)).isoformat()
    with acting("greta") as actor:
        [waits] = [one for one in sign_offs_for(actor, clock.now()) if one.kind == "breach"]
        assert (waits.at, waits.late) == (breach.due_at, True)
        breach_report(actor=actor, breach=breach)
        assert not [one for one in sign_offs_for(actor, clock.now()) if one.kind == "breach"]


def test_a_decided_breach_reminds_nobody(case, grant, settings):
    breach = recall(case, grant)
    with acting("greta") as actor:
        breach_report(actor=actor, breach=breach, ico_reference="IC-204417")
    settings.HATECASE_NOW = (breach.aware_at + dt.timedelta(hours=67)).isoformat()
    assert breaches_remind(actor=system_actor("a test")) == 0


# --- Who sees and judges it ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "amir", "vera", "viola", "beth", "walt", "admin", "sam", "ines", "ada"])
def test_nobody_else_sees_a_breach(case, grant, name):
    breach = recall(case, grant)
    assert client_of(name).get(f"/breaches/{breach.pk}/").status_code == 404
    with acting(name), connection.cursor() as cursor:
        cursor.execute("select count(*) from incidents_breach")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize("name", ["greta", "asha", "donna", "marcus"])
def test_information_governance_and_the_lead_agencys_deciders_see_it(case, grant, name):
    breach = recall(case, grant)
    client = client_of(name)
    assert case.ref in text(client.get("/breaches/"))
    page = text(client.get(f"/breaches/{breach.pk}/"))
    assert "Voice was chosen instead of NREC" in page
    assert "71 hours left" in page
    assert "Farida" not in page


@pytest.mark.parametrize("name", ["greta", "asha"])
def test_a_conflict_of_interest_hides_the_breach_and_its_notice(case, grant, name):
    breach = recall(case, grant)
    client = client_of(name)
    assert case.ref in text(client.get("/notices/"))
    CaseExclusion(case=case, user=cast_get()[name], reason="Conflict of interest").save()
    access_rebuild([case.pk])
    hidden, absent = client.get(f"/breaches/{breach.pk}/"), client.get(f"/breaches/{uuid.uuid4()}/")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert case.ref not in text(client.get("/breaches/"))
    assert case.ref not in text(client.get("/notices/"))


def test_the_list_is_for_those_alone_who_have_one(case):
    assert client_of("greta").get("/breaches/").status_code == 200
    assert "No breaches" in text(client_of("asha").get("/breaches/"))
    for name in ("alice", "vera", "admin"):
        assert client_of(name).get("/breaches/").status_code == 404
    assert 'href="/breaches/"' in client_of("greta").get("/").content.decode()


def test_the_page_of_information_governance_to_the_end(case, grant):
    breach = recall(case, grant)
    path, greta = f"/breaches/{breach.pk}/", client_of("greta")
    assert "Enter why it is not reportable" in text(greta.post(path, {"decision": "not_reportable"}))
    greta.post(path, {"decision": "not_reportable", "reason": "Nobody opened it"})
    assert "Nobody opened it" in text(greta.get(path))
    greta.post(path, {"decision": "reported", "ico_reference": "IC-204417"})
    greta.post(path, {"decision": "closed", "note": "The list of agencies now shows their type"})
    page = text(greta.get(path))
    assert "IC-204417" in page
    assert "The list of agencies now shows their type" in page
    assert "What follows" not in page
    breach.refresh_from_db()
    assert breach.state == BreachState.CLOSED
    assert [audited(f"breach.{step}") != [] for step in ("open", "not_reportable", "reported", "close", "read")] == [
        True
    ] * 5


def test_only_information_governance_decides(case, grant):
    breach = recall(case, grant)
    assert client_of("asha").post(f"/breaches/{breach.pk}/", {"decision": "reported"}).status_code == 403
    with acting("asha") as actor, pytest.raises(ForbiddenError):
        breach_not_reportable(actor=actor, breach=breach, reason="x")
    with acting("greta") as actor, pytest.raises(RuleError, match="cannot follow"):
        breach_close(actor=actor, breach=breach, note="x")


def test_an_agency_that_manages_the_case_can_recall_the_share_by_which_it_does(case):
    with acting("alice") as alice:
        given = share_give(
            actor=alice, case=case, agency=agency("NNC"), level=Level.MANAGE, purpose="Joint work", gateway="cda_s115"
        )
    breach = recall(case, given, name="beth", reason="Meant for the west council")
    assert (breach.grant_id, breach.agency.code, breach.lead_agency.code) == (given.pk, "NNC", "POL")
    assert client_of("beth").get(f"/cases/{case.ref}/").status_code == 404
