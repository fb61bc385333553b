"""K5 to K8 in a case: what starts, meets, renews and moves them, for whom, and the pages (docs/domain.md §3)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from agencies.models import Notice
from incidents.choices import Level
from incidents.models import ActionPlan, Case, Clock, ClockPause, KeyEvent, SupportReferral, UpdateAgreement
from incidents.services import pause as pausing
from incidents.services import progress
from incidents.services.case import case_update
from incidents.services.clock import clock_state
from incidents.services.contact import ContactData, contact_log
from incidents.services.cover import cover_set
from incidents.services.people import party_victim_add
from incidents.services.reminder import reminders_send
from incidents.services.repair import contact_strike
from incidents.services.risk import assessment_submit
from incidents.tasks import reminders_sweep
from kernel.actors import system_actor
from kernel.clock import LONDON
from kernel.errors import ForbiddenError, RuleError
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import (
    SAFE,
    answers,
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    day_parts,
    fresh,
    give,
    moment_parts,
    name_person,
    reclassify,
    text,
    victim_of,
    victim_set,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db


def london(day: int, hour: int = 17, minute: int = 0, month: int = 12) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=LONDON)


TUESDAY = london(1, 10)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def at(settings):
    """Set the time."""

    def set_time(moment: dt.datetime) -> None:
        settings.HATECASE_NOW = moment.isoformat()

    set_time(TUESDAY)
    return set_time


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police."""
    return case_of("alice", classification="crime_suspected")


def clocks(case, kind: str) -> list[Clock]:
    return list(case.clocks.filter(kind=kind).order_by("starts_at", "pk"))


def the(case, kind: str) -> Clock:
    [row] = clocks(case, kind)
    return row


def assess(case, name: str = "alice", **given):
    with acting(name) as actor:
        return assessment_submit(actor=actor, case=case, answers=answers(**given), safety=SAFE)


def speak(case, moment: dt.datetime, name: str = "alice", **values):
    with acting(name) as actor:
        return contact_log(actor=actor, case=case, data=ContactData(at=moment, method="phone", **values))


def event(case, moment: dt.datetime, name: str = "alice", **values):
    with acting(name) as actor:
        return progress.key_event_record(
            actor=actor, case=case, kind=values.pop("kind", "release"), happened_at=moment, **values
        )


def refer(case, name: str = "alice", **values):
    values.setdefault("wished", True)
    if values["wished"]:
        values.setdefault("agency", "VSS")
        values.setdefault("sent_at", TUESDAY)
    with acting(name) as actor:
        return progress.support_referral_record(actor=actor, case=case, data=progress.ReferralData(**values))


def agree(case, days, moment: dt.datetime):
    with acting("alice") as actor:
        return progress.update_agreement_record(actor=actor, case=case, every_days=days, agreed_at=moment)


# --- K5: the support referral -------------------------------------------------------------------------


def test_a_report_starts_the_referral_clock_and_a_referral_meets_it(case):
    assert (the(case, "K5").due_at, the(case, "K5").rule_version) == (london(3), "2016-1")
    refer(case, sent_at=TUESDAY)
    assert (the(case, "K5").outcome, the(case, "K5").met_at) == ("met", TUESDAY)
    assert audited("support.refer")[0].detail == {"case": case.ref, "wished": True}


@pytest.mark.parametrize(
    ("victims", "outcome"),
    [
        ([], "not_applicable"),
        ([VictimData()], "not_applicable"),
        ([VictimData(given_name="Ana", wish_share_support="no")], "not_applicable"),
        ([VictimData(given_name="Ana", wish_share_support="no"), VictimData(given_name="Ben")], ""),
    ],
)
def test_no_referral_is_due_where_nobody_can_be_reached_or_wants_one(cast, at, victims, outcome):
    assert the(case_of("alice", victims=victims), "K5").outcome == outcome


def test_a_victim_found_later_starts_the_referral_from_receipt(cast, at):
    incident = log_incident_as("alice", victims=[])
    with acting("alice") as actor:
        data = VictimData(given_name="Ana", family_name="Holm")
        party_victim_add(actor=actor, agency=agency("POL"), case=incident.case, incident=incident, data=data)
    assert incident.case.parties.filter(victim__isnull=False).count() == 1
    assert (the(incident.case, "K5").outcome, the(incident.case, "K5").due_at) == ("", london(3))
    assert the(incident.case, "K3").outcome == ""


