"""Logging an incident: the case, its people, access, clocks and search."""

from __future__ import annotations

import uuid

import pytest

from incidents.models import Case, CaseAccess, Incident, Party, SubjectReport
from kernel.errors import ForbiddenError, RuleError
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import agency, incident_data, log_incident_as
from victims.models import Victim
from victims.services import VictimData

pytestmark = pytest.mark.django_db


def test_a_report_opens_a_case(log_incident, acting):
    incident = log_incident("alice")
    with acting("alice") as actor:
        case = Case.objects.visible_to(actor).get(pk=incident.case_id)
        assert case.lead_agency.code == "POL"
        assert case.status == "new"
        assert case.classification == "undetermined"
        assert case.agency_ids == [case.lead_agency_id]
        kinds = {c.kind: c.outcome for c in case.clocks.all()}
        assert kinds == {"K1": "", "K2": "", "K3": "", "K4": "", "K5": ""}
        assert Victim.objects.visible_to(actor).get().given_name == "Farida"


def test_another_agency_sees_nothing(log_incident, acting):
    incident = log_incident("alice")
    with acting("bob") as actor:
        assert not Case.objects.visible_to(actor).exists()
        assert not Case.objects.unscoped(reason="the second wall alone").exists()
        assert not Incident.objects.unscoped(reason="the second wall alone").filter(pk=incident.pk).exists()
        assert not Victim.objects.unscoped(reason="the second wall alone").exists()
        assert not CaseAccess.objects.unscoped(reason="the second wall alone").exists()
        assert not Party.objects.unscoped(reason="the second wall alone").exists()


def test_the_same_submission_is_one_incident(log_incident, acting):
    submission = uuid.uuid4()
    first = log_incident("alice", submission_id=submission)
    second = log_incident("alice", submission_id=submission)
    assert first.pk == second.pk
    with acting("alice") as actor:
        assert Incident.objects.visible_to(actor).count() == 1


def test_a_reporting_centre_keeps_view_and_never_sees_the_alleged_perpetrator(log_incident, acting):
    incident = log_incident("tom", perpetrators=[PerpetratorData(description="A tall man in a red coat")])
    with acting("tom") as actor:
        case = Case.objects.visible_to(actor).get()
        assert case.lead_agency.code == "NNC"
        assert Victim.objects.visible_to(actor).count() == 1
        assert not AllegedPerpetrator.objects.visible_to(actor).exists()
        assert not AllegedPerpetrator.objects.unscoped(reason="the second wall alone").exists()
        assert case.parties.count() == 1
    with acting("bob") as actor:
        assert Case.objects.visible_to(actor).get().pk == incident.case_id
        assert AllegedPerpetrator.objects.visible_to(actor).get().description == "A tall man in a red coat"


def test_a_name_waits_in_quarantine_unless_a_crime_is_suspected(log_incident, acting):
    named = PerpetratorData(status="named", given_name="Dean", family_name="Quill")
    log_incident("alice", perpetrators=[named])
    with acting("alice") as actor:
        person = AllegedPerpetrator.objects.visible_to(actor).get()
        assert (person.status, person.given_name, person.family_name) == ("described", "", "")
        assert SubjectReport.objects.visible_to(actor).get().subject_as_reported["family_name"] == "Quill"
    crime = log_incident("alice", perpetrators=[named], classification="crime_suspected")
    with acting("alice") as actor:
        kept = crime.case.parties.get(role="alleged_perpetrator").perpetrator
        assert (kept.status, kept.family_name) == ("named", "Quill")


def test_only_the_lead_agencys_triager_reads_the_quarantine(log_incident, acting):
    log_incident("tom", perpetrators=[PerpetratorData(given_name="Dean", family_name="Quill")])
    with acting("tom") as actor:
        assert not SubjectReport.objects.visible_to(actor).exists()
        assert not SubjectReport.objects.unscoped(reason="the second wall alone").exists()
    with acting("bob") as actor:
        assert SubjectReport.objects.visible_to(actor).count() == 1


def test_joining_needs_contribute(log_incident, acting):
    incident = log_incident("tom")
    with pytest.raises(ForbiddenError):
        log_incident("tom", case=incident.case)
    joined = log_incident("bob", case=incident.case, narrative="He came back the next day.")
    assert joined.case_id == incident.case_id


def test_a_second_incident_of_one_victim_makes_a_repeat(log_incident, acting):
    first = log_incident("alice")
    with acting("alice") as actor:
        ref = Victim.objects.visible_to(actor).get().ref
    second = log_incident("alice", victims=[VictimData(ref=ref)])
    assert second.case.repeat_victim
    assert second.case.priority == "P2"
    with acting("alice") as actor:
        assert Case.objects.visible_to(actor).get(pk=first.case_id).repeat_victim


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"strands": []}, "strands"),
        ({"narrative": "  "}, "narrative"),
        ({"narrative": "x" * 20_001}, "narrative"),
        ({"district": "E07000999"}, "district"),
        ({"victims": [VictimData(ref="HV-26-AAAAAA")]}, "victims"),
    ],
)
def test_bad_reports_are_refused_whole(cast, acting, overrides, field):
    with pytest.raises(RuleError) as refused:
        log_incident_as("alice", **overrides)
    assert refused.value.field == field
    with acting("alice") as actor:
        assert not Case.objects.visible_to(actor).exists()


def test_nobody_logs_for_another_agency(acting):
    from incidents.services.incident import incident_log

    with acting("alice") as actor, pytest.raises(RuleError):
        incident_log(actor=actor, agency=agency("NNC"), data=incident_data())
