"""The search where many cases match: the list is walked, and those that the asker holds by name are on it too."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
from django.db import connection

from incidents.models import Case, CasePerson
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.services.access import access_rebuild, database_now
from perpetrators.services import PerpetratorData
from tests.cast import acting, cast_get
from tests.incidents.casework import case_of, give

pytestmark = pytest.mark.django_db
FEW = import_module("incidents.migrations.0002_functions").FEW_MATCHES

# Rows beside a case, as bare as the search needs them: they match the words, and nobody holds them.
OTHER_CASES = """
insert into incidents_case select (jsonb_populate_record(c, jsonb_build_object('id', c.id + n, 'ref', 'X' || n))).*
  from incidents_case c, generate_series(1, %s) n where c.id = %s
"""
THEIR_WORDS = """
insert into incidents_casesearch (case_id, body)
  select %s + n, to_tsvector('english', 'followed to the market') from generate_series(1, %s) n
"""


def many_match(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OTHER_CASES, [FEW + 1, case.pk])
        cursor.execute(THEIR_WORDS, [case.pk, FEW + 1])


def name_into(case: Case, name: str, tier: str = "restricted") -> None:
    CasePerson(
        case=case,
        user=cast_get()[name],
        level="view",
        rank=2,
        reason="Knows them",
        starts_at=database_now() - dt.timedelta(hours=1),
    ).save()
    Case.objects.unscoped(reason="there is no page for it here").filter(pk=case.pk).update(tier=tier)
    access_rebuild([case.pk])


def found(name: str, words: str, **more) -> list[str]:
    with acting(name) as actor:
        return [case.ref for case in case_list(actor=actor, criteria=CaseCriteria(q=words), **more).cases]


@pytest.mark.parametrize("many", [False, True])
def test_who_is_named_finds_the_case_however_many_match(cast, many):
    by_name, by_agency, other = case_of("alice"), case_of("alice"), case_of("alice")
    name_into(by_name, "bob")
    give(by_agency, "NNC", "view")
    if many:
        many_match(other)
    assert found("bob", "followed market") == [by_agency.ref, by_name.ref]
    assert found("alice", "followed market") == [other.ref, by_agency.ref]
    assert found("walt", "followed market") == []
    # The same in both directions of the list.
    assert found("bob", "followed market", before=by_agency.ref) == [by_name.ref]
    assert found("bob", "followed market", after=by_name.ref) == [by_agency.ref, by_name.ref]


@pytest.mark.parametrize("many", [False, True])
def test_a_named_person_finds_by_the_names_that_their_agency_may_know(cast, many):
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Market")],
    )
    name_into(case, "vera")
    name_into(case, "bob")
    if many:
        many_match(case_of("alice"))
    assert found("bob", "dean market") == [case.ref]
    assert found("vera", "dean market") == []
    assert found("vera", "farida mirza") == [case.ref]
    assert found("vera", "followed") == [case.ref]


def test_who_holds_a_case_both_ways_finds_it_once(cast):
    case = case_of("alice")
    give(case, "NNC", "view")
    name_into(case, "bob", tier="team")
    many_match(case_of("alice"))
    assert found("bob", "followed") == [case.ref]
