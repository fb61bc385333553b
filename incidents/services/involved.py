"""Further people of a case and how its people stand to one another: added, changed, ended, never deleted.

A witness or a child is protected as a victim is; somebody of an alleged perpetrator's household as the alleged
perpetrator is, whose name may be kept in this case or not (docs/domain.md §1.4, §5.4, §12).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agencies.choices import Side
from incidents.choices import Classification, FieldGroup, Level
from incidents.choices.changes import ChangeKind
from incidents.choices.involved import InvolvedRole, TieKind
from incidents.models import Case, InvolvedPerson, Party, PersonTie
from incidents.scoping import in_case
from incidents.selectors.case_page import case_get
from incidents.selectors.fields import field_access
from incidents.selectors.involved import person_hidden, person_of
from incidents.services.change import change_tell
from incidents.services.common import (
    agency_acting,
    case_hold,
    case_touch,
    insert_once,
    submitted_before,
    text_check,
    text_kept,
)
from incidents.services.search import search_refresh
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation

NAME_LIMIT, PLACE_LIMIT, CONTACT_LIMIT, NOTES_LIMIT = 80, 120, 300, 2000


@dataclass(frozen=True)
class InvolvedData:
    """What is recorded of somebody in a case. `contact` and `address` None leave what is there: they are not shown
    to the editor.
    """

    role: str
    given_name: str = ""
    family_name: str = ""
    organisation: str = ""
    date_of_birth: dt.date | None = None
    contact: str | None = ""
    address: str | None = ""
    notes: str = ""


def involved_add(
    *, actor: Actor, case: Case, data: InvolvedData, submission_id: uuid.UUID | None = None
) -> InvolvedPerson:
    """Add somebody to a case, in the name of the actor's agency. The same `submission_id` twice is the first one.

    Raises ForbiddenError below contribute and for a role of a side that the actor may not know, RuleError with the
    field, also for a name of the alleged perpetrator's side where the case keeps none.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, InvolvedPerson, held, submission_id)
        if earlier is not None:
            return earlier
        values = _values(actor, held, data)
        person = InvolvedPerson(
            submission_id=submission_id,
            case=held,
            agency_id=agency_acting(actor, held),
            by_id=actor.user_id,
            created_at=clock.now(),
            **({"contact": "", "address": ""} | values),
        )
        insert_once(person)
        _after(held)
        detail = {"case": held.ref, "role": person.role}
        audit.record(
            actor, "involved.add", person, operation=AuditOperation.COLLECTION, detail=detail, case_id=held.pk
        )
        change_tell(actor, held, ChangeKind.PERSON_ADDED, sides=[person.side])
        return person


