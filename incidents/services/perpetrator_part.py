"""An alleged perpetrator's part in a case: by name where one may be kept, else described (docs/domain.md §1.4)."""

from __future__ import annotations

import uuid

from agencies.models import Agency
from incidents.choices import Classification, PartyRole
from incidents.models import Case, Incident, Party, SubjectReport
from incidents.rules.names import QUARANTINE_WORKING_DAYS, Naming, person_naming
from incidents.services.clock import holidays_all
from incidents.services.words import names_kept_out, refuse
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.working_days import add_working_days
from perpetrators.choices import PerpetratorStatus
from perpetrators.services import PerpetratorData, perpetrator_add, perpetrator_check, perpetrator_find


def perpetrator_join(
    *,
    actor: Actor,
    agency: Agency,
    case: Case,
    incident: Incident,
    data: PerpetratorData,
    party_id: uuid.UUID | None = None,
) -> Party:
    """Put an alleged perpetrator into a case. A name is kept only on a suspected or recorded crime; otherwise what
    was reported waits in the quarantine for 20 working days (docs/domain.md §1.4).

    Raises RuleError for an existing record that the actor may not use, or that has a name where none may be kept,
    and for a date of birth that cannot be.
    """
    keep = Classification(case.classification).keeps_names
    if data.ref:
        person = perpetrator_find(actor=actor, ref=data.ref)
        if person.status == PerpetratorStatus.NAMED and not keep:
            raise RuleError(
                f"{data.ref} is recorded by name, and a name is kept only where a crime is suspected or recorded."
                " Describe the person instead.",
                "perpetrators",
            )
    else:
        perpetrator_check(data)
        names_kept_out(actor, case, data.description, field="description")
        if not keep:
            found = person_naming(data.given_name, data.family_name).found_in(data.description)
            refuse(found, Naming(), field="description")
        person = perpetrator_add(actor=actor, agency=agency, data=data, case_id=case.pk, keep_name=keep)
        if data.identifies and not keep:
            erase_on = add_working_days(clock.today(), QUARANTINE_WORKING_DAYS, holidays_all())
            SubjectReport(
                case=case,
                incident=incident,
                lead_agency_id=case.lead_agency_id,
                perpetrator=person,
                by_id=actor.user_id,
                subject_as_reported=data.identity(),
                erase_on=erase_on,
            ).save(force_insert=True)
    party = Party(
        id=party_id or uuid.uuid4(),
        case=case,
        incident=incident,
        role=PartyRole.ALLEGED_PERPETRATOR,
        perpetrator=person,
    )
    party.save(force_insert=True)
    return party
