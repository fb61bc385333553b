"""Risk assessments: half-answered drafts, and submitted ones with all that follows (docs/domain.md §2.2-2.4)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from incidents.choices import ClockKind, Level, VictimPresence
from incidents.models import Case, Party, RiskAssessment, RiskDraft, RiskTool
from incidents.rules import risk as rules
from incidents.rules.repeat import under_18
from incidents.scoping import in_case
from incidents.selectors.risk import tool_current
from incidents.services.access import access_rebuild
from incidents.services.alarm import DANGER, danger_drafted_tell, danger_found_tell
from incidents.services.clock import clock_meet, clock_review_start, holidays_all
from incidents.services.common import case_hold, case_touch, insert_once, submitted_before
from incidents.services.task import task_create
from incidents.services.victim_clock import clocks_reband, plan_clock_start
from kernel import audit, clock
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.working_days import close_of, due_at, local_date

SAFEGUARDING_TITLE = "Make a safeguarding referral today"
SAFEGUARDING_DETAIL = (
    "The risk assessment says that there is a safeguarding concern for a child or an adult with care and support"
    " needs. Refer it to children’s or adults’ social care today, and record here when and to whom."
)


class AnswersError(RuleError):
    """Some answers are missing or wrong: `errors` holds a sentence for each question's id."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        first = next(iter(errors))
        super().__init__(errors[first], first)
        self.errors = dict(errors)


def risk_draft_save(*, actor: Actor, case: Case, answers: Mapping[str, Any]) -> RiskDraft:
    """Keep answers for later, over those that the same person kept before. `answers` holds items and safety questions
    by id, and `victim_present`. That somebody is in danger now is told at once. Raises ForbiddenError, and AnswersError for an answer that the tool does not have.
    """
    with transaction.atomic():
        held = _assessed(actor, case)
        tool = tool_current()
        draft = _draft(actor, held)
        told = draft is not None and draft.answers.get(DANGER) is True
        kept = {**(draft.answers if draft else {}), **answers}
        kept = {name: value for name, value in kept.items() if value is not None}
        items, safety, _ = answers_split(tool.definition, kept)
        errors = rules.validate(tool.definition, items, safety, partial=True)
        if errors:
            raise AnswersError(errors)
        if draft is None:
            draft = RiskDraft(case=held, author_id=actor.user_id or 0, tool=tool)
        draft.tool, draft.answers, draft.edited_at = tool, kept, clock.now()
        draft.save()
        audit.record(actor, "risk.draft", draft, detail={"case": held.ref, "answered": len(kept)})
        if kept.get(DANGER) is True and not told:
            danger_drafted_tell(actor, draft)
        return draft


def _draft(actor: Actor, case: Case) -> RiskDraft | None:
    return RiskDraft.objects.visible_to(actor).filter(case=case).first()


def answers_split(tool: rules.Tool, kept: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A draft's answers as scored items, safety questions, and how the victim took part."""
    asked_first = {question["id"] for question in tool["safety"]}
    safety = {name: value for name, value in kept.items() if name in asked_first}
    items = {name: value for name, value in kept.items() if name not in asked_first and name != "victim_present"}
    return items, safety, str(kept.get("victim_present", ""))


def assessment_submit(
    *,
    actor: Actor,
    case: Case,
    answers: Mapping[str, Any],
    safety: Mapping[str, Any],
    victim_present: str = VictimPresence.NOT_PRESENT,
    version: str = "",
    submission_id: uuid.UUID | None = None,
) -> RiskAssessment:
    """Submit a complete assessment: score and band by the tool in force, K4 met, K6 and K9 started, the review due, the
    same-day task for the lead agency where there is a safeguarding concern, and whoever must know of danger told of it at
    once (docs/domain.md §2.2, §2.3).

    The same `submission_id` twice gives the first assessment. Raises ForbiddenError below contribute and for those who
    may not know the victim, AnswersError for missing or wrong answers, RuleError for another version of the tool.
    """
    with transaction.atomic():
        held = _assessed(actor, case)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, RiskAssessment, held, submission_id)
        if earlier is not None:
            return earlier
        tool = tool_current()
        _check(tool, version, answers, safety, victim_present)
        facts = facts_of(actor, held)
        result = rules.assess(tool.definition, answers, safety, facts)
        assessment = _assessment(actor, held, tool, answers, safety, victim_present, facts, result, submission_id)
        earlier, draft = held.risk_assessments.first(), _draft(actor, held)
        insert_once(assessment)
        _follow(actor, held, assessment, safety)
        danger_found_tell(actor, held, assessment, earlier, draft)
        return assessment


