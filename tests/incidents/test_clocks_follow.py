"""The clocks follow the records, whatever is struck, re-dated, parted, closed or opened again (docs/domain.md §3)."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Notice
from incidents.models import ClockPause, Incident
from incidents.services.case import case_update
from incidents.services.clock import clock_state
from incidents.services.closure_contact import closure_of
from incidents.services.contact import ContactData, contact_log
from incidents.services.reading import case_read
from incidents.services.reminder import reminders_send
from incidents.services.repair import Corrected, contact_date_correct, contact_strike
from kernel.actors import system_actor
from tests.cast import acting, log_incident_as
from tests.incidents.casework import case_of, fresh, give, reclassify
from tests.incidents.moving import WHY, join, move, undo
from tests.incidents.progress import DAY, HOUR, TUESDAY, agree, assess, clocks, event, london, pause, refer, speak, the
from tests.incidents.test_closing import close, outcome, reopen
from victims.services import VictimData

pytestmark = pytest.mark.django_db

ANA = VictimData(given_name="Ana", family_name="Holm", phone="07700 900111")
BEN = VictimData(given_name="Ben", family_name="Okoro", phone="07700 900222")
CEM = VictimData(given_name="Cem", phone="07700 900333")


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police; its victim is Ana."""
    return case_of("alice", classification="crime_suspected", victims=[ANA])


@pytest.fixture
def second(case):
    """A second incident of the case, with a victim of its own: Ben."""
    return log_incident_as("alice", case=case, victims=[BEN])


def ref(incident) -> str:
    return incident.parties.get(victim__isnull=False).victim.ref


def first(case):
    return case.incidents.order_by("pk").first()


def of(incident, kind: str):
    return incident.clocks.get(kind=kind)


def strike(contact):
    with acting("alice") as actor:
        contact_strike(actor=actor, contact=contact, reason="Wrong case")


def redate(contact, value: dt.datetime):
    data = Corrected(field="at", was=contact.at, value=value, reason="Misread the log")
    with acting("alice") as actor:
        return contact_date_correct(actor=actor, contact=contact, data=data)


def attempts(case, at, *whom: str):
    for day, (method, victim) in enumerate(zip(("phone", "text", "phone"), whom, strict=True), start=1):
        at(london(day, 15))
        with acting("alice") as actor:
            data = ContactData(at=london(day, 15), method=method, result="attempt", victim=victim)
            contact_log(actor=actor, case=case, data=data)


# --- Each incident by its own victims -------------------------------------------------------------------


def test_speaking_to_one_victim_is_no_first_contact_with_another(case, second):
    speak(case, TUESDAY, victim=ref(first(case)))
    assert (of(first(case), "K3").outcome, of(second, "K3").outcome) == ("met", "")
    speak(case, TUESDAY, victim=ref(second))
    assert of(second, "K3").outcome == "met"


def test_reports_of_the_same_event_have_their_victims_in_common(case, second):
    Incident.objects.unscoped(reason=WHY).filter(pk=second.pk).update(same_as=first(case))
    speak(case, TUESDAY, victim=ref(second))
    assert (of(first(case), "K3").outcome, of(second, "K3").outcome) == ("met", "met")


def test_attempts_at_several_victims_are_attempts_at_none(case, second, at):
    third = log_incident_as("alice", case=fresh(case), victims=[CEM])
    event(case, TUESDAY - HOUR)
    attempts(case, at, ref(first(case)), ref(second), ref(third))
    assert [row.outcome for row in [*clocks(case, "K3"), *clocks(case, "K8")]] == ["", "", "", ""]


def test_attempts_at_one_victim_count_for_their_incident_and_for_the_case(case, second, at):
    event(case, TUESDAY - HOUR)
    attempts(case, at, *[ref(second)] * 3)
    assert (of(first(case), "K3").outcome, of(second, "K3").outcome) == ("", "attempted")
    assert the(case, "K8").outcome == "attempted"


def test_a_referral_is_for_the_incidents_of_its_victim(case, second):
    refer(case, victim=ref(second))
    assert (of(first(case), "K5").outcome, of(second, "K5").outcome) == ("", "met")


def test_a_no_ends_the_referral_where_no_victim_of_the_incident_wants_one(case, second):
    refer(case, wished=False, victim=ref(second))
    assert (of(first(case), "K5").outcome, of(second, "K5").outcome) == ("", "not_applicable")


# --- What a struck or re-dated contact had done -----------------------------------------------------------


