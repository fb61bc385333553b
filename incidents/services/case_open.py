"""The case of an incident that is being logged: one that opens for it, or one that it joins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from agencies.choices import AgencyType
from agencies.models import Agency, District
from incidents.choices import CaseStatus, Classification, Level, strand_mask
from incidents.models import Case, CaseGrant, ClassificationChange
from incidents.rules.lead_agency import lead_agency
from incidents.rules.sharing import ASKED_ABOUT, LED_PURPOSE, Wishes, basis_of, gateway_standing, sharing_error
from incidents.scoping import is_triager
from incidents.selectors.audience import agencies_told, case_agencies
from incidents.services.access import grant_create, require_level
from incidents.services.priority import priority_write
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.references import reference_make
from victims.services import VictimData, victim_find

if TYPE_CHECKING:
    from incidents.services.incident import IncidentData

_TRIES = 5


def case_open(actor: Actor, agency: Agency, data: IncidentData, priority: str) -> Case:
    """A new case for an incident, led by whom the rule says (docs/domain.md §5.1). Raises RuleError with the field."""
    district = district_of(data.district)
    wishes = wishes_said(actor, data.victims)
    lead = _lead(agency, data, district, wishes)
    both = sorted({lead.pk, agency.pk})
    case = case_insert(
        actor,
        {
            "agency_ids": both,
            "lead_agency": lead,
            "lead_worker_id": None,
            "status": CaseStatus.NEW,
            "priority": priority,
            "classification": _classification(actor, agency, data, lead),
            "summary": data.summary[:300],
            "summary_by_agency": agency,
            "received_at": data.received_at,
            "district": district,
            "victim_district": _home_district(data),
            "strands": strand_mask(s.code for s in data.strands),
        },
    )
    _lead_grant(actor, case, agency, wishes)
    if agency.pk != lead.pk:
        grant_create(
            case=case,
            agency=agency,
            level=Level.VIEW,
            source=CaseGrant.Source.REPORT,
            purpose="Made the report",
            gateway=gateway_standing(agency.type),
            necessity="Who reports is told what becomes of it, and adds what they hear later",
            given_by_id=actor.user_id,
            from_agency_id=lead.pk,
        )
    if case.classification != Classification.UNDETERMINED:
        ClassificationChange(
            case=case,
            before=Classification.UNDETERMINED,
            after=case.classification,
            reason="Reported as it was logged"
            if case.classification == Classification.ASB
            else "Set when the incident was logged",
            by_id=actor.user_id,
        ).save(force_insert=True)
    return case


def _lead_grant(actor: Actor, case: Case, agency: Agency, wishes: list[Wishes]) -> None:
    """The lead's access: a disclosure, with its terms, where another agency logged the report."""
    lead = case.lead_agency
    terms: dict[str, Any] = {}
    if agency.pk != lead.pk:
        terms = {
            "purpose": LED_PURPOSE,
            "gateway": gateway_standing(lead.type),
            "necessity": "Whoever takes reports for others does not lead cases: the council of the district does",
            "basis": basis_of(wishes, lead.type),
            "from_agency_id": agency.pk,
        }
    grant_create(
        case=case, agency=lead, level=Level.MANAGE, source=CaseGrant.Source.LEAD, given_by_id=actor.user_id, **terms
    )


def case_insert(actor: Actor, values: dict[str, Any]) -> Case:
    """A new case under a reference that is free; its envelope lets the actor read it back. One query."""
    for _ in range(_TRIES):
        case = Case(ref=reference_make("HC", clock.now().year), created_by_id=actor.user_id, **values)
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError:
            continue
        return case
    raise RuntimeError("No free reference for a case was found.")


