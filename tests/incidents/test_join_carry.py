"""What a joined case hands over, what stays in it to be read, and that all of it comes back (docs/domain.md §10.2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps

from incidents.choices import CaseStatus, ClockKind, Level
from incidents.models import Case, ClassificationProposal, Clock, Task, UpdateAgreement
from incidents.rules.moving import FOLLOWS, Follows, Running, band_joined, clocks_joined
from incidents.services import progress
from incidents.services.classification import classification_confirm, classification_propose
from incidents.services.contact import ContactData, contact_log
from incidents.services.incident import StrandData
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.note import note_add
from incidents.services.repair import Corrected, incident_date_correct
from incidents.services.risk import assessment_submit
from incidents.services.strike_later import record_strike
from incidents.services.task import task_accept, task_complete, task_create
from incidents.services.task_comment import comment_add
from incidents.services.ties import tie_add
from kernel import clock
from kernel.errors import RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import SAFE, answers, case_of, fresh, give, give_all, text, victim_of
from tests.incidents.moving import WHY, join, move, picture, split, undo
from victims.services import VictimData

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(status="named", given_name="Derek", family_name="Gant", description="A tall man")


@pytest.fixture
def case(cast):
    """A case in which a lot is going on."""
    now = clock.now()
    early = {"received_at": now - dt.timedelta(hours=3), "occurred_from": now - dt.timedelta(hours=4)}
    case = case_of("alice", classification="crime_suspected", perpetrators=[NAMED], **early)
    with acting("alice") as alice:
        task_create(actor=alice, case=case, title="Look at the recording", agency=agency("POL"))
        done = task_create(actor=alice, case=case, title="Ring the landlord", agency=agency("POL"))
        task_complete(actor=alice, task=done, achieved="He will mend the lamp")
        witness = involved_add(
            actor=alice, case=case, data=InvolvedData(role="witness", given_name="Odette", family_name="Quillfeather")
        )
        tie_add(actor=alice, case=case, kind="lives_with", first=victim_of(case).ref, second=str(witness.pk))
        assessment_submit(actor=alice, case=case, answers=answers(), safety=SAFE)
        contact_log(actor=alice, case=case, data=ContactData(at=now - dt.timedelta(hours=1), method="phone"))
        progress.update_agreement_record(actor=alice, case=case, every_days=4, agreed_at=now)
        progress.key_event_record(actor=alice, case=case, kind="release", happened_at=now)
        note_add(actor=alice, case=case, text="She heard it through the wall.")
    return fresh(case)


@pytest.fixture
def other(cast):
    """Another case of the police's, of the same classification."""
    return case_of(
        "alice",
        classification="crime_suspected",
        narrative="Paint on the door of the shop.",
        strands=[StrandData("REL", "muslim")],
    )


def running(case: Case) -> set[str]:
    rows = case.clocks.filter(incident=None, met_at=None, closed_at=None).exclude(outcome="not_applicable")
    return {row.kind for row in rows}


# --- Decided for every table ------------------------------------------------------------------------


def test_it_is_decided_for_every_table_that_leads_to_a_case():
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is Case
    }
    assert found == FOLLOWS.keys()


def test_what_is_said_to_go_goes_and_what_is_said_to_stay_stays(case, other):
    """Every table of which the full case has rows does what was decided for it."""
    before = {label: _keys(label, case) for label in FOLLOWS}
    join(case, other)
    seen = set()
    for label, follows in FOLLOWS.items():
        gone = before[label] - _keys(label, case)
        if before[label] and follows in (Follows.INCIDENT, Follows.JOIN):
            seen.add(label)
            assert gone, label
            assert gone <= _keys(label, other), label
        elif follows is Follows.STAYS:
            assert not gone, label
    assert {
        *("incidents.Incident.case", "incidents.Party.case", "incidents.Clock.case", "incidents.Task.case"),
        *("incidents.InvolvedPerson.case", "incidents.PersonTie.case", "incidents.KeyEvent.case"),
        "incidents.UpdateAgreement.case",
    } <= seen


def _keys(label: str, case: Case) -> set:
    app, model, field = label.split(".")
    rows = apps.get_model(app, model).objects.unscoped(reason=WHY)
    return set(rows.filter(**{field: case}).values_list("pk", flat=True))


def test_what_was_joined_comes_back_whole(case, other):
    before = picture(case, other)
    moves = join(case, other)
    assert picture(case, other) != before
    undo(moves)
    assert picture(case, other) == before


def test_a_struck_agreement_about_updates_stays_and_stands_in_the_way_of_none(case, other):
    agreements = UpdateAgreement.objects.unscoped(reason=WHY)
    with acting("alice") as alice:
        wrong = [
            progress.update_agreement_record(actor=alice, case=fresh(one), every_days=2, agreed_at=clock.now())
            for one in (case, other)
        ]
        for row in wrong:
            record_strike(actor=alice, case=fresh(row.case), row=row, reason="The wrong case")
    standing = agreements.filter(case=case, struck_at=None).values_list("pk", flat=True)
    counts = list(standing)
    assert counts
    join(case, other)
    assert set(agreements.filter(case=other, struck_at=None).values_list("pk", flat=True)) == set(counts)
    assert agreements.get(pk=wrong[0].pk).case_id == case.pk


