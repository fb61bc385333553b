"""Reads for risk assessments: the tool in force, a person's draft, one assessment."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from incidents.models import Case, RiskAssessment, RiskDraft, RiskTool
from incidents.scoping import in_case
from kernel import clock
from kernel.actors import Actor


def tool_current() -> RiskTool:
    """The questionnaire that is in force today. One query. Raises RiskTool.DoesNotExist before set-up."""
    today = clock.today()
    in_force = RiskTool.objects.filter(Q(effective_to=None) | Q(effective_to__gte=today), effective_from__lte=today)
    tool = in_force.order_by("-effective_from", "-pk").first()
    if tool is None:
        raise RiskTool.DoesNotExist("No risk assessment tool is in force: ./manage.py setup puts it in place.")
    return tool


def draft_answers(*, actor: Actor, case: Case) -> dict[str, Any]:
    """What the actor has answered so far in a case, by question. One query."""
    draft = RiskDraft.objects.visible_to(actor).filter(case=case).first()
    return dict(draft.answers) if draft else {}


def assessment_get(*, actor: Actor, case: Case, uid: uuid.UUID) -> RiskAssessment:
    """One assessment of a case, for those who may know its victims. One query. Raises RiskAssessment.DoesNotExist."""
    if not in_case(actor, case).sees_victims:
        raise RiskAssessment.DoesNotExist
    rows = RiskAssessment.objects.visible_to(actor)
    return rows.select_related("assessed_by", "tool").get(case=case, uid=uid)


def result_lines(assessment: RiskAssessment) -> dict[str, Any]:
    """An assessment in words: subtotals by section, what set the band, and each question as it was asked. No query."""
    tool = assessment.tool.definition
    reasons = {rule["id"]: rule["reason"] for rule in (*tool["triggers"], *tool["floors"])}
    sections: dict[str, list[dict[str, Any]]] = {}
    for line in assessment.asked:
        sections.setdefault(line["section"], []).append(line)
    return {
        "points_head": ["Section", "Points"],
        "subtotals": [
            *((tool["sections"][key], points) for key, points in assessment.subtotals.items()),
            ("Risk", assessment.risk),
            ("Protection", assessment.protection),
            ("Total", assessment.total),
        ],
        "triggers": [f"{name}: {reasons.get(name, '')}" for name in assessment.triggers],
        "floors": [f"{name}: {reasons.get(name, '')}" for name in assessment.floors],
        "asked": list(sections.items()),
    }
