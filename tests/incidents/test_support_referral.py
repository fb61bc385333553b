"""K5: a support referral is due, is made, or is not wanted (docs/domain.md §3)."""

from __future__ import annotations

import uuid

import pytest

from incidents.services.clock import clock_state
from incidents.services.people import party_victim_add
from kernel.errors import RuleError
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, moment_parts, text
from tests.incidents.progress import HOUR, TUESDAY, london, refer, the
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police."""
    return case_of("alice", classification="crime_suspected")


def test_a_report_starts_the_referral_clock_and_a_referral_meets_it(case):
    assert (the(case, "K5").due_at, the(case, "K5").rule_version) == (london(3), "2016-1")
    refer(case, sent_at=TUESDAY)
    assert (the(case, "K5").outcome, the(case, "K5").met_at) == ("met", TUESDAY)
    assert audited("support.refer")[0].detail == {"case": case.ref, "wished": True}


@pytest.mark.parametrize(
    ("victims", "outcome"),
    [
        ([], "not_applicable"),
        ([VictimData()], "not_applicable"),
        ([VictimData(given_name="Ana", wish_share_support="no")], "not_applicable"),
        ([VictimData(given_name="Ana", wish_share_support="no"), VictimData(given_name="Ben")], ""),
    ],
)
def test_no_referral_is_due_where_nobody_can_be_reached_or_wants_one(cast, at, victims, outcome):
    assert the(case_of("alice", victims=victims), "K5").outcome == outcome


def test_a_victim_found_later_starts_the_referral_from_receipt(cast, at):
    incident = log_incident_as("alice", victims=[])
    with acting("alice") as actor:
        data = VictimData(given_name="Ana", family_name="Holm")
        party_victim_add(actor=actor, agency=agency("POL"), case=incident.case, incident=incident, data=data)
    assert incident.case.parties.filter(victim__isnull=False).count() == 1
    assert (the(incident.case, "K5").outcome, the(incident.case, "K5").due_at) == ("", london(3))
    assert the(incident.case, "K3").outcome == ""


def test_none_wanted_ends_the_clock_once_every_victim_has_said_so(cast, at):
    case = case_of("alice", victims=[VictimData(given_name="Ana"), VictimData(given_name="Ben")])
    refs = [party.victim.ref for party in case.parties.filter(victim__isnull=False)]
    refer(case, wished=False, victim=refs[0])
    assert the(case, "K5").outcome == ""
    refer(case, wished=False, victim=refs[1])
    assert the(case, "K5").outcome == "not_applicable"


def test_a_referral_that_is_refused_late_leaves_the_clock_missed(case, at):
    at(london(4, 9))
    refer(case, wished=False)
    row = the(case, "K5")
    assert (clock_state(row), row.closed_at) == ("missed", london(4, 9))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"agency": "", "service": "  "}, "service"),
        ({"agency": "NNC"}, "agency"),
        ({"agency": "nowhere"}, "agency"),
        ({"agency": "", "service": "x" * 121}, "service"),
        ({"sent_at": TUESDAY + HOUR}, "sent_at"),
        ({"victim": "HV-26-ZZZZZZ"}, "victim"),
    ],
)
def test_a_referral_names_a_service_a_time_and_a_victim_of_the_case(case, values, field):
    with pytest.raises(RuleError) as error:
        refer(case, **values)
    assert error.value.field == field
    assert not case.supportreferral_rows.exists()
    assert the(case, "K5").met_at is None


def test_the_page_takes_a_service_of_the_directory_or_another(case):
    client, path = client_of("alice"), f"/cases/{case.ref}/support-referral/"
    page = client.get(path)
    assert "Voice" in text(page)
    assert "Northamptonshire Police" not in text(page).split("To which service")[1]
    data = {
        "wished": "yes",
        "agency": "other",
        "service": "",
        "submission_id": uuid.uuid4(),
        **moment_parts("sent_at"),
    }
    assert "Enter which service" in text(client.post(path, data))
    data["service"] = "A local counselling service"
    assert "Support referral recorded" in text(client.post(path, data, follow=True))
    client.post(path, data)
    assert case.supportreferral_rows.count() == 1
    assert "A local counselling service" in text(client.get(f"/cases/{case.ref}/clocks/"))
    assert "Referred to a support service" in text(client.get(f"/cases/{case.ref}/"))


@pytest.mark.parametrize("page", ["support-referral", "action-plan"])
def test_nobody_fills_in_for_a_victim_who_is_not_recorded_yet(cast, at, page):
    case = case_of("alice", victims=[])
    client, address = client_of("alice"), f"/cases/{case.ref}/{page}/"

    first = client.get(address)
    assert "no victim is recorded" in text(first)
    assert f'href="/cases/{case.ref}/people/add-victim/"' in first.content.decode()
    assert 'name="submission_id"' not in first.content.decode()

    # Typed while there was one still: it is refused, and stays.
    sent = client.post(address, {"submission_id": str(uuid.uuid4()), "text": "Ring on Friday"})
    assert 'name="submission_id"' in sent.content.decode()