def test_a_struck_contact_takes_its_update_along_and_the_one_before_runs_on(case, at):
    speak(case, TUESDAY)
    at(london(3, 12))
    wrong = speak(case, london(3, 11))
    strike(wrong)
    row = the(case, "K7")
    assert (row.starts_at, row.due_at, row.met_at, row.closed_at) == (TUESDAY, london(15), None, None)


def test_the_update_that_a_struck_contact_met_is_met_by_the_next(case, at):
    speak(case, TUESDAY)
    at(london(4, 12))
    wrong = speak(case, london(2, 11))
    speak(case, london(3, 11))
    strike(wrong)
    assert [(row.starts_at, row.met_at) for row in clocks(case, "K7")] == [
        (TUESDAY, london(3, 11)),
        (london(3, 11), None),
    ]


def test_without_any_contact_no_update_is_due(case):
    strike(speak(case, TUESDAY))
    assert clocks(case, "K7") == []
    assert the(case, "K3").outcome == ""


def test_what_was_agreed_since_holds_for_the_update_that_runs_again(case, at):
    speak(case, TUESDAY)
    at(london(3, 12))
    wrong = speak(case, london(3, 11))
    agree(case, 5, london(3, 11, 30))
    strike(wrong)
    running = [row for row in clocks(case, "K7") if row.outcome == ""]
    assert [(row.level, row.starts_at, row.due_at) for row in running] == [("agreed", TUESDAY, london(8))]


def test_a_contact_that_was_at_another_time_counts_from_then(case, at):
    speak(case, TUESDAY)
    at(london(4, 12))
    moved = redate(speak(case, london(4, 11)), london(3, 11))
    assert [(row.starts_at, row.met_at, row.due_at) for row in clocks(case, "K7")] == [
        (TUESDAY, london(3, 11), london(15)),
        (london(3, 11), None, london(17)),
    ]
    assert any("Routine update" in sentence for sentence in moved.effects)


def test_a_pause_that_a_struck_contact_ended_goes_on(case, at):
    pause(case, "K3", dt.date(2026, 12, 10))
    at(london(8, 12))
    wrong = speak(case, london(8, 11))
    assert the(case, "K3").due_at == london(11)
    strike(wrong)
    row = the(case, "K3")
    assert (clock_state(row), row.due_at, row.exception_days) == ("paused", london(4), 0)
    assert row.paused_until == dt.date(2026, 12, 10)
    [kept] = ClockPause.objects.unscoped(reason=WHY)
    assert (kept.resumed_at, kept.due_after) == (None, None)


def test_a_pause_whose_day_has_come_since_ends_on_that_day(case, at):
    pause(case, "K3", dt.date(2026, 12, 3))
    at(london(2, 12))
    wrong = speak(case, london(2, 11))
    at(london(9, 12))
    strike(wrong)
    row = the(case, "K3")
    assert (row.met_at, row.paused_at, row.due_at, row.exception_days) == (None, None, london(8), 2)


def test_a_struck_closure_contact_is_owed_again(case, at):
    reclassify(case, "crime_suspected")
    assess(case)
    close(case)
    at(london(2, 12))
    wrong = speak(case, london(2, 11))
    outcome(case, london(2, 12))
    assert the(case, "K11").outcome == "met"
    strike(wrong)
    assert closure_of(fresh(case)).contact_at is None
    row = the(case, "K11")
    assert (row.outcome, row.met_at, row.closed_at, clock_state(row)) == ("", None, None, "running")
    speak(case, london(2, 12))
    assert the(case, "K11").outcome == "met"


# --- Parting -----------------------------------------------------------------------------------------------


def test_parted_each_case_has_what_is_on_its_own_record(case, at):
    other = case_of("alice", classification="crime_suspected", victims=[BEN])
    theirs = first(other)
    moves = join(other, case)
    speak(case, TUESDAY, victim=ref(first(case)), acknowledgement=True)
    refer(case, victim=ref(first(case)))
    assess(case)
    assert [of(theirs, kind).outcome for kind in ("K1", "K3", "K4", "K5")] == ["met", "", "met", ""]
    undo(moves)
    assert [of(theirs, kind).outcome for kind in ("K1", "K3", "K4", "K5")] == ["", "", "", ""]
    assert [of(theirs, kind).closed_at for kind in ("K1", "K3", "K4", "K5")] == [None] * 4
    assert [of(first(case), kind).outcome for kind in ("K1", "K3", "K4", "K5")] == ["met"] * 4


