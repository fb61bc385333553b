"""Logging a contact: what it meets, what stops it, and the page."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import Level
from incidents.models import LetterTemplate
from incidents.services.contact import ContactData, contact_log
from kernel import clock
from kernel.clock import LONDON
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    moment_parts,
    text,
    victim_of,
    victim_set,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Reported an hour ago by the victim's sister."""
    return case_of("alice", reporter_kind="on_behalf", reporter_name="Sadia Mirza")


def path(case) -> str:
    return f"/cases/{case.ref}/contacts/add/"


def sent(case, **values) -> dict:
    data = {"whom": victim_of(case).ref, "method": "phone", "direction": "outbound", "result": "two_way", "note": ""}
    return data | moment_parts("at") | values


def log(case, name: str = "alice", **values):
    values.setdefault("at", clock.now())
    values.setdefault("method", "phone")
    with acting(name) as actor:
        return contact_log(actor=actor, case=case, data=ContactData(**values))


# --- What a contact meets ---------------------------------------------------------------------------


def test_a_two_way_contact_with_the_victim_meets_first_contact(case):
    page = client_of("alice").post(path(case), sent(case, note="She wants Voice to ring."), follow=True)
    assert "Contact logged" in text(page)
    assert "In touch with the victim (phone call)" in text(page)
    assert clock_of(case, "K3").outcome == "met"
    assert clock_of(case, "K1").met_at is None
    [event] = audited("contact.log")
    assert event.detail == {"case": case.ref, "method": "phone", "result": "two_way", "emergency": False}


def test_an_acknowledgement_to_the_reporter_meets_k1_alone(case):
    data = sent(case, whom="reporter", acknowledgement="on", result="attempt", method="letter")
    assert client_of("alice").post(path(case), data).status_code == 302
    contact = case.contacts.get()
    assert (contact.victim_id, contact.with_reporter, contact.acknowledgement) == (None, True, True)
    assert clock_of(case, "K1").outcome == "met"
    assert clock_of(case, "K3").met_at is None


def test_a_victim_who_reported_is_acknowledged_and_reached_at_once(cast):
    case = case_of("alice")
    log(case, acknowledgement=True)
    assert case.contacts.get().victim_id == victim_of(case).pk
    assert clock_of(case, "K1").outcome == clock_of(case, "K3").outcome == "met"


def test_a_contact_in_the_minute_of_the_receipt_comes_after_it(cast):
    received = (clock.now() - dt.timedelta(hours=1)).replace(second=40, microsecond=0)
    case = case_of("alice", received_at=received)
    log(case, at=received.replace(second=0), acknowledgement=True)
    for kind in ("K1", "K3"):
        assert (clock_of(case, kind).outcome, clock_of(case, kind).met_at) == ("met", received)


def test_a_contact_before_the_minute_of_the_receipt_meets_nothing(cast):
    received = (clock.now() - dt.timedelta(hours=1)).replace(second=0, microsecond=0)
    case = case_of("alice", received_at=received)
    log(case, at=received - dt.timedelta(seconds=1), acknowledgement=True)
    assert {clock_of(case, kind).met_at for kind in ("K1", "K3")} == {None}


def test_an_acknowledgement_goes_to_whoever_reported(case):
    with pytest.raises(RuleError) as refused:
        log(case, victim=victim_of(case).ref, acknowledgement=True)
    assert refused.value.field == "acknowledgement"


def test_three_attempts_on_three_days_by_two_methods_count_as_attempted(cast):
    start = dt.datetime(2026, 11, 9, 9, 0, tzinfo=LONDON)
    case = case_of("alice", received_at=start, occurred_from=start - dt.timedelta(hours=2), priority="P3")
    for days, method in ((0, "phone"), (1, "phone"), (1, "text")):
        log(case, at=start + dt.timedelta(days=days, hours=1), method=method, result="attempt")
        assert clock_of(case, "K3").met_at is None
    log(case, at=start + dt.timedelta(days=2, hours=1), method="phone", result="attempt")
    assert clock_of(case, "K3").outcome == "attempted"


def test_an_attempt_is_no_contact(case):
    log(case, result="attempt", victim=victim_of(case).ref)
    assert clock_of(case, "K3").met_at is None


def test_a_contact_touches_the_case_but_not_its_version(case):
    before = fresh(case)
    log(case)
    after = fresh(case)
    assert after.updated_at > before.updated_at
    assert after.version == before.version


# --- Safe contact -----------------------------------------------------------------------------------


@pytest.fixture
def guarded(case):
    """Nobody may contact the victim at any time of today; telephone and text are safe otherwise."""
    today = str(clock.now().astimezone(LONDON).weekday())
    victim_set(
        case,
        safe_channels=["phone", "text"],
        do_not_contact=[{"days": [today], "from": "00:00", "to": "24:00"}],
        code_word="Bluebell",
    )
    return case


def test_the_page_warns_before_anything_is_typed(guarded):
    page = text(client_of("alice").get(path(guarded)))
    assert page.index("Before you contact Farida Mirza") < page.index("Who was it with?")
    assert "all day" in page
    assert "Bluebell" in page


UNASKED = ("Whether it is safe to leave a message", "Whether letters are safe", "Who must not know")


