"""The audit's pages over many looks say what their plain questions say, however they are found (docs/decisions/0013)."""

from __future__ import annotations

import datetime as dt
import json
from importlib import import_module
from itertools import chain
from typing import Any

import pytest
from django.db import connection

from agencies.models import User
from incidents.models import Case
from incidents.selectors.audit import READING, EventCriteria
from incidents.services.reading import words_digest
from kernel import audit
from kernel.clock import LONDON
from kernel.identity import acting_as
from kernel.models import AuditEvent, AuditOperation
from perpetrators.models import AllegedPerpetrator, PerpetratorAccess
from perpetrators.services import PerpetratorData
from tests.cast import acting, actor_named, cast_get
from tests.incidents.casework import case_of, victim_of
from victims.models import Victim, VictimAccess
from victims.services import VictimData

pytestmark = pytest.mark.django_db

PLAIN = import_module("incidents.migrations.0031_audit_reading")
NOW = import_module("incidents.migrations.0261_audit_narrowed")
EVER = EventCriteria().as_json()


@pytest.fixture(params=["joined", "walked"])
def way(request: pytest.FixtureRequest, cast: Any) -> str:
    """Both ways in which own names are found, whatever number of namesakes decides between them."""
    if request.param == "walked":
        with connection.cursor() as cursor:
            made = NOW.OWN_NAME.replace(f"namesakes > {NOW.MANY}", "namesakes > -1")
            assert made != NOW.OWN_NAME
            cursor.execute(made)
    return str(request.param)


@pytest.fixture
def plain(cast: Any) -> None:
    """The functions as they were first written, beside those in use."""
    with connection.cursor() as cursor:
        for made in (PLAIN.PAGE, PLAIN.OWN_NAME, PLAIN.OFTEN):
            cursor.execute(made.replace("create function hatecase_", "create function plain_"))


def asked(call: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """What a narrow function answers information governance."""
    with acting_as(actor_named("greta")), connection.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute(f"select * from {call}", arguments)
        return cursor.fetchall()


def own_names(criteria: str = EVER, own: str = "[]", function: str = "hatecase") -> list[tuple[Any, ...]]:
    return asked(f"{function}_audit_own_name(%s, %s, null, null, 100)", criteria, own)


def looked(case: Case, *subjects: Any, at: dt.datetime | None = None) -> None:
    """Asha looked at a case, and at people in it."""
    with acting("asha") as asha, pytest.MonkeyPatch.context() as patch:
        if at:
            patch.setattr(audit, "clock_database", lambda: at)
        for subject in (case, *subjects):
            audit.record(asha, f"{subject._meta.model_name}.read", subject, operation=AuditOperation.CONSULTATION)


def person_of(side: str, given_name: str, family_name: str) -> tuple[Case, Victim | AllegedPerpetrator]:
    if side == "victim":
        case = case_of("alice", victims=[VictimData(given_name=given_name, family_name=family_name)])
        return case, victim_of(case)
    named = PerpetratorData(status="named", given_name=given_name, family_name=family_name)
    other = VictimData(given_name="Sunita", family_name="Rao")
    case = case_of("alice", classification="crime_suspected", victims=[other], perpetrators=[named])
    return case, AllegedPerpetrator.objects.unscoped(reason="the test looks at the row").get()


@pytest.mark.parametrize("side", ["victim", "perpetrator"])
@pytest.mark.parametrize(
    ("staff", "given_name", "family_name", "how"),
    [
        ("Farida Mirza", "Farida", "Mirza", "full"),
        ("Farida Mirza", "FARIDA", "mirza", "full"),
        ("Farida Mirza", "Donna", "Mirza", "family"),
        ("Dr Farida Mirza", "Farida", "Mirza", "family"),
        ("Farida Mirza MBE", "Farida", "Mirza", "family"),
        ("Mirza Begum", "Donna", "Mirza", "family"),
        ("Farida Mirza-Khan", "Farida", "Mirza-Khan", "full"),
        ("Farida Mirza-Khan", "Farida", "Mirza", None),
        ("Farida Mirza", "Farida", "Mirza-Khan", None),
        ("Siobhan O'Neill", "Siobhan", "O'Neill", "full"),
        ("Siobhan O'Neill", "Siobhan", "ONeill", None),
        ("Jörg MÜLLER", "Anna", "Müller", "family"),
        ("Jörg Müller", "Jörg", "Muller", None),
        ("Anna van der Berg", "Anna", "van der Berg", None),
        ("Anna van der Berg", "Anna", "Berg", "family"),
        ("Li Ng", "Li", "Ng", None),
        ("Farida Mirza", "Farida", "", None),
    ],
)
def test_what_counts_as_ones_own_name(way, side, staff, given_name, family_name, how):
    User.objects.filter(pk=cast_get()["asha"].pk).update(name=staff)
    case, person = person_of(side, given_name, family_name)
    looked(case, person)
    assert [row[10] for row in own_names()] == ([how, how] if how else [])


@pytest.mark.parametrize("side", ["victim", "perpetrator"])
def test_a_name_that_changes_is_found_as_it_stands(way, side):
    asha = User.objects.filter(pk=cast_get()["asha"].pk)
    asha.update(name="Farida Mirza")
    case, person = person_of(side, "Farida", "Quill")
    looked(case, person)
    people = type(person)._default_manager.unscoped(reason="the test changes the name").filter(pk=person.pk)
    assert own_names() == []
    people.update(family_name="Mirza")
    assert len(own_names()) == 2
    asha.update(name="Farida Quill")
    assert own_names() == []
    people.update(family_name="quill")
    assert len(own_names()) == 2
    people.update(family_name="")
    assert own_names() == []
    access = VictimAccess if side == "victim" else PerpetratorAccess
    keys = access.objects.unscoped(reason="the test looks at the rows").values_list("family_key", flat=True)
    assert set(keys.filter(**{side: person})) == {None}


def test_own_names_are_those_of_the_plain_question(way, plain):
    names = ["Farida Mirza", "Donna Mirza", "Dean Quill", "Mirza Quill"]
    cast = cast_get()
    for name, called in zip(("asha", "donna", "marcus", "beth"), names, strict=True):
        User.objects.filter(pk=cast[name].pk).update(name=called)
    cases = [
        case_of(
            "alice",
            classification="crime_suspected",
            victims=[VictimData(given_name=given, family_name=family)],
            perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name=other)],
        )
        for given, family, other in (("Farida", "Mirza", "Mirza"), ("Donna", "Quill", "Quill"), ("A", "B", "Mirza"))
    ]
    subjects = [subject for case in cases for subject in (case, victim_of(case))]
    words = {name: words_digest(name) for name in ("mirza", "quill", "farida mirza")}
    for name in ("asha", "donna", "marcus", "beth"):
        with acting(name) as who:
            for subject in subjects:
                audit.record(who, "case.read", subject, operation=AuditOperation.CONSULTATION)
            for case in cases:
                audit.record(who, "case.update", case, operation=AuditOperation.ALTERATION)
                for digest in words.values():
                    # Of a case as well: a look and a search in one event is told once, as a look.
                    told = {"words": digest}
                    audit.record(who, "case.search", operation=AuditOperation.CONSULTATION, detail=told)
                    audit.record(who, "case.search", case, operation=AuditOperation.CONSULTATION, detail=told)
    own = json.dumps(
        [
            {"user_id": cast["asha"].pk, "digest": words["mirza"], "whole": False},
            {"user_id": cast["asha"].pk, "digest": words["farida mirza"], "whole": True},
            {"user_id": cast["marcus"].pk, "digest": words["quill"], "whole": False},
        ]
    )
    whole = own_names(EVER, own, "plain")
    assert {row[10] for row in whole} == {"full", "family", "search_full", "search_word"}
    assert own_names(EVER, own) == whole
    page = asked("hatecase_audit_own_name(%s, %s, %s, %s, 3)", EVER, own, whole[4][1], whole[4][0])
    assert page == whole[5:8]
    police = EventCriteria(agency_id=whole[0][3][0]).as_json()
    assert own_names(police, own) == own_names(police, own, "plain") != whole