def test_none_wanted_ends_the_clock_once_every_victim_has_said_so(cast, at):
    case = case_of("alice", victims=[VictimData(given_name="Ana"), VictimData(given_name="Ben")])
    refs = [party.victim.ref for party in case.parties.filter(victim__isnull=False)]
    refer(case, wished=False, victim=refs[0])
    assert the(case, "K5").outcome == ""
    refer(case, wished=False, victim=refs[1])
    assert the(case, "K5").outcome == "not_applicable"


def test_a_referral_that_is_refused_late_leaves_the_clock_missed(case, at):
    at(london(4, 9))
    refer(case, wished=False)
    row = the(case, "K5")
    assert (clock_state(row), row.closed_at) == ("missed", london(4, 9))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"agency": "", "service": "  "}, "service"),
        ({"agency": "NNC"}, "agency"),
        ({"agency": "nowhere"}, "agency"),
        ({"agency": "", "service": "x" * 121}, "service"),
        ({"sent_at": TUESDAY + HOUR}, "sent_at"),
        ({"victim": "HV-26-ZZZZZZ"}, "victim"),
    ],
)
def test_a_referral_names_a_service_a_time_and_a_victim_of_the_case(case, values, field):
    with pytest.raises(RuleError) as error:
        refer(case, **values)
    assert error.value.field == field
    assert not case.supportreferral_rows.exists()
    assert the(case, "K5").met_at is None


def test_the_page_takes_a_service_of_the_directory_or_another(case):
    client, path = client_of("alice"), f"/cases/{case.ref}/support-referral/"
    page = client.get(path)
    assert "Voice" in text(page)
    assert "Northamptonshire Police" not in text(page).split("To which service")[1]
    data = {
        "wished": "yes",
        "agency": "other",
        "service": "",
        "submission_id": uuid.uuid4(),
        **moment_parts("sent_at"),
    }
    assert "Enter which service" in text(client.post(path, data))
    data["service"] = "A local counselling service"
    assert "Support referral recorded" in text(client.post(path, data, follow=True))
    client.post(path, data)
    assert case.supportreferral_rows.count() == 1
    assert "A local counselling service" in text(client.get(f"/cases/{case.ref}/clocks/"))
    assert "Referred to a support service" in text(client.get(f"/cases/{case.ref}/"))


# --- K6: the action plan ------------------------------------------------------------------------------


def plan(case, moment: dt.datetime = TUESDAY, **values):
    values.setdefault("text", "A camera by Friday; the school by Monday.")
    with acting("alice") as actor:
        return progress.action_plan_record(actor=actor, case=case, agreed_at=moment, **values)


def test_an_assessment_starts_the_plan_by_its_band_and_a_plan_meets_it(case):
    assess(case)
    assert (the(case, "K6").level, the(case, "K6").due_at) == ("standard", london(15))
    plan(case)
    assert the(case, "K6").outcome == "met"


def test_a_higher_band_brings_the_plan_forward_and_a_lower_one_leaves_it(case, at):
    assess(case)
    at(london(8, 10))
    assess(case, D2=3)
    row = the(case, "K6")
    assert (row.level, row.due_at, clock_state(row)) == ("high", london(3), "missed")
    assess(case)
    assert (the(case, "K6").level, the(case, "K6").due_at) == ("high", london(3))


def test_a_met_plan_is_agreed_anew_only_when_the_band_has_risen(case, at):
    assess(case)
    plan(case)
    at(TUESDAY + DAY)
    assess(case)
    assert len(clocks(case, "K6")) == 1
    assess(case, D2=3)
    assert [row.outcome for row in clocks(case, "K6")] == ["met", ""]


def test_no_plan_is_due_with_nobody_to_agree_it(cast, at):
    case = case_of("alice", victims=[VictimData()])
    assess(case)
    assert the(case, "K6").outcome == "not_applicable"
    assess(case, D2=3)
    assert len(clocks(case, "K6")) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [({"text": " "}, "text"), ({"text": "x" * 8001}, "text"), ({"moment": TUESDAY + DAY}, "agreed_at")],
)
def test_a_plan_has_words_and_was_agreed(case, values, field):
    with pytest.raises(RuleError) as error:
        plan(case, **values)
    assert error.value.field == field


