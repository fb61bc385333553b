"""Undo within a minute, and corrected dates, of everything that a working day adds; and mentions in notes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from agencies.models import Mail, Notice
from incidents.choices import ClockKind, Level, TaskState
from incidents.models import ActionPlan, CaseGrant, FieldCorrection, KeyEvent, StruckText, SupportReferral, TaskComment
from incidents.selectors.case_page import case_get
from incidents.selectors.chronology import chronology
from incidents.selectors.mention import note_readers
from incidents.selectors.progress import progress_page
from incidents.services import task as tasks
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.note import note_add
from incidents.services.progress import (
    ReferralData,
    action_plan_record,
    key_event_record,
    support_referral_record,
)
from incidents.services.repair import Corrected, incident_date_correct, note_strike, note_undo, record_date_correct
from incidents.services.share import share_give
from incidents.services.task_comment import comment_add
from incidents.services.undo import just_added_undo
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import audited, case_of, clock_of, fresh, give, text

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"


@pytest.fixture
def case(cast):
    case = case_of("alice")
    for code in ("NNC", "PROB", "VSS"):
        give(case, code, Level.CONTRIBUTE)
    return case


def do(name, service, case, **values):
    with acting(name) as actor:
        return service(actor=actor, case=fresh(case), **values)


def undo(name, case, row):
    with acting(name) as actor:
        just_added_undo(actor=actor, case=fresh(case), row=row)


def pass_on(monkeypatch, **delta):
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", (clock.now() + dt.timedelta(**delta)).isoformat())


def told(name, case):
    with acting(name) as actor:
        found = chronology(actor=actor, case=case_get(actor=actor, ref=case.ref))
        return " ".join(f"{entry.title} {entry.text}" for entry in found.entries)


def plan(case, words="Cameras by Friday", **values):
    return do("alice", action_plan_record, case, text=words, agreed_at=values.get("at", clock.now()))


def ask(case, code="NNC"):
    return do("alice", tasks.task_create, case, title="Visit twice", agency=agency(code))


# --- Undo -----------------------------------------------------------------------------------------


def test_a_plan_is_taken_back_with_its_words_and_its_clock(case):
    made = plan(case)
    undo("alice", case, made)
    undo("alice", case, ActionPlan.objects.unscoped(reason=WHY).get(pk=made.pk))
    kept = ActionPlan.objects.unscoped(reason=WHY).get(pk=made.pk)
    assert (kept.text, kept.struck_at is not None) == ("", True)
    assert StruckText.objects.unscoped(reason=WHY).get(kind="plan").words == {"text": "Cameras by Friday"}
    with acting("alice") as alice:
        assert progress_page(actor=alice, case=case_get(actor=alice, ref=case.ref), pause=False).plans == []
    assert "Cameras" not in told("alice", case)
    assert "An action plan was taken back" in told("vera", case)
    assert "action plan" not in told("petra", case)
    assert len(audited("plan.undo")) == 1


def test_a_referral_that_is_taken_back_no_longer_meets_its_clock(case):
    data = ReferralData(wished=True, service="The Haven", sent_at=clock.now())
    made = do("alice", support_referral_record, case, data=data)
    assert clock_of(case, ClockKind.K5).met_at is not None
    undo("alice", case, made)
    running = clock_of(case, ClockKind.K5)
    assert (running.met_at, running.closed_at) == (None, None)
    refused = do("alice", support_referral_record, case, data=ReferralData(wished=False))
    assert clock_of(case, ClockKind.K5).outcome == "not_applicable"
    undo("alice", case, refused)
    assert clock_of(case, ClockKind.K5).outcome == ""
    assert not any(row.service == "The Haven" for row in SupportReferral.objects.unscoped(reason=WHY))


def test_a_key_event_that_is_taken_back_asks_for_nothing(case):
    made = do("alice", key_event_record, case, kind="release", happened_at=clock.now(), note="From prison")
    undo("alice", case, made)
    kept = KeyEvent.objects.unscoped(reason=WHY).select_related("clock").get(pk=made.pk)
    assert kept.note == ""
    assert kept.clock is None or kept.clock.outcome == "not_applicable"
    assert "prison" not in told("alice", case)


def test_a_task_is_withdrawn_unless_somebody_has_taken_it_on(case):
    task = ask(case)
    undo("alice", case, task)
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN
    taken = ask(case)
    with acting("bob") as bob:
        tasks.task_accept(actor=bob, task=taken)
    with pytest.raises(RuleError, match="has accepted"):
        undo("alice", case, taken)


def test_a_comment_goes_with_its_words(case):
    task = ask(case)
    with acting("bob") as bob:
        said = comment_add(actor=bob, task=task, text="He is in")
    undo("bob", case, said)
    assert TaskComment.objects.unscoped(reason=WHY).get().text == ""
    page = text(client_of("alice").get(f"/tasks/{task.ref}/"))
    assert "This comment was taken back or struck." in page
    assert "He is in" not in told("alice", case)


def test_a_person_and_a_share_are_ended(case):
    person = do("alice", involved_add, case, data=InvolvedData(role="witness", given_name="Wanda"))
    undo("alice", case, person)
    assert case.involved.get().ended_at is not None
    grant = give(case, "FIRE", Level.VIEW, given_by_id=cast_get()["alice"].pk)
    undo("alice", case, grant)
    assert CaseGrant.objects.unscoped(reason=WHY).get(pk=grant.pk).ended_at is not None


def test_a_share_by_which_the_case_was_opened_is_recalled_instead(case, monkeypatch):
    grant = give(case, "FIRE", Level.VIEW, given_by_id=cast_get()["alice"].pk)
    monkeypatch.setattr("incidents.services.undo.openings", lambda uid: ["somebody"])
    with pytest.raises(RuleError, match="Recall it instead"):
        undo("alice", case, grant)


def test_a_share_that_took_the_place_of_another_is_not_undone(case):
    given = {"agency": agency("FIRE"), "purpose": "To make the flat safe", "gateway": "cda_s115"}
    do("alice", share_give, case, level=Level.VIEW, **given)
    grant = do("alice", share_give, case, level=Level.CONTRIBUTE, **given)
    with pytest.raises(RuleError, match="place of an earlier share"):
        undo("alice", case, grant)
    first = do(
        "alice", share_give, case, **given | {"agency": agency("HLTH")}, level=Level.VIEW, caldicott_guardian="Dr Ng"
    )
    undo("alice", case, first)
    shared = case.grants.filter(source=CaseGrant.Source.SHARE, ended_at=None)
    assert shared.filter(agency=agency("FIRE")).get().level == Level.CONTRIBUTE
    assert not shared.filter(agency=agency("HLTH")).exists()


def test_only_its_author_and_only_for_a_minute(case, monkeypatch):
    made = plan(case)
    with pytest.raises(ForbiddenError):
        undo("amir", case, made)
    pass_on(monkeypatch, seconds=61)
    with pytest.raises(RuleError, match="minute"):
        undo("alice", case, made)


def test_the_page_offers_it_and_does_it(case):
    made = plan(case)
    path = f"/cases/{case.ref}/undo/plan/{made.uid}/"
    assert "Take back this action plan?" in text(client_of("alice").get(path))
    assert client_of("bob").get(path).status_code == 403
    absent = client_of("petra").get(path)
    assert absent.status_code == client_of("petra").get(path.replace("/plan/", "/nothing/")).status_code == 404
    assert client_of("alice").post(path).status_code == 302
    assert client_of("alice").get(path).status_code == 404


# --- Dates ----------------------------------------------------------------------------------------


def correct(name, case, row, field, was, value):
    data = Corrected(field, was, value, "A slip")
    return do(name, record_date_correct, case, row=row, data=data)


def test_a_corrected_plan_works_its_clock_out_anew(case):
    data = ReferralData(wished=True, service="The Haven", sent_at=clock.now())
    made = do("alice", support_referral_record, case, data=data)
    met = clock_of(case, ClockKind.K5).met_at
    before = made.sent_at
    value = before - dt.timedelta(days=300)
    done = correct("alice", case, made, "sent_at", before, value)
    assert done.effects == ["Support referral: no longer met"]
    assert met is not None
    assert clock_of(case, ClockKind.K5).met_at is None
    assert "When the referral was sent corrected from" in told("vera", case)
    assert "referral" not in told("petra", case)
    with acting("petra"):
        assert not FieldCorrection.objects.unscoped(reason=WHY).exists()


@pytest.mark.parametrize(("value", "error"), [("later", "past"), ("same", "already")])
def test_a_date_that_cannot_be_is_refused(case, value, error):
    made = plan(case, at=clock.now() - dt.timedelta(days=1))
    moments = {"later": clock.now() + dt.timedelta(days=1), "same": made.agreed_at}
    with pytest.raises(RuleError, match=error):
        correct("alice", case, made, "agreed_at", made.agreed_at, moments[value])


def test_only_its_agency_and_the_lead_agencys_deciders_correct_a_date(case):
    made = do("alice", key_event_record, case, kind="release", happened_at=clock.now())
    earlier = made.happened_at - dt.timedelta(hours=3)
    with pytest.raises(ForbiddenError):
        correct("bob", case, made, "happened_at", made.happened_at, earlier)
    assert correct("alice", case, made, "happened_at", made.happened_at, earlier).field == "happened_at"
    assert KeyEvent.objects.unscoped(reason=WHY).get().happened_at == earlier
    assert "When the key event was corrected from" in told("petra", case)


def test_when_an_incident_ended_can_be_given_later(case):
    incident = case.incidents.get()
    end = incident.occurred_from + dt.timedelta(minutes=20)
    data: Any = Corrected("occurred_to", incident.occurred_to, end, "She remembers")
    do("alice", incident_date_correct, case, incident=incident, data=data)
    assert case.incidents.get().occurred_to == end
    with pytest.raises(RuleError, match="before it began"):
        data = Corrected("occurred_to", end, incident.occurred_from - dt.timedelta(hours=1), "No")
        do("alice", incident_date_correct, case, incident=incident, data=data)


def test_an_event_of_an_earlier_day_is_new_when_it_is_logged(case, monkeypatch):
    client_of("alice").get(f"/cases/{case.ref}/")
    pass_on(monkeypatch, hours=2)
    do("bob", key_event_record, case, kind="release", happened_at=clock.now() - dt.timedelta(days=2))
    pass_on(monkeypatch, minutes=1)
    page = client_of("alice").get(f"/cases/{case.ref}/").context["page"]
    assert [entry.title[:9] for entry in page.chronology.fresh] == ["Key event"]


# --- Mentions in notes ----------------------------------------------------------------------------


def readers(name, case, code):
    with acting(name) as actor:
        return {person.name for person in note_readers(actor, fresh(case), agency(code).pk)}


def test_a_note_mentions_who_may_read_it(case, cast):
    assert cast["petra"].name not in readers("alice", case, fresh(case).lead_agency.code)
    assert {cast["bob"].name, cast["vera"].name} <= readers("alice", case, fresh(case).lead_agency.code)
    assert cast["petra"].name not in readers("vera", case, "VSS")
    assert cast["vera"].name not in readers("petra", case, "PROB")
    do("alice", note_add, case, text=f"Please ring them, @{cast['bob'].name}.")
    [notice] = Notice.objects.unscoped(reason=WHY).filter(kind="mention")
    assert (notice.user_id, notice.text) == (cast["bob"].pk, f"You were mentioned in a note in {case.ref}")


def test_nobody_else_is_mentioned(case, cast):
    for words, people in (("Hello", [cast["petra"].pk]), (f"See @{cast['petra'].name}", [])):
        with pytest.raises(RuleError):
            do("alice", note_add, case, text=words, mentioned=people)
    assert not Notice.objects.unscoped(reason=WHY).filter(kind="mention").exists()
    page = text(client_of("alice").get(f"/cases/{case.ref}/notes/add/"))
    assert cast["bob"].name in page
    assert cast["petra"].name not in page


# --- Notices go with what they tell of -------------------------------------------------------------------


def notices(name: str) -> set[str]:
    rows = Notice.objects.unscoped(reason=WHY).filter(user=cast_get()[name])
    return set(rows.values_list("text", flat=True))


@pytest.mark.parametrize("undone", [True, False])
def test_who_was_mentioned_is_told_no_more_once_the_note_is_gone(case, cast, undone):
    for words in ("Ring him", "Write to him"):
        note = do("alice", note_add, case, text=words, mentioned=[cast["bob"].pk])
    assert Mail.objects.filter(notice__kind="mention").count() == 2
    with acting("alice") as alice:
        if undone:
            note_undo(actor=alice, note=note)
        else:
            note_strike(actor=alice, note=note, reason="The wrong case")
    [left] = Notice.objects.unscoped(reason=WHY).filter(kind="mention")
    assert note.uid.hex not in left.key
    assert Mail.objects.filter(notice__kind="mention").count() == 1


def test_a_comment_and_a_task_that_are_taken_back_leave_no_notice(case, cast):
    task = ask(case)
    offered = f"{task.ref} in {case.ref} is offered to you"
    told_of = [name for name in ("bob", "beth", "nora") if offered in notices(name)]
    assert told_of
    with acting("bob") as bob:
        said = comment_add(actor=bob, task=task, text="He is in", mentioned=[cast["alice"].pk])
    assert f"You were mentioned in {task.ref} in {case.ref}" in notices("alice")
    undo("bob", case, said)
    assert f"You were mentioned in {task.ref} in {case.ref}" not in notices("alice")
    undo("alice", case, task)
    for name in told_of:
        assert offered not in notices(name)
        assert f"{task.ref} in {case.ref} was withdrawn" in notices(name)


def test_the_door_ends_nothing_in_a_case_that_the_asker_cannot_see(case, cast):
    do("alice", note_add, case, text="Ring him", mentioned=[cast["bob"].pk])
    with acting("walt"), connection.cursor() as cursor:
        cursor.execute("select hatecase_notices_end(%s, %s)", [[cast["bob"].pk], ["note:"]])
        assert cursor.fetchone() == (0,)
    assert Notice.objects.unscoped(reason=WHY).filter(kind="mention").exists()
