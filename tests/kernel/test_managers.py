"""The closed manager: an unscoped root queryset refuses to be evaluated, whatever way it is asked."""

from __future__ import annotations

import pytest
from django.db.models import Count
from django.forms import modelform_factory

from incidents.models import Case, Incident, Note
from kernel.errors import ScopeError
from tests.cast import actor_named

pytestmark = pytest.mark.django_db

ATTEMPTS = {
    "list": lambda q: list(q.all()),
    "get": lambda q: q.get(pk=1),
    "first": lambda q: q.first(),
    "last": lambda q: q.order_by("pk").last(),
    "count": lambda q: q.count(),
    "exists": lambda q: q.filter(pk=1).exists(),
    "aggregate": lambda q: q.aggregate(n=Count("pk")),
    "iterator": lambda q: list(q.iterator()),
    "values": lambda q: list(q.values_list("pk")),
    "in_bulk": lambda q: q.in_bulk([1]),
    "update": lambda q: q.update(summary="x"),
    "delete": lambda q: q.filter(pk=1).delete(),
    "raw": lambda q: list(q.raw("select 1")),
    "explain": lambda q: q.all().explain(),
    "get_or_create": lambda q: q.get_or_create(ref="HC-26-000000"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_an_unscoped_queryset_refuses(attempt):
    with pytest.raises(ScopeError):
        attempt(Case.objects)


def test_an_unscoped_queryset_refuses_inside_another(cast):
    actor = actor_named("alice")
    with pytest.raises(ScopeError):
        list(Incident.objects.visible_to(actor).filter(case__in=Case.objects.filter(ref="x")))
    with pytest.raises(ScopeError):
        list(Case.objects.visible_to(actor).union(Case.objects.all()))


def test_a_model_forms_choices_refuse():
    form = modelform_factory(Note, fields=["case"])()
    with pytest.raises(ScopeError):
        str(form)


def test_the_named_bypass_needs_a_reason():
    with pytest.raises(ScopeError):
        Case.objects.unscoped(reason="")


def test_children_are_reached_through_their_parent(log_incident, acting):
    incident = log_incident("alice")
    with acting("alice") as actor:
        case = Case.objects.visible_to(actor).get(pk=incident.case_id)
        assert [i.pk for i in case.incidents.all()] == [incident.pk]
        assert list(Case.objects.visible_to(actor).prefetch_related("incidents", "notes")) == [case]


def test_a_parent_that_is_open_itself_opens_nothing(log_incident):
    case = log_incident("alice").case
    with pytest.raises(ScopeError):
        list(case.lead_agency.led_cases.all())
    with pytest.raises(ScopeError):
        case.lead_agency.tasks.count()