def test_the_plan_is_read_where_notes_are(case):
    give(case, "VSS", Level.CONTRIBUTE)
    give(case, "PROB", Level.CONTRIBUTE)
    data = {"text": "Voice rings on Monday.", "submission_id": uuid.uuid4(), **moment_parts("agreed_at", TUESDAY)}
    client_of("alice").post(f"/cases/{case.ref}/action-plan/", data)
    for name, told in (("alice", True), ("vera", True), ("petra", False)):
        for path in (f"/cases/{case.ref}/", f"/cases/{case.ref}/clocks/"):
            page = text(client_of(name).get(path))
            assert ("Voice rings on Monday" in page) is told, (name, path)


# --- K7: routine updates ------------------------------------------------------------------------------


def test_every_two_way_contact_renews_the_update(case, at):
    assert clocks(case, "K7") == []
    speak(case, TUESDAY)
    assert (the(case, "K7").level, the(case, "K7").due_at) == ("medium", london(15))
    at(london(3, 12))
    speak(case, london(3, 11), result="attempt")
    assert len(clocks(case, "K7")) == 1
    speak(case, london(3, 11, 30))
    first, second = clocks(case, "K7")
    assert (first.met_at, first.outcome) == (london(3, 11, 30), "met")
    assert (second.starts_at, second.due_at, second.outcome) == (london(3, 11, 30), london(17), "")


def test_a_contact_that_is_keyed_late_starts_nothing_before_the_one_that_runs(case, at):
    at(london(3, 12))
    speak(case, london(3, 11))
    speak(case, london(2, 11))
    assert the(case, "K7").starts_at == london(3, 11)


def test_updates_follow_the_band_and_what_the_victim_agreed(case, at):
    speak(case, TUESDAY)
    assess(case, D2=3)
    assert (the(case, "K7").level, the(case, "K7").due_at) == ("high", london(8))
    agree(case, 3, TUESDAY)
    running = clocks(case, "K7")[-1]
    assert (running.level, running.due_at) == ("agreed", london(4))
    at(london(2, 12))
    speak(case, london(2, 12))
    assert clocks(case, "K7")[-1].due_at == london(7)


def test_who_wants_no_updates_is_given_none_until_they_do(case, at):
    speak(case, TUESDAY)
    agree(case, None, TUESDAY)
    assert the(case, "K7").outcome == "not_applicable"
    speak(case, TUESDAY)
    assert len(clocks(case, "K7")) == 1
    assert "Routine update to the victim K7 Not applicable" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    agree(case, 10, TUESDAY)
    assert clocks(case, "K7")[-1].due_at == london(15)


@pytest.mark.parametrize("days", [0, 21, -3])
def test_never_beyond_twenty_working_days(case, days):
    with pytest.raises(RuleError) as error:
        agree(case, days, TUESDAY)
    assert error.value.field == "every_days"
    data = {"wanted": "every", "every_days": str(days), "submission_id": uuid.uuid4()} | moment_parts("agreed_at")
    page = client_of("alice").post(f"/cases/{case.ref}/updates/", data)
    assert page.status_code == 200
    assert not UpdateAgreement.objects.unscoped(reason="the test looks").exists()


def test_the_page_records_an_opt_out_in_writing(case):
    data = {"wanted": "none", "submission_id": uuid.uuid4(), **moment_parts("agreed_at", TUESDAY)}
    client_of("alice").post(f"/cases/{case.ref}/updates/", data)
    assert "no routine updates" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))


# --- K8: key events -----------------------------------------------------------------------------------


def test_a_key_event_is_told_in_one_working_day_and_by_a_contact_after_it(case, at):
    event(case, TUESDAY - HOUR / 4)
    assert the(case, "K8").due_at == london(2)
    speak(case, TUESDAY - HOUR / 2)
    assert the(case, "K8").met_at is None
    at(TUESDAY + HOUR)
    speak(case, TUESDAY + HOUR)
    assert (the(case, "K8").outcome, the(case, "K8").met_at) == ("met", TUESDAY + HOUR)


def test_a_victim_who_was_told_before_the_event_was_logged_is_told(case, at):
    speak(case, TUESDAY)
    event(case, TUESDAY - HOUR)
    assert the(case, "K8").outcome == "met"
    event(case, TUESDAY, kind="charge", submission_id=uuid.uuid4())
    assert [row.outcome for row in clocks(case, "K8")] == ["met", "met"]


def test_three_attempts_close_an_event_as_attempted_and_a_later_call_does_not_undo_it(case, at):
    event(case, TUESDAY)
    for day, method in ((1, "phone"), (2, "text"), (3, "phone")):
        at(london(day, 15))
        with acting("alice") as actor:
            data = ContactData(at=london(day, 15), method=method, result="attempt")
            contact_log(actor=actor, case=case, data=data)
    row = the(case, "K8")
    assert (row.outcome, row.met_at, clock_state(row)) == ("attempted", london(3, 15), "missed")