def involved_change(*, actor: Actor, case: Case, uid: uuid.UUID, version: int, data: InvolvedData) -> InvolvedPerson:
    """Change what is recorded of somebody. Notes in which names are hidden from the actor stay as they are.

    Raises InvolvedPerson.DoesNotExist, StaleError, ForbiddenError as `involved_add` does and where who it is is hidden
    from the actor, RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        shown = field_access(actor, case_get(actor=actor, ref=held.ref)).shown
        person = _held(actor, held, uid)
        if person_hidden(held, person.role, shown):
            raise ForbiddenError("Who this is is not shown to you.")
        if person.version != version:
            raise StaleError("Somebody else changed this person while you were working on it.", person)
        told: Any = person_of(actor, held, uid)
        notes = text_kept(data.notes, stored=person.notes, shown=told.notes_shown, name="Notes", field="notes")
        values = _values(actor, held, data) | {"notes": notes.strip()}
        if FieldGroup.VICTIM_CONTACT not in shown and person.side == Side.VICTIM:
            values.pop("contact", None)
            values.pop("address", None)
        before = {name: str(getattr(person, name) or "") for name in values}
        for name, value in values.items():
            setattr(person, name, value)
        person.version += 1
        person.save(update_fields=[*values, "version"])
        _after(held)
        after = {name: str(getattr(person, name) or "") for name in values}
        changed = {name for name in values if before[name] != after[name]}
        audit.record(
            actor,
            "involved.change",
            person,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            detail={"case": held.ref},
            case_id=held.pk,
        )
        if changed:
            # Also of the side that they stood on until now.
            change_tell(actor, held, ChangeKind.PERSON_CHANGED, sides={person.side, before.get("side", person.side)})
        return person


def involved_end(*, actor: Actor, case: Case, uid: uuid.UUID) -> InvolvedPerson:
    """Say that somebody is in the case no more; how they stood to others ends with it. Twice is once.

    Raises InvolvedPerson.DoesNotExist, ForbiddenError below contribute.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        person = _held(actor, held, uid, ended=True)
        if person.ended_at is not None:
            return person
        now = clock.now()
        person.ended_at, person.ended_by_id = now, actor.user_id
        person.save(update_fields=["ended_at", "ended_by"])
        ties = held.ties.filter(ended_at=None)
        for end in ("from_involved", "to_involved"):
            ties.filter(**{end: person}).update(ended_at=now, ended_by_id=actor.user_id)
        _after(held)
        change_tell(actor, held, ChangeKind.PERSON_ENDED, sides=[person.side])
        audit.record(actor, "involved.end", person, detail={"case": held.ref, "role": person.role}, case_id=held.pk)
        return person


