"""What an incident that changes cases must not tell: the names that its texts hold go out of them in both cases."""

from __future__ import annotations

import pytest

from incidents.choices import Level, Tier
from incidents.models import Incident, SubjectReport
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.services.exclusion import exclusion_set
from incidents.services.note import note_add
from incidents.services.people import party_perpetrator_add, perpetrator_name_record
from kernel.errors import RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import case_of, fresh, give, reclassify, text
from tests.incidents.moving import WHY, join, move, split, undo
from tests.incidents.test_tier import change
from victims.services import VictimData

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")
FARIDA = VictimData(given_name="Farida", family_name="Mirza", phone="07700 900123")
NOOR = VictimData(given_name="Noor", family_name="Aziz", phone="07700 900321")
READERS = [("viola", "VSS", "Quill"), ("petra", "PROB", "Mirza")]


@pytest.fixture(params=READERS, ids=["victims’ side", "alleged perpetrators’ side"])
def reader(request, cast):
    return request.param


@pytest.fixture
def case(cast):
    """Two incidents, each of which names the people of both; a note that does as well."""
    said = "Dean Quill shouted at Farida Mirza."
    case = case_of("alice", classification="crime_suspected", victims=[FARIDA], perpetrators=[QUILL], narrative=said)
    log_incident_as("alice", case=case, victims=[NOOR], narrative=f"Again. {said}")
    for code in ("VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text=said)
    return fresh(case)


def incidents(case):
    return list(Incident.objects.unscoped(reason=WHY).filter(case=case).order_by("pk"))


def found(name, words):
    with acting(name) as actor:
        return {case.ref for case in case_list(actor=actor, criteria=CaseCriteria(q=words)).cases}


@pytest.mark.parametrize("which", [0, 1])
def test_a_split_gives_no_name_away_in_either_case(case, reader, which):
    who, _, hidden = reader
    new, moves = split(case, incidents(case)[which])
    for one in (case, new):
        page = client_of(who).get(f"/cases/{one.ref}/")
        assert page.status_code == 200
        assert hidden not in page.content.decode(), one.ref
    assert found(who, hidden) == set()
    undo(moves)
    assert hidden not in client_of(who).get(f"/cases/{case.ref}/").content.decode()
    assert found(who, hidden) == set()


def test_a_moved_incident_gives_nobody_of_its_old_case_away(case, reader):
    """Somebody who belongs to the case and to no incident stays behind, and the incident speaks of them."""
    who, code, hidden = reader
    other = case_of("alice", classification="crime_suspected", victims=[NOOR], narrative="Paint on the door.")
    give(other, code, Level.CONTRIBUTE)
    moves = move(incidents(case)[1], other)
    page = client_of(who).get(f"/cases/{other.ref}/")
    assert "Again." in text(page)
    assert hidden not in page.content.decode()
    assert found(who, hidden) == set()
    undo(moves)
    assert found(who, hidden) == set()


def test_who_is_known_later_is_taken_out_of_both_cases(case, cast):
    """What the split case says of somebody is hidden as soon as the other one knows who they are."""
    log_incident_as("alice", case=case, victims=[NOOR], narrative="It was Ebenezer Thorn this time.")
    left, _, gone = incidents(case)
    new, _ = split(case, gone)
    assert "Thorn" in text(client_of("viola").get(f"/cases/{new.ref}/"))
    assert found("viola", "Thorn") == {new.ref}
    with acting("alice") as actor:
        data = PerpetratorData(status="named", given_name="Ebenezer", family_name="Thorn")
        party_perpetrator_add(actor=actor, case=fresh(case), incident=left, agency=agency("POL"), data=data)
    assert "Thorn" not in text(client_of("viola").get(f"/cases/{new.ref}/"))
    assert found("viola", "Thorn") == set()


def test_the_reason_of_a_move_names_nobody_of_either_case(case, reader):
    who, code, hidden = reader
    other = case_of("alice", classification="crime_suspected", victims=[NOOR], narrative="Paint on the door.")
    give(other, code, Level.VIEW)
    move(incidents(case)[1], other, reason="Dean Quill hates Farida Mirza")
    for one in (case, other):
        page = client_of(who).get(f"/cases/{one.ref}/moves/")
        assert "hates" in text(page)
        assert hidden not in page.content.decode(), one.ref


def test_joined_cases_keep_each_other_s_names(case, reader):
    who, code, hidden = reader
    other = case_of("alice", classification="crime_suspected", victims=[NOOR], narrative="Paint on the door.")
    give(other, code, Level.CONTRIBUTE)
    join(case, other)
    for one in (case, other):
        assert hidden not in client_of(who).get(f"/cases/{one.ref}/").content.decode(), one.ref
    assert found(who, hidden) == set()


# --- Undone -----------------------------------------------------------------------------------------


@pytest.fixture
def pair(cast):
    """Two cases that a council reads."""
    pair = case_of("alice", narrative="Paint on the gate."), case_of("alice", narrative="Eggs thrown.")
    for case in pair:
        give(case, "NNC", Level.VIEW)
    return pair


def test_nothing_goes_back_out_of_a_case_for_named_people(pair):
    case, other = pair
    moves = join(case, other)
    change(other, Tier.RESTRICTED, "alice", "asha")
    with pytest.raises(RuleError, match="named people"):
        undo(moves)
    assert "Paint" not in text(client_of("bob").get(f"/cases/{case.ref}/"))


def test_names_that_a_case_may_not_keep_go_back_to_it_into_quarantine(cast):
    """Joined before it was decided what they are; the case that is left is found to be a crime, the other one is not yet."""
    case = case_of("alice", victims=[FARIDA], perpetrators=[QUILL], narrative="Paint on the gate.")
    other = case_of("alice", victims=[NOOR], narrative="Eggs thrown.")
    waiting = SubjectReport.objects.unscoped(reason=WHY).filter(case=case)
    moves = join(case, other)
    reclassify(other, "crime_suspected")
    with acting("alice") as actor:
        report = SubjectReport.objects.visible_to(actor).get()
        perpetrator_name_record(actor=actor, report_id=report.pk)
    assert "Dean Quill" in text(client_of("alice").get(f"/cases/{other.ref}/"))
    assert not waiting.exists()
    undo(moves)
    assert waiting.count() == 1
    assert "Dean Quill" not in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert found("alice", "Quill") == set()


def test_who_was_kept_out_of_one_case_all_along_does_not_hinder_its_parting(pair, cast):
    case, other = pair
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=other, user=cast["bob"], agency=None, reason="A relative")
    undo(join(case, other))
    assert "Paint" in text(client_of("bob").get(f"/cases/{case.ref}/"))
