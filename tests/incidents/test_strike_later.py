"""Striking comments, key events, action plans and handover notes that were written in the wrong case."""

from __future__ import annotations

import pytest

from incidents.choices import ClockKind, Level
from incidents.models import Case, KeyEvent, StruckText
from incidents.services.allocation import case_handover
from incidents.services.progress import action_plan_record, key_event_record
from incidents.services.risk import assessment_submit
from incidents.services.strike_later import record_strike
from incidents.services.task import task_create
from incidents.services.task_comment import comment_add
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import SAFE, answers, audited, case_of, clock_of, fresh, give, text

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
    paths += [f"/tasks/{row.task.ref}/"] if hasattr(row, "task") else []
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
    assert "Written by Northamptonshire Police" in question
    assert WORDS not in question
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
