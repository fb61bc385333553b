"""`GET /api/v1/indicators/`: the published figures for machines."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agencies.services.token import token_create
from kernel.actors import system_actor
from kernel.models import AuditEvent
from tests.cast import cast_get
from tests.strategy.conftest import Happened

pytestmark = pytest.mark.django_db
URL = "/api/v1/indicators/"


def bearer(name: str) -> str:
    """The header of a fresh token."""
    _, secret = token_create(actor=system_actor("a test of the API"), user=cast_get()[name])
    return f"Bearer {secret}"


@pytest.fixture
def ask(cast: Any) -> Any:
    """`ask("sam", by="strand")`: the answer of the API."""

    def get(name: str, **query: str) -> Any:
        return Client().get(URL, query, headers={"Authorization": bearer(name), "Accept": "application/json"})

    return get


@pytest.fixture
def county(happened, window, refresh):
    early, late = window.months[2], window.months[20]
    happened(
        [Happened(early)] * 10
        + [Happened(late)] * 30
        + [Happened(late, ("TRN",), "E07000150", "WNC")] * 3
        + [Happened(late, ("AGE",), "E07000154", "NNC")] * 8
    )
    return refresh()


def values(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return {row["key"]: row["value"] for row in answer.json()["results"]}


def test_by_strand(county, window, ask):
    answer = ask("sam", by="strand")
    body = answer.json()
    assert values(answer) == {"RAC": 40, "TRN": "[c]", "AGE": "[c]"} | dict.fromkeys(
        ("REL", "SXO", "DIS", "ALT", "SEX", "OTH"), 0
    )
    assert (body["by"], body["total"], body["next"]) == ("strand", 51, None)
    assert body["period_from"] == f"{window.first}"
    assert body["period_to"][:7] == f"{window.last:%Y-%m}"
    assert body["as_at"].endswith(("Z", "+00:00", "+01:00"))
    assert body["results"][0] == {"key": "RAC", "label": "Race or ethnicity", "value": 40}


def test_by_district_and_agency(county, ask):
    places = values(ask("ines", by="district"))
    assert places["E07000153"] == 40
    assert places["E07000150"] == "[c]"
    assert places["E07000154"] == "[c]"
    assert values(ask("ines", by="agency")) == {"POL": 40, "WNC": "[c]", "NNC": "[c]"}


def test_by_month(county, window, ask):
    answer = ask("sam", by="month", period_from=f"{window.months[19]:%Y-%m}", period_to=f"{window.months[20]}")
    assert values(answer) == {f"{window.months[19]:%Y-%m}": 0, f"{window.months[20]:%Y-%m}": 41}
    assert answer.json()["total"] == 41


def test_a_period_is_put_together_from_published_ones(county, window, ask):
    # The second year with one month before it: a year and a month.
    answer = ask("sam", by="strand", period_from=f"{window.months[11]}", period_to=f"{window.last}")
    assert values(answer)["RAC"] == 30
    assert values(answer)["TRN"] == "[c]"
    assert answer.json()["total"] == 41


def test_days_stand_for_their_months(county, window, ask):
    answer = ask(
        "sam", by="strand", period_from=f"{window.months[20]:%Y-%m}-17", period_to=f"{window.months[20]:%Y-%m}-18"
    )
    assert answer.json()["period_from"] == f"{window.months[20]}"
    assert values(answer)["RAC"] == 30


def test_months_without_figures_are_left_out(county, window, ask):
    body = ask("sam", by="strand", period_from="2001-01", period_to="2099-12").json()
    assert body["period_from"] == f"{window.first}"
    assert body["period_to"][:7] == f"{window.last:%Y-%m}"
    nothing = ask("sam", by="district", period_from="2001-01", period_to="2001-12").json()
    assert (nothing["period_from"], nothing["period_to"], nothing["total"]) == (None, None, "[x]")
    assert {row["value"] for row in nothing["results"]} == {"[x]"}


def test_before_the_first_figures(cast, ask):
    body = ask("sam", by="strand").json()
    assert (body["total"], body["as_at"]) == ("[x]", None)
    assert ask("sam", by="agency").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "by"),
        ({"by": "victim"}, "by"),
        ({"by": "strand", "period_from": "soon"}, "period_from"),
        ({"by": "strand", "period_to": "2026-13"}, "period_to"),
        ({"by": "strand", "period_from": "2026-05", "period_to": "2026-04"}, "period_to"),
        ({"by": "strand", "period_from": "2026-01\x00"}, "period_from"),
    ],
)
def test_bad_queries_say_what_is_wrong(county, ask, query, field):
    answer = ask("sam", **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"]


@pytest.mark.parametrize("name", ["alice", "vera", "tom", "admin"])
def test_who_may_not_see_figures(county, ask, name):
    answer = ask(name, by="strand")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert "results" not in answer.json()


def test_without_a_token(county):
    assert Client().get(URL, {"by": "strand"}).status_code == 401


def test_what_was_read_is_kept(county, ask):
    ask("sam", by="strand", period_from="2026-01")
    assert AuditEvent.objects.get(action="figures.api").detail == {"by": "strand", "period_from": "2026-01-01"}
