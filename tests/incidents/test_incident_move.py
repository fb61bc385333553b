"""Incidents that change cases, and are parted again whole (docs/domain.md §1.4, §5.4, §10.2)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import CaseStatus, Level, Tier
from incidents.models import Case, CaseGrant, Incident, IncidentMove, Party
from incidents.services.access import access_rebuild
from incidents.services.exclusion import exclusion_set
from incidents.services.incident import StrandData
from kernel import clock
from kernel.errors import ForbiddenError, RuleError, StaleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, fresh, give, text
from tests.incidents.moving import WHY, join, move, picture, split, undo, versions
from victims.services import VictimData

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(
    status="named", given_name="Derek", family_name="Gant", description="A tall man", relationship="neighbour"
)


@pytest.fixture
def case(cast):
    """The police's, with two incidents; the second one is older, of another strand, and urgent."""
    case = case_of("alice", narrative="He shouted at her by the stall.", perpetrators=[NAMED])
    now = clock.now()
    log_incident_as(
        "alice",
        case=case,
        received_at=now - dt.timedelta(hours=9),
        occurred_from=now - dt.timedelta(hours=10),
        strands=[StrandData("DIS")],
        triage_answers={"weapon": True},
        victims=[VictimData(given_name="Noor", family_name="Aziz", phone="07700 900321")],
        perpetrators=[NAMED],
    )
    return fresh(case)


@pytest.fixture
def other(cast):
    """Another case of the police's, with one routine incident."""
    return case_of("alice", narrative="Paint on the door of the shop.", strands=[StrandData("REL", "muslim")])


def incidents(case: Case) -> list[Incident]:
    return list(Incident.objects.unscoped(reason=WHY).filter(case=case).order_by("received_at"))


def test_an_incident_moves_with_all_that_is_its_own(case, other):
    older = incidents(case)[0]
    before = {
        name: getattr(older, name).count() for name in ("characteristics", "parties", "clocks", "subject_reports")
    }
    assert all(before.values())
    move(older, other)
    older.refresh_from_db()
    assert older.case_id == other.pk
    for name, count in before.items():
        rows = list(getattr(older, name).all())
        assert len(rows) == count
        assert {row.case_id for row in rows} == {other.pk}, name


def test_both_cases_are_put_right(case, other):
    older, newer = incidents(case)
    move(older, other)
    source, target = fresh(case), fresh(other)
    assert source.received_at == newer.received_at
    assert target.received_at == older.received_at
    assert (source.strands, target.strands) == (1, fresh(other).strands)
    assert target.strands != 0
    assert target.priority == "P1"
    assert (source.version, target.version) == (case.version + 1, other.version + 1)


def test_the_access_of_people_follows(case, other):
    """Probation reads the other case: it comes to know the alleged perpetrator with the incident."""
    give(other, "PROB", Level.VIEW)
    older = incidents(case)[0]
    perpetrator = Party.objects.unscoped(reason=WHY).get(incident=older, perpetrator__isnull=False).perpetrator
    assert client_of("petra").get(f"/perpetrators/{perpetrator.ref}/").status_code == 404
    move(older, other)
    assert client_of("petra").get(f"/perpetrators/{perpetrator.ref}/").status_code == 200


@pytest.mark.parametrize("act", ["move", "join", "split"])
def test_what_was_joined_is_parted_again_whole(case, other, act):
    give(case, "NNC", Level.VIEW)
    before = picture(case, other)
    made = []
    if act == "move":
        moves = move(incidents(case)[0], other)
    elif act == "join":
        moves = join(case, other)
    else:
        new, moves = split(case, incidents(case)[0])
        made.append(new)
    assert picture(case, other) != before
    undo(moves)
    assert picture(case, other) == before
    assert {fresh(one).status for one in made} <= {CaseStatus.MERGED}
    assert all(fresh(one).merged_into_id == case.pk for one in made)


def test_what_was_done_meanwhile_stays_when_it_is_parted(case, other):
    older = incidents(case)[0]
    moves = move(older, other)
    met = older.clocks.get(kind="K2")
    met.met_at, met.outcome = clock.now(), "met"
    met.save()
    undo(moves)
    assert older.clocks.get(kind="K2").outcome == "met"


def test_a_joined_case_is_merged_and_says_into_which(case, other):
    join(case, other)
    source = fresh(case)
    assert (source.status, source.merged_into_id) == (CaseStatus.MERGED, other.pk)
    assert len(incidents(other)) == 3
    assert other.ref in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_a_reader_of_the_merged_case_alone_is_not_told_into_which(case, other):
    give(case, "NNC", Level.VIEW)
    join(case, other)
    page = client_of("bob").get(f"/cases/{case.ref}/")
    assert page.status_code == 200
    assert other.ref not in page.content.decode()


def test_a_split_is_open_to_the_same_agencies_and_to_nobody_else(case):
    give(case, "NNC", Level.CONTRIBUTE, purpose="Joint work", gateway="cda_s115")
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=case, user=None, agency=agency("WNC"), reason="A relative works there")
    new, _ = split(case, incidents(case)[0])
    assert (fresh(new).agency_ids, fresh(new).excluded_agency_ids) == (
        fresh(case).agency_ids,
        fresh(case).excluded_agency_ids,
    )
    terms = ("agency_id", "level", "source", "purpose", "gateway", "basis", "until")
    rows = CaseGrant.objects.unscoped(reason=WHY).order_by("agency_id", "source")

    def shared(one: Case) -> list[tuple]:
        found = rows.filter(content_object=one, ended_at=None)
        return [(*(getattr(row, name) for name in terms), sorted(row.field_groups)) for row in found]

    assert shared(new) == shared(case)


