"""A date that was wrong is corrected with a reason: clocks follow, both stay readable, and not for everybody."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.models import CaseAccess, FieldCorrection
from incidents.rules.repair import incident_date_error, receipt_due
from incidents.services.repair import Corrected, contact_date_correct, incident_date_correct
from kernel import clock
from kernel.errors import RuleError
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, clock_of, fresh, moment_parts, reclassify, text, victim_of
from tests.incidents.repairs import WHY, contact, old_case, pages, path

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Both sides and the council add to it."""
    return old_case()


def correct(case, field, value, *, name="alice", reason="The call log says so", was=None, mark=None):
    incident = case.incidents.get()
    with acting(name) as actor:
        data = Corrected(field, was or getattr(incident, field), value, reason)
        return incident_date_correct(actor=actor, case=case, incident=incident, data=data, submission_id=mark)


def test_an_earlier_receipt_brings_deadlines_forward_and_says_so(case):
    before = {c.kind: c.due_at for c in case.clocks.all()}
    received = case.incidents.get().received_at - dt.timedelta(days=10)
    done = correct(case, "received_at", received)
    after = {c.kind: c.due_at for c in case.clocks.all()}
    assert all(after[kind] < before[kind] for kind in ("K1", "K2", "K3", "K4", "K5"))
    assert len(done.effects) == len(after)
    assert any(effect.startswith("First contact with the victim now due") for effect in done.effects)
    said = text(client_of("bob").get(f"/cases/{case.ref}/"))
    assert "When it was reported corrected from" in said
    assert "First contact with the victim now due" in said
    assert "The call log says so" in said
    assert fresh(case).received_at == received
    copies = CaseAccess.objects.unscoped(reason=WHY).filter(case_id=case.pk)
    assert {row.sort_at for row in copies} == {received}
    [event] = audited("incident.correct")
    assert event.fields == ["received_at"]


def test_a_later_receipt_gives_nobody_more_time(case):
    before = {c.kind: c.due_at for c in case.clocks.all()}
    done = correct(case, "received_at", clock.now())
    assert {c.kind: c.due_at for c in case.clocks.all()} == before
    assert done.effects == []
    assert receipt_due(None, clock.now()) is None


def test_a_clock_met_late_by_the_true_receipt_counts_as_missed(case):
    contact(case)
    correct(case, "received_at", case.incidents.get().received_at - dt.timedelta(days=30))
    k3 = clock_of(case, "K3")
    assert k3.met_at > k3.due_at


def test_the_case_keeps_its_earliest_receipt(case):
    log_incident_as("alice", case=case, received_at=clock.now() - dt.timedelta(days=2))
    first = case.incidents.order_by("received_at").last()
    with acting("alice") as alice:
        data = Corrected("received_at", first.received_at, clock.now(), "A slip")
        incident_date_correct(actor=alice, case=case, incident=first, data=data)
    assert fresh(case).received_at == case.incidents.order_by("received_at").first().received_at


@pytest.mark.parametrize(
    ("field", "value", "reason", "said", "where"),
    [
        ("received_at", dt.timedelta(days=1), "Why", "in the past", "value"),
        ("received_at", dt.timedelta(days=-3), " ", "Enter why", "reason"),
        ("narrative", dt.timedelta(days=-3), "Why", "Choose which", "field"),
    ],
)
def test_bad_corrections_are_refused_whole(case, field, value, reason, said, where):
    incident = case.incidents.get()
    was = incident.received_at
    with acting("alice") as alice, pytest.raises(RuleError, match=said) as refused:
        data = Corrected(field, was, clock.now() + value, reason)
        incident_date_correct(actor=alice, case=case, incident=incident, data=data)
    assert refused.value.field == where
    assert case.incidents.get().received_at == was
    assert not FieldCorrection.objects.unscoped(reason=WHY).exists()


def test_somebody_elses_correction_is_not_lost(case):
    was = case.incidents.get().received_at
    correct(case, "received_at", was - dt.timedelta(days=1))
    with pytest.raises(RuleError, match="Somebody corrected this meanwhile"):
        correct(case, "received_at", was - dt.timedelta(days=2), was=was)


def test_a_double_click_corrects_once(case):
    mark, value = uuid.uuid4(), clock.now() - dt.timedelta(days=3)
    was = case.incidents.get().received_at
    first = correct(case, "received_at", value, mark=mark)
    assert correct(case, "received_at", value, was=was, mark=mark).pk == first.pk


def test_the_day_of_the_event_changes_the_repeat_flag(case):
    from victims.services import VictimData

    for days in (40, 80):
        when = clock.now() - dt.timedelta(days=days)
        log_incident_as(
            "alice", case=case, occurred_from=when, received_at=when, victims=[VictimData(ref=victim_of(case).ref)]
        )
    old = case.incidents.order_by("occurred_from").first()
    assert fresh(case).repeat_victim is True
    for row in case.incidents.exclude(pk=case.incidents.order_by("-occurred_from").first().pk):
        with acting("alice") as alice:
            data = Corrected("occurred_from", row.occurred_from, clock.now() - dt.timedelta(days=900), "Years ago")
            incident_date_correct(actor=alice, case=case, incident=row, data=data)
    assert old is not None
    assert fresh(case).repeat_victim is False


