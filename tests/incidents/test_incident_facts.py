"""Facts that turn out otherwise: corrected with a reason, followed by all that hangs on them, told as the original is."""

from __future__ import annotations

import uuid

import pytest

from incidents.choices import FactField, Level, strand_codes
from incidents.models import CaseAccess, FieldCorrection, Incident, PostcodePoint
from incidents.rules.online import happened_online
from incidents.services.incident import StrandData
from incidents.services.incident_correct import FactsData, incident_set_right
from kernel.errors import ForbiddenError, RuleError, StaleError
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import (
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    reveal,
    text,
    victim_of,
)

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
RACE = StrandData("RAC", "pakistani")
TRANS = StrandData("TRN", "trans-woman")


@pytest.fixture
def case(cast):
    case = case_of("alice", postcode="NN16 8AA", place_type="street")
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    return fresh(case)


def right(case, name="alice", *, version=None, cause="mistake", reason="She rang", mark=None, incident=None, **facts):
    row = incident or case.incidents.get()
    version = fresh(case).version if version is None else version
    with acting(name) as actor:
        return incident_set_right(
            actor=actor,
            case=case,
            incident=row,
            version=version,
            data=FactsData(**facts),
            cause=cause,
            reason=reason,
            submission_id=mark,
        )


def row_of(case) -> Incident:
    return Incident.objects.unscoped(reason=WHY).filter(case=case).first()


def at(case, row=None) -> str:
    return f"/cases/{case.ref}/incidents/{(row or row_of(case)).ref}/facts/"


def pages(name, case) -> str:
    return text(client_of(name).get(f"/cases/{case.ref}/"))


def sent(case, **changes):
    """The page as it is filled in where nothing was changed, and these changes."""
    row = row_of(case)
    return {
        "version": fresh(case).version,
        "place_type": row.place_type,
        "location": row.location,
        "postcode": row.postcode,
        "district": row.district_id,
        "behaviours": row.behaviours,
        "online": "yes" if row.online else "no",
        "strands": ["RAC"],
        "sub_RAC": ["pakistani"],
        "cause": "told",
        "reason": "She rang",
    } | changes


# --- What follows ----------------------------------------------------------------------------------


def test_a_place_is_corrected_with_all_that_hangs_on_it(case):
    PostcodePoint.objects.create(postcode="NN18 0AA", easting=489000, northing=288000)
    before = fresh(case)
    done = right(case, location="Canal Towpath", postcode="nn180aa", district="E07000150")
    row = row_of(case)
    assert (row.location, row.postcode, row.easting, row.place_key) == (
        "Canal Towpath",
        "NN18 0AA",
        489000,
        "canaltowpath",
    )
    now = fresh(case)
    assert (now.district_id, now.version, now.lead_agency_id) == (
        "E07000150",
        before.version + 1,
        before.lead_agency_id,
    )
    assert case.ref in text(client_of("alice").get("/cases/?district=E07000150"))
    assert [(one.field, one.words_before, one.words_after, one.group) for one in done] == [
        ("place", "Market Street, postcode NN16 8AA", "Canal Towpath, postcode NN18 0AA", ""),
        ("district", "Kettering", "Corby", ""),
    ]
    [event] = audited("incident.set_right")
    assert (event.fields, event.operation, event.reason) == (["district", "place"], "alteration", "She rang")
    assert "Canal" not in str(event.detail)
    assert case.ref in text(client_of("alice").get("/cases/?q=towpath"))
    assert "Place of" in pages("vera", case)


def test_a_case_stays_in_its_district_while_another_incident_is_there(case):
    log_incident_as("alice", case=case)
    right(case, district="E07000150", incident=case.incidents.order_by("pk").first())
    assert fresh(case).district_id == "E07000153"


def test_what_was_done_raises_the_priority_and_never_lowers_it(case):
    assert fresh(case).priority != "P1"
    due = {one.kind: one.due_at for one in case.clocks.all()}
    right(case, behaviours=["verbal-abuse", "arson-fire"])
    now = {one.kind: one.due_at for one in case.clocks.all()}
    assert fresh(case).priority == "P1"
    assert now["K3"] < due["K3"]
    assert "There was arson or fire." in row_of(case).priority_reasons
    right(case, behaviours=["verbal-abuse"])
    assert fresh(case).priority == "P1"
    assert {one.kind: one.due_at for one in case.clocks.all()} == now


def test_strands_are_added_and_taken_away_and_the_case_follows(case):
    right(case, strands=[RACE, StrandData("REL", "muslim")], cause="told")
    assert strand_codes(fresh(case).strands) == ("RAC", "REL")
    right(case, strands=[StrandData("REL", "muslim", by_association=True)])
    assert strand_codes(fresh(case).strands) == ("REL",)
    copies = CaseAccess.objects.unscoped(reason=WHY).filter(case_id=case.pk)
    assert {strand_codes(one.strands) for one in copies} == {("REL",)}
    assert case.ref in text(client_of("alice").get("/cases/?strand=REL"))
    assert case.ref not in text(client_of("alice").get("/cases/?strand=RAC"))
    said = pages("petra", case)
    assert (
        "corrected from Race or ethnicity: Pakistani to Race or ethnicity: Pakistani; Religion or belief: Muslim"
        in said
    )
    assert "We were told since" in said