def test_a_split_of_a_restricted_case_is_restricted_to_the_same_people(case, cast):
    from tests.incidents.test_tier import change

    change(case, Tier.RESTRICTED, "alice", "asha")
    new, _ = split(case, incidents(case)[0])
    assert fresh(new).restricted
    assert client_of("asha").get(f"/cases/{new.ref}/").status_code == 200
    for name in ("amir", "bob"):
        assert client_of(name).get(f"/cases/{new.ref}/").status_code == 404


def test_a_second_click_does_it_once(case, other):
    act = uuid.uuid4()
    older = incidents(case)[0]
    first = move(older, other, act=act)
    with acting("alice") as actor:
        from incidents.services.incident_move import incident_move

        again = incident_move(
            actor=actor, incident=older, to_case=other, versions=versions(case, other), reason="x", act=act
        )
    assert [row.pk for row in again] == [row.pk for row in first]
    assert IncidentMove.objects.unscoped(reason=WHY).count() == 1


def test_undoing_twice_does_it_once(case, other):
    moves = move(incidents(case)[0], other)
    undo(moves)
    stamp = undo(moves)[0].undone_at
    assert undo(moves)[0].undone_at == stamp
    assert len(audited("incident.move_undo")) == 2


# --- Refusals ---------------------------------------------------------------------------------------


def test_the_only_incident_is_not_moved_but_joined(other, case):
    with pytest.raises(RuleError, match="only incident"):
        move(incidents(other)[0], case)


def test_a_case_that_one_may_not_see_is_not_there(case, cast):
    theirs = case_of("walt", district="E07000154")
    with pytest.raises(Case.DoesNotExist):
        move(incidents(case)[0], theirs)


def test_reading_the_other_case_is_not_enough(case, cast):
    theirs = case_of("bob")
    give(theirs, "POL", Level.CONTRIBUTE)
    with pytest.raises(ForbiddenError):
        move(incidents(case)[0], theirs)
    assert len(incidents(case)) == 2


def test_whoever_changed_a_case_meanwhile_is_not_overwritten(case, other):
    seen = versions(case, other)
    move(incidents(case)[0], other)
    third = log_incident_as("alice", case=fresh(case))
    with pytest.raises(StaleError):
        move(third, other, versions=seen)


def test_what_was_moved_on_is_not_parted_from_where_it_was(case, other):
    older = incidents(case)[0]
    moves = move(older, other)
    third = case_of("alice")
    move(older, third)
    with pytest.raises(RuleError, match="meanwhile"):
        undo(moves)


def test_a_case_for_named_people_takes_nothing_from_one_that_others_open(case, other, cast):
    from tests.incidents.test_tier import change

    change(other, Tier.RESTRICTED, "alice", "asha")
    for source, target in ((case, other), (other, case)):
        with pytest.raises(RuleError, match="named people"):
            join(source, target)


def test_a_victim_who_does_not_want_it_shared_with_who_would_see_it(case, other):
    give(other, "VSS", Level.VIEW)
    Party.objects.unscoped(reason=WHY).filter(
        case=case, victim__isnull=False
    ).first().victim.__class__.objects.unscoped(reason=WHY).filter(access__case_id=case.pk).update(
        wish_share_support="no"
    )
    with pytest.raises(RuleError, match="does not want"):
        move(incidents(case)[0], other)


def test_a_suspected_crime_does_not_join_what_keeps_no_names(case, other):
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(classification="crime_suspected")
    with pytest.raises(RuleError, match="names could not be kept"):
        move(incidents(case)[0], other)


def test_hate_and_what_is_not_counted_as_hate_stay_apart(case, other):
    Case.objects.unscoped(reason=WHY).filter(pk=other.pk).update(classification="asb")
    with pytest.raises(RuleError, match="counts as hate"):
        move(incidents(case)[0], other)


def test_a_closed_case_takes_nothing(case, other):
    Case.objects.unscoped(reason=WHY).filter(pk=other.pk).update(status="closed")
    access_rebuild([other.pk])
    with pytest.raises(RuleError, match="not open"):
        move(incidents(case)[0], other)


def test_a_move_is_told_to_nobody_who_sees_one_of_the_cases_alone(case, other):
    give(case, "NNC", Level.MANAGE)
    move(incidents(case)[0], other)
    with acting("bob") as bob:
        assert not IncidentMove.objects.visible_to(bob).exists()
        assert not IncidentMove.objects.unscoped(reason="the second wall alone decides").exists()
    with acting("alice") as alice:
        assert IncidentMove.objects.visible_to(alice).count() == 1


def test_joining_and_tying_are_combinations_and_moving_is_none(case, other):
    move(incidents(case)[0], other)
    join(fresh(case), fresh(other))
    assert {event.operation for event in audited("incident.move")} == {"alteration"}
    assert {event.operation for event in audited("case.join")} == {"combination"}


def test_each_case_has_its_event_and_neither_names_the_other(case, other):
    move(incidents(case)[0], other)
    events = audited("incident.move")
    assert {event.case_id for event in events} == {case.pk, other.pk}
    assert not [e for e in events if case.ref in str(e.detail) or other.ref in str(e.detail)]
