"""Two moves at the same moment among cases that write to each other's rows, on two connections, with the real locks."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from incidents.models import Case, Incident, IncidentMove
from tests.cast import acting, log_incident_as
from tests.incidents.at_once import at_once
from tests.incidents.casework import case_of, fresh, victim_of
from tests.incidents.moving import WHY, move
from victims.services import VictimData

pytestmark = pytest.mark.django_db(transaction=True)


def incident_of(case: Case) -> Incident:
    """The latest report of a case."""
    return Incident.objects.unscoped(reason=WHY).filter(case_id=case.pk).latest("pk")


def cases_all() -> list[Case]:
    return list(Case.objects.unscoped(reason=WHY).order_by("pk"))


@pytest.fixture
def kin(cast) -> list[Case]:
    """Four cases of one victim, each with two reports, among which incidents went."""
    first = case_of("alice")
    again = [VictimData(ref=victim_of(first).ref)]
    cases = [first, *(case_of("alice", victims=again) for _ in range(3))]
    for case in cases:
        log_incident_as("alice", case=fresh(case), victims=again)
    for source, target in zip(cases[1:], cases, strict=False):
        reported = incident_of(source)
        move(reported, target)
        move(reported, source)
    return [fresh(case) for case in cases]


@pytest.mark.parametrize("crosswise", [False, True])
def test_two_moves_among_kin_at_once_are_both_done(kin, crosswise):
    one, two, three, four = kin
    # Both moves have a flag of the other's cases to put right.
    rows = Case.objects.unscoped(reason="the test sets the scene").filter(pk__in=[case.pk for case in kin])
    rows.update(repeat_victim=not fresh(one).repeat_victim)
    pairs = [(incident_of(one), two), (incident_of(four), three)]
    if crosswise:
        pairs = [(incident_of(one), four), (incident_of(three), two)]
    works = [lambda pair=pair: move(*pair) for pair in pairs]
    before = IncidentMove.objects.unscoped(reason=WHY).count()
    assert at_once("incidents_caseaccess", "case_id", [case.pk for case in kin], *works) == []
    assert IncidentMove.objects.unscoped(reason=WHY).count() == before + 2
    for incident, target in pairs:
        assert Incident.objects.unscoped(reason=WHY).get(pk=incident.pk).case_id == target.pk


def locked_by(wanted: list[Case], name: str) -> set[int]:
    """Which cases somebody holds after asking for the locks of a move."""
    with acting(name), connection.cursor() as cursor:
        cursor.execute("select hatecase_moves_lock(%s)", [[case.pk for case in wanted]])
        found: set[int] = set()

        def look() -> None:
            with transaction.atomic():
                free = Case.objects.unscoped(reason=WHY).select_for_update(skip_locked=True)
                found.update({case.pk for case in cases_all()} - {case.pk for case in free})
            connection.close()

        thread = threading.Thread(target=look)
        thread.start()
        thread.join(20)
        return found


def test_all_that_a_move_writes_to_is_held_and_nothing_else(kin, cast):
    lone = case_of("alice")
    same_victim = case_of("alice", victims=[VictimData(ref=victim_of(kin[0]).ref)])
    keys = {case.pk for case in kin}
    assert locked_by([kin[0], kin[1]], "alice") == keys | {same_victim.pk}
    assert locked_by([lone], "alice") == {lone.pk}
    assert locked_by([lone, kin[3]], "alice") == keys | {lone.pk, same_victim.pk}


@pytest.mark.parametrize("name", ["bob", "vera", "ada"])
def test_who_does_not_manage_a_case_holds_nothing_by_it(kin, name):
    assert locked_by(kin[:1], name) == set()