def test_five_days_where_it_is_no_hate(case, at):
    type(case).objects.unscoped(reason="the test arranges").filter(pk=case.pk).update(classification="not_hate")
    event(fresh(case), TUESDAY)
    assert (the(case, "K8").level, the(case, "K8").due_at) == ("other", london(8))


def test_no_event_is_told_to_nobody(cast, at):
    case = case_of("alice", victims=[])
    event(case, TUESDAY)
    assert the(case, "K8").outcome == "not_applicable"


def test_who_may_not_know_victims_logs_a_release_and_the_lead_worker_hears_of_it(case, at):
    reclassify(case, "crime_suspected")
    give(case, "PROB", Level.CONTRIBUTE)
    data = {"kind": "release", "note": "Licence ends in May.", "submission_id": uuid.uuid4()}
    page = client_of("petra").post(f"/cases/{case.ref}/key-event/", data | moment_parts("happened_at", TUESDAY))
    assert page.status_code == 302
    assert the(case, "K8").due_at == london(2)
    [notice] = Notice.objects.unscoped(reason="the test looks").filter(kind="key_event")
    assert notice.user.email.startswith("alice")
    assert "2 December 2026" in notice.text
    give(case, "VSS", Level.VIEW)
    assert "Licence ends in May" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "Licence ends in May" in text(client_of("petra").get(f"/cases/{case.ref}/"))
    seen = text(client_of("vera").get(f"/cases/{case.ref}/"))
    assert "Key event: Release" in seen
    assert "Licence" not in seen
    assert "Probation" not in seen


@pytest.mark.parametrize(
    ("lead", "deputy", "told"),
    [("alice", "amir", {"alice", "amir", "donna"}), (None, "amir", {"amir"}), (None, None, {"asha", "donna"})],
)
def test_a_key_event_is_told_to_who_works_the_case(case, cast, lead, deputy, told):
    rows = Case.objects.unscoped(reason="arrange the workers")
    rows.filter(pk=case.pk).update(lead_worker=cast.get(lead), deputy=cast.get(deputy))
    with acting("alice") as alice:
        days = {"starts_on": TUESDAY.date(), "ends_on": TUESDAY.date()}
        cover_set(actor=alice, agency=case.lead_agency, away=cast["alice"], covering=cast["donna"], **days)
    give(case, "PROB", Level.CONTRIBUTE)
    event(case, TUESDAY, "petra")
    rows = Notice.objects.unscoped(reason="the test looks").filter(kind="key_event").select_related("user")
    assert {row.user.email.partition("@")[0] for row in rows} == told


def test_an_event_note_of_the_police_is_not_for_probation(case):
    give(case, "PROB", Level.CONTRIBUTE)
    event(case, TUESDAY, note="Farida Mirza was frightened.")
    assert "frightened" not in text(client_of("petra").get(f"/cases/{case.ref}/clocks/"))
    assert "frightened" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))


@pytest.mark.parametrize(
    ("values", "field"),
    [({"kind": "party"}, "kind"), ({"moment": TUESDAY + DAY}, "happened_at"), ({"note": "x" * 2001}, "note")],
)
def test_an_event_is_of_the_list_and_has_happened(case, values, field):
    with pytest.raises(RuleError) as error:
        event(case, values.pop("moment", TUESDAY), **values)
    assert error.value.field == field
    assert clocks(case, "K8") == []


def test_striking_an_earlier_contact_leaves_an_event_told(case, at):
    at(TUESDAY + 4 * HOUR)
    earlier = speak(case, TUESDAY + HOUR / 2)
    told = speak(case, TUESDAY + 2 * HOUR)
    event(case, TUESDAY + HOUR)
    assert the(case, "K8").outcome == "met"
    with acting("alice") as actor:
        contact_strike(actor=actor, contact=earlier, reason="Wrong case")
    assert (the(case, "K8").outcome, the(case, "K8").met_at) == ("met", TUESDAY + 4 * HOUR)
    with acting("alice") as actor:
        contact_strike(actor=actor, contact=told, reason="Wrong case")
    assert (the(case, "K8").outcome, the(case, "K8").closed_at) == ("", None)


# --- Pauses -------------------------------------------------------------------------------------------


def pause(case, kind: str, until: dt.date, reason: str = "victim_request", name: str = "alice", **values):
    with acting(name) as actor:
        return pausing.clock_pause(
            actor=actor, case=case, clock_id=the(case, kind).pk, reason=reason, until=until, **values
        )


