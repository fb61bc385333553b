"""What a case on paper has of its further people, its plans and events, how it was classified and closed, and for whom."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.services import progress
from incidents.services.closing import ClosingData, case_close
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.progress import ReferralData
from incidents.services.risk import assessment_submit
from incidents.services.ties import tie_add
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting
from tests.incidents.casework import SAFE, answers, case_of, fresh, give_all, reclassify, reveal, victim_of, victim_set
from tests.incidents.test_export import paper
from victims.services import VictimData

pytestmark = pytest.mark.django_db

PEOPLE = {
    "witness": ("Odette", "Quillfeather"),
    "child": ("Pip", "Iqbalaz"),
    "professional": ("Basil", "Thornbury"),
    "subject_household": ("Gwendoline", "Brandreth"),
}


@pytest.fixture
def case(cast):
    """Of the police; a suspected crime with people of every side, shared with both sides."""
    case = case_of(
        "alice",
        classification="crime_suspected",
        victims=[VictimData(given_name="Noor", family_name="Iqbalaz", phone="07700 900123")],
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="Tall")],
    )
    reclassify(case, "crime_suspected")
    subject = case.parties.get(perpetrator__isnull=False).perpetrator
    now, people = clock.now(), {}
    with acting("alice") as alice:
        for role, (given, family) in PEOPLE.items():
            data = InvolvedData(role=role, given_name=given, family_name=family, contact=f"01632 9601{len(people)}1")
            people[role] = involved_add(actor=alice, case=case, data=data)
        victim = victim_of(case).ref
        tie_add(actor=alice, case=case, kind="lives_with", first=victim, second=str(people["child"].pk))
        tie_add(actor=alice, case=case, kind="lives_with", first=victim, second=subject.ref)
        assessment_submit(actor=alice, case=case, answers=answers(), safety=SAFE)
        progress.key_event_record(actor=alice, case=case, kind="release", happened_at=now, note="On conditions")
        progress.support_referral_record(
            actor=alice, case=case, data=ReferralData(wished=True, service="The listening room", sent_at=now)
        )
        progress.action_plan_record(actor=alice, case=case, text="A lamp above Dean Quill’s gate", agreed_at=now)
    for code in ("VSS", "PROB"):
        give_all(case, code, Level.CONTRIBUTE)
    return fresh(case)


def test_the_paper_has_the_people_and_who_lives_with_whom(case):
    words, _ = paper("alice", case)
    for given, family in PEOPLE.values():
        assert f"{given} {family}" in words
    assert "Lives with Pip Iqbalaz (child" in words or "Lives with Pip Iqbalaz" in words
    assert "Lives with the alleged perpetrator: Dean Quill" in words


def test_the_paper_has_what_moved_the_case_on(case):
    words, _ = paper("alice", case)
    for said in (
        "Key events",
        "Release",
        "On conditions",
        "Noor Iqbalaz was referred to The listening room",
        "Agreed with Noor Iqbalaz",
        "A lamp above Dean Quill’s gate",
        "Suspected crime (before: not yet decided)",
    ):
        assert said.lower() in words.lower(), said
    assert "How it was closed" not in words


def test_each_side_reads_its_own_people_alone(case):
    victims, _ = paper("vera", case)
    assert "Odette Quillfeather" in victims
    assert "Basil Thornbury" in victims
    assert "Lives with Pip Iqbalaz" in victims
    assert "A lamp above [not shown] [not shown]’s gate" in victims
    for hidden in ("Brandreth", "Gwendoline", "Quill’s", "Dean", "Lives with the alleged perpetrator"):
        assert hidden not in victims, hidden
    assert "Brandreth" not in paper("petra", case)[0]
    reveal(case, "petra", "subject_identity")
    subjects, _ = paper("petra", case)
    assert "Gwendoline Brandreth" in subjects
    assert "Basil Thornbury" in subjects
    for hidden in (
        *("Quillfeather", "Odette", "Pip", "Iqbalaz", "Noor", "listening room", "A lamp above"),
        *("Support and action plan", "Lives with the alleged perpetrator"),
    ):
        assert hidden not in subjects, hidden


def test_where_no_name_may_be_kept_the_household_is_hidden(case):
    reclassify(case, "hate_incident")
    words, _ = paper("alice", case)
    assert "Brandreth" not in words
    assert "Name hidden" in words


def test_a_closed_case_says_on_paper_how_it_was_closed(case):
    with acting("alice") as alice:
        data = ClosingData(reason="R1", note="Noor Iqbalaz feels safe again", victim_view="satisfied")
        case_close(actor=alice, case=case, version=fresh(case).version, data=data)
    words, _ = paper("alice", case)
    for said in ("How it was closed", "Resolved: the behaviour stopped", "feels safe again", "Satisfied", "Not yet"):
        assert said in words, said
    subjects, _ = paper("petra", case)
    assert "Resolved: the behaviour stopped" in subjects
    for hidden in ("feels safe", "Satisfied"):
        assert hidden not in subjects, hidden


def test_what_stands_in_lines_on_a_page_is_told_apart_on_paper(case):
    victim_set(
        case,
        do_not_contact=[{"days": [0], "from": "09:00", "to": "17:00"}, {"days": [5], "from": "18:00", "to": "20:00"}],
    )
    words, _ = paper("alice", case)
    assert "Do not contact: " in words
    assert "Monday, 9am to 5pm · Saturday, 6pm to 8pm" in words
    assert "Whether letters are safe · Who must not know" in words
