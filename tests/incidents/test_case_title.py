"""A case without a summary is called by its facts, the same everywhere, and never by a name."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from perpetrators.services import PerpetratorData
from tests.cast import client_of
from tests.incidents.casework import case_of, give, text
from tests.incidents.test_export import export

pytestmark = pytest.mark.django_db

TITLE = "Verbal abuse in Kettering: race or ethnicity"


@pytest.fixture
def case(cast):
    case = case_of("alice", perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Croft")])
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    return case


@pytest.mark.parametrize("path", ["/cases/", "/triage/", "/", "/cases/{ref}/"])
def test_it_is_called_the_same_on_every_list_and_page(case, path):
    assert TITLE in text(client_of("alice").get(path.format(ref=case.ref)))


@pytest.mark.parametrize("name", ["vera", "petra"])
def test_either_side_is_told_the_title_and_no_name_of_the_other(case, name):
    page = text(client_of(name).get("/cases/"))
    assert TITLE in page
    assert not {"Mirza", "Croft", "Market Street"} & set(page.replace(",", " ").split(" "))


def test_a_supervisor_and_a_file_have_it_too(case):
    assert TITLE in text(client_of("asha").get("/team/0/"))
    assert export("alice")[1][1] == TITLE


def test_a_summary_comes_before_it(cast):
    case_of("alice", summary="Shouting at the market")
    page = text(client_of("alice").get("/cases/"))
    assert "Shouting at the market" in page
    assert TITLE not in page


def test_the_list_shows_the_priority(cast):
    case_of("alice", priority="P1", priority_reason="Weapon seen")
    page = text(client_of("alice").get("/cases/"))
    assert "Urgent (P1)" in page.partition("newest first")[2]
