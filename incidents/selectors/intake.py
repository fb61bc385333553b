"""What the log of an incident asks of the records: victims to pick, cases to join, the outcome."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q

from incidents.choices import CaseStatus, Classification, Level
from incidents.models import Case, Clock, Incident
from incidents.rules.triage import Suggestion
from incidents.services.access import level_of
from incidents.services.clock import clock_state
from incidents.services.incident import IncidentData, priority_for
from kernel.actors import Actor
from kernel.references import reference_normalise
from victims.models import Victim

MOST_HITS = 20


def victim_ref(actor: Actor, typed: str) -> str | None:
    """The canonical reference of a victim whom the actor may see; None for any other. One query."""
    ref = reference_normalise(typed, "HV")
    if ref is None:
        return None
    return Victim.objects.visible_to(actor).filter(ref=ref).values_list("ref", flat=True).first()


def victims_search(
    actor: Actor, *, family_name: str = "", given_name: str = "", date_of_birth: dt.date | None = None, ref: str = ""
) -> list[Victim]:
    """Victims whom the actor may see, by reference, or by last name with first name and date of birth to narrow.

    At most twenty, by name. One query. Asked through `services.intake.victims_looked_up`, which audits it.
    """
    wanted = _by_reference(ref) if ref else _by_name(family_name, given_name, date_of_birth)
    visible = Victim.objects.visible_to(actor).filter(wanted)
    return list(visible.order_by("family_name", "given_name", "ref")[:MOST_HITS])


def _by_reference(typed: str) -> Q:
    return Q(ref=reference_normalise(typed, "HV") or "")


def _by_name(family_name: str, given_name: str, date_of_birth: dt.date | None) -> Q:
    # Equality on the usual spellings, not a function of the column: only so does the index serve behind the wall.
    wanted = Q(family_name__in=_spellings(family_name)) | Q(organisation__in=_spellings(family_name))
    if given_name:
        wanted &= Q(given_name__in=_spellings(given_name))
    if date_of_birth:
        wanted &= Q(date_of_birth=date_of_birth)
    return wanted


def _spellings(name: str) -> list[str]:
    name = " ".join(name.split())
    return sorted({name, name.lower(), name.upper(), name.title(), name.capitalize()})


def case_to_join(actor: Actor, typed: str) -> tuple[str | None, str]:
    """The reference of an open case that the actor may add to, or None and the sentence why not. Two queries."""
    ref = reference_normalise(typed, "HC")
    case = Case.objects.visible_to(actor).filter(ref=ref).first() if ref else None
    if case is None:
        return None, "There is no case with this reference that you may use"
    level = level_of(actor, case)
    if level is None or not level.covers(Level.CONTRIBUTE):
        return None, f"Your agency may read {case.ref} but not add to it. Ask the lead agency for more access"
    if not CaseStatus(case.status).is_open:
        return None, f"{case.ref} is not open. Open a new case"
    return case.ref, ""


def case_by_ref(actor: Actor, ref: str) -> Case | None:
    """A case that the actor may see; None for any other. One query."""
    return Case.objects.visible_to(actor).select_related("lead_agency").filter(ref=ref).first()


def case_keeps_names(actor: Actor, ref: str) -> bool:
    """Whether the case's classification lets an alleged perpetrator's name be kept. One query."""
    case = case_by_ref(actor, ref)
    return case is not None and Classification(case.classification).keeps_names


def priority_suggestion(actor: Actor, data: IncidentData) -> Suggestion:
    """The priority that a report suggests, with reasons (docs/domain.md §2.6). Two queries for each known victim."""
    return priority_for(actor=actor, data=data)


def incident_submitted(actor: Actor, submission_id: uuid.UUID) -> Incident | None:
    """The incident that a submission became, if the actor may see it. One query."""
    return Incident.objects.visible_to(actor).select_related("case").filter(submission_id=submission_id).first()


@dataclass(frozen=True)
class ClockRow:
    """One time limit as the page after logging shows it."""

    kind: str
    label: str
    state: str
    due_at: dt.datetime | None


@dataclass(frozen=True)
class Logged:
    """What became of a report: the incident, its case, how the actor stands to it, and its time limits."""

    incident: Incident
    case: Case
    leads: bool
    may_add: bool
    clocks: list[ClockRow]
    quarantined: bool


def logged_get(actor: Actor, case_ref: str, incident_ref: str) -> Logged | None:
    """The outcome of a report that the actor may see; None for any other. Three queries."""
    incident = (
        Incident.objects.visible_to(actor)
        .select_related("case__lead_agency", "reporting_agency")
        .filter(ref=incident_ref, case__ref=case_ref)
        .first()
    )
    if incident is None:
        return None
    case = incident.case
    level = level_of(actor, case)
    return Logged(
        incident=incident,
        case=case,
        leads=case.lead_agency_id in actor.agency_ids,
        may_add=level is not None and level.covers(Level.CONTRIBUTE),
        clocks=[_clock_row(clock) for clock in incident.clocks.order_by("due_at", "kind")],
        quarantined=not Classification(case.classification).keeps_names,
    )


def _clock_row(clock: Clock) -> ClockRow:
    return ClockRow(clock.kind, clock.get_kind_display(), clock_state(clock), clock.due_at)
