"""Clocks of incidents that went from case to case, and contacts that stayed where they were written (docs/decisions/0031).

What was said to the victim of an incident counts in the case that it comes into, at once; and what is struck in the case
that it left no longer counts for it, wherever it is now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from incidents.choices import CaseStatus, ClockKind, ContactResult
from incidents.models import Case, Clock, Contact, Incident, IncidentMove
from incidents.scoping import in_case
from incidents.services.clock_met import Hangs, hangs_on, waits
from incidents.services.contact_clocks import BY_CONTACT, Records, contact_clocks, records_of, spoken_of, told_of
from incidents.services.update_clock import updates_repair
from kernel.actors import Actor


def clocks_after_coming(case: Case, incidents: Iterable[Incident]) -> None:
    """First contact (K3) of incidents that have just come into a case, by what was said to their victims there before:
    moved, or logged into it. Three queries, and more for each clock met."""
    keys = {incident.pk for incident in incidents}

    def theirs(running: Clock, met_at: dt.datetime | None) -> bool:
        return running.incident_id in keys and waits(running, met_at)

    contact_clocks(case, records_of(case), theirs, kinds=(ClockKind.K3,))


def clocks_moved_repair(
    actor: Actor, case: Case, contact: Contact, was_at: dt.datetime, now_at: dt.datetime | None = None
) -> int:
    """Work out anew what hung on a contact of this case, struck or moved in time from `was_at` to `now_at`, among the
    clocks that have left it with their incidents; answers how many changed.

    In the cases that the actor may see, and where they know the victims there. One query where nothing ever left.
    """
    gone = _gone(actor, case)
    if not gone:
        return 0
    seen = Case.objects.visible_to(actor).select_for_update(of=("self",)).select_related("lead_agency")
    changed = 0
    for other in seen.filter(pk__in=gone).order_by("pk"):
        if in_case(actor, other).sees_victims:
            changed += len(_repair(case, other, gone[other.pk], contact, was_at, now_at))
    return changed


def _gone(actor: Actor, case: Case) -> dict[int, set[int]]:
    """The incidents that left a case and have not come back, by the case that they are in now. One query."""
    moves = IncidentMove.objects.visible_to(actor).filter(from_case=case, undone_at=None).exclude(to_case=case)
    found: dict[int, set[int]] = {}
    for incident, there in moves.exclude(incident__case=case).values_list("incident_id", "incident__case_id"):
        found.setdefault(there, set()).add(incident)
    return found


def _repair(
    case: Case,
    other: Case,
    incidents: Collection[int],
    contact: Contact,
    was_at: dt.datetime,
    now_at: dt.datetime | None,
) -> list[str]:
    there = records_of(other)
    # Theirs are the contacts of both cases: those of the first one as far as they were with victims who went.
    stayed = [row for row in told_of(case) if row.victim is None or row.victim in there.victims.everybody]
    records = Records(sorted([*there.told, *stayed], key=lambda row: row.at), there.victims)
    whole = case.status == CaseStatus.MERGED
    said = contact_clocks(other, records, _stood_on(was_at, incidents, whole=whole), kinds=BY_CONTACT)
    if whole and contact.victim_id is not None and contact.result == ContactResult.TWO_WAY:
        said += updates_repair(other, spoken_of(records.told), was_at, now_at)
    return said


def _stood_on(was_at: dt.datetime, incidents: Collection[int], *, whole: bool) -> Hangs:
    """Of the clocks that came from the case those alone that were met by the contact: what waits, waits on."""
    hangs = hangs_on(was_at)

    def stood(running: Clock, met_at: dt.datetime | None) -> bool:
        came = running.incident_id in incidents or (whole and running.incident_id is None)
        return came and running.met_at is not None and hangs(running, met_at)

    return stood
