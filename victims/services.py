"""Writes to victims. A victim is only ever made or changed on behalf of a case, by the incidents' services."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import IntegrityError, transaction

from agencies.models import Agency
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation
from kernel.references import reference_make
from victims.choices import Language, Wish, WorkerGender, YesNoUnknown
from victims.models import Victim

_TRIES = 5


@dataclass(frozen=True)
class VictimData:
    """What is recorded of a victim; with `ref` an existing record that the actor may see, and nothing else."""

    ref: str = ""
    organisation: str = ""
    given_name: str = ""
    family_name: str = ""
    date_of_birth: dt.date | None = None
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    district: str = ""
    needs: str = ""
    language: str = Language.ENGLISH
    language_other: str = ""
    interpreter_needed: bool = False
    interpreter_note: str = ""
    safe_channels: list[str] = field(default_factory=list)
    safe_to_leave_message: str = YesNoUnknown.NOT_ASKED
    safe_to_say_who: str = YesNoUnknown.NOT_ASKED
    letters_safe: str = YesNoUnknown.NOT_ASKED
    code_word: str = ""
    do_not_contact: list[dict[str, Any]] = field(default_factory=list)
    unsafe_people: str = ""
    shared_device: bool = False
    alternative_contact: str = ""
    preferred_worker: str = WorkerGender.NO_PREFERENCE
    wish_share_police: str = Wish.NOT_ASKED
    wish_share_council: str = Wish.NOT_ASKED
    wish_share_support: str = Wish.NOT_ASKED
    wishes_how: str = ""

    @property
    def reachable(self) -> bool:
        """Whether there is anybody to reach at all: an existing record, a name, or a way to make contact."""
        return bool(
            self.ref
            or self.organisation
            or self.given_name
            or self.family_name
            or self.phone
            or self.email
            or self.address
        )


FIELDS = tuple(f.name for f in fields(VictimData) if f.name != "ref")
WISHES = ("wish_share_police", "wish_share_council", "wish_share_support")


def victim_find(*, actor: Actor, ref: str) -> Victim:
    """The existing victim that the actor named and may see. Raises RuleError otherwise, the same for absent ones."""
    victim = Victim.objects.visible_to(actor).filter(ref=ref).first()
    if victim is None:
        raise RuleError(f"There is no victim {ref} that you may use. Check the reference.", "victims")
    return victim


def victim_add(*, actor: Actor, agency: Agency, data: VictimData, case_id: int) -> Victim:
    """Record a new victim for a case. Its access rows follow when the case's access is rebuilt."""
    values = {name: getattr(data, name) for name in FIELDS}
    if any(values[name] != Wish.NOT_ASKED for name in WISHES):
        values |= {"wishes_at": clock.now(), "wishes_by_id": actor.user_id}
    victim = _insert(agency, values)
    audit.record(
        actor,
        "victim.add",
        victim,
        operation=AuditOperation.COLLECTION,
        after={name: value for name, value in values.items() if value and name in FIELDS},
        case_id=case_id,
    )
    return victim


def _insert(agency: Agency, values: dict[str, Any]) -> Victim:
    for _ in range(_TRIES):
        victim = Victim(ref=reference_make("HV", clock.now().year), recorded_by_agency=agency, **values)
        try:
            with transaction.atomic():
                victim.save(force_insert=True)
        except IntegrityError:
            continue
        return victim
    raise RuntimeError("No free reference for a victim was found.")
