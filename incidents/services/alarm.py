"""Danger now: whoever sorts reports for the lead agency, and whoever works the case, is told in the same moment
(docs/domain.md §2.6)."""

from __future__ import annotations

from agencies.services.notice import NoticeData, notices_create
from incidents.models import Case, Incident
from incidents.scoping import TRIAGERS
from incidents.selectors.audience import role_holders
from incidents.services.recipients import at_work
from kernel.actors import Actor


def danger_tell(actor: Actor, case: Case, incident: Incident) -> None:
    """Tell them that a report of danger now waits, whatever priority it was given; not whoever logged it.
    The notice names the case alone. Three queries where somebody is in danger, else none.
    """
    if not incident.triage_answers.get("danger_now"):
        return
    sorters = role_holders([role.value for role in TRIAGERS], agency_id=case.lead_agency_id)
    people = {*sorters, *at_work(case.lead_agency_id, [case.lead_worker_id, case.deputy_id])}
    notices_create(
        NoticeData(
            user_id,
            f"danger:{incident.ref}",
            "danger",
            f"{case.ref} is urgent: read it now",
            f"/cases/{case.ref}/",
            case.pk,
        )
        for user_id in sorted(people)
        if user_id != actor.user_id
    )