def tie_add(
    *, actor: Actor, case: Case, kind: str, first: str, second: str, submission_id: uuid.UUID | None = None
) -> PersonTie:
    """Say how one person of a case stands to another. `first` and `second` are keys of `people_choices`: a reference,
    or the key of somebody further. The same `submission_id` twice is the first one.

    Raises ForbiddenError below contribute, RuleError with the field: for people whom the actor may not know here, for
    somebody and themself, and for what is recorded already.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, PersonTie, held, submission_id)
        if earlier is not None:
            return earlier
        if kind not in TieKind.values:
            raise RuleError("Select how they stand to each other.", "kind")
        if first == second:
            raise RuleError("Select two different people.", "second")
        people = people_by_key(actor, held)
        ends: dict[str, Any] = {}
        for end, key, field in (("from", first, "first"), ("to", second, "second")):
            if key not in people:
                raise RuleError("Select a person of this case.", field)
            ends |= {f"{end}_{people[key][0]}": people[key][1]}
        if held.ties.filter(kind=kind, ended_at=None, **ends).exists():
            raise RuleError("This is recorded already.", "kind")
        sides = {people[first][2], people[second][2]}
        tie = PersonTie(
            submission_id=submission_id,
            case=held,
            kind=kind,
            needs_victim=Side.VICTIM in sides,
            needs_perpetrator=Side.PERPETRATOR in sides,
            agency_id=agency_acting(actor, held),
            by_id=actor.user_id,
            created_at=clock.now(),
            **ends,
        )
        insert_once(tie)
        case_touch(held)
        detail = {"case": held.ref, "kind": kind}
        change_tell(actor, held, ChangeKind.TIE_ADDED, sides=_sides_of(tie))
        audit.record(actor, "tie.add", tie, operation=AuditOperation.COLLECTION, detail=detail, case_id=held.pk)
        return tie


def tie_end(*, actor: Actor, case: Case, uid: uuid.UUID) -> PersonTie:
    """Say that it is so no more. Twice is once. Raises PersonTie.DoesNotExist, ForbiddenError below contribute."""
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        tie: PersonTie = (
            PersonTie.objects.visible_to(actor).filter(case=held).select_for_update(of=("self",)).get(pk=uid)
        )
        if tie.ended_at is None:
            tie.ended_at, tie.ended_by_id = clock.now(), actor.user_id
            tie.save(update_fields=["ended_at", "ended_by"])
            case_touch(held)
            change_tell(actor, held, ChangeKind.TIE_ENDED, sides=_sides_of(tie))
            audit.record(actor, "tie.end", tie, detail={"case": held.ref, "kind": tie.kind}, case_id=held.pk)
        return tie


def _sides_of(tie: PersonTie) -> list[Side]:
    """The sides of both its ends: it is told to those who may know both."""
    needed = {Side.VICTIM: tie.needs_victim, Side.PERPETRATOR: tie.needs_perpetrator}
    return [side for side, needs in needed.items() if needs]


def people_by_key(actor: Actor, case: Case) -> dict[str, tuple[str, Any, Side]]:
    """The people of a case whom the actor may know, by reference or key: which kind, the record, whose side. Two queries."""
    found: dict[str, tuple[str, Any, Side]] = {}
    parties = Party.objects.visible_to(actor).filter(case=case).select_related("victim", "perpetrator")
    for party in parties.order_by("created_at", "pk"):
        if party.victim is not None:
            found[party.victim.ref] = ("victim", party.victim, Side.VICTIM)
        elif party.perpetrator is not None:
            found[party.perpetrator.ref] = ("perpetrator", party.perpetrator, Side.PERPETRATOR)
    for person in InvolvedPerson.objects.visible_to(actor).filter(case=case, ended_at=None).order_by("created_at"):
        found[str(person.pk)] = ("involved", person, Side(person.side))
    return found


def _held(actor: Actor, case: Case, uid: uuid.UUID, *, ended: bool = False) -> InvolvedPerson:
    rows = InvolvedPerson.objects.visible_to(actor).filter(case=case)
    if not ended:
        rows = rows.filter(ended_at=None)
    person: InvolvedPerson = rows.select_for_update(of=("self",)).get(pk=uid)
    return person


def _values(actor: Actor, case: Case, data: InvolvedData) -> dict[str, Any]:
    if data.role not in InvolvedRole.values:
        raise RuleError("Select what they are in the case.", "role")
    side, knows = InvolvedRole(data.role).side, in_case(actor, case)
    if (side is Side.VICTIM and not knows.sees_victims) or (side is Side.PERPETRATOR and not knows.sees_perpetrators):
        raise ForbiddenError("Your agency does not work with people of that side.")
    limits = {"given_name": NAME_LIMIT, "family_name": NAME_LIMIT, "organisation": PLACE_LIMIT}
    words = {"given_name": "Given name", "family_name": "Family name", "organisation": "Where they work"}
    values: dict[str, Any] = {
        name: text_check(getattr(data, name), name=words[name], field=name, limit=limit, required=False)
        for name, limit in limits.items()
    }
    _check_name(case, side, values)
    if data.contact is not None:
        values["contact"] = text_check(
            data.contact, name="How to reach them", field="contact", limit=CONTACT_LIMIT, required=False
        )
    if data.address is not None:
        values["address"] = text_check(
            data.address, name="Postal address", field="address", limit=CONTACT_LIMIT, required=False
        )
    values["notes"] = text_check(data.notes, name="Notes", field="notes", limit=NOTES_LIMIT, required=False)
    if not any(values.get(name) for name in ("given_name", "family_name", "organisation", "notes")):
        raise RuleError("Enter a name, where they work, or notes that say who it is.", "given_name")
    if data.date_of_birth is not None and data.date_of_birth > clock.today():
        raise RuleError("Date of birth must be in the past.", "date_of_birth")
    return values | {"role": data.role, "side": side.value, "date_of_birth": data.date_of_birth}


def _check_name(case: Case, side: Side, values: dict[str, Any]) -> None:
    """A name from the household says who the alleged perpetrator is, whose name this case may not keep (§1.4)."""
    if side is Side.PERPETRATOR and not Classification(case.classification).keeps_names:
        for name in ("given_name", "family_name"):
            if values[name]:
                raise RuleError("No crime is suspected, so no name of that side may be kept here.", name)


def _after(case: Case) -> None:
    case_touch(case)
    search_refresh(case)
