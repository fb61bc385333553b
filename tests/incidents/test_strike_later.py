"""Striking what was written in the wrong case: comments, key events, plans, handover notes, referrals, updates."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import ClockKind, Level
from incidents.models import Case, Clock, KeyEvent, StruckText, SupportReferral, UpdateAgreement
from incidents.services.allocation import case_handover
from incidents.services.contact import ContactData, contact_log
from incidents.services.progress import (
    ReferralData,
    action_plan_record,
    key_event_record,
    support_referral_record,
    update_agreement_record,
)
from incidents.services.risk import assessment_submit
from incidents.services.strike_later import record_strike
from incidents.services.task import task_accept, task_create, task_withdraw
from incidents.services.task_comment import comment_add
from incidents.services.undo import just_added_undo
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import SAFE, answers, audited, case_of, clock_of, fresh, give, moment_parts, text

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
WORDS = "Flat 7 of Zebedee Court"


@pytest.fixture
def case(cast):
    case = case_of("alice")
    for code in ("NNC", "PROB", "VSS"):
        give(case, code, Level.CONTRIBUTE)
    return case


def made(case, kind, by="alice", code="NNC"):
    """Something of a kind with words that belong elsewhere."""
    now = clock.now()
    with acting(by) as actor:
        if kind == "event":
            return key_event_record(actor=actor, case=fresh(case), kind="release", happened_at=now, note=WORDS)
        if kind == "plan":
            return action_plan_record(actor=actor, case=fresh(case), text=WORDS, agreed_at=now)
        if kind == "handover":
            held = fresh(case)
            case_handover(actor=actor, case=held, version=held.version, to=cast_get()["amir"], note=WORDS)
            return held.handovers.get()
    with acting("alice") as alice:
        task = task_create(actor=alice, case=fresh(case), title="Visit twice", agency=agency(code))
    with acting(by) as actor:
        return comment_add(actor=actor, task=task, text=WORDS)


def address(case, kind, row):
    return f"/cases/{case.ref}/strike/{kind}/{row.uid}/"


def strike(name, case, kind, row):
    return client_of(name).post(address(case, kind, row), {"reason": "Written in the wrong case"}).status_code


def pages(name, case, row) -> str:
    paths = [f"/cases/{case.ref}/", f"/cases/{case.ref}/clocks/"]
    paths += [f"/tasks/{row.task.ref}/"] if getattr(row, "task", None) else []
    client = client_of(name)
    return " ".join(text(client.get(path)) for path in paths)


@pytest.mark.parametrize(
    ("kind", "field", "action", "trace"),
    [
        ("comment", "text", "task.comment_strike", "A comment on a task was struck"),
        ("event", "note", "event.strike", "A key event was struck"),
        ("plan", "text", "plan.strike", "An action plan was struck"),
        ("handover", "note", "handover.strike", "Handed over from Alice Morgan to Amir Qureshi. A note was struck on"),
    ],
)
def test_the_words_go_and_a_trace_stays(case, kind, field, action, trace):
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast_get()["alice"])
    row = made(case, kind)
    before = pages("alice", case, row)
    assert WORDS in before
    assert "Strike" in before
    alice = client_of("alice")
    assert "Enter why it is struck" in text(alice.post(address(case, kind, row), {"reason": ""}))
    question = text(alice.get(address(case, kind, row)))
    # Nobody strikes the wrong one: its words, who wrote it and when stand on the page that asks.
    assert "Written by Alice Morgan, Northamptonshire Police" in question
    assert WORDS in question
    assert strike("alice", case, kind, row) == 302
    for name in ("alice", "bob"):
        said = pages(name, case, row)
        assert "Zebedee" not in said
        assert trace in said
    kept = StruckText.objects.unscoped(reason=WHY).get(kind=kind)
    assert (kept.row_id, kept.words, kept.reason) == (row.pk, {field: WORDS}, "Written in the wrong case")
    [event] = audited(action)
    assert (event.reason, event.case_id) == ("Written in the wrong case", case.pk)
    assert "Zebedee" not in str(event.detail)
    with acting("alice") as actor, pytest.raises(RuleError, match="struck already"):
        record_strike(actor=actor, case=case, row=row, reason="Again")


def test_a_struck_key_event_asks_for_nothing_and_a_struck_plan_meets_nothing(case):
    with acting("alice") as alice:
        assessment_submit(actor=alice, case=case, answers=answers(), safety=SAFE)
    event, plan = made(case, "event"), made(case, "plan")
    assert clock_of(case, ClockKind.K6).met_at is not None
    for kind, row in (("event", event), ("plan", plan)):
        assert strike("asha", case, kind, row) == 302
    running = KeyEvent.objects.unscoped(reason=WHY).select_related("clock").get(pk=event.pk).clock
    assert running is None or running.outcome == "not_applicable"
    assert clock_of(case, ClockKind.K6).met_at is None
    assert client_of("alice").get(address(case, "event", event)).status_code == 404


@pytest.mark.parametrize("kind", ["event", "plan", "comment"])
@pytest.mark.parametrize(
    ("name", "answers"),
    [("asha", (302, 302, 302)), ("bob", (403, 403, 403)), ("petra", (403, 404, 404)), ("walt", (404, 404, 404))],
)
def test_the_writers_agency_and_the_lead_agencys_deciders_strike(case, kind, name, answers):
    row = made(case, kind)
    assert strike(name, case, kind, row) == answers[["event", "plan", "comment"].index(kind)]
    assert StruckText.objects.unscoped(reason=WHY).exists() == (name == "asha")


def test_an_agency_strikes_its_own_comment_also_where_it_only_reads(case):
    give(case, "FIRE", Level.VIEW)
    row = made(case, "comment", by="frank", code="FIRE")
    assert strike("alice", case, "comment", row) == 403
    assert strike("frank", case, "comment", row) == 302
    event = made(case, "event")
    with acting("frank") as actor, pytest.raises(ForbiddenError):
        record_strike(actor=actor, case=case, row=event, reason="Not ours")


def test_what_one_side_said_is_struck_unknown_to_the_other(case):
    row = made(case, "comment", by="petra", code="PROB")
    assert strike("vera", case, "comment", row) == 404
    assert strike("petra", case, "comment", row) == 302
    assert "A comment on a task was struck" in text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "comment on a task was struck" not in text(client_of("vera").get(f"/cases/{case.ref}/"))


def test_it_is_struck_in_a_closed_case_too(case):
    row = made(case, "event")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(status="closed")
    assert "Strike" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))
    assert strike("alice", case, "event", row) == 302


# --- Referrals and agreed updates ---------------------------------------------------------------------


def refer(case, by="alice", **values):
    data = ReferralData(**({"wished": True, "service": WORDS, "sent_at": clock.now()} | values))
    with acting(by) as actor:
        return support_referral_record(actor=actor, case=fresh(case), data=data)


def agree(case, days, by="alice"):
    with acting(by) as actor:
        return update_agreement_record(actor=actor, case=fresh(case), every_days=days, agreed_at=clock.now())


def speak(case):
    with acting("alice") as actor:
        return contact_log(actor=actor, case=fresh(case), data=ContactData(at=clock.now(), method="phone"))


_AGREED = {"wanted": "every", "every_days": "4", "submission_id": str(uuid.uuid4())}


def updates(case) -> list[tuple[str, str]]:
    """The clocks for updates that run, by level and day."""
    rows = Clock.objects.unscoped(reason=WHY).filter(case=case, kind=ClockKind.K7, closed_at=None, met_at=None)
    return [(row.level, f"{row.due_at:%d}") for row in rows]


def test_a_referral_in_the_wrong_case_is_struck_after_its_minute(case):
    first, second = refer(case, sent_at=clock.now()), refer(case)
    assert strike("bob", case, "referral", first) == 403
    assert strike("petra", case, "referral", first) == 404
    for row in (first, second):
        assert "Strike the referral" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))
        assert clock_of(case, ClockKind.K5).met_at is not None
        assert strike("alice", case, "referral", row) == 302
    running = clock_of(case, ClockKind.K5)
    assert (running.met_at, running.closed_at, running.outcome) == (None, None, "")
    assert "Zebedee" not in pages("alice", case, first)
    assert "A support referral was struck" in pages("vera", case, first)
    assert "support referral was struck" not in text(client_of("petra").get(f"/cases/{case.ref}/"))
    kept = StruckText.objects.unscoped(reason=WHY).filter(kind="referral")
    assert {one.words["service"] for one in kept} == {WORDS}
    assert {row.service for row in SupportReferral.objects.unscoped(reason=WHY)} == {"—"}
    assert len(audited("support.strike")) == 2


def test_a_refusal_that_is_struck_lets_the_referral_be_due_again_unless_the_case_is_closed(case):
    refused = refer(case, wished=False, service="", sent_at=None)
    assert clock_of(case, ClockKind.K5).outcome == "not_applicable"
    assert strike("alice", case, "referral", refused) == 302
    assert clock_of(case, ClockKind.K5).outcome == ""
    again = refer(case, wished=False, service="", sent_at=None)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(status="closed")
    assert strike("alice", case, "referral", again) == 302
    assert clock_of(case, ClockKind.K5).closed_at is not None, "nothing runs again in a closed case"


def test_a_referral_whose_task_goes_on_is_not_struck(case):
    referral = {"kind": "referral", "service": "emotional", "wish": "wanted"}
    with acting("alice") as alice:
        task = task_create(actor=alice, case=fresh(case), title="Support her", agency=agency("VSS"), **referral)
    with acting("vera") as vera:
        task_accept(actor=vera, task=task)
    row = SupportReferral.objects.unscoped(reason=WHY).get(task=task)
    sent = {"reason": "Written in the wrong case"}
    assert "Withdraw the task first" in text(client_of("alice").post(address(case, "referral", row), sent))
    assert clock_of(case, ClockKind.K5).met_at is not None
    with acting("alice") as alice:
        task_withdraw(actor=alice, task=task, reason="The wrong case")
    assert strike("alice", case, "referral", row) == 302
    assert clock_of(case, ClockKind.K5).met_at is None


def test_agreed_updates_are_struck_and_the_next_one_is_due_as_without_them(case):
    speak(case)
    by_band = updates(case)
    every_five, every_day = agree(case, 5), agree(case, 1)
    assert [level for level, _ in updates(case)] == ["agreed"]
    assert strike("bob", case, "updates", every_day) == 403
    assert strike("petra", case, "updates", every_day) == 404
    daily = updates(case)
    # The latest word counts: without an earlier one nothing moves.
    assert strike("alice", case, "updates", every_five) == 302
    assert updates(case) == daily
    assert "every 1 working day" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))
    assert strike("alice", case, "updates", every_day) == 302
    assert updates(case) == by_band
    page = pages("alice", case, every_day)
    assert "What was agreed about updates was struck" in page
    assert "Nothing was agreed: updates are due by the risk" in page
    assert "about updates was struck" not in text(client_of("petra").get(f"/cases/{case.ref}/"))
    kept = StruckText.objects.unscoped(reason=WHY).filter(kind="agreement").order_by("words")
    assert [one.words for one in kept] == [{"every_days": 1}, {"every_days": 5}]
    assert not UpdateAgreement.objects.unscoped(reason=WHY).exclude(every_days=None).exists()
    assert len(audited("updates.strike")) == 2


def test_a_no_to_updates_that_is_struck_lets_them_be_due_again_and_an_earlier_word_counts(case):
    speak(case)
    agree(case, 3)
    before = updates(case)
    none = agree(case, None)
    assert updates(case) == []
    assert strike("alice", case, "updates", none) == 302
    assert updates(case) == before


def test_an_overdue_update_is_missed_once_however_often_the_frequency_is_struck(case, settings):
    speak(case)
    settings.HATECASE_NOW = (clock.now() + dt.timedelta(days=60)).isoformat()
    [missed] = updates(case)
    wrong = agree(case, 2)
    assert updates(case) != [missed]
    assert strike("alice", case, "updates", wrong) == 302
    assert updates(case) == [missed]
    rows = Clock.objects.unscoped(reason=WHY).filter(case=case, kind=ClockKind.K7).exclude(outcome="not_applicable")
    assert rows.count() == 1


def test_an_agreement_is_taken_back_within_its_minute(case):
    speak(case)
    by_band = updates(case)
    page = client_of("alice").post(f"/cases/{case.ref}/updates/", _AGREED | moment_parts("agreed_at"), follow=True)
    assert "Undo" in text(page)
    made = UpdateAgreement.objects.unscoped(reason=WHY).get()
    assert updates(case) != by_band
    with acting("alice") as actor:
        just_added_undo(actor=actor, case=fresh(case), row=made)
    assert updates(case) == by_band
    assert "taken back by who had just recorded it" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert len(audited("updates.undo")) == 1


def test_an_earlier_word_counts_from_when_the_victim_was_spoken_to_and_not_from_when_it_was_given(case, settings):
    speak(case)
    settings.HATECASE_NOW = (clock.now() + dt.timedelta(days=4)).isoformat()
    agree(case, 15)
    before = updates(case)
    settings.HATECASE_NOW = (clock.now() + dt.timedelta(days=1)).isoformat()
    assert strike("alice", case, "updates", agree(case, 2)) == 302
    assert updates(case) == before
