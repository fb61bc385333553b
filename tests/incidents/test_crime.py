"""A crime that the police record, whichever agency leads; and references that are corrected (docs/domain.md §1.4)."""

from __future__ import annotations

import pytest

from agencies.models import Membership, Notice
from incidents.choices import Level, Tier
from incidents.models import Case
from incidents.selectors.case_page import case_get
from incidents.selectors.crime import crime_reference
from incidents.services.case import case_triage
from incidents.services.crime import crime_record
from kernel.errors import ForbiddenError, RuleError, StaleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, cast_get, client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    name_person,
    reclassify,
    text,
)

pytestmark = pytest.mark.django_db
FIRST, SECOND = "26000000001", "26000000002"
WHY = "the test looks at everything"
NAMED = PerpetratorData(status="named", given_name="Derek", family_name="Gant", relationship="neighbour")


@pytest.fixture
def theirs(cast):
    """Led by the north council, open to the police to add to."""
    case = case_of("bob", perpetrators=[NAMED])
    give(case, "POL", Level.CONTRIBUTE)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast["bob"])
    return fresh(case)


def record(case: Case, name: str = "alice", **given):
    with acting(name) as actor:
        terms = {"version": fresh(case).version, "crime_reference": "26000111222"} | given
        return crime_record(actor=actor, case=case, **terms)


def history(case: Case):
    rows = case.classification_changes.order_by("at", "pk")
    return list(rows.values_list("before", "after", "crime_reference", "reason"))


def told(kind: str) -> set[str]:
    rows = Notice.objects.unscoped(reason=WHY).filter(kind=kind)
    return {email.partition("@")[0] for email in rows.values_list("user__email", flat=True)}


def test_the_police_record_a_crime_in_a_case_that_a_council_leads(theirs):
    record(theirs)
    now = fresh(theirs)
    assert (now.classification, now.status, now.triaged_at) == ("crime_recorded", "new", None)
    assert history(now) == [("undetermined", "crime_recorded", "26000111222", "")]
    assert clock_of(now, "K2").met_at is None
    # Its lead worker and the points of contact of the agency that leads.
    assert {"bob", "beth"} <= told("crime") <= {"bob", "beth", "niall"}
    [event] = audited("case.crime")
    assert event.actor_id == cast_get()["alice"].pk
    # Names may be kept from now on.
    again = log_incident_as("bob", case=now, perpetrators=[NAMED])
    assert again.case.parties.filter(perpetrator__family_name="Gant").exists()


def test_the_same_again_changes_nothing_and_another_reference_is_a_row_of_the_history(theirs):
    first = record(theirs).version
    assert record(theirs, version=0).version == first
    with pytest.raises(StaleError):
        record(theirs, version=0, crime_reference="26000111333")
    record(theirs, crime_reference="26000111333", reason="A digit was wrong")
    assert history(theirs)[1:] == [("crime_recorded", "crime_recorded", "26000111333", "A digit was wrong")]
    assert crime_reference(fresh(theirs)) == "26000111333"
    assert len(audited("case.crime")) == 2


def test_who_else_may_not(theirs, cast):
    for name in ("bob", "beth"):
        with pytest.raises(ForbiddenError, match="Only the police"):
            record(theirs, name)
    viewed = case_of("bob")
    give(viewed, "POL", Level.VIEW)
    with pytest.raises(ForbiddenError):
        record(viewed)
    with pytest.raises(Case.DoesNotExist):
        record(case_of("walt"))
    Membership.objects.filter(user=cast["alice"]).update(roles=["caseworker"])
    with pytest.raises(ForbiddenError, match="Only the police"):
        record(theirs)


def test_a_police_force_that_reads_alone_does_not_record_by_another_agencys_access(theirs, cast):
    case = case_of("bob")
    give(case, "POL", Level.VIEW)
    Membership.objects.filter(user=cast["bob"], agency__code="NNC").update(roles=["caseworker", "triager"])
    pol = Membership.objects.get(user=cast["alice"])
    Membership(user=cast["bob"], agency=pol.agency, roles=["triager", "caseworker"]).save()
    with pytest.raises(ForbiddenError, match="Only the police"):
        record(case, "bob")
    assert record(theirs, "bob").classification == "crime_recorded"


