"""Assessing risk: drafts, submission, what follows, and the pages. W1-W6 are docs/domain.md §2.4."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import Level
from incidents.data import tool_load
from incidents.forms.risk import UNANSWERED, sections
from incidents.models import CaseAccess, RiskAssessment, RiskDraft
from incidents.services.risk import AnswersError, assessment_submit, risk_draft_save
from kernel import clock
from kernel.clock import LONDON
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import (
    SAFE,
    answers,
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    text,
    victim_of,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

W1 = {"A1": 1, "A2": 2, "A4": 1, "C1": 1, "D1": 1, "D5": 1, "F2": -1}
W2 = {"A1": 2, "A2": 2, "A4": 2, "A5": 1, "B1": 1, "B2": 1, "B3": 1, "C1": 3, "C3": 1, "D1": 1, "D3": 1, "D4": 1,
      "D6": 1, "F1": -1, "F2": -1}  # fmt: skip
W3 = {"A1": 5, "A2": 2, "A4": 2, "A5": 3, "B1": 3, "B2": 3, "B3": 2, "C1": 3, "C2": 1, "C3": 2, "C4": 1, "C5": 1,
      "D1": 2, "D2": 1, "D3": 2, "D4": 1, "D5": 1, "D6": 1, "E1": 1, "E2": 1, "F1": -1, "F2": -1}  # fmt: skip
W4 = {"A1": 3, "A2": 2, "A3": 4, "A4": 2, "C1": 1, "C2": 1, "D1": 1, "D6": 1, "F1": -2, "F2": -1}
W5 = {"A1": 1, "A2": 2, "A4": 1, "B1": 1, "C2": 1, "D1": 1} | dict.fromkeys(
    ("A5", "B2", "B3", "C1", "C3", "D5", "F3"), "NK"
)
W6 = {"A1": 3, "A2": 2, "A4": 2, "A5": 2, "B1": 3, "B2": 2, "B3": 2, "C1": 3, "C2": 1, "C3": 1, "C5": 1, "D1": 2,
      "D3": 1, "D4": 1, "D5": 1, "D6": 1, "E1": 1, "F1": -2, "F2": -1, "F3": -2}  # fmt: skip


@pytest.fixture
def case(cast):
    return case_of("alice")


def overview(case) -> str:
    return f"/cases/{case.ref}/risk/new/"


def submit(case, name: str = "alice", *, safety: dict | None = None, given: dict | None = None, **values):
    with acting(name) as actor:
        return assessment_submit(
            actor=actor, case=case, answers=answers(**(given or {})), safety=safety or SAFE, **values
        )


def repeat(case) -> None:
    """A second incident with the same victim: a repeat victim by docs/domain.md §9.3."""
    log_incident_as("alice", case=case, victims=[VictimData(ref=victim_of(case).ref)])


# --- The worked examples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "repeats", "risk", "protection", "total", "triggers", "floors", "score", "final", "review"),
    [
        (W1, False, 7, -1, 6, [], [], "standard", "standard", "standard"),
        (W2, True, 18, -2, 16, [], ["FL2"], "medium", "medium", "medium"),
        (W3, True, 38, -2, 36, [], ["FL2"], "high", "high", "high"),
        (W4, False, 15, -3, 12, ["T1"], [], "standard", "high", "high"),
        (W5, False, 7, 0, 7, [], ["FL3"], "standard", "medium", "medium"),
        (W6, True, 29, -5, 24, [], ["FL2"], "medium", "medium", "high"),
    ],
    ids=["W1", "W2", "W3", "W4", "W5", "W6"],
)
def test_worked_examples(case, given, repeats, risk, protection, total, triggers, floors, score, final, review):
    if repeats:
        repeat(case)
    done = submit(case, given=given)
    assert (done.risk, done.protection, done.total) == (risk, protection, total)
    assert (done.triggers, done.floors) == (triggers, floors)
    assert (done.score_band, done.computed_band, done.final_band, done.review_band) == (score, final, final, review)
    assert fresh(case).band == final


def test_w6_is_reviewed_as_high(case, settings):
    settings.HATECASE_NOW = "2026-11-23T10:00:00+00:00"
    repeat(case)
    done = submit(case, given=W6)
    # Ten working days after Monday 23 November.
    assert done.review_due_at.astimezone(LONDON) == dt.datetime(2026, 12, 7, 17, 0, tzinfo=LONDON)
    assert clock_of(case, "K9").due_at == done.review_due_at == fresh(case).review_due_at
    assert "reviewed as high" in done.explanation


def test_a_child_is_never_below_medium(cast):
    born = clock.today() - dt.timedelta(days=365 * 12)
    case = case_of("alice", victims=[VictimData(given_name="Ellis", date_of_birth=born)])
    done = submit(case)
    assert (done.total, done.floors, done.final_band) == (0, ["FL1"], "medium")


# --- What follows -------------------------------------------------------------------------------------


def test_submitting_meets_k4_starts_k9_and_sets_the_case(case):
    done = submit(case, given=W2, victim_present="phone")
    assert clock_of(case, "K4").outcome == "met"
    review = clock_of(case, "K9")
    assert (review.level, review.met_at, review.starts_at) == ("medium", None, done.assessed_at)
    assert fresh(case).band == "medium"
    with acting("alice") as actor:
        assert CaseAccess.objects.visible_to(actor).get().band == "medium"
    [event] = audited("risk.assess")
    assert (event.detail["case"], event.detail["band"], event.detail["total"]) == (case.ref, "medium", 16)
    assert event.fields == ["band", "review_due_at"]


def test_the_next_assessment_meets_the_review_and_history_stays(case):
    first = submit(case, given=W4)
    second = submit(case, given=W1)
    reviews = list(case.clocks.filter(kind="K9").order_by("starts_at"))
    assert [bool(r.met_at) for r in reviews] == [True, False]
    assert fresh(case).band == "standard"
    assert [a.uid for a in case.risk_assessments.all()] == [second.uid, first.uid]
    first.refresh_from_db()
    assert (first.total, first.final_band) == (12, "high")


def test_what_was_asked_is_kept_in_words(case):
    done = submit(case, given=W5)
    asked = {line["id"]: (line["question"], line["answer"]) for line in done.asked}
    assert asked["A1"] == (
        "What is the most serious thing that happened?",
        "Name calling, gestures, staring or deliberate exclusion",
    )
    assert asked["B2"][1] == "Not known"
    assert asked["S1"] == ("Is anyone in immediate danger now?", "No")
    assert len(asked) == 28


def test_a_safeguarding_concern_makes_a_task_for_today(case):
    give(case, "VSS", Level.CONTRIBUTE)
    submit(case, "vera", safety=SAFE | {"S3": True})
    task = case.tasks.get()
    assert task.agency.code == "POL"
    assert task.due_at.astimezone(LONDON).date() == clock.today()
    assert "safeguarding" in task.title
    assert fresh(case).band == "standard"


def test_the_task_of_a_late_evening_is_due_that_evening(case, settings):
    settings.HATECASE_NOW = "2026-11-24T21:30:00+00:00"
    submit(case, safety=SAFE | {"S3": True})
    assert case.tasks.get().due_at.astimezone(LONDON) == dt.datetime(2026, 11, 24, 23, 59, 59, tzinfo=LONDON)


def test_a_double_click_is_one_assessment_and_one_task(case):
    mark = uuid.uuid4()
    first = submit(case, safety=SAFE | {"S3": True}, submission_id=mark)
    second = submit(case, safety=SAFE | {"S3": True}, submission_id=mark)
    assert first.pk == second.pk
    assert case.tasks.count() == 1
    assert case.clocks.filter(kind="K9").count() == 1


@pytest.mark.parametrize(
    ("given", "safety", "said"),
    [
        ({"A1": None}, SAFE, "Select an answer to"),
        ({"A1": 4}, SAFE, "Select one of the answers offered"),
        ({"A1": "NK"}, SAFE, "is not an answer"),
        ({}, {"S1": False, "S2": False}, "Answer yes or no"),
        ({}, SAFE | {"S2": "no"}, "must be yes or no"),
    ],
)
def test_incomplete_or_wrong_answers_are_refused(case, given, safety, said):
    wrong = {name: value for name, value in answers(**given).items() if value is not None}
    with acting("alice") as actor, pytest.raises(AnswersError, match=said):
        assessment_submit(actor=actor, case=case, answers=wrong, safety=safety)
    assert not case.risk_assessments.exists()
    assert fresh(case).band == ""


def test_another_version_and_an_unknown_presence_are_refused(case):
    with pytest.raises(RuleError, match="HIRA-1"):
        submit(case, version="HIRA-2")
    with pytest.raises(AnswersError) as refused:
        submit(case, victim_present="by_seance")
    assert "victim_present" in refused.value.errors


# --- The pages ----------------------------------------------------------------------------------------


def fill(client, case, section: str, data: dict, then: str = "") -> object:
    return client.post(f"{overview(case)}{section}/", data | ({"then": then} if then else {}))


SAFETY = {"S1": "no", "S2": "no", "S3": "no", "victim_present": "phone"}


def section_data(letter: str, given: dict) -> dict:
    return {name: str(value) for name, value in answers(**given).items() if name[0] == letter}


def test_the_whole_way_through_the_pages(case):
    client = client_of("alice")
    assert "Not started" in text(client.get(overview(case)))
    response = fill(client, case, "safety", SAFETY)
    assert response["Location"] == f"{overview(case)}a/"
    for letter in "ABCDEF":
        response = fill(client, case, letter.lower(), section_data(letter, W5))
    assert response["Location"] == overview(case)
    page = text(client.get(overview(case)))
    assert "Ready to submit" in page
    assert "four or more answers are not known (FL3)" in page
    result = client.post(overview(case), {"submission_id": str(uuid.uuid4())}, follow=True)
    page = text(result)
    assert "Risk assessment submitted" in page
    assert "FL3: four or more answers are not known" in page
    assert "7 answers" in page
    assert "By phone" in page
    assert case.risk_assessments.get().final_band == "medium"
    assert not RiskDraft.objects.unscoped(reason="the test counts rows").exists()


def test_save_and_come_back_keeps_what_was_answered(case):
    client = client_of("alice")
    response = fill(client, case, "a", {"A1": "3", "A2": "2"}, then="later")
    assert response["Location"] == f"/cases/{case.ref}/"
    assert "Go on with the risk assessment" in text(client.get(f"/cases/{case.ref}/"))
    page = client.get(f"{overview(case)}a/").content.decode()
    assert 'id="id_A1_3" name="A1" type="radio" value="3" checked' in page
    assert "Provisional" in text(client.get(overview(case)))
    assert "2 of 5 answered" in text(client.get(overview(case)))


def test_an_answer_can_be_taken_back(case):
    client = client_of("alice")
    fill(client, case, "a", {"A1": "3"})
    fill(client, case, "a", {"A2": "2"})
    with acting("alice") as actor:
        assert RiskDraft.objects.visible_to(actor).get().answers == {"A2": 2}


def test_a_draft_is_nobody_elses(case):
    fill(client_of("alice"), case, "a", {"A1": "3"})
    assert "Provisional" not in text(client_of("asha").get(overview(case)))


def test_submitting_early_says_how_many_have_no_answer_and_leads_to_the_first(case):
    client = client_of("alice")
    fill(client, case, "a", {"A1": "3"})
    page = client.post(overview(case), {})
    assert page.status_code == 200
    html = page.content.decode()
    assert html.count("govuk-error-summary__list") == 1
    gaps = sum(len(section.questions) for section in sections(tool_load())) - 1
    link = (
        f'<a href="{overview(case)}safety/?check=1#id_S1_0">{gaps} questions have no answer. Go to the first one</a>'
    )
    assert link in html
    assert html.count("#id_") == 1
    assert f'href="{overview(case)}a/?check=1"' in html
    assert not case.risk_assessments.exists()


def test_questions_without_an_answer_are_marked_until_they_have_one(case):
    client = client_of("alice")
    fill(client, case, "a", {"A1": "3"})
    section = f"{overview(case)}a/"
    questions = next(page.questions for page in sections(tool_load()) if page.slug == "a")
    assert UNANSWERED not in text(client.get(section))
    assert text(client.get(f"{section}?check=1")).count(UNANSWERED) == len(questions) - 1
    client.post(f"{section}?check=1", dict.fromkeys(questions, "0"))
    assert UNANSWERED not in text(client.get(f"{section}?check=1"))


def test_filling_gaps_goes_from_gap_to_gap_and_then_back_to_the_whole(case):
    client = client_of("alice")
    pages = {page.slug: page.questions for page in sections(tool_load())}
    for slug in ("a", "b", "d"):
        fill(client, case, slug, dict.fromkeys(pages[slug], "0"))
    way = [("safety", SAFETY), ("c", dict.fromkeys(pages["c"], "0")), ("e", {}), ("f", {})]
    for (slug, given), after in zip(way, ("c/?check=1", "e/?check=1", "f/?check=1", ""), strict=True):
        assert client.post(f"{overview(case)}{slug}/?check=1", given).headers["Location"] == overview(case) + after
    # Somebody who fills no gaps sees every section.
    assert fill(client, case, "c", {}).headers["Location"] == f"{overview(case)}d/"


def test_a_single_gap_is_named(case):
    client = client_of("alice")
    for page in sections(tool_load()):
        fill(client, case, page.slug, SAFETY if page.slug == "safety" else dict.fromkeys(page.questions, "0"))
    fill(client, case, "a", dict.fromkeys(("A1", "A2", "A3", "A4"), "0"))
    html = client.post(overview(case), {}).content.decode()
    assert "questions have no answer" not in html
    assert f'<a href="{overview(case)}a/?check=1#id_A5_0">' in html
    assert html.count("?check=1#id_") == 1


def test_danger_now_says_to_ring_999(case):
    client = client_of("alice")
    fill(client, case, "safety", SAFETY | {"S1": "yes"})
    assert "ring 999 now" in text(client.get(overview(case)))
    done = submit(case, safety=SAFE | {"S1": True})
    assert (done.final_band, done.triggers) == ("high", ["T6"])
    assert "ring 999 now" in text(client.get(f"/cases/{case.ref}/risk/{done.uid}/"))


@pytest.mark.parametrize("value", ["9", "NK", "x", "\x00"])
def test_an_answer_that_is_not_offered_is_refused(case, value):
    page = fill(client_of("alice"), case, "a", {"A1": value, "A2": "2"})
    assert page.status_code == 200
    assert "Select one of the answers offered" in text(page)
    assert not RiskDraft.objects.unscoped(reason="the test counts rows").exists()


def test_the_draft_service_refuses_what_the_tool_does_not_know(case):
    with acting("alice") as actor, pytest.raises(AnswersError):
        risk_draft_save(actor=actor, case=case, answers={"Z9": 1})


def test_not_known_is_offered_only_where_it_is_allowed(case):
    page = client_of("alice").get(f"{overview(case)}a/").content.decode()
    assert page.count('value="NK"') == 1
    assert 'name="A5" type="radio" value="NK"' in page


# --- Who may ------------------------------------------------------------------------------------------


def test_a_reader_sees_the_result_but_cannot_assess(case):
    give(case, "VSS", Level.VIEW)
    done = submit(case, given=W2)
    assert "16" in text(client_of("vera").get(f"/cases/{case.ref}/risk/{done.uid}/"))
    assert_forbidden(overview(case), "vera")
    assert_forbidden(f"{overview(case)}a/", "vera")
    with pytest.raises(ForbiddenError):
        submit(case, "vera")


def test_a_programme_provider_reads_the_band_and_no_answers(case):
    give(case, "PROB", Level.CONTRIBUTE)
    done = submit(case, given={"D1": 4})
    page = text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "High" in page
    assert "self-harm" not in page
    assert client_of("petra").get(f"/cases/{case.ref}/risk/{done.uid}/").status_code == 404
    assert_forbidden(overview(case), "petra")


def test_shapes(case):
    done = submit(case)
    for tail in ("risk/new/", "risk/new/a/", f"risk/{done.uid}/"):
        assert_unknown_is_404(f"/cases/{{ref}}/{tail}", case)
        assert_methods(f"/cases/{case.ref}/{tail}", "alice")
    assert_methods(f"/cases/{case.ref}/risk/{done.uid}/", "alice", "post")
    client = client_of("alice")
    assert client.get(f"{overview(case)}g/").status_code == 404
    assert client.get(f"/cases/{case.ref}/risk/{uuid.uuid4()}/").status_code == 404
    assert client.get(f"/cases/{case_of('alice').ref}/risk/{done.uid}/").status_code == 404
    assert RiskAssessment.objects.unscoped(reason="the test counts rows").count() == 1
