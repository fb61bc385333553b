"""Undo within a minute, strike, correct a date: nothing is lost, nothing happens silently, nobody reads what was struck."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError
from psycopg.errors import InsufficientPrivilege

from incidents.choices import Level
from incidents.models import CaseAccess, Contact, FieldCorrection, Note, StruckText
from incidents.rules.repair import incident_date_error, receipt_due
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from incidents.services.repair import (
    Corrected,
    contact_date_correct,
    incident_date_correct,
    note_strike,
    note_undo,
)
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import History
from tests.cast import acting, age, cast_get, client_of, log_incident_as
from tests.incidents.casework import (
    assert_methods,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    moment_parts,
    reclassify,
    text,
    victim_of,
)

pytestmark = pytest.mark.django_db
WORDS = "Zebedee rang about the other family."
WHY = "the test looks at all rows"


@pytest.fixture
def case(cast):
    case = case_of("alice", occurred_from=clock.now() - dt.timedelta(days=60))
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    return case


def note(case, name="alice", words=WORDS) -> Note:
    with acting(name) as actor:
        return note_add(actor=actor, case=case, text=words)


def contact(case, name="alice", **more) -> Contact:
    values = {"at": clock.now(), "method": "phone", "victim": victim_of(case).ref, "note": WORDS} | more
    with acting(name) as actor:
        return contact_log(actor=actor, case=case, data=ContactData(**values))


def path(case, row, verb) -> str:
    return f"/cases/{case.ref}/{'notes' if isinstance(row, Note) else 'contacts'}/{row.uid}/{verb}/"


def pages(name, case) -> str:
    client = client_of(name)
    return text(client.get(f"/cases/{case.ref}/")) + text(client.get(f"/cases/{case.ref}/?show=note"))


# --- Strike ----------------------------------------------------------------------------------------


def test_a_struck_note_is_hidden_from_all_and_leaves_a_line(case):
    row = note(case)
    age(row)
    assert WORDS in pages("bob", case)
    assert case.ref in text(client_of("bob").get("/cases/?q=zebedee"))
    page = client_of("alice").post(path(case, row, "strike"), {"reason": "Written in the wrong case"}, follow=True)
    assert "Note struck" in text(page)
    for name in ("alice", "bob"):
        said = pages(name, case)
        assert "Zebedee" not in said
        assert "A note was struck on" in said
        assert "by Alice Morgan" in said
        assert case.ref not in text(client_of(name).get("/cases/?q=zebedee"))
    [event] = audited("note.strike")
    assert (event.reason, event.case_id) == ("Written in the wrong case", case.pk)
    assert "Zebedee" not in str(event.detail)
    assert not History.objects.filter(subject_type="incidents.note").exists()


@pytest.mark.parametrize("name", ["vera", "petra"])
def test_a_one_sided_agency_that_wrote_it_no_longer_finds_its_own_words(case, name):
    row = note(case, name)
    assert case.ref in text(client_of(name).get("/cases/?q=zebedee"))
    with acting(name) as actor:
        note_strike(actor=actor, note=row, reason="Wrong case")
    assert case.ref not in text(client_of(name).get("/cases/?q=zebedee"))


def test_the_machine_does_not_read_it_either(case, settings):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
        from incidents.selectors import case_api
        from incidents.selectors.case_page import case_get

        assert [n.text_shown for n in case_api.notes(alice, case_get(actor=alice, ref=case.ref))] == [""]


def _struck_seen(role: str) -> int:
    """How many struck texts a role of the database reads; one that may not even ask reads none."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local role {role}")
            cursor.execute("select count(*) from incidents_strucktext")
            found = cursor.fetchone()[0]
            cursor.execute("reset role")
            return found
    except ProgrammingError as refused:
        if not isinstance(refused.__cause__, InsufficientPrivilege):
            raise
        return 0


def test_the_words_are_kept_where_neither_web_nor_worker_reads_them(case):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
        assert not StruckText.objects.visible_to(alice).exists()
        assert not StruckText.objects.unscoped(reason="the second wall alone").exists()
    kept = StruckText.objects.unscoped(reason=WHY).get()
    assert (kept.kind, kept.row_id, kept.words) == ("note", row.pk, {"text": WORDS})
    for role in ("hatecase_app", "hatecase_worker", "hatecase_gate"):
        assert _struck_seen(role) == 0, role


def test_nobody_puts_words_aside_for_a_case_that_they_cannot_see(case):
    with acting("walt"), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        StruckText(kind="note", row_id=1, case_id=case.pk).save(force_insert=True)


@pytest.mark.parametrize(
    ("name", "answer"), [("alice", 302), ("asha", 302), ("bob", 403), ("vera", 403), ("petra", 404), ("walt", 404)]
)
def test_the_writers_agency_and_the_lead_agencys_deciders_strike(case, name, answer):
    row = note(case)
    age(row)
    assert client_of(name).post(path(case, row, "strike"), {"reason": "Wrong case"}).status_code == answer
    assert bool(Note.objects.unscoped(reason=WHY).get().struck_at) == (answer == 302)


def test_the_lead_agencys_caseworker_does_not_strike_what_another_agency_wrote(case):
    row = note(case, "bob")
    assert client_of("alice").post(path(case, row, "strike"), {"reason": "Wrong"}).status_code == 403
    assert client_of("asha").post(path(case, row, "strike"), {"reason": "Wrong"}).status_code == 302


