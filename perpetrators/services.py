"""Writes to alleged perpetrators. Whether a name may be kept is decided by the incidents' services (§1.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from agencies.models import Agency
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation
from kernel.plausible import birth_problem
from kernel.references import reference_make
from perpetrators.choices import PerpetratorStatus, Relationship
from perpetrators.models import AllegedPerpetrator
from perpetrators.rules import age_problem

_TRIES = 5


@dataclass(frozen=True)
class PerpetratorData:
    """What was reported of an alleged perpetrator; with `ref` an existing record that the actor may see."""

    ref: str = ""
    status: str = PerpetratorStatus.UNKNOWN
    description: str = ""
    given_name: str = ""
    family_name: str = ""
    date_of_birth: dt.date | None = None
    relationship: str = Relationship.NOT_KNOWN

    @property
    def identifies(self) -> bool:
        """Whether it says who the person is."""
        return bool(self.given_name or self.family_name or self.date_of_birth)

    def identity(self) -> dict[str, str]:
        """The identifying part, as it waits in quarantine."""
        parts = {
            "given_name": self.given_name,
            "family_name": self.family_name,
            "date_of_birth": self.date_of_birth.isoformat() if self.date_of_birth else "",
        }
        return {name: value for name, value in parts.items() if value}


def perpetrator_check(data: PerpetratorData) -> None:
    """Refuse a date of birth that cannot be, alone or beside what the description says. Raises RuleError with its field."""
    if data.date_of_birth is None:
        return
    today = clock.today()
    if problem := birth_problem(data.date_of_birth, today) or age_problem(data.description, data.date_of_birth, today):
        raise RuleError(f"{problem}.", "date_of_birth")


def perpetrator_find(*, actor: Actor, ref: str) -> AllegedPerpetrator:
    """The existing record that the actor named and may see. Raises RuleError otherwise, the same for absent ones."""
    found = AllegedPerpetrator.objects.visible_to(actor).filter(ref=ref).first()
    if found is None:
        raise RuleError(
            f"There is no alleged perpetrator {ref} that you may use. Check the reference.", "perpetrators"
        )
    return found


def perpetrator_add(
    *, actor: Actor, agency: Agency, data: PerpetratorData, case_id: int, keep_name: bool
) -> AllegedPerpetrator:
    """Record an alleged perpetrator for a case: by name only if the caller has decided that it may be kept."""
    values: dict[str, object] = {"description": data.description, "relationship": data.relationship}
    if data.identifies and keep_name:
        values |= {
            "status": PerpetratorStatus.NAMED,
            "given_name": data.given_name,
            "family_name": data.family_name,
            "date_of_birth": data.date_of_birth,
        }
    elif data.description or data.identifies:
        values["status"] = PerpetratorStatus.DESCRIBED
    else:
        values["status"] = PerpetratorStatus.UNKNOWN
    person = _insert(agency, values)
    audit.record(
        actor,
        "perpetrator.add",
        person,
        operation=AuditOperation.COLLECTION,
        after={name: value for name, value in values.items() if value},
        case_id=case_id,
    )
    return person


def _insert(agency: Agency, values: dict[str, object]) -> AllegedPerpetrator:
    for _ in range(_TRIES):
        person = AllegedPerpetrator(ref=reference_make("HA", clock.now().year), recorded_by_agency=agency, **values)
        try:
            with transaction.atomic():
                person.save(force_insert=True)
        except IntegrityError:
            continue
        return person
    raise RuntimeError("No free reference for an alleged perpetrator was found.")


def perpetrator_read(*, actor: Actor, person: AllegedPerpetrator) -> None:
    """Record that somebody consulted the record of an alleged perpetrator. One query."""
    audit.record(actor, "perpetrator.read", person, operation=AuditOperation.CONSULTATION)