# --- Tasks ------------------------------------------------------------------------------------------


def test_an_open_task_goes_and_one_that_is_done_stays(case, other):
    moves = join(case, other)
    tasks = Task.objects.unscoped(reason=WHY)
    assert tasks.get(title="Look at the recording").case_id == other.pk
    assert tasks.get(title="Ring the landlord").case_id == case.pk
    with acting("alice") as alice:
        task = Task.objects.visible_to(alice).get(title="Look at the recording")
        comment_add(actor=alice, task=task, text="The tape is from Tuesday")
        task_complete(actor=alice, task=task, achieved="Nothing to be seen")
    undo(moves)
    task = tasks.get(title="Look at the recording")
    assert (task.case_id, task.state) == (case.pk, "done")
    assert task.comments.count() == 1


def test_a_task_of_an_agency_that_cannot_open_the_other_case_stays_with_it(case, other):
    give_all(case, "NNC", Level.CONTRIBUTE)
    with acting("alice") as alice:
        task = task_create(actor=alice, case=case, title="See about the fence", agency=agency("NNC"))
    join(case, other)
    assert Task.objects.unscoped(reason=WHY).get(pk=task.pk).case_id == case.pk
    assert client_of("bob").get(f"/cases/{other.ref}/").status_code == 404
    with acting("bob") as bob:
        task_complete(actor=bob, task=task_accept(actor=bob, task=task), achieved="Mended")
    assert Task.objects.unscoped(reason=WHY).get(pk=task.pk).state == "done"


def test_a_task_goes_where_its_agency_can_open_the_other_case_too(case, other):
    for one in (case, other):
        give_all(one, "NNC", Level.CONTRIBUTE)
    with acting("alice") as alice:
        task = task_create(actor=alice, case=case, title="See about the fence", agency=agency("NNC"))
    join(case, other)
    assert Task.objects.unscoped(reason=WHY).get(pk=task.pk).case_id == other.pk


# --- Clocks -----------------------------------------------------------------------------------------


def test_no_clock_runs_in_a_merged_case(case, other):
    assert {"K6", "K7", "K8", "K9"} <= running(case)
    join(case, other)
    assert running(case) == set()
    assert not Clock.objects.unscoped(reason=WHY).filter(case=case, closed_at=None, met_at=None).exists()
    assert {"K6", "K7", "K8", "K9"} <= running(other)
    led = Clock.objects.unscoped(reason=WHY).filter(case=other).values_list("lead_agency_id", flat=True)
    assert set(led) == {other.lead_agency_id}


def test_the_victim_told_in_the_joined_case_meets_the_key_event(case, other):
    moves = join(case, other)
    [event] = other.keyevent_rows.all()
    with acting("alice") as alice:
        contact_log(actor=alice, case=fresh(other), data=ContactData(at=clock.now(), method="phone"))
    event.clock.refresh_from_db()
    assert event.clock.outcome == "met"
    undo(moves)
    event.refresh_from_db()
    assert (event.case_id, event.clock.case_id) == (case.pk, case.pk)
    event.clock.refresh_from_db()
    assert event.clock.outcome == "met"


def test_of_two_reviews_the_earlier_one_runs_on(case, other):
    with acting("alice") as alice:
        assessment_submit(actor=alice, case=other, answers=answers(), safety=SAFE)
    reviews = Clock.objects.unscoped(reason=WHY).filter(kind="K9")
    reviews.filter(case=other).update(due_at=clock.now() + dt.timedelta(days=1))
    before = picture(case, other)
    moves = join(case, other)
    assert reviews.get(case=case).closed_at is not None
    assert reviews.get(case=other).closed_at is None
    undo(moves)
    assert picture(case, other) == before


def test_the_higher_band_counts_until_the_next_assessment(case, other):
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(band="high")
    moves = join(fresh(case), other)
    assert fresh(other).band == "high"
    undo(moves)
    assert fresh(other).band == ""


def test_the_page_says_where_the_band_of_a_joined_case_comes_from(case, other):
    assert "was assessed so" not in text(client_of("alice").get(f"/cases/{other.ref}/"))
    join(case, other)
    page = text(client_of("alice").get(f"/cases/{other.ref}/"))
    assert "Assess the risk of this case" in page
    assert "The risk has not been assessed yet" not in page
    with acting("alice") as alice:
        assessment_submit(actor=alice, case=fresh(other), answers=answers(), safety=SAFE)
    assert "was assessed so" not in text(client_of("alice").get(f"/cases/{other.ref}/"))


def test_a_case_that_was_split_off_is_reviewed_when_the_first_one_is(case):
    second = log_incident_as("alice", case=case)
    new, _ = split(fresh(case), second)
    review = case.clocks.get(kind="K9")
    assert fresh(new).band == fresh(case).band != ""
    assert fresh(new).review_due_at == fresh(case).review_due_at
    assert new.clocks.get(kind="K9").due_at == review.due_at
    assert review.closed_at is None


