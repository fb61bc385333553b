"""Drafts: who may open them, what a double click or a second tab does, and how they come to an end."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest

from agencies.models import Agency, Membership, Notice
from incidents.models import Incident, IncidentDraft
from incidents.selectors.draft import drafts_for
from incidents.services.draft import (
    draft_discard,
    draft_drop,
    draft_save_step,
    draft_start,
    draft_submit,
    drafts_erase_due,
    drafts_warn_due,
)
from incidents.tasks import retention_sweep
from kernel.actors import system_actor
from kernel.errors import RuleError, StaleError
from kernel.models import AuditEvent
from tests.cast import acting, actor_named, agency, incident_data
from tests.incidents.intake_pages import NARRATIVE, SIMPLE, Report, words_of

pytestmark = pytest.mark.django_db

EVERYBODY_ELSE = (
    "amir", "marcus", "ada", "bob", "beth", "walt", "charlie", "vera", "nadia", "tom", "edith", "petra", "sam", "ines",
    "greta", "admin",
)  # fmt: skip


@pytest.fixture
def draft(cast) -> IncidentDraft:
    """A draft of Alice's with a narrative in it."""
    return start("alice")


def start(name: str, uid: uuid.UUID | None = None) -> IncidentDraft:
    with acting(name) as actor:
        home = agency_of(actor)
        begun = draft_start(
            actor=actor, agency=home, uid=uid or uuid.uuid4(), key="safety", answers={"danger_now": ["no"]}
        )
        return draft_save_step(actor=actor, uid=begun.uid, key="what", answers={"narrative": [NARRATIVE]})


def agency_of(actor):

    return Agency.objects.get(pk=actor.agency_ids[0])


def seen(name: str, draft: IncidentDraft) -> bool:
    """Whether both walls let somebody see a draft; they must agree."""
    with acting(name) as actor:
        first = IncidentDraft.objects.visible_to(actor).filter(pk=draft.pk).exists()
        second = IncidentDraft.objects.unscoped(reason="the second wall alone").filter(pk=draft.pk).exists()
    assert first == second, (name, first, second)
    return first


def test_the_author_and_the_points_of_contact_see_a_draft(draft):
    for name in ("alice", "asha", "donna"):
        assert seen(name, draft), name


def test_nobody_else_sees_it(draft):
    for name in EVERYBODY_ELSE:
        assert not seen(name, draft), name


def test_an_author_who_has_left_the_agency_does_not_see_it(draft):
    Membership.objects.filter(user__email="alice@police.example").update(is_active=False)
    assert not seen("alice", draft)
    assert seen("asha", draft)


def test_each_page_of_anothers_draft_is_the_page_of_none(draft, client_for):
    absent = uuid.uuid4()
    pages = ("", "check/", "erase/", "what/", "victim/1/", "victim/1/find/", "victim/1/remove/")
    for name in ("amir", "bob", "sam"):
        client = client_for(name)
        for page in pages:
            theirs = client.get(f"/cases/new/{draft.uid}/{page}")
            none = client.get(f"/cases/new/{absent}/{page}")
            assert theirs.status_code == none.status_code == 404, (name, page)
            assert theirs.content == none.content
        assert client.post(f"/cases/new/{draft.uid}/what/", {"narrative": "mine now"}).status_code == 404
        assert client.post(f"/cases/new/{draft.uid}/erase/").status_code == 404
        assert client.post(f"/cases/new/{draft.uid}/check/").status_code == 404
    assert seen("alice", draft)


def test_pages_of_a_draft_ask_for_a_sign_in(draft, client):
    for page in ("/cases/new/", f"/cases/new/{draft.uid}/", f"/cases/new/{draft.uid}/check/"):
        response = client.get(page)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_who_works_no_cases_logs_none(client_for):
    for name in ("sam", "ines", "greta", "admin", "ada"):
        assert client_for(name).get("/cases/new/").status_code == 403
        assert client_for(name).post("/cases/new/", {"danger_now": "no", "urgent": "none"}).status_code == 403


def test_the_point_of_contact_finishes_a_colleagues_report(client_for):
    report = Report(client_for("alice")).key_all()
    report.client = client_for("asha")
    assert NARRATIVE in words_of(report.check())
    assert report.submit().status_code == 302
    incident = Incident.objects.unscoped(reason="the test reads the outcome").get()
    assert incident.entered_by.email == "asha@police.example"


def test_one_logs_only_for_ones_own_agency(cast):
    with acting("alice") as actor, pytest.raises(RuleError, match="your own agency"):
        draft_start(actor=actor, agency=agency("NNC"), uid=uuid.uuid4(), key="safety", answers={})