def test_a_hidden_note_is_not_there_to_be_struck(case):
    theirs = note(case, "petra", "He came to the course.")
    assert client_of("vera").get(path(case, theirs, "strike")).status_code == 404
    hidden = contact(case)
    assert client_of("petra").get(path(case, hidden, "strike")).status_code == 404
    assert client_of("petra").get(path(case, hidden, "correct")).status_code == 404


def test_one_side_is_not_told_who_of_the_other_struck_it(case):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
    petra = cast_get()["petra"]
    Note.objects.unscoped(reason=WHY).update(struck_by=petra)
    assert f"by {petra.name}" in pages("bob", case)
    said = pages("vera", case)
    assert "A note was struck on" in said
    assert petra.name not in said


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "a\x00b"])
def test_a_reason_is_needed(case, reason):
    row = note(case)
    age(row)
    page = client_of("alice").post(path(case, row, "strike"), {"reason": reason})
    assert page.status_code == 200
    assert "There is a problem" in text(page)
    assert Note.objects.unscoped(reason=WHY).get().text == WORDS


def test_striking_twice_says_so_and_keeps_one(case):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
    page = client_of("alice").post(path(case, row, "strike"), {"reason": "Again"})
    assert "It was struck already." in text(page)
    assert StruckText.objects.unscoped(reason=WHY).count() == 1


def test_a_closed_case_can_still_be_cleaned(case):
    row = note(case)
    case = fresh(case)
    case.status = "closed"
    case.save(update_fields=["status"])
    with acting("alice") as alice:
        assert note_strike(actor=alice, note=row, reason="Wrong case").struck_at


# --- Undo ------------------------------------------------------------------------------------------


def test_a_note_is_taken_back_from_the_banner_within_a_minute(case):
    client = client_of("alice")
    page = client.post(f"/cases/{case.ref}/notes/add/", {"text": WORDS}, follow=True)
    row = Note.objects.unscoped(reason=WHY).get()
    assert page.content.decode().count(path(case, row, "undo")) == 2
    assert "Note taken back" in text(client.post(path(case, row, "undo"), follow=True))
    assert "Zebedee" not in pages("bob", case)
    [event] = audited("note.undo")
    assert event.detail["undo"] is True


def test_after_a_minute_by_the_databases_clock_it_can_only_be_struck(case, monkeypatch):
    row = note(case)
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", (clock.now() - dt.timedelta(hours=1)).isoformat())
    age(row)
    client = client_of("alice")
    page = client.get(f"/cases/{case.ref}/").content.decode()
    assert path(case, row, "undo") not in page
    assert path(case, row, "strike") in page
    late = client.post(path(case, row, "undo"))
    assert "The minute in which it can be undone is over" in text(late)
    assert path(case, row, "strike") in late.content.decode(), "and leads to where it is struck"
    with acting("alice") as alice, pytest.raises(RuleError, match="minute"):
        note_undo(actor=alice, note=row)
    assert Note.objects.unscoped(reason=WHY).get().text == WORDS


@pytest.mark.parametrize(("name", "answer"), [("asha", 403), ("amir", 403), ("bob", 403), ("walt", 404)])
def test_only_its_author_takes_it_back(case, name, answer):
    row = note(case)
    assert client_of(name).post(path(case, row, "undo")).status_code == answer
    if answer == 403:
        with acting(name) as actor, pytest.raises(ForbiddenError):
            note_undo(actor=actor, note=row)


def test_a_contact_taken_back_lets_its_clocks_run_again(case):
    client = client_of("alice")
    row = contact(case, note="Zebedee")
    assert clock_of(case, "K3").outcome == "met"
    client.post(path(case, row, "undo"))
    k3 = clock_of(case, "K3")
    assert (k3.met_at, k3.outcome, k3.closed_at) == (None, "", None)
    said = text(client.get(f"/cases/{case.ref}/"))
    assert "A contact was struck on" in said
    assert "In touch with the victim" not in said
    assert "Zebedee" not in said


def test_the_next_contact_meets_the_clock_instead(case):
    first = contact(case, at=clock.now() - dt.timedelta(minutes=30))
    second = contact(case, at=clock.now() - dt.timedelta(minutes=10))
    client_of("alice").post(path(case, first, "undo"))
    assert clock_of(case, "K3").met_at == second.at


def test_attempts_that_were_struck_no_longer_count(case, monkeypatch):
    rows = []
    for day in range(3):
        moment = clock.now() + dt.timedelta(days=1)
        monkeypatch.setattr("django.conf.settings.HATECASE_NOW", moment.isoformat())
        rows.append(contact(case, result="attempt", method="phone" if day else "text"))
    assert clock_of(case, "K3").outcome == "attempted"
    client_of("alice").post(path(case, rows[0], "undo"))
    assert clock_of(case, "K3").outcome == ""
    moment = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", moment.isoformat())
    contact(case, result="attempt", method="phone")
    assert clock_of(case, "K3").outcome == "", "three days, but by one way only"


# --- Dates -----------------------------------------------------------------------------------------


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
    page = client.post(where, sent, follow=True)
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
    page = client_of("alice").post(path(case, row, "correct"), sent, follow=True)
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


def test_shapes(case):
    row = note(case)
    for verb in ("undo", "strike"):
        assert_methods(path(case, row, verb), "alice")
        assert client_of("alice").get(f"/cases/{case.ref}/notes/{uuid.uuid4()}/{verb}/").status_code == 404