def test_a_strand_of_another_incident_stays_the_cases(case):
    log_incident_as("alice", case=case, strands=[StrandData("DIS")])
    right(case, strands=[StrandData("SXO")], incident=case.incidents.order_by("pk").first())
    assert strand_codes(fresh(case).strands) == ("SXO", "DIS")


def test_it_happened_online_after_all_and_its_details_can_be_told(case):
    link = f"/incidents/{row_of(case).ref}/online/"
    client = client_of("alice")
    assert link not in client.get(f"/cases/{case.ref}/").content.decode()
    right(case, online=True)
    assert link in client.get(f"/cases/{case.ref}/").content.decode()
    with pytest.raises(RuleError, match="is online") as refused:
        right(case, behaviours=["online-post"], online=False)
    assert refused.value.field == "online"
    assert happened_online("online", []) and not happened_online("street", ["threat"])  # noqa: PT018


def test_the_account_is_added_to_and_never_overwritten(case):
    told = row_of(case).narrative
    victim = victim_of(case).family_name
    right(case, addition=f"Two men were there, {victim} says. Zebedee saw it.")
    assert row_of(case).narrative == told
    for name, seen in (("alice", True), ("bob", True), ("petra", False)):
        said = pages(name, case)
        assert "A man shouted abuse" in said
        # Beside the account, and in the chronology.
        assert said.count("Two men were there") == 2
        assert "Added on" in said
        assert (victim in said.partition("Two men were there")[2][:40]) is seen
    for name in ("alice", "petra"):
        assert case.ref in text(client_of(name).get("/cases/?q=zebedee"))
    assert "Two men were there" in text(client_of("alice").get(f"/cases/{case.ref}/triage/ways/"))


# --- What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "said", "field"),
    [
        ({"strands": []}, "propose another classification", "strands"),
        ({"strands": [StrandData("XXX")]}, "from the list", "strands"),
        ({"strands": [StrandData("RAC", "muslim")]}, "from the list", "strands"),
        ({"behaviours": []}, "what was done", "behaviours"),
        ({"behaviours": ["magic"]}, "from the list", "behaviours"),
        ({"place_type": "moon"}, "kind of place", "place_type"),
        ({"postcode": "nonsense"}, "full UK postcode", "postcode"),
        ({"location": "x" * 201}, "200 characters", "location"),
        ({"district": "nowhere"}, "the district", "district"),
        ({"addition": "a\x00b"}, "hidden characters", "addition"),
        ({"online": True, "reason": " "}, "Enter how", "reason"),
        ({"online": True, "cause": "guess"}, "Choose why", "cause"),
        ({"location": "Market Street", "online": False}, "Nothing was changed", None),
    ],
)
def test_bad_corrections_are_refused_whole(case, facts, said, field):
    with pytest.raises(RuleError, match=said) as refused:
        right(case, **facts)
    assert refused.value.field == field
    assert not FieldCorrection.objects.unscoped(reason=WHY).exists()


def test_anti_social_behaviour_becomes_hate_on_its_own_page_alone(cast):
    case = case_of("alice", classification="asb", strands=[])
    with pytest.raises(RuleError, match="which one was found"):
        right(case, strands=[RACE])
    page = client_of("alice").get(at(case))
    assert "hate-factor" in page.content.decode()
    assert 'name="strands"' not in page.content.decode()
    changed = {
        key: value for key, value in sent(case, location="Canal").items() if not key.endswith(("RAC", "strands"))
    }
    assert client_of("alice").post(at(case), changed | {"place_type": "street"}).status_code == 302


def test_two_editors_lose_nothing_and_two_clicks_save_once(case):
    version, mark = fresh(case).version, uuid.uuid4()
    first = right(case, version=version, location="Canal", mark=mark)
    with pytest.raises(StaleError):
        right(case, version=version, location="Park")
    assert right(case, version=version, location="Canal", mark=mark)[0].pk == first[0].pk
    assert row_of(case).location == "Canal"


@pytest.mark.parametrize(
    ("name", "answer"), [("alice", 200), ("asha", 200), ("bob", 403), ("vera", 403), ("petra", 403), ("walt", 404)]
)
def test_who_corrects(case, name, answer):
    assert client_of(name).get(at(case)).status_code == answer
    if answer == 403:
        with pytest.raises(ForbiddenError):
            right(case, name, online=True)


