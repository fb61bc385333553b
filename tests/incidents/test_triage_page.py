"""The triage decision on its page, who makes it, and the names that come and go with it (docs/domain.md §1.4)."""

from __future__ import annotations

import pytest

from agencies.models import Notice
from incidents.choices import Level
from incidents.models import SubjectReport
from incidents.services.case import case_triage
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import assert_forbidden, audited, case_of, clock_of, fresh, give, reclassify, text
from tests.incidents.editing import triage, triage_data, update

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A man with a red van")


@pytest.fixture
def case(cast):
    """A routine report an hour old."""
    return case_of("alice")


# --- Triage -----------------------------------------------------------------------------------------------


def test_confirming_the_triage_meets_k2_and_opens_the_case(case, cast):
    page = client_of("alice").post(
        triage(case), triage_data(case, cast["amir"], priority="P2", classification="crime_suspected"), follow=True
    )
    assert "Triage confirmed" in text(page)
    now = fresh(case)
    assert (now.priority, now.classification, now.status, now.lead_worker_id) == (
        "P2", "crime_suspected", "open", cast["amir"].pk,
    )  # fmt: skip
    assert now.triaged_at is not None
    assert clock_of(case, "K2").outcome == "met"
    change = case.classification_changes.get()
    assert (change.before, change.after, change.by_id) == ("undetermined", "crime_suspected", cast["alice"].pk)
    [event] = audited("case.triage")
    assert event.fields == ["classification", "lead_worker_id", "priority", "status"]


def test_the_new_lead_worker_is_told(case, cast):
    client_of("alice").post(triage(case), triage_data(case, cast["amir"]))
    notices = Notice.objects.unscoped(reason="the test counts rows").filter(kind="lead")
    assert [(n.user_id, n.url) for n in notices] == [(cast["amir"].pk, f"/cases/{case.ref}/")]


def test_nobody_is_told_of_their_own_doing(case, cast):
    client_of("alice").post(triage(case), triage_data(case, cast["alice"]))
    assert not Notice.objects.unscoped(reason="the test counts rows").filter(kind="lead").exists()


def test_changing_a_decision_needs_a_reason_and_keeps_both(case, cast):
    client_of("alice").post(triage(case), triage_data(case, cast["amir"]))
    again = triage_data(case, cast["amir"], classification="crime_suspected")
    page = client_of("alice").post(triage(case), again)
    assert "Enter why it is classified so" in text(page)
    client_of("alice").post(triage(case), again | {"reason": "A witness came forward"})
    changes = list(case.classification_changes.order_by("pk").values_list("before", "after", "reason"))
    assert changes == [
        ("undetermined", "hate_incident", ""),
        ("hate_incident", "crime_suspected", "A witness came forward"),
    ]


def test_a_recorded_crime_needs_the_police_and_a_reference(case, cast):
    page = client_of("alice").post(triage(case), triage_data(case, cast["amir"], classification="crime_recorded"))
    assert "Enter crime reference" in text(page)
    data = triage_data(case, cast["amir"], classification="crime_recorded", crime_reference="26000123456")
    assert client_of("alice").post(triage(case), data).status_code == 302
    assert case.classification_changes.get().crime_reference == "26000123456"


def test_a_council_cannot_say_that_a_crime_is_recorded(cast):
    case = case_of("bob")
    assert 'value="crime_recorded"' not in client_of("bob").get(triage(case)).content.decode()
    with acting("bob") as actor, pytest.raises(RuleError, match="Only the police"):
        case_triage(
            actor=actor,
            case=case,
            version=case.version,
            priority="P3",
            classification="crime_recorded",
            crime_reference="26000123456",
            lead_worker=cast["bob"],
        )


@pytest.mark.parametrize("value", ["not_hate", "no_record", "undetermined", "nonsense"])
def test_what_needs_a_second_person_cannot_be_chosen(case, cast, value):
    page = client_of("alice").post(
        triage(case), triage_data(case, cast["amir"], classification=value, reason="Because")
    )
    assert "choose one of the options shown" in text(page)
    with acting("alice") as actor, pytest.raises(RuleError):
        case_triage(
            actor=actor,
            case=case,
            version=case.version,
            priority="P3",
            classification=value,
            reason="Because",
            lead_worker=cast["amir"],
        )
    assert fresh(case).classification == "undetermined"


def test_lowering_from_urgent_in_the_triage_needs_a_reason(cast):
    case = case_of("alice", triage_answers={"weapon": True})
    page = client_of("alice").post(triage(case), triage_data(case, cast["amir"], priority="P2"))
    assert "Enter a reason for lowering the priority from P1" in text(page)
    assert clock_of(case, "K2").met_at is None


def test_the_second_triager_is_told_and_keeps_what_was_chosen(case, cast):
    data = triage_data(case, cast["amir"], priority="P1")
    update(case, "asha", summary="Changed meanwhile")
    page = client_of("alice").post(triage(case), data)
    assert page.status_code == 409
    assert "Somebody else changed this case" in text(page)
    assert 'value="P1" checked' in page.content.decode()
    assert fresh(case).triaged_at is None


@pytest.mark.parametrize(("name", "code"), [("beth", None), ("bob", Level.MANAGE)])
def test_only_triagers_of_the_lead_agency_confirm(case, cast, name, code):
    give(case, "NNC", Level.MANAGE)
    assert_forbidden(triage(case), name)
    with acting(name) as actor, pytest.raises(ForbiddenError):
        case_triage(
            actor=actor,
            case=case,
            version=case.version,
            priority="P3",
            classification="hate_incident",
            lead_worker=cast["amir"],
        )


# --- Names and the law --------------------------------------------------------------------------------------


@pytest.fixture
def crime(cast):
    return case_of("alice", classification="crime_suspected", perpetrators=[QUILL])


def person(case) -> AllegedPerpetrator:
    return case.parties.get(perpetrator__isnull=False).perpetrator


def test_a_case_that_is_no_crime_any_more_loses_the_name(crime):
    assert person(crime).family_name == "Quill"
    reclassify(crime, "hate_incident")
    now = person(crime)
    assert (now.status, now.given_name, now.family_name, now.description) == (
        "described", "", "", "A man with a red van",
    )  # fmt: skip
    with acting("alice") as actor:
        waiting = SubjectReport.objects.visible_to(actor).get()
        assert waiting.subject_as_reported == {"given_name": "Dean", "family_name": "Quill"}
        assert waiting.erase_on > clock.today()
    assert "Quill" not in text(client_of("alice").get(f"/cases/{crime.ref}/"))
    assert crime.ref not in text(client_of("alice").get("/cases/?q=Quill&status=open"))
    assert audited("quarantine.add")[0].detail == {"people": 1}


def test_a_name_that_another_crime_keeps_stays_on_the_record_but_not_in_this_case(crime):
    log_incident_as("alice", classification="crime_suspected", perpetrators=[PerpetratorData(ref=person(crime).ref)])
    reclassify(crime, "hate_incident")
    assert person(crime).family_name == "Quill"
    assert "Quill" not in text(client_of("alice").get(f"/cases/{crime.ref}/"))
    with acting("alice") as actor:
        assert not SubjectReport.objects.visible_to(actor).exists()


def test_a_victim_service_that_leads_moves_a_name_which_it_may_not_read(cast):
    case = case_of("viola", classification="crime_suspected", perpetrators=[QUILL])
    reclassify(case, "hate_incident", "viola")
    assert person(case).family_name == ""


def test_names_stay_while_it_is_a_crime(crime):
    update(crime, summary="Nothing to do with it")
    reclassify(crime, "crime_suspected")
    assert person(crime).family_name == "Quill"