def test_for_several_agencies_the_worker_says_for_which(client_for, cast):
    Membership.objects.create(user=cast["alice"], agency=agency("FIRE"), roles=["caseworker"])
    client = client_for("alice")
    assert "For which agency are you logging it?" in words_of(client.get("/cases/new/"))
    first = {"submission_id": str(uuid.uuid4()), "danger_now": "no", "urgent": ["none"]}
    assert "Select the agency" in words_of(client.post("/cases/new/", first))
    stranger = client.post("/cases/new/", {**first, "agency_id": agency("NNC").pk})
    assert stranger.status_code == 200
    assert client.post("/cases/new/", {**first, "agency_id": agency("FIRE").pk}).status_code == 302
    kept = IncidentDraft.objects.unscoped(reason="the test reads what is kept").get()
    assert kept.agency.code == "FIRE"


# --- Saving --------------------------------------------------------------------------------------


def test_a_double_click_on_the_first_step_is_one_draft(client_for):
    client, token = client_for("alice"), str(uuid.uuid4())
    for _ in range(2):
        client.post("/cases/new/", {"submission_id": token, "danger_now": "no", "urgent": ["none"]})
    assert IncidentDraft.objects.unscoped(reason="the test counts").count() == 1


def test_anothers_draft_is_not_taken_over_by_its_number(draft, client_for):
    first = {"submission_id": str(draft.uid), "danger_now": "yes", "urgent": ["none"]}
    answer = client_for("bob").post("/cases/new/", first)
    assert answer.status_code == 302
    assert str(draft.uid) not in answer["Location"]
    draft.refresh_from_db()
    assert draft.answers["safety"] == {"danger_now": ["no"]}


def test_a_page_that_was_sent_and_is_sent_anew_begins_another_report(client_for):
    report = Report(client_for("alice")).key_all()
    report.submit()
    again = {"submission_id": report.uid, "danger_now": "no", "urgent": ["none"]}
    answer = report.client.post("/cases/new/", again)
    assert answer.status_code == 302
    assert report.uid not in answer["Location"]
    report.uid = answer["Location"].split("/")[3]
    for key in list(SIMPLE)[1:]:
        report.send(key)
    report.submit()
    assert Incident.objects.unscoped(reason="the test counts").count() == 2


def test_the_first_page_sent_again_with_another_answer_counts(client_for):
    client, token = client_for("alice"), str(uuid.uuid4())
    client.post("/cases/new/", {"submission_id": token, "danger_now": "no", "urgent": ["none"]})
    client.post("/cases/new/", {"submission_id": token, "danger_now": "yes", "urgent": ["fire"]})
    kept = IncidentDraft.objects.unscoped(reason="the test reads what is kept").get()
    assert kept.answers["safety"] == {"danger_now": ["yes"], "urgent": ["fire"]}


def test_saving_a_step_keeps_the_others(draft):
    with acting("alice") as actor:
        draft_save_step(actor=actor, uid=draft.uid, key="where", answers={"location": ["Market Street"]})
        kept = IncidentDraft.objects.visible_to(actor).get(pk=draft.pk)
    assert kept.answers["what"] == {"narrative": [NARRATIVE]}
    assert kept.answers["where"] == {"location": ["Market Street"]}
    assert kept.step == "where"
    assert kept.version > draft.version


def test_taking_a_person_out_keeps_the_rest(draft):
    with acting("alice") as actor:
        draft_save_step(actor=actor, uid=draft.uid, key="victim/2", answers={"given_name": ["Sana"]})
        draft_drop(actor=actor, uid=draft.uid, keys=["victim/2", "contact/2"])
        kept = IncidentDraft.objects.visible_to(actor).get(pk=draft.pk)
    assert set(kept.answers) == {"safety", "what"}


def test_what_is_gone_is_said_to_be_gone(draft):
    with acting("alice") as actor:
        draft_discard(actor=actor, uid=draft.uid)
        for change in (
            lambda: draft_save_step(actor=actor, uid=draft.uid, key="what", answers={}),
            lambda: draft_drop(actor=actor, uid=draft.uid, keys=[]),
            lambda: draft_discard(actor=actor, uid=draft.uid),
            lambda: draft_submit(actor=actor, uid=draft.uid, version=1, data=incident_data()),
        ):
            with pytest.raises(RuleError, match="no longer there"):
                change()


def test_a_report_changed_meanwhile_is_checked_again(draft):
    with acting("alice") as actor:
        with pytest.raises(StaleError, match="Check it again"):
            draft_submit(actor=actor, uid=draft.uid, version=draft.version - 1, data=incident_data())
        assert IncidentDraft.objects.visible_to(actor).filter(pk=draft.pk).exists()
        assert not Incident.objects.visible_to(actor).exists()


def test_what_is_logged_is_what_was_on_the_page(client_for):
    report = Report(client_for("alice")).key_all()
    seen = re.search(r'name="version" value="(\d+)"', report.check().content.decode()).group(1)
    report.client.post(f"{report.path}where/?change=1", {**SIMPLE["where"], "location": "The bakery"})
    refused = report.client.post(f"{report.path}check/", {"version": seen})
    assert "Somebody changed this report while you were checking it. Check it again." in words_of(refused)
    assert "The bakery" in words_of(refused)
    assert not Incident.objects.unscoped(reason="nothing may be logged").exists()
    again = re.search(r'name="version" value="(\d+)"', refused.content.decode()).group(1)
    assert report.client.post(f"{report.path}check/", {"version": again}).status_code == 302


