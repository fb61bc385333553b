"""What the pages about people of a case need: its incidents, its quarantine."""

from __future__ import annotations

from agencies.choices import Side
from agencies.models import Agency
from incidents.models import Case, Incident, SubjectReport
from incidents.scoping import is_triager
from incidents.selectors.online import account_waiting
from kernel.actors import Actor
from kernel.when import date_text

MOST_INCIDENTS = 100


def case_for_people(actor: Actor, ref: str) -> Case | None:
    """A case that the actor may see; None for any other. One query."""
    return Case.objects.visible_to(actor).select_related("lead_agency").filter(ref=ref).first()


def agency_for(agency_id: int) -> Agency:
    """An agency by its id. One query."""
    return Agency.objects.get(pk=agency_id)


def incidents_of(case: Case) -> list[Incident]:
    """The incidents of a case, latest first. One query."""
    return list(case.incidents.order_by("-occurred_from", "-pk")[:MOST_INCIDENTS])


def incident_label(incident: Incident) -> str:
    """An incident in a list: its reference and its day."""
    return f"{incident.ref}, {date_text(incident.occurred_from)}"


def may_open_quarantine(actor: Actor, case: Case) -> bool:
    """Whether the actor is a triager of the lead agency, and that agency may know alleged perpetrators."""
    return case.lead_agency.side != Side.VICTIM and is_triager(actor, case.lead_agency_id)


def quarantine_for(actor: Actor, case: Case) -> list[SubjectReport]:
    """What waits in a case's quarantine, for the lead agency's triagers; nothing for anybody else. Those
    of an account that posted something have it as `account`. One query."""
    waiting = SubjectReport.objects.visible_to(actor).filter(case=case).select_related("perpetrator", "incident")
    reports = list(waiting.order_by("created_at"))
    for report in reports:
        if report.perpetrator_id is None:
            report.account = account_waiting(report.subject_as_reported)
    return reports
