"""Facts that cannot be are refused beside their field, with what was typed kept; by machine with 400."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.services.contact import ContactData, contact_log
from kernel import clock
from kernel.errors import RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, day_parts, moment_parts, text, victim_of, victim_set
from tests.incidents.intake_pages import Report, errors_of
from victims.services import VictimData, victim_change

pytestmark = pytest.mark.django_db

TODAY = clock.today()
ANCIENT = dt.date(TODAY.year - 121, 1, 1)
TO_COME = TODAY + dt.timedelta(days=40)
CHILD = dt.date(TODAY.year - 12, 1, 1)
ABOUT_40 = "A man of about 40 who lives next door"


@pytest.fixture
def keyed(cast):
    keyed = Report(client_of("alice"))
    keyed.key_all()
    return keyed


# --- Postcodes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["NN16 8A", "ZZ1 1AA", "QQ99 9ZZ", "XX1", "12345", "nonsense"])
@pytest.mark.parametrize(("step", "with_"), [("where", {}), ("victim/1", {})])
def test_what_is_no_uk_postcode_is_refused_and_shown_again(keyed, step, with_, typed):
    page = keyed.send(step, postcode=typed, **with_)
    assert "Enter a full UK postcode" in errors_of(page)["postcode"][0]
    assert f'value="{typed}"' in page.content.decode()


@pytest.mark.parametrize(("step", "typed"), [("where", "LE1 1AA"), ("where", "SW1A"), ("victim/1", "CB1 2AA")])
def test_a_postcode_outside_the_county_is_asked_about_once(keyed, step, typed):
    assert "postcode_outside" not in keyed.client.get(f"{keyed.path}{step}/").content.decode()
    page = keyed.send(step, postcode=typed)
    assert "not in Northamptonshire" in errors_of(page)["postcode"][0]
    html = page.content.decode()
    assert f'value="{typed}"' in html
    assert "Keep this postcode" in html
    assert keyed.send(step, postcode=typed, postcode_outside="on").status_code == 302
    # The draft holds the answer.
    assert keyed.client.get(f"{keyed.path}{step}/").context["form"]["postcode_outside"].value()
    assert keyed.send(step, postcode="LE16 7AA", postcode_outside=None).status_code == 302


def test_a_record_with_such_a_postcode_is_not_asked_about_again(cast):
    case = case_of("alice")
    victim = victim_set(case, postcode="CB1 2AA")
    path = f"/victims/{victim.ref}/details/"
    client = client_of("alice")
    page = client.get(path)
    assert page.context["form"]["postcode_outside"].value() is True
    sent = {"version": victim.version, "given_name": "Farida", "postcode": "CB1 2AA", "postcode_outside": "on"}
    assert client.post(path, sent).status_code == 302
    assert victim_of(case).postcode == "CB1 2AA"
    version = victim_of(case).version
    refused = client.post(path, {"version": version, "given_name": "Farida", "postcode": "CB2 2AA"})
    assert "not in Northamptonshire" in text(refused)
    assert victim_of(case).version == version


# --- Dates of birth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("born", "says"), [(TO_COME, "in the past"), (ANCIENT, "120 years ago")])
@pytest.mark.parametrize(
    ("step", "more"),
    [("victim/1", {}), ("who/1", {"status": "named", "given_name": "Dean", "description": ""})],
)
def test_a_birth_that_cannot_be_is_refused_beside_its_field(keyed, step, more, born, says):
    page = keyed.send(step, **more, **day_parts("date_of_birth", born))
    assert says in errors_of(page)["date_of_birth"][0]
    assert f'value="{born.year}"' in page.content.decode()


def test_a_date_of_birth_and_an_age_in_words_must_agree(keyed):
    named = {"status": "named", "given_name": "Dean", "description": ABOUT_40}
    page = keyed.send("who/1", **named, **day_parts("date_of_birth", CHILD))
    assert "The date of birth makes them 12, the description says about 40" in errors_of(page)["date_of_birth"][0]
    agrees = dt.date(TODAY.year - 44, 1, 1)
    assert keyed.send("who/1", **named, **day_parts("date_of_birth", agrees)).status_code == 302


@pytest.mark.parametrize("born", [TO_COME, ANCIENT])
def test_services_refuse_such_a_birth(cast, born):
    for people in (
        {"victims": [VictimData(given_name="Ada", date_of_birth=born)]},
        {"perpetrators": [PerpetratorData(status="named", given_name="Dean", date_of_birth=born)]},
    ):
        with pytest.raises(RuleError) as refused:
            case_of("alice", **people)
        assert refused.value.field == "date_of_birth"
    victim = victim_of(case_of("alice"))
    with acting("alice") as actor, pytest.raises(RuleError, match="Date of birth"):
        victim_change(actor=actor, victim=victim, version=victim.version, changes={"date_of_birth": born})


# --- What comes first -----------------------------------------------------------------------------------------


def test_a_contact_before_the_report_came_in_is_refused_and_shown_again(cast):
    now = clock.now()
    case = case_of("alice", received_at=now - dt.timedelta(hours=2))
    early = now - dt.timedelta(days=3)
    sent = {"whom": victim_of(case).ref, "method": "phone", "direction": "inbound", "result": "two_way"}
    page = client_of("alice").post(f"/cases/{case.ref}/contacts/add/", sent | moment_parts("at", early))
    assert "The report came in on" in errors_of(page)["at"][0]
    assert f'value="{early.astimezone(clock.LONDON).day}"' in page.content.decode()
    with acting("alice") as actor:
        contact_log(actor=actor, case=case, data=ContactData(at=now - dt.timedelta(hours=2), method="phone"))


def test_it_began_before_the_report_came_in(cast):
    now = clock.now()
    with pytest.raises(RuleError) as refused:
        case_of("alice", received_at=now - dt.timedelta(hours=2), occurred_from=now - dt.timedelta(hours=1))
    assert refused.value.field == "occurred_from"