def test_a_pause_waits_shows_as_an_exception_and_moves_the_deadline(case, at):
    due = the(case, "K3").due_at
    pause(case, "K3", dt.date(2026, 12, 8))
    assert clock_state(the(case, "K3")) == "paused"
    assert "The victim asked to wait, until 8 December 2026" in text(
        client_of("alice").get(f"/cases/{case.ref}/")
    ).replace("Exception: the", "The")
    at(london(7, 9))
    with acting("alice") as actor:
        pausing.clock_go_on(actor=actor, case=case, clock_id=the(case, "K3").pk)
        pausing.clock_go_on(actor=actor, case=case, clock_id=the(case, "K3").pk)
    row = the(case, "K3")
    assert (due, row.due_at, row.exception_days) == (london(4), london(10), 4)
    [kept] = ClockPause.objects.unscoped(reason="the test looks")
    assert (kept.due_before, kept.due_after, kept.resumed_at) == (london(4), london(10), london(7, 9))
    assert "Exception: moved by 4 working days" in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_a_pause_ends_by_itself_on_its_day(case, at):
    pause(case, "K3", dt.date(2026, 12, 3))
    at(london(2, 23, 59))
    assert pausing.pauses_end_due(actor=system_actor("test")) == 0
    at(london(3, 0, 1))
    reminders_sweep()
    row = the(case, "K3")
    assert (row.paused_at, row.due_at, row.exception_days) == (None, london(8), 2)
    assert pausing.pauses_end_due(actor=system_actor("test")) == 0


def test_a_contact_during_a_pause_is_measured_by_the_moved_deadline(case, at):
    pause(case, "K3", dt.date(2026, 12, 10))
    at(london(8, 12))
    speak(case, london(8, 11))
    row = the(case, "K3")
    assert (clock_state(row), row.paused_at, row.due_at) == ("met", None, london(11))


def test_a_raised_priority_keeps_what_the_pause_moved(case, at):
    pause(case, "K3", dt.date(2026, 12, 3))
    at(london(3, 9))
    pausing.pauses_end_due(actor=system_actor("test"))
    with acting("alice") as actor:
        case_update(actor=actor, case=case, version=fresh(case).version, changes={"priority": "P1"})
    assert the(case, "K3").due_at == london(4)


@pytest.mark.parametrize("kind", ["K1", "K2", "K4"])
def test_desk_work_is_not_paused(case, kind):
    with pytest.raises(RuleError, match="runs without the victim"):
        pause(case, kind, dt.date(2026, 12, 3))


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (dt.date(2026, 12, 1), "victim_request", "until"),
        (dt.date(2027, 3, 1), "victim_request", "until"),
        (dt.date(2026, 12, 3), "annual_leave", "reason"),
        (dt.date(2026, 12, 3), "safe_contact", "reason"),
    ],
)
def test_a_pause_has_a_reason_of_two_and_a_day(case, until, reason, field):
    with pytest.raises(RuleError) as error:
        pause(case, "K3", until, reason)
    assert error.value.field == field
    assert the(case, "K3").paused_at is None


def test_no_safe_office_hour_is_an_exception(case):
    closed = [{"days": ["0", "1", "2", "3", "4"], "from": "08:00", "to": "18:00"}]
    victim_set(case, do_not_contact=closed)
    pause(case, "K3", dt.date(2026, 12, 5), "safe_contact")
    assert the(case, "K3").pause_reason == "safe_contact"


def test_an_overdue_clock_or_one_that_waits_cannot_be_paused(case, at):
    pause(case, "K5", dt.date(2026, 12, 3))
    with pytest.raises(RuleError, match="waits already"):
        pause(case, "K5", dt.date(2026, 12, 4))
    at(london(4))
    with pytest.raises(RuleError, match="overdue"):
        pause(case, "K3", dt.date(2026, 12, 8))


def test_the_pause_page_and_a_double_click(case):
    client, row = client_of("alice"), the(case, "K3")
    path = f"/cases/{case.ref}/clocks/{row.pk}/pause/"
    assert "never as met" in text(client.get(path))
    data = {"reason": "victim_request", "submission_id": uuid.uuid4(), **day_parts("until", dt.date(2026, 12, 4))}
    for _ in range(2):
        assert client.post(path, data).status_code == 302
    assert case.clockpause_rows.count() == 1
    assert "Resume this clock" in text(client.get(f"/cases/{case.ref}/clocks/"))
    client.post(f"/cases/{case.ref}/clocks/{row.pk}/resume/", {"submission_id": uuid.uuid4()})
    assert the(case, "K3").paused_at is None


