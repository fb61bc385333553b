"""HIRA-1: the worked examples W1 to W6, the boundaries, and what holds for every set of answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.data import tool_load
from incidents.rules.risk import NOT_KNOWN, Facts, answer_lines, assess, validate

TOOL = tool_load("HIRA-1")
ITEMS = {item["id"]: item for item in TOOL["items"]}
SAFE = {"S1": False, "S2": False, "S3": False}
REPEAT = Facts(repeat_victim=True)


def answers_of(text="", not_known=""):
    """All questions answered with 0, save those that the text names: ``A1=5 B2=NK``."""
    answers: dict[str, object] = dict.fromkeys(ITEMS, 0)
    for part in text.split():
        name, score = part.split("=")
        answers[name] = int(score)
    return answers | dict.fromkeys(not_known.split(), NOT_KNOWN)


def scoring(points):
    """Answers that add up to so many points of risk, without any trigger, floor or gap."""
    answers = answers_of()
    for name, item in ITEMS.items():
        best = max((o["score"] for o in item["options"] if o["score"] <= points), default=0)
        if item["section"] != "F" and (name, best) not in {("A3", 4), ("D1", 4), ("D2", 3), ("C5", 3)}:
            answers[name], points = best, points - best
    assert points == 0
    return answers


EXAMPLES = [
    pytest.param(
        answers_of("A1=1 A2=2 A4=1 C1=1 D1=1 D5=1 F2=-1"),
        Facts(),
        ((4, 0, 1, 2, 0), 7, -1, 6, "standard", (), (), 0, "standard", "standard"),
        id="W1",
    ),
    pytest.param(
        answers_of("A1=2 A2=2 A4=2 A5=1 B1=1 B2=1 B3=1 C1=3 C3=1 D1=1 D3=1 D4=1 D6=1 F1=-1 F2=-1"),
        REPEAT,
        ((7, 3, 4, 4, 0), 18, -2, 16, "medium", (), ("FL2",), 0, "medium", "medium"),
        id="W2",
    ),
    pytest.param(
        answers_of(
            "A1=5 A2=2 A4=2 A5=3 B1=3 B2=3 B3=2 C1=3 C2=1 C3=2 C4=1 C5=1 D1=2 D2=1 D3=2 D4=1 D5=1 D6=1 E1=1 E2=1 "
            "F1=-1 F2=-1"
        ),
        REPEAT,
        ((12, 8, 8, 8, 2), 38, -2, 36, "high", (), ("FL2",), 0, "high", "high"),
        id="W3",
    ),
    pytest.param(
        answers_of("A1=3 A2=2 A3=4 A4=2 C1=1 C2=1 D1=1 D6=1 F1=-2 F2=-1"),
        Facts(),
        ((11, 0, 2, 2, 0), 15, -3, 12, "standard", ("T1",), (), 0, "high", "high"),
        id="W4",
    ),
    pytest.param(
        answers_of("A1=1 A2=2 A4=1 B1=1 C2=1 D1=1", "A5 B2 B3 C1 C3 D5 F3"),
        Facts(),
        ((4, 1, 1, 1, 0), 7, 0, 7, "standard", (), ("FL3",), 7, "medium", "medium"),
        id="W5",
    ),
    pytest.param(
        answers_of(
            "A1=3 A2=2 A4=2 A5=2 B1=3 B2=2 B3=2 C1=3 C2=1 C3=1 C5=1 D1=2 D3=1 D4=1 D5=1 D6=1 E1=1 F1=-2 F2=-1 F3=-2"
        ),
        REPEAT,
        ((9, 7, 6, 6, 1), 29, -5, 24, "medium", (), ("FL2",), 0, "medium", "high"),
        id="W6",
    ),
]


@pytest.mark.parametrize(("answers", "facts", "expected"), EXAMPLES)
def test_worked_examples(answers, facts, expected):
    subtotals, risk, protection, total, score_band, triggers, floors, gaps, computed, review = expected
    assert validate(TOOL, answers, SAFE) == {}
    result = assess(TOOL, answers, SAFE, facts)
    assert tuple(result.subtotals.values()) == subtotals
    assert list(result.subtotals) == ["A", "B", "C", "D", "E"]
    assert (result.risk, result.protection, result.total) == (risk, protection, total)
    assert (result.score_band, result.computed_band, result.final_band) == (score_band, computed, computed)
    assert (result.triggers, result.floors, result.gaps) == (triggers, floors, gaps)
    assert result.review_band == review
    assert not result.provisional


def test_the_tool_is_the_one_of_the_standard():
    maxima = dict.fromkeys("ABCDE", 0)
    for item in TOOL["items"]:
        if item["section"] in maxima:
            maxima[item["section"]] += max(option["score"] for option in item["options"])
    assert maxima == {"A": 16, "B": 9, "C": 12, "D": 15, "E": 6}
    assert len(ITEMS) == 25
    allowed = {name for name, item in ITEMS.items() if item["nk_allowed"]}
    assert allowed == {"A5", "B1", "B2", "B3", "C1", "C2", "C3", "C4", "D5", "E1", "E2", "F3"}


def test_no_two_answers_to_one_question_have_one_score():
    assert all(len({o["score"] for o in item["options"]}) == len(item["options"]) for item in TOOL["items"])


@pytest.mark.parametrize(
    ("total", "band"), [(0, "standard"), (13, "standard"), (14, "medium"), (25, "medium"), (26, "high"), (40, "high")]
)
def test_boundaries_of_the_bands(total, band):
    result = assess(TOOL, scoring(total), SAFE)
    assert (result.total, result.score_band, result.computed_band) == (total, band, band)
    assert result.triggers == result.floors == ()


def test_protection_stops_at_minus_five_and_the_total_at_nought():
    result = assess(TOOL, answers_of("F1=-2 F2=-1 F3=-2"), SAFE)
    assert (result.protection, result.total) == (-5, 0)


def test_three_gaps_are_no_floor_and_four_are():
    three = assess(TOOL, answers_of("", "A5 B1 B2"), SAFE)
    four = assess(TOOL, answers_of("", "A5 B1 B2 B3"), SAFE)
    assert (three.gaps, three.floors, three.computed_band) == (3, (), "standard")
    assert (four.gaps, four.floors, four.computed_band) == (4, ("FL3",), "medium")


@pytest.mark.parametrize(
    ("text", "safety", "trigger"),
    [
        ("A3=4", {}, "T1"),
        ("D2=3", {}, "T2"),
        ("D1=4", {}, "T3"),
        ("C5=3 C1=3", {}, "T4"),
        ("", {"S2": True}, "T5"),
        ("", {"S1": True}, "T6"),
    ],
)
def test_each_trigger_makes_the_case_high(text, safety, trigger):
    result = assess(TOOL, answers_of(text), SAFE | safety)
    assert result.triggers == (trigger,)
    assert (result.score_band, result.computed_band, result.review_band) == ("standard", "high", "high")
    assert f"({trigger})" in result.explanation


@pytest.mark.parametrize("text", ["A3=2", "D2=2", "D1=2", "C5=3", "C1=3", "C5=3 C1=2", "C5=1 C1=3"])
def test_what_only_comes_close_triggers_nothing(text):
    assert assess(TOOL, answers_of(text), SAFE).triggers == ()


def test_a_safeguarding_concern_does_not_change_the_band():
    assert assess(TOOL, answers_of(), SAFE | {"S3": True}).computed_band == "standard"


def test_floors_of_age_and_of_repeat_with_vulnerability():
    assert assess(TOOL, answers_of(), SAFE, Facts(victim_under_18=True)).floors == ("FL1",)
    assert assess(TOOL, answers_of("D4=1"), SAFE, REPEAT).computed_band == "medium"
    assert assess(TOOL, answers_of(), SAFE, REPEAT).floors == ()
    assert assess(TOOL, answers_of("D4=2"), SAFE).floors == ()


def test_review_is_high_by_the_risk_before_protection():
    assert assess(TOOL, scoring(26) | {"F1": -2}, SAFE).review_band == "high"
    assert assess(TOOL, scoring(25), SAFE).review_band == "medium"


@pytest.mark.parametrize(("total", "days"), [(0, 40), (14, 20), (26, 10)])
def test_review_interval(total, days):
    assert assess(TOOL, scoring(total), SAFE).review_working_days == days


# --- the sentence -----------------------------------------------------------------------------------------------


def test_the_sentence_by_score():
    assert assess(TOOL, EXAMPLES[0].values[0], SAFE).explanation == (
        "Standard, because the score is 6 (risk 7, protection -1), and 0 to 13 is standard."
    )


def test_the_sentence_by_trigger():
    assert assess(TOOL, EXAMPLES[3].values[0], SAFE).explanation == (
        "High, because a weapon, fire, animal or harmful substance was used (T1). "
        "By itself the score is 12 (risk 15, protection -3), which is standard."
    )


def test_the_sentence_by_floor_and_by_review():
    assert assess(TOOL, EXAMPLES[4].values[0], SAFE).explanation.startswith(
        "Medium, because four or more answers are not known (FL3)."
    )
    assert assess(TOOL, EXAMPLES[5].values[0], SAFE, REPEAT).explanation.endswith(
        "Before protection the risk is 29, so it is reviewed as high: within 10 working days."
    )


# --- drafts and mistakes ----------------------------------------------------------------------------------------


def test_a_draft_is_provisional_and_says_what_is_missing():
    result = assess(TOOL, {"A1": 5}, {"S1": True})
    assert result.provisional
    assert result.computed_band == "high"
    assert len(result.unanswered) == 26
    assert result.explanation.endswith("Provisional: 26 questions are not answered yet.")


def test_every_missing_answer_is_named_at_submission():
    errors = validate(TOOL, {}, {})
    assert set(errors) == {*ITEMS, "S1", "S2", "S3"}
    assert errors["A1"] == "Select an answer to “What is the most serious thing that happened?”."
    assert errors["S1"] == "Answer yes or no to “Is anyone in immediate danger now?”."
    assert validate(TOOL, {}, {}, partial=True) == {}


@pytest.mark.parametrize("value", [4, -1, True, 1.0, "1", "", [], "nk"])
def test_an_answer_that_was_not_offered_is_refused(value):
    errors = validate(TOOL, answers_of() | {"A1": value}, SAFE)
    assert errors == {"A1": "Select one of the answers offered to “What is the most serious thing that happened?”."}


def test_not_known_is_refused_where_it_is_not_offered():
    errors = validate(TOOL, answers_of("", "A1"), SAFE)
    assert errors == {"A1": "“Not known” is not an answer to “What is the most serious thing that happened?”."}


def test_unknown_questions_and_odd_safety_answers_are_refused():
    errors = validate(TOOL, answers_of() | {"Z9": 1}, SAFE | {"S2": "yes", "S9": True})
    assert errors["Z9"] == "“Z9” is not a question of HIRA-1."
    assert errors["S9"] == "“S9” is not a question of HIRA-1."
    assert errors["S2"].endswith("must be yes or no.")


def test_wrong_answers_are_never_scored():
    with pytest.raises(ValueError, match="Select one of the answers offered"):
        assess(TOOL, {"A1": 99}, SAFE)


def test_lines_give_questions_and_answers_in_words():
    lines = {line.id: line for line in answer_lines(TOOL, {"A1": 5, "A5": NOT_KNOWN}, {"S1": True, "S2": False})}
    assert (lines["A1"].answer, lines["A1"].score) == ("Physical assault, or a threat to kill", 5)
    assert (lines["A5"].answer, lines["A5"].score) == ("Not known", None)
    assert [lines[name].answer for name in ("S1", "S2", "S3", "B1")] == ["Yes", "No", "Not answered", "Not answered"]
    assert len(lines) == 28


# --- for every set of answers -----------------------------------------------------------------------------------

complete = st.fixed_dictionaries(
    {
        name: st.sampled_from([o["score"] for o in item["options"]] + [NOT_KNOWN] * item["nk_allowed"])
        for name, item in ITEMS.items()
    }
)
safeties = st.fixed_dictionaries({"S1": st.booleans(), "S2": st.booleans(), "S3": st.booleans()})
any_facts = st.builds(Facts, st.booleans(), st.booleans())
RANK = {"standard": 1, "medium": 2, "high": 3}


@given(complete, safeties, any_facts)
def test_bands_only_rise_above_the_score_and_review_above_the_band(answers, safety, facts):
    result = assess(TOOL, answers, safety, facts)
    assert 0 <= result.total <= 58
    assert RANK[result.score_band] <= RANK[result.computed_band] <= RANK[result.review_band]
    assert result.computed_band == "high" or not result.triggers
    assert result.computed_band != "standard" or not result.floors
    assert result.explanation.startswith(result.computed_band.capitalize())


@given(complete, safeties, any_facts, st.data())
def test_a_graver_answer_never_lowers_the_band(answers, safety, facts, data):
    name = data.draw(st.sampled_from([n for n, value in answers.items() if value != NOT_KNOWN]))
    graver = [o["score"] for o in ITEMS[name]["options"] if o["score"] > answers[name]]
    if not graver:
        graver = [answers[name]]
    worse = assess(TOOL, answers | {name: data.draw(st.sampled_from(graver))}, safety, facts)
    assert RANK[worse.computed_band] >= RANK[assess(TOOL, answers, safety, facts).computed_band]
