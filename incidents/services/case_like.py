"""A case with the standing of another one, open to the same agencies and people on the same terms."""

from __future__ import annotations

from incidents.choices import Classification, ClockKind
from incidents.models import Case, CaseGrant, CasePerson, ClassificationChange
from incidents.selectors.openers import IN_FORCE
from incidents.services.access import access_rebuild, grant_create
from incidents.services.case_open import case_insert
from incidents.services.conflict import conflict_copy
from kernel import clock
from kernel.actors import Actor


def case_like(actor: Actor, source: Case) -> Case:
    """A new case with the standing of another one, open to the same agencies and people on the same terms."""
    names = (
        "tier status classification priority lead_agency lead_worker_id deputy_id received_at district victim_district strands"
        " band review_due_at triaged_at agency_ids user_ids restricted excluded_agency_ids excluded_user_ids access_ends_at"
    ).split()
    values = {name: getattr(source, name) for name in names}
    target = case_insert(actor, values | {"summary": ""})
    for grant in source.grants.filter(IN_FORCE).select_related("agency"):
        _grant_again(target, grant)
    for person in source.people.filter(IN_FORCE).exclude(source=CasePerson.Source.OWN):
        person.pk, person.case, person._state.adding = None, target, True
        person.save(force_insert=True)
    for exclusion in source.exclusions.filter(ended_at=None):
        conflict_copy(exclusion, target)
    if target.classification != Classification.UNDETERMINED:
        ClassificationChange(
            case=target,
            before=Classification.UNDETERMINED,
            after=target.classification,
            reason="As it was when the case was split",
            by_id=actor.user_id,
            at=clock.now(),
        ).save(force_insert=True)
    _review_again(source, target)
    access_rebuild([target.pk])
    return target


def _review_again(source: Case, target: Case) -> None:
    """The risk is looked at again in both cases when it was to be in the one (K9): the assessment counts for both."""
    for row in source.clocks.filter(kind=ClockKind.K9, met_at=None, closed_at=None):
        row.pk, row.case, row._state.adding = None, target, True
        row.save(force_insert=True)


def _grant_again(target: Case, grant: CaseGrant) -> None:
    names = "level source source_ref purpose gateway starts_at until given_by_id field_groups necessity basis".split()
    terms = {name: getattr(grant, name) for name in (*names, "caldicott_guardian", "from_agency_id")}
    grant_create(case=target, agency=grant.agency, **terms)