def test_a_clock_of_another_case_is_not_there(case):
    other = case_of("alice")
    pk = the(other, "K3").pk
    client = client_of("alice")
    absent = client.get(f"/cases/{case.ref}/clocks/2000000000/pause/")
    there = client.get(f"/cases/{case.ref}/clocks/{pk}/pause/")
    assert (absent.status_code, absent.content) == (404, there.content)


def test_who_only_adds_or_may_not_know_the_victim_pauses_nothing(case):
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "PROB", Level.MANAGE)
    for name in ("bob", "petra"):
        with pytest.raises(ForbiddenError):
            pause(case, "K3", dt.date(2026, 12, 4), name=name)
        assert client_of(name).get(f"/cases/{case.ref}/clocks/{the(case, 'K3').pk}/pause/").status_code == 403


# --- Who may ------------------------------------------------------------------------------------------

FORMS = ("support-referral", "action-plan", "updates", "key-event")


@pytest.mark.parametrize("page", FORMS)
def test_the_forms_are_for_who_adds_to_the_case(case, page):
    give(case, "VSS", Level.VIEW)
    assert_unknown_is_404(f"/cases/{{ref}}/{page}/", case)
    assert_forbidden(f"/cases/{case.ref}/{page}/", "vera")


@pytest.mark.parametrize("page", FORMS[:3])
def test_the_forms_about_the_victim_are_not_for_the_other_side(case, page):
    give(case, "PROB", Level.MANAGE)
    assert_forbidden(f"/cases/{case.ref}/{page}/", "petra")
    with acting("petra") as actor, pytest.raises(ForbiddenError):
        progress.action_plan_record(actor=actor, case=case, text="x", agreed_at=TUESDAY)


def test_both_walls_keep_the_other_side_from_what_speaks_of_the_victim(case):
    refer(case)
    plan(case)
    agree(case, 5, TUESDAY)
    pause(case, "K3", dt.date(2026, 12, 3))
    event(case, TUESDAY)
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    victims_side = (SupportReferral, ActionPlan, UpdateAgreement, ClockPause)
    for name, told in (("alice", 1), ("vera", 1), ("petra", 0), ("walt", 0)):
        with acting(name) as actor:
            for model in victims_side:
                first = model.objects.visible_to(actor).filter(case=case).count()
                second = model.objects.unscoped(reason="the second wall alone").filter(case=case).count()
                assert first == second == told, (name, model)
            open_to = 0 if name == "walt" else 1
            assert KeyEvent.objects.visible_to(actor).filter(case=case).count() == open_to
            assert KeyEvent.objects.unscoped(reason="the second wall alone").filter(case=case).count() == open_to


def test_the_page_of_clocks_is_for_readers_and_takes_no_more_queries_for_more_clocks(case, at):
    give(case, "PROB", Level.VIEW)
    assert_unknown_is_404("/cases/{ref}/clocks/", case)
    path = f"/cases/{case.ref}/clocks/"
    few = queries_beyond(client_of("alice"), path)
    for day in (2, 3, 4):
        at(london(day, 12))
        speak(case, london(day, 11))
        event(case, london(day, 10), submission_id=uuid.uuid4())
    assert queries_beyond(client_of("alice"), path) == few <= 8
    page = text(client_of("petra").get(path))
    assert "Key events" in page
    assert "Action plan" not in page
    assert victim_of(case).given_name not in page


# --- Reminders and My work ----------------------------------------------------------------------------


def test_the_new_clocks_remind_and_stand_in_my_work(case, at):
    reclassify(case, "crime_suspected")
    name_worker = fresh(case)
    assert name_worker.lead_worker.email.startswith("alice")
    event(case, TUESDAY)
    Notice.objects.unscoped(reason="the test clears").delete()
    at(london(2, 18))
    reminders_send(actor=system_actor("test"))
    told = set(Notice.objects.unscoped(reason="the test looks").values_list("text", flat=True))
    assert any("update on a key event was due" in words for words in told)
    assert "Update on a key event" in text(client_of("alice").get("/"))


def test_somebody_named_on_a_restricted_case_reads_its_clocks(case, cast):
    name_person(case, cast["bob"], Level.VIEW)
    assert client_of("bob").get(f"/cases/{case.ref}/clocks/").status_code == 200
