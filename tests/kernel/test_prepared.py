"""Prepared queries: the same rows as the query built anew, for everybody, and an error where that cannot be."""

from __future__ import annotations

import itertools

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import CharField, Field, Func, IntegerField, QuerySet, Value

from agencies.models import Notice
from incidents.models import Case
from kernel import clock
from kernel.actors import Actor
from kernel.errors import ScopeError
from kernel.prepared import USUAL, OneOf, Prepared, PreparedError
from kernel.server_text import ServerText
from tests.cast import acting, client_of, log_incident_as

pytestmark = pytest.mark.django_db


@Prepared
def cases_of(actor: Actor, *refs: str) -> QuerySet[Case]:
    """The cases of the asker, or those with these references."""
    found = Case.objects.visible_to(actor).select_related("lead_agency").order_by("pk")
    return found.filter(ref__in=refs) if refs else found


@pytest.fixture(autouse=True)
def _every_answer_is_checked(settings):
    settings.PREPARED_CHECKED_EACH = 1


@pytest.fixture
def cases(cast) -> list[Case]:
    return [log_incident_as(name).case for name in ("alice", "bob", "alice")]


def refs(found: list[Case]) -> list[str]:
    return [case.ref for case in found]


def test_everybody_gets_their_own_rows_from_one_plan(cases):
    police, council = [cases[0].ref, cases[2].ref], [cases[1].ref]
    for name, theirs in (("alice", police), ("bob", council), ("alice", police), ("walt", [])):
        with acting(name) as actor:
            assert refs(cases_of(actor)) == theirs


def test_values_are_filled_in(cases):
    with acting("alice") as actor:
        assert refs(cases_of(actor, cases[2].ref)) == [cases[2].ref]
        assert refs(cases_of(actor, cases[0].ref)) == [cases[0].ref]
        assert refs(cases_of(actor, cases[1].ref, cases[2].ref)) == [cases[2].ref]


def test_lists_of_nothing_take_the_type_of_the_place_where_each_stands(cases):
    def none(field: Field, kind: str) -> Func:
        return Func(Value([]), output_field=ArrayField(field), template=f"coalesce('{{}}'::{kind}[], %(expressions)s)")

    @Prepared
    def without(actor: Actor) -> QuerySet[Case]:
        found = Case.objects.visible_to(actor)
        return found.annotate(numbers=none(IntegerField(), "int"), words=none(CharField(), "varchar"))

    with acting("bob") as actor:
        assert [(case.numbers, case.words) for case in without(actor)] == [([], [])]


def test_the_second_time_nothing_is_built(cases, settings):
    built = itertools.count()

    @Prepared
    def counted(actor: Actor) -> QuerySet[Case]:
        next(built)
        return Case.objects.visible_to(actor)

    settings.PREPARED_CHECKED_EACH = 0
    for name in ("alice", "amir", "alice"):
        with acting(name) as actor:
            assert len(counted(actor)) == 2
    assert next(built) == 1


def test_whoever_has_no_agency_finds_nothing(cases):
    with acting("sam") as actor:
        assert cases_of(actor) == []


def test_related_records_come_along(cases, django_assert_num_queries):
    with acting("alice") as actor, django_assert_num_queries(1):
        assert {case.lead_agency.code for case in cases_of(actor)} == {"POL"}


def test_a_query_without_a_scope_is_refused(cases):
    @Prepared
    def everything(actor: Actor) -> QuerySet[Case]:
        return Case.objects.all()

    with acting("alice") as actor, pytest.raises(ScopeError):
        everything(actor)


def test_a_moment_of_the_clock_is_refused(cases):
    @Prepared
    def late(actor: Actor) -> QuerySet[Case]:
        return Case.objects.visible_to(actor).filter(received_at__lt=clock.now())

    with acting("alice") as actor, pytest.raises(PreparedError, match="neither a value"):
        late(actor)


def test_a_value_that_is_changed_on_its_way_is_refused(cases):
    @Prepared
    def containing(actor: Actor, words: str) -> QuerySet[Case]:
        return Case.objects.visible_to(actor).filter(summary__icontains=words)

    with acting("alice") as actor, pytest.raises(PreparedError, match="neither a value"):
        containing(actor, "market")


