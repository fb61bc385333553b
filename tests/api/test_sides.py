"""What a machine of one side reads and changes: no more than the pages let it (docs/domain.md §5.3, §5.4)."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from perpetrators.services import PerpetratorData
from tests.incidents.casework import case_of, fresh, give

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A man with a red van")
NAMED = "Dean Quill shouted at Farida Mirza."


@pytest.fixture
def case(cast):
    """A suspected crime with both sides named in its summary, for Voice and Probation to manage."""
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL], summary=NAMED)
    for code in ("VSS", "PROB"):
        give(case, code, Level.MANAGE)
    return case


def url(case, tail=""):
    return f"/api/v1/cases/{case.ref}/{tail}"


@pytest.mark.parametrize("who", ["viola", "petra"])
def test_a_summary_with_hidden_names_goes_out_and_comes_back_unchanged(case, api_for, who):
    client = api_for(who)
    read = client.get(url(case))
    shown = read.json()["summary"]
    assert "[not shown]" in shown
    sent = {"summary": shown, "priority": "P1"}
    changed = client.patch(url(case), sent, format="json", HTTP_IF_MATCH=read["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["summary"] == shown
    assert (fresh(case).summary, fresh(case).priority) == (NAMED, "P1")
    for guess in (NAMED, "Somebody shouted."):
        refused = client.patch(url(case), {"summary": guess}, format="json", HTTP_IF_MATCH="*")
        assert refused.status_code == 400
        assert "summary" in refused.json()["errors"]
    assert fresh(case).summary == NAMED