def test_what_was_not_asked_is_said_on_the_case_the_contact_page_and_letters(case):
    alice = client_of("alice")
    template = LetterTemplate.objects.unscoped(reason="any of them").filter(active=True, kind="letter").first()
    victim = victim_of(case).ref
    write = f"/cases/{case.ref}/letters/new/{template.uid}/?to={victim}"
    for address in (f"/cases/{case.ref}/", path(case), write):
        page = text(alice.get(address))
        assert "Not asked yet" in page, address
        assert all(question in page for question in UNASKED), address
    assert "If it was an emergency" not in text(alice.get(path(case)))


def test_what_was_asked_is_not_said_to_be_unasked(case):
    victim_set(
        case,
        safe_channels=["phone"],
        safe_to_leave_message="no",
        safe_to_say_who="no",
        letters_safe="yes",
        unsafe_people="Her brother",
        do_not_contact=[{"days": ["0"], "from": "09:00", "to": "10:00"}],
    )
    assert "Not asked yet" not in text(client_of("alice").get(path(case)))


def test_an_outbound_contact_at_a_forbidden_time_is_stopped(guarded):
    page = client_of("alice").post(path(guarded), sent(guarded, note="Rang anyway"))
    assert page.status_code == 200
    assert "The victim asked not to be contacted" in text(page)
    assert "If it was an emergency, say why." in text(page)
    assert "Rang anyway" in page.content.decode()
    assert not guarded.contacts.exists()


def test_an_emergency_with_its_reason_goes_through_and_is_kept(guarded):
    reason = "He was on the way to her house"
    assert client_of("alice").post(path(guarded), sent(guarded, emergency_reason=reason)).status_code == 302
    assert guarded.contacts.get().emergency_reason == reason
    [event] = audited("contact.log")
    assert (event.detail["emergency"], event.reason) == (True, reason)


def test_a_way_that_is_not_safe_is_stopped(guarded):
    victim_set(guarded, do_not_contact=[])
    with pytest.raises(RuleError, match="did not agree to contact by email"):
        log(guarded, method="email")
    log(guarded, method="text")


def test_the_victim_may_ring_us_at_any_time(guarded):
    assert client_of("alice").post(path(guarded), sent(guarded, direction="inbound")).status_code == 302


def test_the_reporter_is_not_held_to_the_victims_times(guarded):
    assert client_of("alice").post(path(guarded), sent(guarded, whom="reporter")).status_code == 302


# --- Bad input and double clicks ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"whom": ""}, "Select an answer to “Who was it with?”"),
        ({"whom": "HV-26-000000"}, "choose one of the options shown"),
        ({"method": "pigeon"}, "choose one of the options shown"),
        ({"at_year": "2031"}, "When it was must be today or in the past"),
        ({"at_time": ""}, "When it was must include a time"),
        ({"note": "n" * 1_000_000}, "What was said must be 4,000 characters or fewer"),
        ({"note": "a\x00b"}, "What was said had hidden characters"),
        ({"direction": "inbound", "result": "attempt"}, "it is not an attempt to reach them"),
    ],
)
def test_bad_input_is_refused_beside_its_field(case, values, said):
    page = client_of("alice").post(path(case), sent(case, **values))
    assert page.status_code == 200
    assert said in text(page)
    assert not case.contacts.exists()


def test_a_double_click_is_one_contact(case):
    data = sent(case, submission_id=str(uuid.uuid4()))
    for _ in range(2):
        assert client_of("alice").post(path(case), data).status_code == 302
    assert case.contacts.count() == 1


def test_the_service_refuses_a_time_to_come(case):
    with pytest.raises(RuleError) as refused:
        log(case, at=clock.now() + dt.timedelta(days=1))
    assert refused.value.field == "at"


def test_a_case_without_victims_asks_with_whom(cast):
    case = case_of("alice", victims=[])
    with pytest.raises(RuleError, match="no victim"):
        log(case)
    log(case, with_reporter=True)
    assert case.contacts.get().victim_id is None


def test_several_victims_are_told_apart(cast):
    twins = [VictimData(given_name="Asif", family_name="Mirza"), VictimData(given_name="Nadia", family_name="Mirza")]
    case = case_of("alice", victims=twins)
    page = text(client_of("alice").get(path(case)))
    assert "Asif Mirza" in page
    assert "Nadia Mirza" in page
    chosen = case.parties.get(victim__given_name="Nadia").victim
    client_of("alice").post(path(case), sent(case, whom=chosen.ref))
    assert case.contacts.get().victim_id == chosen.pk


# --- Who may ------------------------------------------------------------------------------------------


def test_a_reader_cannot_log(case):
    give(case, "VSS", Level.VIEW)
    assert_forbidden(path(case), "vera")
    with pytest.raises(ForbiddenError):
        log(case, "vera")


def test_a_programme_provider_never_contacts_victims(case):
    give(case, "PROB", Level.CONTRIBUTE)
    assert_forbidden(path(case), "petra")
    with pytest.raises(ForbiddenError):
        log(case, "petra")


def test_shapes(case):
    assert_unknown_is_404("/cases/{ref}/contacts/add/", case)
    assert_methods(path(case), "alice")