def case_join(actor: Actor, agency: Agency, data: IncidentData, case: Case, priority: str) -> Case:
    """The case, locked, that takes one more incident. Raises RuleError where it cannot (a victim who is new there does
    not want it shared with an agency that can open it), ForbiddenError below contribute."""
    case = Case.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=case.pk)
    require_level(actor, case, Level.CONTRIBUTE)
    if not CaseStatus(case.status).is_open:
        raise RuleError(f"{case.ref} is not open. Log the incident as a new case.", "case")
    _check_same_matter(case, data)
    _check_wishes(actor, agency, case, data)
    case.received_at = min(case.received_at, data.received_at)
    case.strands |= strand_mask(s.code for s in data.strands)
    # A joined incident may raise the case's priority; it never lowers it.
    priority_write(actor, case, min(case.priority, priority), data.priority_reason if data.priority else "")
    case.updated_at = clock.now()
    case.version += 1
    case.save(update_fields=["received_at", "strands", "priority", "updated_at", "version"])
    return case


def _check_same_matter(case: Case, data: IncidentData) -> None:
    """Hate does not go unnoticed into a case of anti-social behaviour, nor the other way about."""
    if (case.classification == Classification.ASB) != (data.classification == Classification.ASB):
        if data.strands:
            raise RuleError(
                f"{case.ref} is anti-social behaviour without a hate factor. Say first, on its page, which one was"
                " found.",
                "case",
            )
        raise RuleError(f"{case.ref} is about hate. Choose at least one characteristic, or open a new case.", "case")


def wishes_said(actor: Actor, victims: Iterable[VictimData]) -> list[Wishes]:
    """What victims of a report wish about sharing: what it says, or the record of one who is recorded. One query for
    each of those. Raises RuleError for a reference that leads nowhere."""
    said = [victim_find(actor=actor, ref=victim.ref) if victim.ref else victim for victim in victims]
    return [Wishes(*(getattr(one, name) for name in ASKED_ABOUT)) for one in said]


def _check_wishes(actor: Actor, agency: Agency, case: Case, data: IncidentData) -> None:
    """Nobody comes into a case that an agency can open with which they do not want it shared (docs/domain.md §6.7)."""
    known = set(case.parties.filter(victim__isnull=False).values_list("victim__ref", flat=True))
    wishes = wishes_said(actor, (victim for victim in data.victims if victim.ref not in known))
    if not any(one.refuses for one in wishes):
        return
    against = [one for one in case_agencies(case).exclude(pk=agency.pk) if sharing_error(wishes, one.type)]
    if against:
        told = set(agencies_told(actor, case).values_list("pk", flat=True))
        names = dict.fromkeys(one.name if one.pk in told else "an agency" for one in against)
        raise RuleError(
            f"A victim does not want it shared with {' and '.join(names)}, which can open {case.ref}."
            " Log the incident as a new case.",
            "case",
        )


def _lead(agency: Agency, data: IncidentData, district: District, wishes: list[Wishes]) -> Agency:
    told = sharing_error(wishes, AgencyType.COUNCIL) is None
    rule = lead_agency(agency.type, [v.district for v in data.victims], district.code, council_told=told)
    return (
        agency if rule.district is None else District.objects.select_related("council").get(pk=rule.district).council
    )


def district_of(code: str) -> District:
    """A district by its code, with its council. Raises RuleError for another one. One query."""
    found = District.objects.select_related("council").filter(pk=code).first()
    if found is None:
        raise RuleError("Choose the district where it happened.", "district")
    return found


def _home_district(data: IncidentData) -> str:
    return next((v.district for v in data.victims if v.district), "")


def _classification(actor: Actor, agency: Agency, data: IncidentData, lead: Agency) -> str:
    """Only the lead agency's own triager may say at once that it looks like a crime; nobody else decides here."""
    wanted = data.classification or Classification.UNDETERMINED
    if wanted == Classification.ASB:
        # It is what was reported: nobody has named a hate factor. Whoever takes the report may say so.
        if data.strands:
            raise RuleError("Anti-social behaviour has no characteristic that it was aimed at.", "strands")
        return wanted
    if wanted not in (Classification.UNDETERMINED, Classification.CRIME_SUSPECTED, Classification.HATE_INCIDENT):
        raise RuleError("That classification is set on the case, with a reason.", "classification")
    if wanted != Classification.UNDETERMINED and not (lead.pk == agency.pk and is_triager(actor, agency.pk)):
        raise RuleError("Only a triager of the lead agency can classify a report.", "classification")
    return wanted
