"""Anti-social behaviour by the log's pages and by machine: one answer more, and no characteristic (docs/domain.md §1.4)."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from agencies.services.token import token_create
from incidents.forms.intake.event import NO_FACTOR
from incidents.models import Case
from kernel.actors import system_actor
from tests.api.test_incidents import report
from tests.cast import cast_get, client_of
from tests.incidents.intake_pages import Report, errors_of, words_of
from tests.incidents.moving import WHY

pytestmark = pytest.mark.django_db

ASB = {"strands": [NO_FACTOR], "perceived_by": None, "sub_RAC": None}


@pytest.fixture(autouse=True)
def _moment(settings):
    settings.HATECASE_NOW = "2026-11-19T12:00:00"


def the_case() -> Case:
    return Case.objects.unscoped(reason=WHY).get()


def test_one_answer_logs_anti_social_behaviour(cast):
    keyed = Report(client_of("charlie")).key_all(why=ASB)
    assert "Nobody believes so: anti-social behaviour" in words_of(keyed.check())
    assert keyed.submit().status_code == 302
    case = the_case()
    assert (case.classification, case.strands, case.status) == ("asb", 0, "new")
    assert not case.clocks.filter(kind__in=["K1", "K3", "K4"]).exists()
    page = words_of(client_of("charlie").get(f"/cases/{case.ref}/"))
    assert "What was done" in page
    assert "Perceived as hate by" not in page


def test_a_characteristic_and_none_cannot_both_be_so(cast):
    keyed = Report(client_of("charlie"))
    keyed.begin()
    for step in ("what", "where"):
        keyed.send(step)
    answer = keyed.send("why", strands=["RAC", NO_FACTOR])
    assert errors_of(answer) == {"strands": ["Select characteristics, or that nobody believes so, not both"]}
    answer = keyed.send("why", perceived_by=None)
    assert errors_of(answer) == {"perceived_by": ["Select who believes that it was hate"]}


def test_a_machine_logs_anti_social_behaviour_without_strands(cast):
    api = _api("charlie")
    body = {name: value for name, value in report().items() if name != "strands"}
    answer = api.post("/api/v1/incidents/", body | {"classification": "asb"}, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["classification"] == "asb"


@pytest.mark.parametrize(
    "change",
    [{"classification": "undetermined"}, {"strands": []}, {"classification": "asb", "strands": [{"code": "RAC"}]}],
)
def test_any_other_report_by_machine_says_what_it_was_aimed_at(cast, change):
    body = {name: value for name, value in report().items() if name != "strands"} | change
    answer = _api("charlie").post("/api/v1/incidents/", body, format="json")
    assert answer.status_code == 400
    assert "strands" in answer.json()["errors"]


def _api(name: str) -> APIClient:
    _, secret = token_create(actor=system_actor("a test of the API"), user=cast_get()[name])
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_ACCEPT="application/json")
