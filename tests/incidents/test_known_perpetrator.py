"""An alleged perpetrator who is recorded already comes into another case by name only where a name may be kept."""

from __future__ import annotations

import pytest

from incidents.models import Case, Incident, Party
from incidents.services.people import party_perpetrator_add
from kernel.errors import RuleError
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.api.conftest import api_for
from tests.api.test_incidents import URL, report
from tests.cast import acting, agency, log_incident_as

pytestmark = pytest.mark.django_db
__all__ = ["api_for"]

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A man with a red van")
VAN = PerpetratorData(status="described", description="A man with a red van")
LOOK = "the test looks at the rows"
NO_CRIME = [None, "hate_incident"]


def recorded(data: PerpetratorData) -> AllegedPerpetrator:
    """Somebody in a suspected crime of the police's."""
    case = log_incident_as("alice", classification="crime_suspected", perpetrators=[data]).case
    return case.parties.get(perpetrator__isnull=False).perpetrator


def counts() -> tuple[int, ...]:
    return tuple(model.objects.unscoped(reason=LOOK).count() for model in (Case, Incident, Party))


@pytest.mark.parametrize("classification", NO_CRIME)
def test_a_named_person_is_not_logged_into_what_is_no_crime(cast, classification):
    known = PerpetratorData(ref=recorded(QUILL).ref)
    before = counts()
    with pytest.raises(RuleError, match="kept only where a crime is suspected or recorded") as refused:
        log_incident_as("alice", classification=classification, perpetrators=[known])
    assert refused.value.field == "perpetrators"
    assert counts() == before, "nothing is half saved"


@pytest.mark.parametrize("classification", NO_CRIME)
def test_a_named_person_is_not_added_to_what_is_no_crime(cast, classification):
    known = PerpetratorData(ref=recorded(QUILL).ref)
    incident = log_incident_as("alice", classification=classification)
    before = counts()
    with acting("alice") as actor, pytest.raises(RuleError, match="Describe the person instead"):
        party_perpetrator_add(actor=actor, case=incident.case, incident=incident, agency=agency("POL"), data=known)
    assert counts() == before


def test_an_incident_that_joins_a_case_goes_by_the_cases_classification(cast):
    known = PerpetratorData(ref=recorded(QUILL).ref)
    case = log_incident_as("alice", classification="hate_incident").case
    with pytest.raises(RuleError, match="Describe the person instead"):
        log_incident_as("alice", case=case, perpetrators=[known])
    crime = log_incident_as("alice", classification="crime_suspected").case
    log_incident_as("alice", case=crime, perpetrators=[known])
    assert crime.parties.get(perpetrator__isnull=False).perpetrator.family_name == "Quill"


@pytest.mark.parametrize("classification", NO_CRIME)
def test_a_person_who_is_only_described_comes_into_any_case(cast, classification):
    person = recorded(VAN)
    case = log_incident_as("alice", classification=classification, perpetrators=[PerpetratorData(ref=person.ref)]).case
    assert case.parties.get(perpetrator__isnull=False).perpetrator == person


def test_a_machine_is_told_beside_the_field(api_for):
    person = recorded(QUILL)
    client = api_for("alice")
    refused = client.post(URL, report(perpetrators=[{"ref": person.ref}]), format="json")
    assert refused.status_code == 400
    assert "kept only where a crime is suspected" in str(refused.json()["errors"]["perpetrators"])
    crime = report(perpetrators=[{"ref": person.ref}], classification="crime_suspected")
    made = client.post(URL, crime, format="json")
    assert made.status_code == 201, made.content
