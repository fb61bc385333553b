"""Confirming what a report is and who works it: the page, as the police and a council fill it in."""

from __future__ import annotations

import pytest

from tests.cast import client_of
from tests.incidents.casework import case_of, fresh, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_who_sorts_for_the_lead_agency_confirms_on_the_page(cast, who):
    case, client = case_of(who), client_of(who)
    page = f"/cases/{case.ref}/triage/"
    # Only the police give a crime's number.
    assert ("Crime reference" in text(client.get(page))) == (who == "alice")
    form = {"priority": "P3", "classification": "hate_incident", "lead_worker": cast[who].pk, "version": case.version}
    refused = client.post(page, form | {"lead_worker": ""})
    assert refused.status_code == 200
    assert "There is a problem" in text(refused)
    form["priority_reason"] = "Nobody is in danger, and she has been told what happens next"
    assert client.post(page, form).status_code == 302
    now = fresh(case)
    assert (now.classification, now.status, now.lead_worker_id) == ("hate_incident", "open", cast[who].pk)
