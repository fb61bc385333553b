"""What the pages of the working day must not tell: the other side's names in reasons, what is the victim's own, traces."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import CaseStatus, Level, Tier
from incidents.models import Case, CaseClosure, InvolvedPerson
from incidents.selectors.duplicates import candidates
from incidents.services.involved import InvolvedData, involved_add, involved_change
from kernel import clock
from kernel.errors import ForbiddenError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents import evidence as ev
from tests.incidents.casework import audited, case_of, fresh, give, moment_parts, reclassify, text, victim_of
from tests.incidents.test_tier import change
from victims.services import VictimData

pytestmark = pytest.mark.django_db
WHY = "the test arranges the rows"
QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")


@pytest.fixture
def case(cast):
    return case_of("alice", classification="crime_suspected", perpetrators=[QUILL])


def test_why_the_lead_agency_withdrew_a_file_names_nobody_to_who_added_it(case, settings, tmp_path):
    ev.shelf_use(settings, tmp_path)
    give(case, "VSS", Level.CONTRIBUTE)
    row = ev.add(case, "viola")
    sent = {"reason": "It shows Dean Quill at home"}
    assert client_of("alice").post(ev.path(case, f"{row.uid}/withdraw/"), sent).status_code == 302
    for path in (f"/cases/{case.ref}/", ev.path(case, ""), ev.path(case, f"{row.uid}/")):
        page = client_of("viola").get(path)
        assert "at home" in text(page) or path.endswith("evidence/"), path
        assert "Quill" not in text(page), path


def test_that_a_victim_is_targeted_again_is_not_told_by_a_corrected_date(cast):
    """Moved into the year, an incident makes the victim a repeat one."""
    ago = clock.now() - dt.timedelta(days=900)
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL], occurred_from=ago)
    log_incident_as("alice", case=case, victims=[VictimData(ref=victim_of(case).ref)])
    for code in ("PROB", "VSS"):
        give(case, code, Level.MANAGE)
    assert not fresh(case).repeat_victim
    row = case.incidents.get(occurred_from=ago)
    sent = {
        "field": "occurred_from",
        "reason": "Misread",
        "was_received_at": row.received_at.isoformat(),
        "was_occurred_from": row.occurred_from.isoformat(),
    } | moment_parts("value", clock.now() - dt.timedelta(days=20))
    page = client_of("petra").post(f"/cases/{case.ref}/incidents/{row.ref}/correct/", sent, follow=True)
    assert "Date corrected" in text(page)
    assert fresh(case).repeat_victim
    assert "epeat victim" not in text(page)
    assert "epeat victim" not in text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "; Repeat victim" in text(client_of("viola").get(f"/cases/{case.ref}/"))


def test_when_the_victim_was_reached_is_not_told_with_a_closing(case):
    for code in ("PROB", "VSS"):
        give(case, code, Level.VIEW)
    now = clock.now()
    CaseClosure(
        case=case, reason="R1", closed_at=now, contact_at=now, contact_attempted=True, outcome_sent_at=now,
        agency=agency("POL"), created_at=now,
    ).save()  # fmt: skip
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(status=CaseStatus.CLOSED, closed_at=now)
    assert "Could not be reached" in text(client_of("viola").get(f"/cases/{case.ref}/closure/"))
    page = client_of("petra").get(f"/cases/{case.ref}/closure/")
    assert page.status_code == 200
    for words in ("Could not be reached", "The victim was told", "Written outcome"):
        assert words not in text(page), words


def test_a_household_s_names_are_not_edited_where_the_case_keeps_none(case):
    with acting("alice") as alice:
        data = InvolvedData(role="subject_household", given_name="Morwenna", family_name="Quill")
        person = involved_add(actor=alice, case=case, data=data)
    path = f"/cases/{case.ref}/involved/{person.pk}/edit/"
    assert "Morwenna" in client_of("alice").get(path).content.decode()
    reclassify(case, "hate_incident")
    assert "Morwenna" not in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert client_of("alice").get(path).status_code == 403
    with acting("alice") as alice, pytest.raises(ForbiddenError):
        involved_change(actor=alice, case=case, uid=person.pk, version=person.version, data=data)
    assert InvolvedPerson.objects.unscoped(reason=WHY).get(pk=person.pk).given_name == "Morwenna"


def test_a_restricted_case_is_found_by_no_likeness(cast):
    """Each look at it is told to information governance; a list of what is alike would be a look that nobody hears of."""
    one, two = case_of("alice"), case_of("alice")
    assert two.ref in text(client_of("asha").get(f"/cases/{one.ref}/triage/ways/"))
    change(two, Tier.RESTRICTED, "alice", "asha")
    assert client_of("asha").get(f"/cases/{two.ref}/").status_code == 200
    with acting("asha") as asha:
        assert not candidates(actor=asha, case_ids=[one.pk])


# --- Traces -----------------------------------------------------------------------------------------


def test_the_triage_inbox_leaves_a_trace_of_every_case_that_it_shows(cast):
    one, two = case_of("alice"), case_of("alice")
    assert client_of("asha").get("/triage/").status_code == 200
    (event,) = audited("case.list")
    assert event.detail == {"cases": sorted([one.ref, two.ref]), "page": "triage"}


def test_a_report_that_may_be_the_same_leaves_a_trace_of_its_case(cast):
    one, two = case_of("alice"), case_of("alice")
    page = client_of("asha").get(f"/cases/{one.ref}/triage/ways/")
    assert two.ref in text(page)
    (event,) = audited("case.list")
    assert event.detail == {"cases": [two.ref], "page": "alike"}