def test_the_rule_of_two_clocks_of_one_kind():
    now = clock.now()
    day = dt.timedelta(days=1)
    going = [Running(1, "K7", now + day), Running(2, "K9", now + 3 * day), Running(3, "K8", now + 9 * day)]
    there = [Running(4, "K7", now + 2 * day), Running(5, "K9", now + day), Running(6, "K8", now)]
    assert clocks_joined(going, there, frozenset({ClockKind.K8.value})) == ({1, 3}, {2, 4})
    assert [band_joined("", "standard"), band_joined("high", "medium"), band_joined("", "")] == [
        "standard",
        "high",
        "",
    ]


def test_a_split_that_is_undone_gives_back_what_was_begun_in_it(case):
    second = log_incident_as("alice", case=case)
    new, moves = split(fresh(case), second)
    with acting("alice") as alice:
        task = task_create(actor=alice, case=new, title="Ask the school", agency=agency("POL"))
    undo(moves)
    assert fresh(new).status == CaseStatus.MERGED
    assert Task.objects.unscoped(reason=WHY).get(pk=task.pk).case_id == case.pk
    assert running(new) == set()


# --- What waits for a second person -------------------------------------------------------------------


def test_what_waits_for_a_second_person_waits_again_when_it_is_parted(case, other):
    with acting("alice") as alice:
        proposal = classification_propose(
            actor=alice, case=case, version=fresh(case).version, to="not_hate", reason="A quarrel about a fence"
        )
    moves = join(fresh(case), other)
    rows = ClassificationProposal.objects.unscoped(reason=WHY)
    assert rows.get(pk=proposal.pk).state == "expired"
    with acting("asha") as asha, pytest.raises(RuleError):
        classification_confirm(actor=asha, proposal=proposal, version=fresh(case).version)
    undo(moves)
    assert rows.get(pk=proposal.pk).state == "waiting"


# --- Names ------------------------------------------------------------------------------------------


def hidden_from(name: str, case: Case, words: str) -> bool:
    page = client_of(name).get(f"/cases/{case.ref}/")
    assert page.status_code == 200
    return words not in text(page)


def test_a_victims_name_stays_hidden_in_the_case_that_was_joined(cast):
    """Its people went; its summary and what was asked in it still name them."""
    victim = VictimData(given_name="Zuleika", family_name="Marchbanks")
    case = case_of("alice", victims=[victim], summary="Zuleika Marchbanks is shouted at", perpetrators=[NAMED])
    other = case_of("alice")
    give_all(case, "PROB", Level.CONTRIBUTE)
    assert hidden_from("petra", case, "Marchbanks")
    assert "is shouted at" in text(client_of("petra").get(f"/cases/{case.ref}/"))
    join(case, other)
    assert hidden_from("petra", case, "Marchbanks")
    assert "is shouted at" in text(client_of("petra").get(f"/cases/{case.ref}/"))
    found = client_of("petra").get("/cases/", {"q": "Marchbanks"})
    assert case.ref not in found.content.decode()


def test_a_witness_stays_hidden_where_the_incident_went(case, other):
    """The witness belongs to the first case; the incident that names her went to the second."""
    told = log_incident_as("alice", case=fresh(case), narrative="Odette Quillfeather saw it from the stairs.")
    give_all(other, "PROB", Level.CONTRIBUTE)
    move(told, other)
    page = text(client_of("petra").get(f"/cases/{other.ref}/"))
    assert "saw it from the stairs" in page
    assert "Quillfeather" not in page
    assert "Quillfeather" in text(client_of("alice").get(f"/cases/{other.ref}/"))


# --- The chronology -----------------------------------------------------------------------------------


def test_both_chronologies_tell_it_and_name_the_other_case_to_who_may_see_both(case, other):
    give(case, "NNC", Level.VIEW)
    give(other, "VSS", Level.VIEW)
    moves = join(case, other)
    assert f"Cases joined: 1 incident went to {other.ref}" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert f"Cases joined: 1 incident came from {case.ref}" in text(client_of("alice").get(f"/cases/{other.ref}/"))
    one_sided = client_of("bob").get(f"/cases/{case.ref}/")
    assert "Cases joined: 1 incident went to another case" in text(one_sided)
    assert other.ref not in one_sided.content.decode()
    page = client_of("vera").get(f"/cases/{other.ref}/")
    assert "Cases joined: 1 incident came from another case" in text(page)
    assert case.ref not in page.content.decode()
    undo(moves)
    assert f"Undone: 1 incident came back from {other.ref}" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "Undone: 1 incident came back from another case" in text(client_of("bob").get(f"/cases/{case.ref}/"))


def test_a_correction_of_a_date_goes_with_its_incident(case, other):
    second = log_incident_as("alice", case=fresh(case))
    wrong = Corrected("occurred_from", second.occurred_from, second.occurred_from - dt.timedelta(hours=1), "Misread")
    with acting("alice") as alice:
        incident_date_correct(actor=alice, case=fresh(case), incident=second, data=wrong)
    moves = move(second, other)
    assert (case.corrections.count(), other.corrections.count()) == (0, 1)
    undo(moves)
    assert (case.corrections.count(), other.corrections.count()) == (1, 0)