@pytest.mark.parametrize(
    ("opens", "closes"), [(dt.time(7), dt.time(19)), (dt.time(0, 30), dt.time(1, 30)), (dt.time(0), dt.time(23, 59))]
)
@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 12, 25)])
def test_out_of_hours_is_what_the_plain_question_says(plain, day, opens, closes):
    case = case_of("alice")
    midnight = dt.datetime.combine(day - dt.timedelta(days=2), dt.time(), LONDON).astimezone(dt.UTC)
    for half in range(5 * 48):
        looked(case, at=midnight + dt.timedelta(minutes=30 * half))
    terms = {"opens": opens, "closes": closes, "operations": READING, "holidays": frozenset({dt.date(2026, 12, 25)})}
    first, last = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    for criteria in (
        EventCriteria(**terms),
        EventCriteria(since=first, until=last, **terms),
        EventCriteria(since=last, **terms),
        EventCriteria(until=first, user_id=cast_get()["asha"].pk, **terms),
        EventCriteria(since=last + dt.timedelta(days=4000), **terms),
    ):
        whole = asked("plain_audit_page(%s, null, null, 1000)", criteria.as_json())
        assert asked("hatecase_audit_page(%s, null, null, 1000)", criteria.as_json()) == whole
        if len(whole) > 12:
            page = asked("hatecase_audit_page(%s, %s, %s, 7)", criteria.as_json(), whole[4][1], whole[4][0])
            assert page == whole[5:12]


def test_looked_at_by_many_is_what_the_plain_question_says(plain):
    cases = [case_of("alice") for _ in range(3)]
    subjects = [(case, victim_of(case), victim_of(case)) for case in cases]
    for number, name in enumerate(("asha", "donna", "marcus", "beth")):
        with acting(name) as who:
            for subject in chain.from_iterable(subjects[: number + 1]):
                audit.record(who, "case.read", subject, operation=AuditOperation.CONSULTATION)
    arguments = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    for threshold in (1, 2, 3, 4, 5):
        whole = asked("plain_audit_often(%s, %s, %s, 100)", *arguments, threshold)
        assert asked("hatecase_audit_often(%s, %s, %s, 100)", *arguments, threshold) == whole
        assert bool(whole) == (threshold < 5)
    assert AuditEvent.objects.filter(operation=AuditOperation.CONSULTATION).count() >= 27
