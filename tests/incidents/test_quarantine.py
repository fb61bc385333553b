"""Names that may not be kept: who reads them, where they never appear, how they are recorded and how they end."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from rest_framework.test import APIClient

from agencies.services.token import token_create
from incidents.choices import Classification, Level
from incidents.models import Case, Incident, SubjectReport
from incidents.services.access import access_rebuild, grant_create
from incidents.services.people import perpetrator_name_record, subject_report_erase, subject_reports_erase_due
from incidents.services.search import search_refresh
from incidents.tasks import retention_sweep
from kernel.actors import system_actor
from kernel.errors import RuleError
from kernel.models import AuditEvent
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get
from tests.incidents.intake_pages import words_of

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(
    status="named", given_name="Darren", family_name="Pikestaff", description="A neighbour", relationship="neighbour"
)


@pytest.fixture
def incident(log_incident) -> Incident:
    """A police case that is no crime so far, shared with the northern council, with a name in quarantine."""
    logged = log_incident("alice", perpetrators=[NAMED])
    grant_create(case=logged.case, agency=agency("NNC"), level=Level.MANAGE, source="share")
    grant_create(case=logged.case, agency=agency("VSS"), level=Level.VIEW, source="share")
    access_rebuild([logged.case_id])
    return logged


def reports(name: str) -> int:
    """How many names somebody finds in quarantine; both walls must agree."""
    with acting(name) as actor:
        first = SubjectReport.objects.visible_to(actor).count()
        second = SubjectReport.objects.unscoped(reason="the second wall alone").count()
    assert first == second, (name, first, second)
    return first


def the_report() -> SubjectReport:
    return SubjectReport.objects.unscoped(reason="the test reads the quarantine").get()


def classify(incident: Incident, classification: str) -> None:
    Case.objects.unscoped(reason="the test sets the scene").filter(pk=incident.case_id).update(
        classification=classification
    )


def test_only_triagers_of_the_lead_agency_find_it(incident):
    assert [name for name in ("alice", "amir", "asha", "donna", "marcus") if reports(name)] == [
        "alice", "amir", "asha", "donna", "marcus",
    ]  # fmt: skip
    for name in (
        "ada",
        "bob",
        "beth",
        "niall",
        "walt",
        "vera",
        "viola",
        "nadia",
        "tom",
        "petra",
        "sam",
        "greta",
        "admin",
    ):
        assert reports(name) == 0, name


def test_a_caseworker_who_sorts_no_reports_does_not_find_it(incident, cast):
    cast["amir"].memberships.update(roles=["caseworker"])
    assert reports("amir") == 0


def test_an_agency_for_victims_alone_never_finds_it_even_where_it_leads(log_incident, client_for):
    case = log_incident("nadia", perpetrators=[NAMED]).case
    assert case.lead_agency.code == "NREC"
    assert reports("nadia") == 0
    assert client_for("nadia").get(f"/cases/{case.ref}/quarantine/").status_code == 403


def test_the_page_shows_it_to_those_who_may(incident, client_for):
    page = words_of(client_for("alice").get(f"/cases/{incident.case.ref}/quarantine/"))
    assert "Darren Pikestaff" in page
    assert "A neighbour" in page
    assert "A name can be recorded once a crime is suspected or recorded." in page
    assert "Record this name" not in page


def test_each_page_refuses_the_others(incident, client_for):
    ref, report = incident.case.ref, the_report().pk
    pages = (f"/cases/{ref}/quarantine/", f"/cases/{ref}/quarantine/{report}/erase/")
    for page in pages:
        assert client_for("bob").get(page).status_code == 403
        assert client_for("vera").get(page).status_code == 403
        theirs = client_for("walt").get(page)
        assert theirs.status_code == 404
        assert theirs.content == client_for("walt").get(page.replace(ref, "HC-26-000000")).content
    assert client_for("bob").post(f"/cases/{ref}/quarantine/{report}/record/").status_code == 403
    assert client_for("walt").post(f"/cases/{ref}/quarantine/{report}/record/").status_code == 404
    assert client_for("walt").post(f"/cases/{ref}/quarantine/{report}/erase/", {"reason": "x"}).status_code == 404
    assert client_for("alice").get(f"/cases/{ref}/quarantine/{report}/record/").status_code == 405
    assert reports("alice") == 1


def test_a_sign_in_is_asked_for(incident, client):
    assert client.get(f"/cases/{incident.case.ref}/quarantine/").status_code == 302


def test_reading_it_is_audited_without_the_name(incident, client_for):
    client_for("alice").get(f"/cases/{incident.case.ref}/quarantine/")
    event = AuditEvent.objects.filter(action="quarantine.read").get()
    assert event.operation == "consultation"
    assert event.detail == {"reports": [str(the_report().pk)]}


# --- Where it never is ---------------------------------------------------------------------------


def found(name: str, words: str) -> int:
    with acting(name), connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from hatecase_case_page(jsonb_build_object('q', %s::text), null, null, 25)", [words]
        )
        return cursor.fetchone()[0]


def test_it_is_never_found_by_searching(incident):
    search_refresh(incident.case)
    for name in ("alice", "asha", "bob", "vera"):
        assert found(name, "Pikestaff") == 0
        assert found(name, "market") == 1


def machine(name: str) -> APIClient:
    _, secret = token_create(actor=system_actor("a test of the API"), user=cast_get()[name])
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_ACCEPT="application/json")


def test_it_is_on_no_page_of_the_case_and_in_no_answer_to_a_machine(incident, client_for):
    ref = incident.case.ref
    person = AllegedPerpetrator.objects.unscoped(reason="the test asks for its page").get()
    for name in ("alice", "bob", "vera"):
        for address in (f"/cases/{ref}/", f"/cases/{ref}/logged/{incident.ref}/", "/cases/?q=Pikestaff", "/"):
            response = client_for(name).get(address)
            assert response.status_code == 200, (name, address)
            shown = response.content.decode().replace('value="Pikestaff"', "")
            assert "Darren" not in shown
            assert "Pikestaff" not in shown.replace("“Pikestaff”", "")
        for address in (f"/api/v1/cases/{ref}/", "/api/v1/cases/?q=Pikestaff", f"/api/v1/perpetrators/{person.ref}/"):
            response = machine(name).get(address)
            assert "Pikestaff" not in response.content.decode().replace("q=Pikestaff", ""), (name, address)


OTHER_TABLES = ("kernel_auditevent", "kernel_history", "incidents_casesearch", "perpetrators_allegedperpetrator")


def test_it_is_in_no_audit_row_and_no_history(incident):
    with connection.cursor() as cursor:
        for table in OTHER_TABLES:
            cursor.execute(f"select count(*) from {table} t where t::text ilike '%pikestaff%'")
            assert cursor.fetchone()[0] == 0, table


# --- Recording -----------------------------------------------------------------------------------


@pytest.mark.parametrize("classification", ["crime_suspected", "crime_recorded"])
def test_a_triager_records_the_name_once_there_is_a_crime(incident, client_for, classification):
    classify(incident, classification)
    client = client_for("alice")
    page = client.get(f"/cases/{incident.case.ref}/quarantine/")
    assert "Record this name" in words_of(page)
    answer = client.post(f"/cases/{incident.case.ref}/quarantine/{the_report().pk}/record/", follow=True)
    assert "The name is recorded" in words_of(answer)
    assert "No names are put aside" in words_of(answer)
    with acting("bob") as actor:
        person = AllegedPerpetrator.objects.visible_to(actor).get()
        assert (person.status, person.given_name, person.family_name) == ("named", "Darren", "Pikestaff")
    assert found("alice", "Pikestaff") == 1
    assert found("bob", "Pikestaff") == 1
    assert found("vera", "Pikestaff") == 0
    event = AuditEvent.objects.filter(action="perpetrator.name").get()
    assert (event.operation, event.case_id) == ("collection", incident.case_id)
    assert "Pikestaff" not in str(event.detail)


@pytest.mark.parametrize("classification", sorted(set(Classification.values) - {"crime_suspected", "crime_recorded"}))
def test_no_name_is_recorded_without_a_crime(incident, client_for, classification):
    classify(incident, classification)
    answer = client_for("alice").post(f"/cases/{incident.case.ref}/quarantine/{the_report().pk}/record/", follow=True)
    assert "A name can be recorded only where a crime is suspected or recorded." in words_of(answer)
    assert reports("alice") == 1
    with acting("alice") as actor:
        assert AllegedPerpetrator.objects.visible_to(actor).get().family_name == ""


def test_others_record_nothing(incident):
    classify(incident, "crime_recorded")
    waiting = the_report().pk
    for name in ("bob", "walt", "vera"):
        with acting(name) as actor, pytest.raises(RuleError, match="no longer in the quarantine"):
            perpetrator_name_record(actor=actor, report_id=waiting)
    with acting("alice") as actor, pytest.raises(RuleError):
        perpetrator_name_record(actor=actor, report_id=uuid.uuid4())
    assert reports("alice") == 1


def test_a_date_of_birth_is_recorded_with_the_name(log_incident):

    logged = log_incident(
        "alice", perpetrators=[PerpetratorData(status="named", family_name="Pike", date_of_birth=dt.date(1980, 2, 29))]
    )
    classify(logged, "crime_suspected")
    with acting("alice") as actor:
        person = perpetrator_name_record(actor=actor, report_id=the_report().pk)
        assert (person.family_name, person.date_of_birth) == ("Pike", dt.date(1980, 2, 29))


# --- Erasing -------------------------------------------------------------------------------------


def test_a_triager_erases_it_with_a_reason(incident, client_for):
    client, address = client_for("alice"), f"/cases/{incident.case.ref}/quarantine/{the_report().pk}/erase/"
    assert "Do you want to erase this name?" in words_of(client.get(address))
    assert "Enter a reason" in words_of(client.post(address, {"reason": ""}))
    assert reports("alice") == 1
    assert "The name is erased" in words_of(client.post(address, {"reason": "Reported by mistake"}, follow=True))
    assert reports("alice") == 0
    event = AuditEvent.objects.filter(action="quarantine.erase").get()
    assert (event.operation, event.reason, event.fields, event.detail) == ("erasure", "Reported by mistake", [], {})
    assert "This is no longer in the quarantine" in words_of(client.post(address, {"reason": "Again"}, follow=True))


def test_others_erase_nothing(incident):
    waiting = the_report().pk
    for name in ("bob", "walt", "vera"):
        with acting(name) as actor, pytest.raises(RuleError, match="no longer in the quarantine"):
            subject_report_erase(actor=actor, report_id=waiting, reason="none of mine")
    assert reports("alice") == 1


def test_it_is_erased_after_20_working_days(log_incident, settings):
    settings.HATECASE_NOW = "2026-12-01T10:00:00"
    log_incident("alice", perpetrators=[NAMED])
    settings.HATECASE_NOW = "2026-12-30T23:00:00"
    assert subject_reports_erase_due(actor=system_actor("a test of retention")) == 0
    settings.HATECASE_NOW = "2026-12-31T00:30:00"
    assert retention_sweep() == 1
    assert retention_sweep() == 0
    assert reports("alice") == 0
    with acting("alice") as actor:
        assert AllegedPerpetrator.objects.visible_to(actor).get().description == "A neighbour"
    event = AuditEvent.objects.filter(action="quarantine.erase").get()
    assert "Pikestaff" not in str((event.detail, event.fields, event.reason))
    assert event.detail == {"system": "retention"}


def test_the_case_leads_those_who_may_to_it(incident, client_for):
    link = f'href="/cases/{incident.case.ref}/quarantine/"'
    for name, leads in (("alice", True), ("bob", False), ("vera", False)):
        page = client_for(name).get(f"/cases/{incident.case.ref}/").content.decode()
        assert (link in page) is leads, name