def test_parted_what_was_said_to_its_own_victim_counts(case, at):
    other = case_of("alice", classification="crime_suspected", victims=[BEN])
    theirs, whom = first(other), ref(first(other))
    moves = join(other, case)
    speak(case, TUESDAY, victim=whom)
    refer(case, victim=whom)
    assert [of(theirs, kind).outcome for kind in ("K3", "K5")] == ["met", "met"]
    undo(moves)
    assert [of(theirs, kind).outcome for kind in ("K3", "K5")] == ["met", "met"]
    assert [of(first(case), kind).outcome for kind in ("K3", "K5")] == ["", ""]


# --- Opening again -----------------------------------------------------------------------------------------


def test_opened_again_what_the_closing_stopped_runs_with_its_old_deadlines(case, at):
    reclassify(case, "crime_suspected")
    assess(case)
    due = {kind: the(case, kind).due_at for kind in ("K3", "K5", "K6")}
    close(case)
    assert {clock_state(the(case, kind)) for kind in due} == {"not_applicable"}
    at(london(3, 18))
    reopen(case)
    assert {kind: the(case, kind).due_at for kind in due} == due
    assert [clock_state(the(case, kind)) for kind in due] == ["running", "missed", "running"]
    assert {the(case, kind).closed_at for kind in due} == {None}


def test_opened_again_what_two_people_decided_stands(case, at):
    reclassify(case, "crime_suspected")
    assess(case)
    close(case)
    type(case).objects.unscoped(reason=WHY).filter(pk=case.pk).update(classification="not_hate")
    reopen(case)
    assert {clock_state(the(case, kind)) for kind in ("K3", "K5", "K6")} == {"not_applicable"}


def test_opened_again_what_was_overdue_is_watched_and_a_closure_contact_counts(case, at):
    at(london(7, 12))
    event(case, london(7, 11))
    reclassify(case, "crime_suspected")
    assess(case)
    close(case)
    assert (the(case, "K5").closed_at, the(case, "K8").outcome) == (london(7, 12), "not_applicable")
    at(london(8, 12))
    speak(case, london(8, 11))
    reopen(case)
    assert the(case, "K5").closed_at is None
    assert (the(case, "K8").outcome, the(case, "K8").met_at) == ("met", london(8, 11))


# --- Overdue at once ---------------------------------------------------------------------------------------


def told() -> set[str]:
    return set(Notice.objects.unscoped(reason=WHY).filter(kind="clock_red").values_list("text", flat=True))


def test_a_deadline_that_is_set_in_the_past_is_told_once(case, at):
    far_back = log_incident_as("alice", received_at=TUESDAY - 40 * DAY, occurred_from=TUESDAY - 41 * DAY).case
    reminders_send(actor=system_actor("test"))
    assert any(far_back.ref in words and "first contact" in words for words in told())
    assert reminders_send(actor=system_actor("test")) == 0
    at(TUESDAY + 20 * DAY)
    Notice.objects.unscoped(reason=WHY).delete()
    reminders_send(actor=system_actor("test"))
    assert not any(far_back.ref in words for words in told())


# --- The duty check ----------------------------------------------------------------------------------------


def test_a_raised_priority_finds_the_first_look_on_record(cast, at):
    case = case_of("alice", victims=[ANA], triage_answers={})
    rows = Incident.objects.unscoped(reason=WHY).filter(case=case)
    rows.update(looked_at=None)
    at(TUESDAY + HOUR)
    with acting("amir") as amir:
        case_read(actor=amir, ref=case.ref)
    assert rows.get().looked_at == TUESDAY + HOUR
    at(TUESDAY + 3 * DAY)
    with acting("alice") as alice:
        case_read(actor=alice, ref=case.ref)
        case_update(actor=alice, case=case, version=fresh(case).version, changes={"priority": "P1"})
    assert rows.get().looked_at == TUESDAY + HOUR
    row = the(case, "K0")
    assert (row.met_at, row.outcome, clock_state(row)) == (TUESDAY + HOUR, "met", "met")


def test_where_nobody_had_looked_a_raised_priority_may_be_overdue_at_once(cast, at):
    case = case_of("alice", victims=[ANA], triage_answers={})
    Incident.objects.unscoped(reason=WHY).filter(case=case).update(looked_at=None)
    at(TUESDAY + 3 * DAY)
    with acting("alice") as alice:
        case_update(actor=alice, case=case, version=fresh(case).version, changes={"priority": "P1"})
    assert clock_state(the(case, "K0")) == "missed"


