"""Names that change while others write in the same cases, on two connections: nothing is lost, nobody waits for ever, and what is
kept of a case's names is what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from incidents.choices import Level
from incidents.models import Case, CaseNames, Incident, Note, SubjectReport
from incidents.services.note import note_add
from incidents.services.people import (
    party_victim_add,
    perpetrator_name_record,
    subject_report_erase,
    subject_reports_erase_due,
)
from incidents.services.share import share_give
from kernel import clock
from kernel.actors import system_actor
from perpetrators.models import AllegedPerpetrator, PerpetratorAccess
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, log_incident_as
from tests.incidents.at_once import at_once, during
from tests.incidents.casework import case_of, fresh, give, victim_of
from tests.incidents.moving import WHY, move
from victims.models import Victim, VictimAccess
from victims.services import VictimData, victim_change

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], object]
OTHER = PerpetratorData(status="named", given_name="Garth", family_name="Ruddock", description="A passer-by")
NAMED = PerpetratorData(status="named", given_name="Darren", family_name="Pikestaff", description="A neighbour")


def incident_of(case: Case) -> Incident:
    return Incident.objects.unscoped(reason=WHY).filter(case_id=case.pk).latest("pk")


def renames(case: Case, family_name: str = "Zalewska") -> Work:
    """Somebody gives the first victim of a case another family name."""

    def work() -> None:
        with acting("alice") as actor:
            victim = Victim.objects.visible_to(actor).get(pk=victim_of(case).pk)
            victim_change(actor=actor, victim=victim, version=victim.version, changes={"family_name": family_name})

    return work


def notes(case: Case, text: str) -> Work:
    def work() -> None:
        with acting("alice") as actor:
            note_add(actor=actor, case=case, text=text)

    return work


def shares(case: Case, code: str = "NNC") -> Work:
    def work() -> None:
        terms: dict[str, Any] = {"purpose": "To act", "gateway": "cda_s115", "necessity": "To keep her safe"}
        with acting("alice") as actor:
            share_give(actor=actor, case=case, agency=agency(code), level=Level.VIEW, **terms)

    return work


def erases(case: Case) -> Work:
    """Who sorts reports erases the name that waits in a case."""

    def work() -> None:
        report = SubjectReport.objects.unscoped(reason=WHY).filter(case_id=case.pk).first()
        assert report is not None
        with acting("alice") as actor:
            subject_report_erase(actor=actor, report_id=report.pk, reason="No crime")

    return work


def sweeps() -> None:
    subject_reports_erase_due(actor=system_actor("the sweep"))


def names_told(case: Case) -> set[str]:
    """The names by which a text of a case is filtered, wherever they are taken from now."""
    row = CaseNames.objects.unscoped(reason=WHY).filter(case_id=case.pk).first()
    with connection.cursor() as cursor:
        cursor.execute("select names from hatecase_names_of(%s)", [case.pk])
        now = set(cursor.fetchone()[0])
    assert row is None or set(row.names) == now
    return now


def keys_right(case: Case) -> None:
    """The digests of the audit's page of own names are those of the names as they stand."""
    with connection.cursor() as cursor:
        for table, people, key in (
            ("victims_victimaccess", "victims_victim", "victim_id"),
            ("perpetrators_perpetratoraccess", "perpetrators_allegedperpetrator", "perpetrator_id"),
        ):
            cursor.execute(
                f"select count(*), count(*) filter (where a.family_key is distinct from hatecase_family_key(p.family_name))"
                f" from {table} a join {people} p on p.id = a.{key} where a.case_id = %s",
                [case.pk],
            )
            total, wrong = cursor.fetchone()
            assert wrong == 0
            assert total


@pytest.fixture
def pair(cast) -> list[Case]:
    """Two cases of one victim, a name in quarantine in each, between which an incident went."""
    first = case_of("alice", perpetrators=[NAMED])
    again = [VictimData(ref=victim_of(first).ref)]
    second = case_of("alice", victims=again, perpetrators=[OTHER])
    log_incident_as("alice", case=second, victims=again)
    went = incident_of(second)
    move(went, first)
    move(went, second)
    return [fresh(first), fresh(second)]


@pytest.mark.parametrize("rename_first", [False, True])
def test_a_victim_is_renamed_while_their_case_is_shared(pair, rename_first):
    works = [shares(pair[0]), renames(pair[0])]
    works = works[::-1] if rename_first else works
    assert at_once("victims_victimaccess", "case_id", [pair[0].pk], *works) == []
    for case in pair:
        assert "Zalewska" in names_told(case)
        keys_right(case)
    access = VictimAccess.objects.unscoped(reason=WHY).get(case_id=pair[0].pk)
    assert agency("NNC").pk in access.agency_ids


@pytest.mark.parametrize("rename_first", [False, True])
@pytest.mark.parametrize("held", ["incidents_casenames", "incidents_casesearch"])
def test_a_victim_is_renamed_while_a_note_names_them(pair, rename_first, held):
    works = [notes(pair[0], "Mirza rang, now Zalewska"), renames(pair[0])]
    works = works[::-1] if rename_first else works
    assert at_once(held, "case_id", [pair[0].pk], *works) == []
    assert "Zalewska" in names_told(pair[0])
    assert Note.objects.unscoped(reason=WHY).filter(case_id=pair[0].pk).count() == 1