def test_a_closed_case_stays_as_it_is(case):
    row = fresh(case)
    row.status = "closed"
    row.save(update_fields=["status"])
    assert client_of("alice").get(at(case)).status_code == 403
    with pytest.raises(RuleError, match="closed"):
        right(case, online=True)


# --- Who is told -----------------------------------------------------------------------------------


def test_where_somebody_lives_is_told_and_changed_as_the_place_itself(case):
    right(case, place_type="home", location="Flat 9, Larch Walk")
    right(case, location="Flat 7, Larch Walk")
    # Alice works the case; Asha manages it, and has not said why she needs it.
    assert "Flat 9" in pages("alice", case)
    for name in ("asha", "bob", "vera", "petra"):
        said = pages(name, case)
        assert "Flat 7" not in said, name
        assert "Flat 9" not in said, name
        assert "Market Street, postcode" not in said, name
        assert ("Place of" in said) is (name != "petra")
    page = client_of("asha").get(at(case)).content.decode()
    assert "Flat" not in page
    assert 'name="location"' not in page
    assert f"/cases/{case.ref}/show/victim_contact/" in page
    for facts in ({"place_type": "street"}, {"location": "Canal"}):
        with pytest.raises(ForbiddenError):
            right(case, "asha", **facts)
    reveal(case, "asha", "victim_contact")
    assert 'value="Flat 7, Larch Walk"' in client_of("asha").get(at(case)).content.decode()
    assert "Flat 9" in pages("asha", case)


def test_a_place_that_was_no_home_is_hidden_once_it_is_one(case):
    right(case, location="Flat 9, Larch Walk")
    assert "Flat 9" in pages("bob", case)
    right(case, place_type="home")
    assert "Flat 9" not in pages("bob", case)
    assert "Kind of place of" in pages("bob", case)


def test_both_walls_tell_of_a_place_with_the_victims_alone(case):
    right(case, location="Canal", online=True)
    for name, seen in (("alice", 2), ("vera", 2), ("petra", 1), ("walt", 0)):
        with acting(name) as actor:
            assert FieldCorrection.objects.visible_to(actor).count() == seen, name
            assert FieldCorrection.objects.unscoped(reason="the second wall alone").count() == seen, name


def test_trans_identity_in_the_history_is_for_who_is_shown_trans_status(case):
    right(case, strands=[RACE, TRANS])
    right(case, strands=[RACE], reason="A slip of the hand")
    for name in ("alice", "bob", "petra"):
        said = pages(name, case).rpartition("Chronology")[2]
        assert "A slip of the hand" in said
        assert "Transgender" not in said, name
    reveal(case, "alice", "trans_status")
    assert "Transgender identity: Trans woman" in pages("alice", case)


# --- The page --------------------------------------------------------------------------------------


def test_the_page_asks_as_logging_does_and_keeps_what_was_typed(case):
    client = client_of("alice")
    page = client.get(at(case)).content.decode()
    assert 'value="Market Street"' in page
    assert at(case) in client.get(f"/cases/{case.ref}/").content.decode()
    bad = client.post(at(case), sent(case, strands=[], postcode="nonsense", addition="Two men"))
    assert bad.status_code == 200
    assert "at least one" in text(bad)
    assert "Enter a full UK postcode" in text(bad)
    assert "Two men" in text(bad)
    stale = client.post(at(case), sent(case, version=0, location="Canal"))
    assert stale.status_code == 409
    assert "Somebody else changed this case" in text(stale)
    assert f'value="{fresh(case).version}"' in stale.content.decode()
    done = client.post(at(case), sent(case, location="Canal", strands=["RAC", "OTH"], other="Homeless"), follow=True)
    assert "corrected. What it said before stays" in text(done)
    assert "Other characteristic: Homeless" in text(done)
    assert [one.field for one in FieldCorrection.objects.unscoped(reason=WHY).order_by("pk")] == [
        FactField.PLACE,
        FactField.STRANDS,
    ]
    again = client.post(at(case), sent(case, strands=["RAC", "OTH"], other="Homeless"))
    assert "Nothing was changed" in text(again)


def test_what_is_one_question_for_all_leaves_their_own_answers(cast):
    strands = [StrandData("RAC", "pakistani"), StrandData("REL", "muslim", by_association=True), StrandData("RAC")]
    case = case_of("alice", strands=strands, place_type="street")
    changed = sent(case, strands=["RAC", "REL"], sub_REL=["muslim"], by_association="on", location="Canal")
    assert client_of("alice").post(at(case), changed).status_code == 302
    assert [one.field for one in FieldCorrection.objects.unscoped(reason=WHY).all()] == ["place"]


def test_shapes(case):
    assert_methods(at(case), "alice")
    other = case_of("alice")
    assert client_of("alice").get(at(other, row_of(case))).status_code == 404
    assert_unknown_is_404(f"/cases/{{ref}}/incidents/{row_of(case).ref}/facts/", case)