def _assessed(actor: Actor, case: Case) -> Case:
    """The case, locked, for somebody who may add to it and know its victims."""
    held = case_hold(actor, case, Level.CONTRIBUTE)
    if not in_case(actor, held).sees_victims:
        raise ForbiddenError("Your agency cannot assess the risk to a victim whom it may not know.")
    return held


def _check(
    tool: RiskTool, version: str, answers: Mapping[str, Any], safety: Mapping[str, Any], victim_present: str
) -> None:
    if version and version != tool.version:
        raise RuleError(f"Assessments are made with {tool.version}.", "version")
    errors = rules.validate(tool.definition, answers, safety)
    if victim_present not in VictimPresence.values:
        errors["victim_present"] = "Select how the victim took part."
    if errors:
        raise AnswersError(errors)


def facts_of(actor: Actor, case: Case) -> rules.Facts:
    """What the floors look at: a victim under 18 at the latest incident, and the repeat flag. Two queries."""
    latest = case.incidents.order_by("-occurred_from").values_list("occurred_from", flat=True).first()
    day = local_date(latest or clock.now())
    parties = Party.objects.visible_to(actor).filter(case=case, victim__isnull=False)
    born = parties.values_list("victim__date_of_birth", flat=True)
    return rules.Facts(victim_under_18=any(under_18(date, day) for date in born), repeat_victim=case.repeat_victim)


def _assessment(
    actor: Actor,
    case: Case,
    tool: RiskTool,
    answers: Mapping[str, Any],
    safety: Mapping[str, Any],
    victim_present: str,
    facts: rules.Facts,
    result: rules.Result,
    submission_id: uuid.UUID,
) -> RiskAssessment:
    now = clock.now()
    lines = rules.answer_lines(tool.definition, answers, safety)
    return RiskAssessment(
        submission_id=submission_id,
        case=case,
        tool=tool,
        answers=dict(answers),
        safety=dict(safety),
        asked=[asdict(line) for line in lines],
        victim_present=victim_present,
        facts=asdict(facts),
        subtotals=result.subtotals,
        risk=result.risk,
        protection=result.protection,
        total=result.total,
        gaps=result.gaps,
        score_band=result.score_band,
        triggers=list(result.triggers),
        floors=list(result.floors),
        computed_band=result.computed_band,
        final_band=result.final_band,
        review_band=result.review_band,
        review_due_at=due_at(now, result.review_working_days, holidays_all()),
        explanation=result.explanation,
        assessed_by_id=actor.user_id,
        assessed_at=now,
    )


def _follow(actor: Actor, case: Case, assessment: RiskAssessment, safety: Mapping[str, Any]) -> None:
    """What a submitted assessment sets in motion."""
    clock_meet(case, ClockKind.K4, assessment.assessed_at)
    review = clock_review_start(case, assessment)
    if review is not None and review.due_at is not None and review.due_at != assessment.review_due_at:
        # The published standard decides; the tool's own number stands only where there is none.
        assessment.review_due_at = review.due_at
        assessment.save(update_fields=["review_due_at"])
    before = {"band": case.band, "review_due_at": case.review_due_at}
    case.band, case.review_due_at = assessment.final_band, assessment.review_due_at
    case.save(update_fields=["band", "review_due_at"])
    plan_clock_start(case, assessment)
    clocks_reband(case)
    access_rebuild([case.pk])
    case_touch(case)
    RiskDraft.objects.visible_to(actor).filter(case=case).delete()
    audit.record(
        actor,
        "risk.assess",
        assessment,
        operation=AuditOperation.COLLECTION,
        detail={"case": case.ref, "band": assessment.final_band, "total": assessment.total},
        before=before,
        after={"band": case.band, "review_due_at": case.review_due_at},
    )
    if safety.get("S3") is True:
        task_create(
            actor=actor,
            case=case,
            title=SAFEGUARDING_TITLE,
            detail=SAFEGUARDING_DETAIL,
            agency=case.lead_agency,
            due_at=_today_close(assessment.assessed_at),
            submission_id=uuid.uuid5(assessment.submission_id, "safeguarding"),
        )


def _today_close(now: dt.datetime) -> dt.datetime:
    """The close of today's office; in the evening the end of the day."""
    close = close_of(local_date(now))
    if now < close:
        return close
    return dt.datetime.combine(local_date(now), dt.time(23, 59, 59), LONDON)
