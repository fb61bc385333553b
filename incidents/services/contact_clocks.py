"""The clocks that hang on a contact, worked out from the contacts on record (docs/domain.md §3.1, §3.3).

One function for all that adds to the contacts of a case or takes from them: logging, undoing, striking and moving one in
time, parting cases, opening a case again. Nothing moves silently: each answers what moved, in sentences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from incidents.choices import ClockKind, ContactDirection, ContactResult
from incidents.choices.progress import ClosingReason
from incidents.models import Case, CaseClosure, Clock, Contact, KeyEvent
from incidents.rules import clocks as rules
from incidents.rules.told import Told, acknowledged_at, reached_at, tried_at, with_victims
from incidents.services.clock import ATTEMPTED, MET, NOT_APPLICABLE
from incidents.services.clock_met import Hangs, hangs_on, met_anew, waits
from incidents.services.closure_contact import closure_settle
from incidents.services.incident_victims import Victims, victims_of
from incidents.services.update_clock import updates_renew, updates_repair
from incidents.services.victim_clock import victim_reachable

BY_CONTACT = (ClockKind.K1, ClockKind.K3, ClockKind.K8)

_How = tuple[dt.datetime | None, str]


# --- What is on record -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Records:
    """The contacts of a case, and whose incidents they are."""

    told: list[Told]
    victims: Victims


def records_of(case: Case) -> Records:
    """What is on record of a case that the service holds. Two queries."""
    return Records(told_of(case), victims_of(case))


def told_of(case: Case) -> list[Told]:
    """The contacts of a case that stand. One query."""
    return [_told(row) for row in case.contacts.filter(struck_at=None).order_by("at", "pk")]


def _told(row: Contact) -> Told:
    return Told(
        at=row.at,
        method=row.method,
        victim=row.victim_id,
        two_way=row.result == ContactResult.TWO_WAY,
        tried=row.result == ContactResult.ATTEMPT and row.direction == ContactDirection.OUTBOUND,
        acknowledged=row.acknowledgement,
    )


# --- What follows ------------------------------------------------------------------------------------------


def clocks_after_contact(case: Case, contact: Contact) -> None:
    """What a contact that has just been logged means: it meets what waits for it and renews the routine update. Four
    queries, and more for each clock that it meets."""
    records = records_of(case)
    contact_clocks(case, records, waits)
    if contact.victim_id is None:
        return
    if contact.result == ContactResult.TWO_WAY and case.closed_at is None:
        updates_renew(case, contact.at)
    closures_derive(case, records.told)


def clocks_after_contact_repair(
    case: Case, contact: Contact, was_at: dt.datetime, now_at: dt.datetime | None = None
) -> list[str]:
    """Work out anew what hangs on a contact that was struck, or that has moved in time from `was_at` to `now_at`:
    acknowledgement, first contact, key events, routine updates and the closure contact.

    What it met is met by the next one that does, or by none; what was met otherwise stays.
    """
    records = records_of(case)
    said = contact_clocks(case, records, hangs_on(was_at))
    if contact.victim_id is None:
        return said
    if contact.result == ContactResult.TWO_WAY:
        said += updates_repair(case, spoken_of(records.told), was_at, now_at)
    return said + closures_derive(case, records.told, was_at)


def clocks_after_reopening(case: Case) -> None:
    """What was said to the victim while the case was closed counts for the clocks that run again."""
    contact_clocks(case, records_of(case), waits)


def contact_clocks(case: Case, records: Records, hangs: Hangs, *, kinds: Collection[str] = BY_CONTACT) -> list[str]:
    """Work out K1, K3 and K8 of a case from the contacts on record, as far as they may change. One query, and one or more
    for each that does."""
    said = []
    rows = case.clocks.filter(kind__in=kinds).exclude(outcome=NOT_APPLICABLE)
    for running in rows.select_related("key_event", "incident"):
        met_at, outcome = how_met(running, records)
        if (met_at, outcome) != (running.met_at, running.outcome) and hangs(running, met_at):
            said.append(met_anew(case, running, met_at, outcome))
    return said


def how_met(running: Clock, records: Records) -> _How:
    """When and how the contacts meet a clock: an acknowledgement, or what comes first of a victim who is reached and one
    who was tried often enough. First contact is with a victim of its incident."""
    starts = running.starts_at
    if running.kind == ClockKind.K1:
        done = acknowledged_at(records.told, starts)
        return (None, "") if done is None else (max(done, starts), MET)
    whose = records.victims.of(running.incident) if running.incident is not None else None
    return _first(with_victims(records.told, whose), _told_from(running), starts)


def _first(told: list[Told], since: dt.datetime, starts: dt.datetime) -> _How:
    reached, tried = reached_at(told, since), tried_at(told, starts)
    if reached is not None and (tried is None or reached <= tried):
        return max(reached, starts), MET
    return (None, "") if tried is None else (max(tried, starts), ATTEMPTED)


def _told_from(running: Clock) -> dt.datetime:
    """From when on speaking to the victim meets a clock: K8 from the event itself, which may be logged later."""
    event: KeyEvent | None = getattr(running, "key_event", None)
    return running.starts_at if event is None else event.happened_at


def spoken_of(told: Iterable[Told]) -> list[dt.datetime]:
    """When a victim was spoken to, in order. No query."""
    return sorted(one.at for one in told if one.two_way and one.victim is not None)


# --- The closure contact -----------------------------------------------------------------------------------


def closures_derive(case: Case, told: list[Told], was_at: dt.datetime | None = None) -> list[str]:
    """Work out when the victim was told of each closing of a case, and with it K11. One query, and up to three for each
    that changes. A record of it that no contact of the case explains, and that does not hang on `was_at`, stays."""
    said = []
    for closure in case.caseclosure_rows.select_related("clock").order_by("closed_at"):
        found = _closure_told(case, closure, told)
        stands = closure.contact_at
        hangs = stands is None or stands == was_at or closure.contact_attempted
        if found == (stands, closure.contact_attempted) or not hangs:
            continue
        closure.contact_at, closure.contact_attempted = found
        closure.save(update_fields=["contact_at", "contact_attempted"])
        said += closure_settle(case, closure)
    return said


def _closure_told(case: Case, closure: CaseClosure, told: list[Told]) -> tuple[dt.datetime | None, bool]:
    """When the victim was told of a closing, and whether they could only not be reached."""
    since, until = rules.minute_of(closure.closed_at), closure.reopened_at
    after = [one for one in with_victims(told, None) if one.at >= since and (until is None or one.at < until)]
    reached = reached_at(after, closure.closed_at)
    if reached is not None:
        return reached, False
    if closure.reason == ClosingReason.R6:
        return closure.closed_at, True
    tried = tried_at(after, closure.closed_at)
    if tried is None and closure.outcome_sent_at is not None and not victim_reachable(case):
        return closure.closed_at, False
    return tried, tried is not None
