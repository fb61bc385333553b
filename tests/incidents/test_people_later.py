"""People who come into a case after it was logged."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from incidents.choices import Level
from incidents.models import Case, Incident, Party, SubjectReport
from incidents.services.people import party_perpetrator_add, party_victim_add
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency
from tests.incidents.casework import give
from tests.incidents.intake_pages import SIMPLE, errors_of, words_of
from victims.models import Victim
from victims.services import VictimData

pytestmark = pytest.mark.django_db

VICTIM = {
    **SIMPLE["contact/1"],
    "kind": "person",
    "given_name": "Sana",
    "family_name": "Iqbal",
    "phone": "07700 900555",
}
WHO = {"status": "described", "description": "A tall woman", "relationship": "sight"}


@pytest.fixture
def case(log_incident) -> Case:
    return log_incident("alice").case


def add(client: Any, case: Case, what: str, answers: dict[str, Any], token: str | None = None) -> Any:
    address = f"/cases/{case.ref}/people/add-{what}/"
    return client.post(address, {"submission_id": token or str(uuid.uuid4()), **answers})


def parties(name: str, role: str) -> int:
    with acting(name) as actor:
        return Party.objects.visible_to(actor).filter(role=role).count()


def test_a_victim_is_added_with_safe_contact_and_is_found(client_for, case):
    client = client_for("alice")
    page = words_of(client.get(f"/cases/{case.ref}/people/add-victim/"))
    assert "Add a victim" in page
    assert "Nobody that can be recorded" not in page
    assert "In which incident?" not in page
    assert add(client, case, "victim", VICTIM)["Location"] == f"/cases/{case.ref}/"
    with acting("alice") as actor:
        victim = Victim.objects.visible_to(actor).get(family_name="Iqbal")
        assert victim.safe_channels == ["phone", "text"]
    assert AuditEvent.objects.filter(action="party.add").get().detail == {"role": "victim", "ref": victim.ref}
    assert "Iqbal" in words_of(client.get("/cases/?q=Iqbal"))


@pytest.mark.parametrize("what", ["victim", "alleged-perpetrator"])
def test_the_pages_are_for_those_who_may_add(client_for, client, case, what):
    address = f"/cases/{case.ref}/people/add-{what}/"
    assert client.get(address).status_code == 302
    hidden, absent = client_for("walt").get(address), client_for("walt").get(address.replace(case.ref, "HC-26-000000"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    give(case, "NNC", Level.VIEW)
    assert client_for("bob").get(address).status_code == 403
    assert client_for("bob").post(address, {**VICTIM, **WHO}).status_code == 403
    give(case, "WNC", Level.CONTRIBUTE)
    assert client_for("walt").get(address).status_code == 200


@pytest.mark.parametrize("what", ["victim", "alleged-perpetrator"])
def test_a_closed_case_takes_nobody(client_for, case, what):
    Case.objects.unscoped(reason="the test sets the scene").filter(pk=case.pk).update(status="closed")
    assert client_for("alice").get(f"/cases/{case.ref}/people/add-{what}/").status_code == 403
    with acting("alice") as actor:
        incident = case.incidents.get()
        with pytest.raises(RuleError, match="is closed"):
            party_victim_add(
                actor=actor, case=case, incident=incident, agency=agency("POL"), data=VictimData(phone="1")
            )
        with pytest.raises(RuleError, match="is closed"):
            party_perpetrator_add(
                actor=actor, case=case, incident=incident, agency=agency("POL"), data=PerpetratorData(description="x")
            )


def test_bad_answers_keep_what_was_typed(client_for, case):
    client = client_for("alice")
    refused = add(client, case, "victim", {**VICTIM, "phone": "12", "window1_from": "10pm", "code_word": "Bluebell"})
    assert "Enter a phone number" in errors_of(refused)["phone"][0]
    page = words_of(refused)
    assert "Enter when this time ends, like 7am" in page
    assert 'value="Bluebell"' in refused.content.decode()
    assert 'value="Iqbal"' in refused.content.decode()
    assert parties("alice", "victim") == 1
    nobody = add(client, case, "alleged-perpetrator", {**WHO, "description": ""})
    assert errors_of(nobody)["description"] == ["Enter a description, without a name"]
    nothing = add(client, case, "alleged-perpetrator", {**WHO, "status": "unknown"})
    assert "choose one of the options shown" in errors_of(nothing)["status"][0]


def test_a_double_click_adds_one_person(client_for, case):
    client, victim, who = client_for("alice"), str(uuid.uuid4()), str(uuid.uuid4())
    for _ in range(2):
        assert add(client, case, "victim", VICTIM, victim).status_code == 302
        assert add(client, case, "alleged-perpetrator", WHO, who).status_code == 302
    assert parties("alice", "victim") == 2
    assert parties("alice", "alleged_perpetrator") == 1
    with acting("alice") as actor:
        assert Victim.objects.visible_to(actor).count() == 2
        assert AllegedPerpetrator.objects.visible_to(actor).count() == 1


def test_a_recorded_victim_is_added_once_to_an_incident(client_for, case, log_incident):
    client = client_for("alice")
    other = log_incident("alice", victims=[VictimData(given_name="Sana", family_name="Iqbal")]).case
    with acting("alice") as actor:
        ref = Victim.objects.visible_to(actor).get(family_name="Iqbal").ref
    assert add(client, case, "victim", {"kind": "known", "ref": ref.lower()}).status_code == 302
    again = add(client, case, "victim", {"kind": "known", "ref": ref})
    assert errors_of(again)["ref"] == ["This person is already a victim in the incident."]
    absent = add(client, case, "victim", {"kind": "known", "ref": "HV-26-000000"})
    assert errors_of(absent)["ref"] == ["There is no victim with this reference that you may use"]
    with acting("alice") as actor:
        flags = (
            Case.objects.visible_to(actor).filter(pk__in=[case.pk, other.pk]).values_list("repeat_victim", flat=True)
        )
        assert list(flags) == [True, True]


def test_a_victim_who_may_be_seen_in_one_case_is_seen_by_its_agencies_in_the_other(client_for, case, log_incident):
    log_incident("alice", victims=[VictimData(given_name="Sana", family_name="Iqbal")])
    give(case, "VSS", Level.VIEW)
    with acting("vera") as actor:
        assert not Victim.objects.visible_to(actor).filter(family_name="Iqbal").exists()
    with acting("alice") as actor:
        ref = Victim.objects.visible_to(actor).get(family_name="Iqbal").ref
    add(client_for("alice"), case, "victim", {"kind": "known", "ref": ref})
    with acting("vera") as actor:
        assert Victim.objects.visible_to(actor).filter(family_name="Iqbal").exists()


def test_first_contact_begins_to_run_when_somebody_can_be_reached(client_for, log_incident):
    case = log_incident("alice", victims=[]).case
    with acting("alice"):
        assert case.clocks.get(kind="K3").outcome == "not_applicable"
    add(client_for("alice"), case, "victim", VICTIM)
    with acting("alice"):
        running = case.clocks.get(kind="K3")
        assert (running.outcome, running.closed_at) == ("", None)
        assert running.due_at > case.incidents.get().received_at


def test_several_incidents_are_told_apart(client_for, case, log_incident):
    second = log_incident("alice", case=case)
    first = Incident.objects.unscoped(reason="the test picks one").exclude(pk=second.pk).get()
    client = client_for("alice")
    page = client.get(f"/cases/{case.ref}/people/add-victim/")
    assert "In which incident?" in words_of(page)
    assert errors_of(add(client, case, "victim", {**VICTIM, "incident_ref": "HI-26-000000"}))["incident_ref"]
    assert add(client, case, "victim", {**VICTIM, "incident_ref": first.ref}).status_code == 302
    with acting("alice") as actor:
        assert Party.objects.visible_to(actor).get(victim__family_name="Iqbal").incident_id == first.pk


# --- Alleged perpetrators ------------------------------------------------------------------------

NAMED = {"status": "named", "given_name": "Darren", "family_name": "Pike", "relationship": "neighbour"}


def test_a_name_is_put_aside_unless_there_is_a_crime(client_for, case):
    client = client_for("alice")
    assert "A name is put aside" in words_of(client.get(f"/cases/{case.ref}/people/add-alleged-perpetrator/"))
    add(client, case, "alleged-perpetrator", {**NAMED, "description": "A neighbour"})
    with acting("alice") as actor:
        assert AllegedPerpetrator.objects.visible_to(actor).get().family_name == ""
        assert SubjectReport.objects.visible_to(actor).get().subject_as_reported["family_name"] == "Pike"
    Case.objects.unscoped(reason="the test sets the scene").filter(pk=case.pk).update(classification="crime_recorded")
    assert "so a name is kept" in words_of(client.get(f"/cases/{case.ref}/people/add-alleged-perpetrator/"))
    add(client, case, "alleged-perpetrator", {**NAMED, "given_name": "Kevin"})
    with acting("alice") as actor:
        assert AllegedPerpetrator.objects.visible_to(actor).filter(given_name="Kevin", family_name="Pike").exists()
        assert SubjectReport.objects.visible_to(actor).count() == 1


def test_who_works_with_victims_alone_adds_but_does_not_read_back(client_for, case):
    give(case, "VSS", Level.CONTRIBUTE)
    client, token = client_for("vera"), str(uuid.uuid4())
    page = words_of(client.get(f"/cases/{case.ref}/people/add-alleged-perpetrator/"))
    assert "you will not see it again" in page
    for _ in range(2):
        assert add(client, case, "alleged-perpetrator", NAMED, token).status_code == 302
    assert parties("vera", "alleged_perpetrator") == 0
    assert parties("alice", "alleged_perpetrator") == 1
    with acting("alice") as actor:
        assert SubjectReport.objects.visible_to(actor).count() == 1


def test_who_sees_no_victims_adds_none(client_for, case):
    give(case, "PROB", Level.CONTRIBUTE)
    assert client_for("petra").get(f"/cases/{case.ref}/people/add-victim/").status_code == 403
    assert client_for("petra").get(f"/cases/{case.ref}/people/add-alleged-perpetrator/").status_code == 200


def test_the_services_ask_for_contribute_themselves(case):
    give(case, "NNC", Level.VIEW)
    with acting("bob") as actor:
        incident = case.incidents.get()
        with pytest.raises(ForbiddenError):
            party_victim_add(
                actor=actor, case=case, incident=incident, agency=agency("NNC"), data=VictimData(phone="1")
            )
        with pytest.raises(ForbiddenError):
            party_perpetrator_add(
                actor=actor, case=case, incident=incident, agency=agency("NNC"), data=PerpetratorData(description="x")
            )


def test_a_hidden_character_is_taken_out(client_for, case):
    refused = add(client_for("alice"), case, "victim", {**VICTIM, "family_name": "Iq\u202ebal"})
    assert re.search(r"Last name had hidden characters", words_of(refused))