def test_a_case_for_named_people_asks_who_is_named(theirs, cast):
    Case.objects.unscoped(reason=WHY).filter(pk=theirs.pk).update(tier=Tier.RESTRICTED)
    name_person(theirs, cast["bob"], Level.MANAGE)
    name_person(theirs, cast["alice"], Level.VIEW)
    with pytest.raises(ForbiddenError):
        record(theirs)
    name_person(theirs, cast["amir"], Level.CONTRIBUTE)
    assert record(theirs, "amir").classification == "crime_recorded"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"crime_reference": "  "}, "crime_reference"), ({"crime_reference": "9" * 41}, "crime_reference")],
)
def test_bad_input(theirs, given, field):
    with pytest.raises(RuleError) as refused:
        record(theirs, **given)
    assert refused.value.field == field
    assert history(theirs) == []


# --- Triage keeps what the police said ----------------------------------------------------------------


def test_another_triage_leaves_the_reference_and_does_not_lose_a_corrected_one(cast):
    case = case_of("alice")
    with acting("alice") as alice:
        terms = {"actor": alice, "priority": "P2", "classification": "crime_recorded", "lead_worker": cast["alice"]}
        for reference, reason in ((FIRST, ""), ("", ""), (FIRST, ""), (SECOND, ""), ("", "The sergeant was asked")):
            case_triage(case=case, version=fresh(case).version, crime_reference=reference, reason=reason, **terms)
    assert history(case) == [
        ("undetermined", "crime_recorded", FIRST, ""),
        ("crime_recorded", "crime_recorded", SECOND, ""),
        ("crime_recorded", "crime_recorded", SECOND, "The sergeant was asked"),
    ]
    page = client_of("alice").get(f"/cases/{case.ref}/triage/").content.decode()
    assert f'value="{SECOND}"' in page
    assert "Looked at again" in text(client_of("alice").get(f"/cases/{case.ref}/classification/"))


def test_the_council_that_leads_leaves_it_as_it_is(theirs, cast):
    record(theirs)
    bob = client_of("bob")
    page = bob.get(f"/cases/{theirs.ref}/triage/").content.decode()
    assert 'value="crime_recorded"' in page
    assert 'name="crime_reference"' not in page
    form = {
        "version": fresh(theirs).version,
        "priority": "P2",
        "classification": "crime_recorded",
        "lead_worker": cast["bob"].pk,
    }
    assert bob.post(f"/cases/{theirs.ref}/triage/", form).status_code == 302
    assert len(history(theirs)) == 1
    with acting("bob") as actor, pytest.raises(RuleError, match="Only the police") as refused:
        now = fresh(theirs)
        terms = {"version": now.version, "priority": "P2", "lead_worker": cast["bob"], "reason": "x"}
        case_triage(actor=actor, case=now, classification="crime_recorded", crime_reference="26000777777", **terms)
    assert refused.value.field == "crime_reference"


# --- Pages ------------------------------------------------------------------------------------------


def test_the_page_shows_what_it_changes_and_records_it(theirs):
    alice, path = client_of("alice"), f"/cases/{theirs.ref}/classification/crime/"
    case_page = alice.get(f"/cases/{theirs.ref}/").content.decode()
    assert path in case_page
    assert path in alice.get(f"/cases/{theirs.ref}/classification/").content.decode()
    assert "Enter crime reference" in text(alice.post(path, {"version": theirs.version, "step": "check"}))
    form = {"version": theirs.version, "crime_reference": "26000111222", "reason": ""}
    shown = text(alice.post(path, form | {"step": "check"}))
    assert "Names of alleged perpetrators may be recorded" in shown
    assert fresh(theirs).classification == "undetermined"
    assert alice.post(path, form | {"step": "save", "version": 0}).status_code == 409
    assert alice.post(path, form | {"step": "save"}).status_code == 302
    assert "Crime reference 26000111222" in text(client_of("bob").get(f"/cases/{theirs.ref}/classification/"))


def test_who_may_open_the_page(theirs):
    path = "/cases/{ref}/classification/crime/"
    assert_unknown_is_404(path, theirs)
    assert_forbidden(path.format(ref=theirs.ref), "bob")
    with acting("bob") as bob:
        assert not case_get(actor=bob, ref=theirs.ref).records_crimes
    Case.objects.unscoped(reason=WHY).filter(pk=theirs.pk).update(classification="asb")
    page = text(client_of("alice").get(path.format(ref=theirs.ref)))
    assert "Say first which hate factor was found" in page


def test_a_corrected_reference_by_hand_after_a_downgrade(theirs):
    record(theirs)
    reclassify(theirs, "hate_incident", "bob")
    assert crime_reference(fresh(theirs)) == ""
    record(theirs, crime_reference="26000555555")
    assert [row[:3] for row in history(theirs)][-1] == ("hate_incident", "crime_recorded", "26000555555")