# --- Incidents that went from case to case -----------------------------------------------------------------


def test_a_contact_that_is_struck_in_a_joined_case_counts_for_no_clock_that_left(case, at):
    other = case_of("alice", classification="crime_suspected", victims=[BEN])
    incident = first(other)
    at(TUESDAY + 6 * HOUR)
    told = speak(other, TUESDAY + HOUR, victim=ref(incident))
    assert of(incident, "K3").outcome == "met"
    join(other, case)
    assert (of(incident, "K3").case_id, of(incident, "K3").outcome) == (case.pk, "met")
    strike(told)
    assert (of(incident, "K3").outcome, of(incident, "K3").closed_at) == ("", None)


def test_and_what_was_met_otherwise_stays_met(case, at):
    other = case_of("alice", classification="crime_suspected", victims=[BEN])
    incident = first(other)
    at(TUESDAY + 6 * HOUR)
    told = speak(other, TUESDAY + HOUR, victim=ref(incident))
    speak(other, TUESDAY + 2 * HOUR, victim=ref(incident))
    mine = speak(case, TUESDAY + HOUR, victim=ref(first(case)))
    join(other, case)
    strike(told)
    assert of(incident, "K3").met_at == TUESDAY + 2 * HOUR
    assert of(first(case), "K3").met_at == mine.at


def test_a_contact_that_is_struck_counts_for_no_incident_that_was_moved(case, second, at):
    other = case_of("alice", classification="crime_suspected", victims=[CEM])
    at(TUESDAY + 6 * HOUR)
    told = speak(case, TUESDAY + HOUR, victim=ref(second))
    move(second, other)
    strike(told)
    assert of(second, "K3").outcome == ""


def test_a_contact_that_is_redated_moves_it_too(case, second, at):
    other = case_of("alice", classification="crime_suspected", victims=[CEM])
    at(TUESDAY + 6 * HOUR)
    told = speak(case, TUESDAY + 2 * HOUR, victim=ref(second))
    move(second, other)
    redate(told, TUESDAY + HOUR)
    assert of(second, "K3").met_at == TUESDAY + HOUR


def test_who_cannot_open_the_other_case_reaches_none_of_its_clocks(case, second, at):
    other = case_of("alice", classification="crime_suspected", victims=[CEM])
    at(TUESDAY + 6 * HOUR)
    give(case, "NNC", "contribute")
    with acting("bob") as actor:
        told = contact_log(
            actor=actor, case=fresh(case), data=ContactData(at=TUESDAY, method="phone", victim=ref(second))
        )
    move(second, other)
    with acting("bob") as actor:
        contact_strike(actor=actor, contact=told, reason="Wrong case")
    assert of(second, "K3").outcome == "met"


def test_an_incident_that_is_moved_counts_what_its_victim_was_told_there(case, at):
    other = case_of("alice", classification="crime_suspected", victims=[BEN])
    ben = ref(first(other))
    again = log_incident_as("alice", case=case, victims=[VictimData(ref=ben)])
    at(TUESDAY + 6 * HOUR)
    speak(other, TUESDAY + HOUR, victim=ben)
    assert of(again, "K3").outcome == ""
    moves = move(again, other)
    assert (of(again, "K3").outcome, of(again, "K3").met_at) == ("met", TUESDAY + HOUR)
    undo(moves)
    # Parted, what was said to its victim, though written in the other case, counts on.
    assert of(again, "K3").outcome == "met"


def test_and_nothing_that_was_told_to_others(case, second, at):
    other = case_of("alice", classification="crime_suspected", victims=[CEM])
    at(TUESDAY + 6 * HOUR)
    speak(other, TUESDAY + HOUR, victim=ref(first(other)))
    move(second, other)
    assert of(second, "K3").outcome == ""


def test_a_report_that_is_logged_later_counts_what_its_victim_was_told_since_it_came_in(case, at):
    at(TUESDAY + 6 * HOUR)
    speak(case, TUESDAY + 2 * HOUR, victim=ref(first(case)))
    terms = {"case": fresh(case), "victims": [VictimData(ref=ref(first(case)))]}
    before = log_incident_as("alice", received_at=TUESDAY + HOUR, occurred_from=TUESDAY, **terms)
    after = log_incident_as("alice", received_at=TUESDAY + 3 * HOUR, occurred_from=TUESDAY, **terms)
    assert (of(before, "K3").outcome, of(after, "K3").outcome) == ("met", "")