def test_sent_twice_one_after_the_other_it_is_one_incident(client_for):
    report = Report(client_for("alice")).key_all()
    first, second = report.submit(), report.submit()
    assert first["Location"] == second["Location"]
    assert report.check()["Location"] == first["Location"]
    assert Incident.objects.unscoped(reason="the test counts").count() == 1


def test_discarding_asks_first(draft, client_for):
    client = client_for("alice")
    assert "Do you want to erase this draft?" in words_of(client.get(f"/cases/new/{draft.uid}/erase/"))
    assert seen("alice", draft)
    assert client.post(f"/cases/new/{draft.uid}/erase/")["Location"] == "/"
    assert not seen("alice", draft)


# --- The end -------------------------------------------------------------------------------------


def test_a_draft_is_kept_for_20_working_days_after_its_last_edit(cast, settings):
    settings.HATECASE_NOW = "2026-12-01T10:00:00"
    draft = start("alice")
    assert draft.erase_on == dt.date(2026, 12, 31), "Christmas Day and the Boxing Day substitute do not count"
    settings.HATECASE_NOW = "2026-12-08T10:00:00"
    with acting("alice") as actor:
        again = draft_save_step(actor=actor, uid=draft.uid, key="what", answers={"narrative": ["More of it"]})
    assert again.erase_on == dt.date(2027, 1, 8)


def test_the_list_warns_in_the_last_three_working_days(cast, settings):
    settings.HATECASE_NOW = "2026-12-01T10:00:00"
    draft = start("alice")
    warnings = {}
    for day in ("2026-12-01", "2026-12-23", "2026-12-24", "2026-12-29", "2026-12-31"):
        settings.HATECASE_NOW = f"{day}T10:00:00"
        (row,) = drafts_for(actor_named("alice"))
        warnings[day] = row.warn
    assert warnings == {
        "2026-12-01": False, "2026-12-23": False, "2026-12-24": True, "2026-12-29": True, "2026-12-31": True,
    }  # fmt: skip
    assert (row.uid, row.mine, row.author, row.agency, row.step) == (
        draft.uid, True, "Alice Morgan", "Northamptonshire Police", "what",
    )  # fmt: skip
    (theirs,) = drafts_for(actor_named("asha"))
    assert not theirs.mine
    assert drafts_for(actor_named("amir")) == []


def test_the_first_page_shows_what_waits(draft, client_for):
    page = client_for("alice").get("/cases/new/").content.decode()
    assert "1 draft waiting" in page
    assert f'href="/cases/new/{draft.uid}/"' in page
    assert "draft waiting" not in client_for("amir").get("/cases/new/").content.decode()


def test_the_author_is_told_once_three_working_days_before(cast, settings):
    settings.HATECASE_NOW = "2026-12-01T10:00:00"
    draft = start("alice")
    settings.HATECASE_NOW = "2026-12-23T10:00:00"
    assert drafts_warn_due(actor=system_actor("a test of retention")) == 0
    settings.HATECASE_NOW = "2026-12-24T10:00:00"
    assert drafts_warn_due(actor=system_actor("a test of retention")) == 1
    assert drafts_warn_due(actor=system_actor("a test of retention")) == 0
    with acting("alice") as actor:
        notice = Notice.objects.visible_to(actor).get(kind="draft")
    assert notice.text == "A report that you have not sent will be erased on 31 December 2026."
    assert notice.url == f"/cases/new/{draft.uid}/"


def test_the_sweep_erases_on_the_day_and_not_before(cast, settings):
    settings.HATECASE_NOW = "2026-12-01T10:00:00"
    start("alice")
    kept = start("bob")
    settings.HATECASE_NOW = "2026-12-08T10:00:00"
    with acting("bob") as actor:
        draft_save_step(actor=actor, uid=kept.uid, key="what", answers={})
    settings.HATECASE_NOW = "2026-12-30T23:59:00"
    assert drafts_erase_due(actor=system_actor("a test of retention")) == 0
    settings.HATECASE_NOW = "2026-12-31T00:00:00"
    assert retention_sweep() == 1
    assert retention_sweep() == 0
    left = IncidentDraft.objects.unscoped(reason="the test reads what is left").get()
    assert left.pk == kept.pk


def test_the_audit_names_steps_and_nothing_that_was_keyed(draft):
    with acting("alice") as actor:
        draft_discard(actor=actor, uid=draft.uid)
    events = list(AuditEvent.objects.filter(subject_type="incidents.incidentdraft").order_by("id"))
    assert [(e.action, e.operation) for e in events] == [
        ("draft.start", "collection"), ("draft.save", "alteration"), ("draft.discard", "erasure"),
    ]  # fmt: skip
    assert events[1].detail == {"step": "what"}
    assert "abuse" not in str([(e.detail, e.fields, e.reason) for e in events])