def test_two_cases_of_kin_that_gain_names_at_once_keep_both(pair):
    """Neither case has its names kept when both begin: what one writes the other may not have seen."""
    CaseNames.objects.unscoped(reason=WHY).filter(case_id__in=[case.pk for case in pair]).delete()

    def adds(case: Case, name: str) -> Work:
        def work() -> None:
            with acting("alice") as actor:
                party_victim_add(
                    actor=actor, case=case, incident=incident_of(case), agency=agency("POL"),
                    data=VictimData(given_name="Ola", family_name=name),
                )  # fmt: skip

        return work

    works = [adds(pair[0], "Brzezina"), adds(pair[1], "Kowalczyk")]
    assert at_once("incidents_casesearch", "case_id", [case.pk for case in pair], *works) == []
    for case in pair:
        assert {"Brzezina", "Kowalczyk"} <= names_told(case)


@pytest.mark.parametrize("held", ["incidents_casenames", "incidents_subjectreport"])
def test_names_are_erased_in_two_cases_of_kin_at_once(pair, held):
    """Each goes out of the texts of both cases: whoever holds one of them asks for the other."""
    assert at_once(held, "case_id", [case.pk for case in pair], erases(pair[0]), erases(pair[1])) == []
    assert not SubjectReport.objects.unscoped(reason=WHY).exists()


@pytest.mark.parametrize("sweep_first", [False, True])
def test_the_sweep_erases_in_one_case_of_kin_while_somebody_erases_in_the_other(pair, sweep_first):
    due = SubjectReport.objects.unscoped(reason=WHY).filter(case_id=pair[1].pk)
    due.update(erase_on=clock.today())
    works = [erases(pair[0]), sweeps]
    works = works[::-1] if sweep_first else works
    assert at_once("incidents_casenames", "case_id", [case.pk for case in pair], *works) == []
    sweeps()
    assert not SubjectReport.objects.unscoped(reason=WHY).exists()


@pytest.mark.parametrize("erase_first", [False, True])
@pytest.mark.parametrize("writer", [0, 1], ids=["in the same case", "in a case of kin"])
def test_a_text_that_holds_the_name_is_written_while_the_name_is_erased(pair, erase_first, writer):
    """Whoever comes first: the name stands in no text at the end that was written before it was erased."""

    for case in pair:
        give(case, "WNC", Level.CONTRIBUTE)

    def writes() -> None:
        with acting("walt") as actor:
            note_add(actor=actor, case=pair[writer], text="Pikestaff was seen there")

    works = [writes, erases(pair[0])]
    works = works[::-1] if erase_first else works
    assert at_once("incidents_casesearch", "case_id", [case.pk for case in pair], *works) == []
    assert not SubjectReport.objects.unscoped(reason=WHY).filter(case_id=pair[0].pk).exists()
    note = Note.objects.unscoped(reason=WHY).get(case_id=pair[writer].pk)
    if not erase_first:
        assert note.text == "[name erased] was seen there"


def test_a_name_is_recorded_while_the_persons_other_case_is_shared(cast):
    """Recording the name writes to every case in which the person stands."""
    first = case_of("alice", perpetrators=[NAMED])
    person = AllegedPerpetrator.objects.unscoped(reason=WHY).get()
    second = case_of("alice", perpetrators=[PerpetratorData(ref=person.ref, description="A neighbour")])
    Case.objects.unscoped(reason=WHY).filter(pk=first.pk).update(classification="crime_suspected")
    report = SubjectReport.objects.unscoped(reason=WHY).get()

    def records() -> None:
        with acting("alice") as actor:
            perpetrator_name_record(actor=actor, report_id=report.pk)

    assert PerpetratorAccess.objects.unscoped(reason=WHY).filter(case_id=second.pk).exists()
    works = [shares(second), records]
    assert at_once("perpetrators_perpetratoraccess", "case_id", [second.pk], *works) == []
    for case in (first, second):
        assert "Pikestaff" in names_told(case)
        keys_right(case)


def test_one_victim_is_added_to_two_cases_crosswise(cast):
    """Whose cases they are from then on is told in all of them, by the flag of a repeat victim."""
    first, second = case_of("alice"), case_of("alice")
    refs = {case.pk: victim_of(case).ref for case in (first, second)}
    rows = Case.objects.unscoped(reason="the test sets the scene")
    rows.update(repeat_victim=True)

    def adds(case: Case, other: Case) -> Work:
        def work() -> None:
            with acting("alice") as actor:
                party_victim_add(
                    actor=actor, case=case, incident=incident_of(case), agency=agency("POL"),
                    data=VictimData(ref=refs[other.pk]),
                )  # fmt: skip

        return work

    works = [adds(first, second), adds(second, first)]
    assert at_once("incidents_casesearch", "case_id", [first.pk, second.pk], *works) == []
    for case in (first, second):
        assert case.parties.filter(victim__isnull=False).count() == 2


def test_names_that_are_being_kept_are_not_those_from_before_a_change(cast):
    """Whoever keeps the names of a case, and whoever changes one by whatever way, act in turn though neither holds the case."""
    case = case_of("alice")
    CaseNames.objects.unscoped(reason=WHY).filter(case_id=case.pk).delete()

    def keeps() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select hatecase_names_fill(%s)", [[case.pk]])

    def changes() -> None:
        Victim.objects.unscoped(reason=WHY).filter(pk=victim_of(case).pk).update(family_name="Zalewska")

    assert during(keeps, changes) == []
    assert "Zalewska" in names_told(case)
    assert during(lambda: Victim.objects.unscoped(reason=WHY).update(family_name="Anders"), keeps) == []
    assert "Anders" in names_told(case)