@pytest.mark.parametrize(("name", "answer"), [("alice", 200), ("bob", 403), ("vera", 403), ("walt", 404)])
def test_who_corrects_an_incident(case, name, answer):
    incident = case.incidents.get()
    where = f"/cases/{case.ref}/incidents/{incident.ref}/correct/"
    assert client_of(name).get(where).status_code == answer


def test_an_incident_is_corrected_on_its_page(case):
    incident = case.incidents.get()
    where = f"/cases/{case.ref}/incidents/{incident.ref}/correct/"
    client = client_of("alice")
    value = incident.received_at - dt.timedelta(days=5)
    sent = {
        "field": "received_at",
        "reason": "The log says so",
        "was_received_at": incident.received_at.isoformat(),
        "was_occurred_from": incident.occurred_from.isoformat(),
    } | moment_parts("value", value)
    looked = client.post(where, sent)
    assert looked.status_code == 200
    assert "What this changes" in text(looked)
    assert "now due" in text(looked)
    assert "The log says so" in text(looked)
    assert fresh(case).incidents.get().received_at == incident.received_at
    assert not FieldCorrection.objects.unscoped(reason="nothing is kept of a look").exists()
    page = client.post(where, sent | {"step": "save"}, follow=True)
    assert "Date corrected: " in text(page)
    assert "now due" in text(page)
    assert client.post(where, {}).status_code == 200
    bad = client.post(where, sent | {"was_received_at": "nonsense"})
    assert "There is a problem" in text(bad)
    other = case_of("alice")
    assert client.get(f"/cases/{other.ref}/incidents/{incident.ref}/correct/").status_code == 404


def test_a_contact_is_corrected_and_its_clock_follows(case):
    row = contact(case, at=clock.now())
    earlier = clock.now() - dt.timedelta(minutes=40)
    sent = {"field": "at", "reason": "Wrong hour", "was_at": row.at.isoformat()} | moment_parts("value", earlier)
    assert "First contact with the victim: met on" in text(client_of("alice").post(path(case, row, "correct"), sent))
    assert clock_of(case, "K3").met_at != earlier.replace(second=0, microsecond=0)
    page = client_of("alice").post(path(case, row, "correct"), sent | {"step": "save"}, follow=True)
    assert "First contact with the victim: met on" in text(page)
    assert clock_of(case, "K3").met_at == earlier.replace(second=0, microsecond=0)
    assert "When the contact was corrected from" in text(page)
    assert "When the contact was" not in pages("petra", case)


def test_a_correction_of_a_contact_is_not_for_the_other_side(case):
    row = contact(case)
    with acting("alice") as alice:
        data = Corrected("at", row.at, clock.now() - dt.timedelta(minutes=20), "Wrong hour")
        contact_date_correct(actor=alice, contact=row, data=data)
    for name, seen in (("alice", True), ("vera", True), ("petra", False), ("walt", False)):
        with acting(name) as actor:
            assert FieldCorrection.objects.visible_to(actor).exists() is seen, name
            assert FieldCorrection.objects.unscoped(reason="the second wall alone").exists() is seen, name


def test_names_in_a_reason_are_taken_out_for_one_side(case):
    reclassify(case, "crime_suspected")
    victim = victim_of(case)
    correct(case, "received_at", clock.now() - dt.timedelta(days=3), reason=f"{victim.family_name} told us")
    assert "Mirza told us" in pages("bob", case)
    said = text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "told us" in said
    assert "Mirza" not in said


@pytest.mark.parametrize(
    ("field", "hours", "error"),
    [
        ("occurred_from", -1, "It cannot have begun after it ended."),
        ("received_at", 1, "The date must be in the past."),
        ("received_at", -3, "The report cannot have come in before it began."),
    ],
)
def test_rules_of_dates(field, hours, error):
    now = clock.now()
    value = now + dt.timedelta(hours=hours)
    ends = now - dt.timedelta(hours=2)
    dates = {"occurred_from": ends, "occurred_to": ends, "received_at": now, "now": now}
    assert str(incident_date_error(field, value, **dates)).startswith(error)
    assert incident_date_error(field, ends, **dates) is None
    late = incident_date_error("occurred_from", now, **(dates | {"occurred_to": None, "received_at": ends}))
    assert str(late).startswith("It cannot have begun after the report came in.")


def test_the_page_says_which_contact_is_corrected_and_asks_for_no_only_choice(case):
    row = contact(case)
    page = client_of("alice").get(path(case, row, "correct"))
    assert "We spoke or exchanged messages" in text(page)
    assert "Which date is wrong?" not in text(page)
    incident = client_of("alice").get(f"/cases/{case.ref}/incidents/{case.incidents.get().ref}/correct/")
    assert "Which date is wrong?" in text(incident)
