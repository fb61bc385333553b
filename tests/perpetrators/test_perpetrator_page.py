"""The page of an alleged perpetrator."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import client_of, log_incident_as
from tests.incidents.casework import assert_methods, audited, case_of, give, reclassify, reveal, text

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(
    status="named",
    given_name="Dean",
    family_name="Quill",
    description="A man with a red van",
    relationship="neighbour",
)


@pytest.fixture
def crime(cast):
    return case_of("alice", classification="crime_suspected", perpetrators=[QUILL])


def person(case):
    return case.parties.get(perpetrator__isnull=False).perpetrator


def path(case) -> str:
    return f"/perpetrators/{person(case).ref}/"


def test_the_page_names_and_judges_nobody(crime):
    page = text(client_of("alice").get(path(crime)))
    for words in (
        "Alleged perpetrator",
        "Dean Quill",
        "A man with a red van",
        "Neighbour",
        crime.ref,
        "Nothing here says",
    ):
        assert words in page, words
    assert "offender" not in page.lower()
    [event] = audited("perpetrator.read")
    assert (event.operation, event.subject_ref) == ("consultation", person(crime).ref)


def test_who_sees_only_a_case_that_is_no_crime_reads_no_name(crime):
    other = log_incident_as(
        "alice", classification="crime_suspected", perpetrators=[PerpetratorData(ref=person(crime).ref)]
    ).case
    reclassify(other, "hate_incident")
    give(other, "NNC", Level.VIEW)
    page = text(client_of("bob").get(path(crime)))
    assert "Quill" not in page
    assert "A man with a red van" in page
    assert other.ref in page
    assert crime.ref not in page
    assert "Show" not in page
    give(crime, "NNC", Level.VIEW)
    assert "Names of alleged perpetrators: hidden. Show" in text(client_of("bob").get(path(crime)))
    reveal(crime, "bob", "subject_identity")
    assert "Dean Quill" in text(client_of("bob").get(path(crime)))


@pytest.mark.parametrize("level", [Level.VIEW, Level.MANAGE])
def test_victim_services_and_strangers_find_the_same_404(crime, level):
    give(crime, "VSS", level)
    for name in ("vera", "walt", "sam"):
        client = client_of(name)
        hidden, absent = client.get(path(crime)), client.get("/perpetrators/HA-26-ZZZZZZ/")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
    assert not audited("perpetrator.read")


def test_a_programme_provider_reads_it_for_a_reason(crime):
    give(crime, "PROB", Level.VIEW)
    assert "Quill" not in text(client_of("petra").get(path(crime)))
    reveal(crime, "petra", "subject_identity")
    page = text(client_of("petra").get(path(crime)))
    assert "Dean Quill" in page
    assert "Mirza" not in page


@pytest.mark.parametrize("ref", ["nonsense", "HA-26-%00AAAA", "HV-26-7KQ4M2", "HA-26-7KQ4M"])
def test_a_bad_reference_is_404(cast, ref):
    assert client_of("alice").get(f"/perpetrators/{ref}/").status_code == 404


def test_methods_and_cost(crime):
    assert_methods(path(crime), "alice", "post", "put", "patch", "delete")
    assert queries_beyond(client_of("alice"), path(crime)) <= 4
