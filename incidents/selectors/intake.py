"""What the log of an incident asks of the records: victims to pick, cases to join, the outcome."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Case as Choose
from django.db.models import Func, IntegerField, Q, TextField, Value, When

from incidents.choices import CaseStatus, Classification, Level
from incidents.models import Case, Clock, Incident, Party
from incidents.rules.name_match import (
    ALIKE,
    ALIKE_WHERE_BORN,
    beginning_pattern,
    closeness,
    consonants_pattern,
    name_words,
)
from incidents.rules.triage import Suggestion
from incidents.services.access import level_of
from incidents.services.clock import clock_state
from incidents.services.incident import IncidentData
from incidents.services.priority import priority_for
from kernel.actors import Actor
from kernel.references import reference_normalise
from victims.models import Victim
from victims.selectors import VictimShown, victim_shown, victims_ranked

MOST_HITS = 20
CANDIDATES = 1000


def victims_by_ref(actor: Actor, typed: Iterable[str]) -> list[Victim]:
    """Those of the victims that the actor may see. One query, none without a reference."""
    refs = {ref for one in typed if (ref := reference_normalise(one, "HV"))}
    return list(Victim.objects.visible_to(actor).filter(ref__in=refs)) if refs else []


def victim_ref(actor: Actor, typed: str) -> str | None:
    """The canonical reference of a victim whom the actor may see; None for any other. One query."""
    ref = reference_normalise(typed, "HV")
    if ref is None:
        return None
    return Victim.objects.visible_to(actor).filter(ref=ref).values_list("ref", flat=True).first()


def case_victims(actor: Actor, case_ref: str) -> list[Victim]:
    """The victims of a case whom the actor may know there, whoever came into it first at the head. One query."""
    parties = Party.objects.visible_to(actor).filter(case__ref=case_ref, victim__isnull=False).select_related("victim")
    people = {party.victim_id: party.victim for party in parties.order_by("created_at", "pk") if party.victim}
    return list(people.values())[:MOST_HITS]


def victims_search(
    actor: Actor, *, family_name: str = "", given_name: str = "", date_of_birth: dt.date | None = None, ref: str = ""
) -> list[VictimShown]:
    """Victims whom the actor may see: by reference, or by the words of a name, the likeliest first, at most twenty.

    Each typed word has to be the beginning of a word of the name, or much like one, whatever case and accents
    (`rules.name_match`). A date of birth narrows, and lets more misspelling through, for those whose date of birth
    the actor is told; of others it says nothing. One query by reference, else two. Asked through
    `services.intake.victims_looked_up`, which audits it.
    """
    if ref:
        found = victims_ranked(actor).filter(ref=reference_normalise(ref, "HV") or "")
        return [victim_shown(victim) for victim in found]
    typed = name_words(f"{family_name} {given_name}")
    if not typed:
        return []
    likely = _likely(typed, _candidates(actor, typed, date_of_birth), date_of_birth)
    if not likely:
        return []
    people = {victim.pk: victim_shown(victim) for victim in victims_ranked(actor).filter(pk__in=list(likely))}
    rated = [(_rating(likely[pk], shown, date_of_birth), shown) for pk, shown in people.items()]
    rated.sort(key=lambda pair: (-pair[0], pair[1].family_name, pair[1].given_name, pair[1].ref))
    return [shown for rating, shown in rated if rating][:MOST_HITS]


_Candidate = tuple[uuid.UUID, str, dt.date | None]


def _candidates(actor: Actor, typed: list[str], born: dt.date | None) -> list[_Candidate]:
    """People of whose name a word begins like one that was typed, or with that date of birth; so many of the most
    alike. One query.
    """
    name = Func(
        Value(" "), "given_name", "family_name", "organisation", function="concat_ws", output_field=TextField()
    )
    begins = reduce(or_, (Q(name__regex=beginning_pattern(word, 1)) for word in typed))
    whole = reduce(and_, (Q(name__regex=beginning_pattern(word)) for word in typed))
    sound = reduce(or_, (Q(name__regex=consonants_pattern(word)) for word in typed))
    if born:
        whole, begins = whole | Q(date_of_birth=born), begins | Q(date_of_birth=born)
    order = Choose(When(whole, then=2), When(sound, then=1), default=0, output_field=IntegerField())
    rows = Victim.objects.visible_to(actor).annotate(name=name).filter(begins).annotate(order=order)
    return list(rows.order_by("-order", "ref").values_list("pk", "name", "date_of_birth")[:CANDIDATES])


def _likely(typed: list[str], candidates: list[_Candidate], born: dt.date | None) -> dict[uuid.UUID, float]:
    """The likeliest candidates by how close their names are."""
    rated = []
    for pk, name, their_birth in candidates:
        alike = ALIKE_WHERE_BORN if born and their_birth == born else ALIKE
        rated.append((closeness(typed, name_words(name), alike), pk))
    rated.sort(key=lambda pair: -pair[0])
    return {pk: rating for rating, pk in rated[: MOST_HITS * 3] if rating}


def _rating(rating: float, shown: VictimShown, born: dt.date | None) -> float:
    """How likely somebody is with the date of birth taken in, if the actor is told it; 0 for somebody else."""
    if born is None:
        return rating
    if shown.near is None or shown.near.date_of_birth is None:
        return rating if rating >= ALIKE else 0.0
    return 1 + rating if shown.near.date_of_birth == born else 0.0


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
