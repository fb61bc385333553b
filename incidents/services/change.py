"""Saying in a case's chronology what changed, in the transaction of the change itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection

from agencies.choices import Side
from incidents.choices.changes import CHANGE_READERS, SUBJECT_CHANGES, VICTIM_CHANGES, ChangeKind, ChangeReaders
from incidents.models import Case, CaseChange
from incidents.services.common import agency_acting
from kernel import clock
from kernel.actors import Actor
from victims.registries import VictimChange, VictimChanged


def change_tell(
    actor: Actor,
    case: Case,
    kind: ChangeKind,
    *,
    before: str = "",
    after: str = "",
    person_id: int | None = None,
    agency_id: int | None = None,
    sides: Iterable[str] = (),
    at: dt.datetime | None = None,
) -> None:
    """Say that something changed, now or at a moment, of which the actor may perhaps not read. One query.

    `before` and `after` are codes. `sides` are those whose people it tells of, where the kind does not say so.
    """
    about = set(sides)
    change = CaseChange(
        case=case,
        kind=kind,
        before=before,
        after=after,
        person_id=person_id,
        to_agency_id=agency_id,
        needs_victim=kind in VICTIM_CHANGES or Side.VICTIM in about,
        needs_perpetrator=kind in SUBJECT_CHANGES or Side.PERPETRATOR in about,
        readers=CHANGE_READERS.get(kind, ChangeReaders.EVERYBODY),
        by_id=actor.user_id,
        agency_id=agency_acting(actor, case) if actor.agency_ids else None,
        at=at or clock.now(),
    )
    # Without reading the key back: whoever changes something of the other side may not read the row.
    CaseChange.objects.bulk_create([change], ignore_conflicts=True)


def status_tell(actor: Actor, case: Case, before: str) -> None:
    """Say that the standing of a case changed with something else, where it did. One query at most."""
    if case.status != before:
        change_tell(actor, case, ChangeKind.STATUS, before=before, after=case.status)


_VICTIM_KINDS = {
    VictimChange.SAFE_CONTACT: ChangeKind.SAFE_CONTACT,
    VictimChange.WISHES: ChangeKind.WISHES,
    VictimChange.DETAILS: ChangeKind.VICTIM_DETAILS,
}


def victim_change_tell(change: VictimChanged) -> None:
    """Say in every case of a victim what of their record changed, also in those that whoever changed it may not open.
    One query."""
    kinds = sorted(_VICTIM_KINDS[one].value for one in change.what)
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_victim_changed(%s, %s, %s)", [change.victim.pk, kinds, clock.now()])
