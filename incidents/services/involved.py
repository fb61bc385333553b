"""Further people of a case: added, changed, ended, never deleted. How they stand to others is in `services.ties`.

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
from incidents.choices.involved import InvolvedRole
from incidents.models import Case, InvolvedPerson
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
from incidents.services.ties import ties_move
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation
from kernel.plausible import birth_problem

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
    from the actor, RuleError with the field: also where the new role is of another side (`_values_moved`).
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
        moves = values["side"] != person.side
        if moves:
            values |= _values_moved(actor, person, values, shown)
        before = {name: str(getattr(person, name) or "") for name in values}
        for name, value in values.items():
            setattr(person, name, value)
        person.version += 1
        person.save(update_fields=[*values, "version"])
        if moves:
            ties_move(person)
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
    words = {"given_name": "First name", "family_name": "Last name", "organisation": "Where they work"}
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
    values["notes"] = case_words(
        actor, case, data.notes, name="Notes", field="notes", limit=NOTES_LIMIT, required=False
    )
    if not any(values.get(name) for name in ("given_name", "family_name", "organisation", "notes")):
        raise RuleError("Enter a name, where they work, or notes that say who it is.", "given_name")
    if data.date_of_birth is not None and (problem := birth_problem(data.date_of_birth, clock.today())):
        raise RuleError(f"{problem}.", "date_of_birth")
    return values | {"role": data.role, "side": side.value, "date_of_birth": data.date_of_birth}


def _values_moved(
    actor: Actor, person: InvolvedPerson, values: dict[str, Any], shown: frozenset[FieldGroup]
) -> dict[str, Any]:
    """How to reach somebody whose new role is of another side, where other agencies read it: what was kept for the side
    that they leave stays behind. Raises RuleError with the field for whoever may not know both sides or is not shown
    what is kept, and for what stands there unchanged: whoever means it to be read there enters it anew, once moved.
    """
    knows = in_case(actor, person.case)
    if not (knows.sees_victims and knows.sees_perpetrators):
        raise RuleError("A role of another side is chosen by somebody who works with people of both sides.", "role")
    if person.side == Side.BOTH:
        return {}
    if person.side == Side.VICTIM and FieldGroup.VICTIM_CONTACT not in shown:
        raise RuleError(
            "How to reach this person is not shown to you, so you cannot choose a role that other agencies are told of.",
            "role",
        )
    for name, words in (("contact", "how to reach them"), ("address", "the postal address")):
        if values.get(name) and values[name] == getattr(person, name):
            raise RuleError(f"Other agencies are told of this role. Take out {words} first.", name)
    return {name: values.get(name, "") for name in ("contact", "address")}


def _check_name(case: Case, side: Side, values: dict[str, Any]) -> None:
    """A name from the household says who the alleged perpetrator is, whose name this case may not keep (§1.4)."""
    if side is Side.PERPETRATOR and not Classification(case.classification).keeps_names:
        for name in ("given_name", "family_name"):
            if values[name]:
                raise RuleError("No crime is suspected, so no name of that side may be kept here.", name)


def _after(case: Case) -> None:
    case_touch(case)
    search_refresh(case)
