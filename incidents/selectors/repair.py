"""What can be struck or corrected, as one reader may know it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from incidents.choices import Behaviour, FactField, PlaceType
from incidents.models import (
    ActionPlan,
    Case,
    Characteristic,
    Contact,
    Handover,
    Incident,
    KeyEvent,
    Letter,
    Note,
    SupportReferral,
    TaskComment,
    UpdateAgreement,
)
from incidents.rules.repair import REPEAT_EFFECTS
from incidents.scoping import in_case
from incidents.scoping.repair import RECORD_DATES, Corrigible
from incidents.selectors.case_incidents import aimed_at, code_label
from incidents.selectors.chronology_sources import notes_shown
from incidents.selectors.task_comment import comments_shown
from incidents.selectors.text import agency_told
from kernel.actors import Actor
from kernel.errors import AbsentError


def note_get(*, actor: Actor, case: Case, uid: uuid.UUID) -> Note:
    """A note that the chronology shows the actor and that stands. Raises Note.DoesNotExist. One query."""
    notes = notes_shown(in_case(actor, case), Note.objects.visible_to(actor).filter(case_id=case.pk))
    found: Note = notes.select_related("agency", "case").get(uid=uid)
    return found


def contact_get(*, actor: Actor, case: Case, uid: uuid.UUID) -> Contact:
    """A contact, for who may know victims in this case. Raises Contact.DoesNotExist. One query."""
    if not in_case(actor, case).sees_victims:
        raise Contact.DoesNotExist
    contacts = Contact.objects.visible_to(actor).filter(case_id=case.pk)
    found: Contact = contacts.select_related("agency", "case").get(uid=uid)
    return found


def incident_get(*, actor: Actor, case: Case, ref: str) -> Incident:
    """An incident of the case. Raises Incident.DoesNotExist. One query."""
    found: Incident = Incident.objects.visible_to(actor).filter(case_id=case.pk).get(ref=ref)
    return found


def record_get(*, actor: Actor, case: Case, kind: str, uid: uuid.UUID) -> Corrigible:
    """A key event, plan, referral or file of the case whose date there is to correct, by the word for its kind. One
    query. Raises AbsentError."""
    models = {about: (model, field) for model, (about, field) in RECORD_DATES.items()}
    if kind not in models:
        raise AbsentError
    model: Any = models[kind][0]
    dated = {f"{models[kind][1]}__isnull": False}
    found: Corrigible | None = model.objects.visible_to(actor).filter(case_id=case.pk, uid=uid, **dated).first()
    if found is None:
        raise AbsentError
    return found


_SORTS: dict[str, tuple[Any, str]] = {
    "comment": (TaskComment, "task__case_id"),
    "event": (KeyEvent, "case_id"),
    "plan": (ActionPlan, "case_id"),
    "handover": (Handover, "case_id"),
    "referral": (SupportReferral, "case_id"),
    "updates": (UpdateAgreement, "case_id"),
    "letter": (Letter, "case_id"),
}


def strikable_get(*, actor: Actor, case: Case, kind: str, uid: uuid.UUID) -> Any:
    """A comment on a task, key event, plan, referral, letter and the like of the case as the actor is told of it, by the
    word for its kind, with the name of its agency as `agency_shown`. One query, two for a comment. Raises AbsentError."""
    if kind not in _SORTS:
        raise AbsentError
    (model, to_case), knows = _SORTS[kind], in_case(actor, case)
    rows = model.objects.visible_to(actor).filter(**{to_case: case.pk, "uid": uid})
    if kind == "handover":
        rows = notes_shown(knows, rows)
    if kind == "comment":
        rows = rows.select_related("task")
    found = rows.annotate(agency_shown=agency_told(knows, "agency")).first()
    if found is None or (kind == "comment" and not comments_shown(knows, found.task, rows).exists()):
        raise AbsentError
    return found


def effects_told(actor: Actor, case: Case, effects: list[str]) -> list[str]:
    """What a correction moved, as the actor may know it: that a victim is targeted again, only with the victims."""
    hidden = () if in_case(actor, case).sees_victims else REPEAT_EFFECTS
    return [effect for effect in effects if effect not in hidden]


def incident_facts(*, actor: Actor, case: Case, ref: str) -> tuple[Incident, list[Characteristic]]:
    """An incident of the case with its district, and the characteristics that it was aimed at. Two queries. Raises
    Incident.DoesNotExist."""
    rows = Incident.objects.visible_to(actor).filter(case_id=case.pk).select_related("district")
    found: Incident = rows.get(ref=ref)
    return found, characteristics(actor, found)


def characteristics(actor: Actor, incident: Incident) -> list[Characteristic]:
    """What an incident was aimed at. One query."""
    return list(Characteristic.objects.visible_to(actor).filter(incident_id=incident.pk).order_by("pk"))


_STRAND = ("code", "sub", "other", "by_association")


def facts_words(row: Incident, strands: Iterable[Characteristic]) -> dict[FactField, str]:
    """What is recorded of an incident and can be corrected, in words: the same whatever the order. No query."""
    place = (row.location, f"postcode {row.postcode}" if row.postcode else "")
    done = [str(one.label) for one in Behaviour if one in row.behaviours]
    done += [value for value in row.behaviours if value not in Behaviour.values]
    aimed = sorted(aimed_at({name: getattr(one, name) for name in _STRAND}) for one in strands)
    return {
        FactField.PLACE_TYPE: code_label(PlaceType, row.place_type),
        FactField.PLACE: ", ".join(filter(None, place)),
        FactField.DISTRICT: row.district.name,
        FactField.BEHAVIOURS: ", ".join(done),
        FactField.STRANDS: "; ".join(aimed),
        FactField.ONLINE: "Yes" if row.online else "No",
        FactField.ACCOUNT: "",
    }