def test_a_value_that_does_not_reach_the_query_is_refused(cases):
    @Prepared
    def careless(actor: Actor, ref: str) -> QuerySet[Case]:
        return Case.objects.visible_to(actor)

    with acting("alice") as actor, pytest.raises(PreparedError, match="value 0 is not in the query"):
        careless(actor, cases[0].ref)


def test_a_value_may_be_spared_by_name_alone(cases):
    def chosen(actor: Actor, ref: str, other: int, *, all_of_them: bool) -> QuerySet[Case]:
        found = Case.objects.visible_to(actor)
        return found if all_of_them else found.filter(ref=ref).exclude(pk=other)

    with acting("alice") as actor:
        spared = Prepared(chosen, spare=(0, 1))
        assert len(spared(actor, cases[0].ref, 0, all_of_them=True)) > 1
        assert spared(actor, cases[0].ref, 0, all_of_them=False) == [cases[0]]
        assert spared(actor, cases[0].ref, cases[0].pk, all_of_them=False) == []
        with pytest.raises(PreparedError, match="value 1 is not in the query"):
            Prepared(chosen, spare=(0,))(actor, cases[0].ref, 0, all_of_them=True)


def test_what_is_no_value_is_refused(cases):
    with acting("alice") as actor, pytest.raises(PreparedError, match="no value"):
        cases_of(actor, None)


def test_what_depends_on_more_than_its_shape_is_found_under_test(cases):
    numbers = itertools.count(1)

    @Prepared
    def shifting(actor: Actor) -> QuerySet[Notice]:
        return Notice.objects.visible_to(actor)[: next(numbers)]

    with acting("alice") as actor, pytest.raises(PreparedError, match="more than its shape"):
        shifting(actor)


def test_a_list_of_keys_is_one_value(cases):
    @Prepared
    def some(actor: Actor, keys: list[int]) -> QuerySet[Case]:
        return Case.objects.visible_to(actor).filter(OneOf("pk", keys)).order_by("pk")

    first, second, third = (case.pk for case in cases)
    with acting("alice") as actor:
        assert [case.pk for case in some(actor, [first, second, third])] == [first, third]
        assert [case.pk for case in some(actor, [third])] == [third]
        assert some(actor, []) == []


@pytest.mark.parametrize(
    ("params", "bound"),
    [
        ([[], []], 2),
        ([["a"], ["a"]], 2),
        ([[1], [1]], 1),
        ([[1], [2]], 2),
        ([7, 7, 8], 2),
    ],
)
def test_a_value_is_bound_once_where_the_driver_says_its_type(params, bound):
    text = ServerText.of(", ".join(["%s"] * len(params)), params, [True] * len(params))
    assert len(text.picks) == bound


@Prepared
def nobodys(actor: Actor) -> QuerySet[Case]:
    """Two empty lists of different types in one text."""
    found = Case.objects.visible_to(actor).annotate(
        numbers=Value([], ArrayField(IntegerField())), words=Value([], ArrayField(CharField()))
    )
    return found.order_by("pk")


def test_empty_lists_of_two_types_are_two_values(cases):
    with acting("alice") as actor:
        assert [(case.numbers, case.words) for case in nobodys(actor)] == [([], [])] * 2


def kept_by_the_server() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like '%%incidents_case%%'")
        return int(cursor.fetchone()[0])


def test_what_is_asked_often_is_kept_by_the_server_at_once_on_a_new_connection(cases):
    with acting("alice") as actor:
        for _ in range(USUAL):
            cases_of(actor)
        with connection.cursor() as cursor:
            cursor.execute("deallocate all")
        connection.connection._prepared.clear()
        assert kept_by_the_server() == 0

        cases_of(actor)
        assert kept_by_the_server() == 1

        cases_of(actor, cases[0].ref)
        assert kept_by_the_server() == 1, "what was asked once is not kept"


@pytest.mark.parametrize(("path", "kept"), [("/cases/{}/", True), ("/cases/{}/clocks/", True), ("/cases/", False)])
def test_the_server_takes_one_plan_for_a_query_on_a_page_of_one_record_alone(cases, path, kept):
    modes = []

    def mode(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if "kernel_auditevent" in sql and not modes:
            with context["connection"].connection.cursor() as cursor:
                modes.append(cursor.execute("show plan_cache_mode").fetchone()[0])
        return answer

    client = client_of("alice")
    with connection.execute_wrapper(mode):
        assert client.get(path.format(cases[0].ref)).status_code == 200
    assert modes == ["force_generic_plan" if kept else "auto"]
