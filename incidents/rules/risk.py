"""The band of a risk assessment, computed from a tool's definition and the answers.

A tool such as HIRA-1 is data (``incidents/data``): its questions, the scores of their answers, the triggers that make
a case high whatever the score, and the floors below which it may not fall. This module knows how to apply a tool, and
no tool in particular. Rules: docs/domain.md §2.2, §2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

NOT_KNOWN: Literal["NK"] = "NK"

Answer = int | Literal["NK"]
Tool = Mapping[str, Any]

_PROTECTIVE_SECTION = "F"
_BANDS = ("standard", "medium", "high")


@dataclass(frozen=True)
class Facts:
    """What the case itself knows and the assessor is not asked."""

    victim_under_18: bool = False
    repeat_victim: bool = False


@dataclass(frozen=True)
class Result:
    """An assessment worked out. ``provisional`` while a question is unanswered; such a result is not submitted."""

    version: str
    subtotals: dict[str, int]
    risk: int
    protection: int
    total: int
    score_band: str
    triggers: tuple[str, ...]
    floors: tuple[str, ...]
    gaps: int
    computed_band: str
    final_band: str
    review_band: str
    review_working_days: int
    unanswered: tuple[str, ...]
    explanation: str

    @property
    def provisional(self) -> bool:
        """Whether something is still to be answered."""
        return bool(self.unanswered)


@dataclass(frozen=True)
class AnswerLine:
    """One question as it was asked with the answer that was given, for a page or a printed sheet."""

    id: str
    section: str
    question: str
    answer: str
    score: int | None


def validate(
    tool: Tool, answers: Mapping[str, object], safety: Mapping[str, object], *, partial: bool = False
) -> dict[str, str]:
    """What is wrong with the answers, as a sentence for each question's id; empty when they may be submitted.

    With ``partial`` (a draft) a missing answer is no error, a wrong one still is.
    """
    errors: dict[str, str] = {}
    for item in tool["items"]:
        error = _item_error(item, answers.get(item["id"]), partial)
        if error:
            errors[item["id"]] = error
    for question in tool["safety"]:
        given = safety.get(question["id"])
        if given is None and not partial:
            errors[question["id"]] = f"Answer yes or no to “{question['question']}”."
        elif given is not None and not isinstance(given, bool):
            errors[question["id"]] = f"The answer to “{question['question']}” must be yes or no."
    known = {entry["id"] for entry in (*tool["items"], *tool["safety"])}
    for name in (*answers, *safety):
        if name not in known:
            errors[name] = f"“{name}” is not a question of {tool['version']}."
    return errors


def assess(
    tool: Tool, answers: Mapping[str, object], safety: Mapping[str, object], facts: Facts | None = None
) -> Result:
    """Work an assessment out (docs/domain.md §2.3). Partial answers give a provisional result.

    The answers must be valid: raises ``ValueError`` with the first sentence of ``validate`` when one is wrong.
    """
    errors = validate(tool, answers, safety, partial=True)
    if errors:
        raise ValueError(next(iter(errors.values())))
    facts = facts or Facts()
    sums = _section_sums(tool, answers)
    protection = max(sums.pop(_PROTECTIVE_SECTION), tool["protection_floor"])
    risk = sum(sums.values())
    total = max(0, risk + protection)
    gaps = sum(value == NOT_KNOWN for value in answers.values())
    score_band = _band_of(tool, total)
    triggers = _holding(tool["triggers"], answers, safety, facts, gaps)
    floors = _holding(tool["floors"], answers, safety, facts, gaps)
    computed = _computed_band(score_band, triggers, floors)
    review_band = "high" if risk >= tool["review_high_from_risk"] else computed
    unanswered = _unanswered(tool, answers, safety)
    return Result(
        version=tool["version"],
        subtotals=sums,
        risk=risk,
        protection=protection,
        total=total,
        score_band=score_band,
        triggers=tuple(rule["id"] for rule in triggers),
        floors=tuple(rule["id"] for rule in floors),
        gaps=gaps,
        computed_band=computed,
        final_band=computed,
        review_band=review_band,
        review_working_days=tool["review_working_days"][review_band],
        unanswered=unanswered,
        explanation=_explain(tool, (risk, protection, total), (score_band, computed, review_band), triggers, floors)
        + _explain_unanswered(unanswered),
    )


def answer_lines(tool: Tool, answers: Mapping[str, object], safety: Mapping[str, object]) -> tuple[AnswerLine, ...]:
    """Every question with its answer in words, the safety questions first; what was not answered says so."""
    lines = [AnswerLine(q["id"], "Safety", q["question"], _yes_no(safety.get(q["id"])), None) for q in tool["safety"]]
    for item in tool["items"]:
        given = answers.get(item["id"])
        section = tool["sections"][item["section"]]
        lines.append(AnswerLine(item["id"], section, item["question"], _answer_text(item, given), _score(given)))
    return tuple(lines)


def _item_error(item: Mapping[str, Any], given: object, partial: bool) -> str | None:
    question = item["question"]
    if given is None:
        return None if partial else f"Select an answer to “{question}”."
    if given == NOT_KNOWN:
        return None if item["nk_allowed"] else f"“Not known” is not an answer to “{question}”."
    scores = {option["score"] for option in item["options"]}
    # True and 1.0 are equal to 1 in Python, and neither is an answer.
    if type(given) is not int or given not in scores:
        return f"Select one of the answers offered to “{question}”."
    return None


def _section_sums(tool: Tool, answers: Mapping[str, object]) -> dict[str, int]:
    sums = dict.fromkeys(tool["sections"], 0)
    for item in tool["items"]:
        sums[item["section"]] += _score(answers.get(item["id"])) or 0
    return sums


def _score(given: object) -> int | None:
    return given if isinstance(given, int) else None


def _band_of(tool: Tool, total: int) -> str:
    return next(band for band in reversed(_BANDS) if total >= tool["bands"][band][0])


def _holding(
    rules: list[Mapping[str, Any]],
    answers: Mapping[str, object],
    safety: Mapping[str, object],
    facts: Facts,
    gaps: int,
) -> list[Mapping[str, Any]]:
    """The rules of which every condition holds."""
    return [rule for rule in rules if _holds(rule["when"], answers, safety, facts, gaps)]


def _holds(
    when: Mapping[str, Any], answers: Mapping[str, object], safety: Mapping[str, object], facts: Facts, gaps: int
) -> bool:
    return (
        all(answers.get(name) == score for name, score in when.get("equals", {}).items())
        and all((_score(answers.get(name)) or 0) >= score for name, score in when.get("at_least", {}).items())
        and all(safety.get(name) is True for name in when.get("safety", []))
        and all(getattr(facts, name) for name in when.get("facts", []))
        and gaps >= when.get("gaps", 0)
    )


def _computed_band(score_band: str, triggers: list[Mapping[str, Any]], floors: list[Mapping[str, Any]]) -> str:
    if triggers:
        return "high"
    return "medium" if score_band == "standard" and floors else score_band


def _unanswered(tool: Tool, answers: Mapping[str, object], safety: Mapping[str, object]) -> tuple[str, ...]:
    questions = [q["id"] for q in tool["safety"] if safety.get(q["id"]) is None]
    return (*questions, *(item["id"] for item in tool["items"] if answers.get(item["id"]) is None))


def _explain(
    tool: Tool,
    numbers: tuple[int, int, int],
    bands: tuple[str, str, str],
    triggers: list[Mapping[str, Any]],
    floors: list[Mapping[str, Any]],
) -> str:
    """The sentence that explains the band to the assessor."""
    risk, protection, total = numbers
    score_band, computed, review_band = bands
    worked = f"the score is {total} (risk {risk}, protection {protection})"
    reasons = triggers or (floors if score_band == "standard" else [])
    if reasons:
        because = _join([f"{rule['reason']} ({rule['id']})" for rule in reasons])
        text = f"{computed.capitalize()}, because {because}. By itself {worked}, which is {score_band}."
    else:
        low, top = tool["bands"][score_band]
        text = f"{computed.capitalize()}, because {worked}, and {low} to {top} is {score_band}."
    if review_band != computed:
        text += (
            f" Before protection the risk is {risk}, so it is reviewed as high: "
            f"within {tool['review_working_days'][review_band]} working days."
        )
    return text


def _explain_unanswered(unanswered: tuple[str, ...]) -> str:
    if not unanswered:
        return ""
    count = len(unanswered)
    return f" Provisional: {count} question{' is' if count == 1 else 's are'} not answered yet."


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _yes_no(given: object) -> str:
    return {True: "Yes", False: "No"}.get(given, "Not answered") if isinstance(given, bool) else "Not answered"


def _answer_text(item: Mapping[str, Any], given: object) -> str:
    if given == NOT_KNOWN:
        return "Not known"
    texts = {option["score"]: option["text"] for option in item["options"]}
    return texts[given] if isinstance(given, int) and given in texts else "Not answered"
