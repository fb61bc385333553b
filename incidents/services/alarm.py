"""Danger now: whoever sorts reports for the lead agency, and whoever works the case, is told in the same moment, whether a
report says it or an assessment of the risk finds it (docs/domain.md §2.3, §2.6).
"""

from __future__ import annotations

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Band
from incidents.models import Case, Incident, RiskAssessment, RiskDraft
from incidents.scoping import TRIAGERS
from incidents.selectors.audience import role_holders
from incidents.selectors.openers import openers, staff_able
from incidents.services.recipients import at_work
from kernel.actors import Actor

DANGER = "S1"
"""The safety question of an assessment whether anyone is in immediate danger now."""


def danger_tell(actor: Actor, case: Case, incident: Incident) -> None:
    """Tell them that a report of danger now waits, whatever priority it was given. No query where nobody is in danger."""
    if incident.triage_answers.get("danger_now"):
        _tell(actor, case, f"danger:{incident.ref}", "is urgent: read it now")


def danger_drafted_tell(actor: Actor, draft: RiskDraft) -> None:
    """Tell them at once that somebody is in danger, says an assessment that is not submitted yet: it may take days."""
    _tell(actor, draft.case, _key("now", draft, None), "someone is in danger now, says an assessment that has begun")


def danger_found_tell(
    actor: Actor, case: Case, assessment: RiskAssessment, earlier: RiskAssessment | None, draft: RiskDraft | None
) -> None:
    """Tell them what a submitted assessment found: danger now, or a high band that the assessment before it had not, or
    not for these reasons. What its draft has told is not told again. No query where nothing of that was found.
    """
    if assessment.safety.get(DANGER) is True:
        _tell(actor, case, _key("now", draft, assessment), "a risk assessment found someone in danger. Read it now")
    elif high_anew(assessment, earlier):
        _tell(actor, case, _key("high", draft, assessment), "a risk assessment found a high risk. Read it now")


def high_anew(assessment: RiskAssessment, earlier: RiskAssessment | None) -> bool:
    """Whether an assessment is high where the one before it was not, or for a trigger that it had not."""
    if assessment.final_band != Band.HIGH:
        return False
    return earlier is None or earlier.final_band != Band.HIGH or not set(assessment.triggers) <= set(earlier.triggers)


def _key(found: str, draft: RiskDraft | None, assessment: RiskAssessment | None) -> str:
    """One finding tells each person once: the draft, or else the assessment that was submitted without one."""
    of = f"draft:{draft.pk}" if draft is not None else assessment.uid.hex if assessment is not None else ""
    return f"danger:{found}:{of}"


def _tell(actor: Actor, case: Case, key: str, text: str) -> None:
    """Those of them who can open the case, not whoever says it; where that is nobody, whoever else of the lead agency can.
    The notice names the case alone. Ten queries at most.
    """
    sorters = role_holders([role.value for role in TRIAGERS], agency_id=case.lead_agency_id)
    people = {*sorters, *at_work(case.lead_agency_id, [case.lead_worker_id, case.deputy_id])}
    able = staff_able(case, case.lead_agency, openers(case)) - {actor.user_id}
    notices_create(
        NoticeData(user_id, key, "danger", f"{case.ref} {text}", f"/cases/{case.ref}/", case.pk)
        for user_id in sorted(people & able or able)
    )
