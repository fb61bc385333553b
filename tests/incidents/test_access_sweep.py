"""Grants that begin later, and what is left of those that have ended."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from hatecase.celery import app as celery
from incidents.choices import Level
from incidents.models import Case, CaseAccess, CaseGrant, Task
from incidents.services.access import access_rebuild, database_now, grant_create
from incidents.services.exclusion import exclusion_set
from incidents.services.task import task_create
from incidents.tasks import access_sweep, retention_sweep
from kernel.models import AuditEvent
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import case_of, give, text, victim_of
from victims.selectors import victim_get
from victims.services import VictimData, victim_change

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def case(cast) -> Case:
    return log_incident_as("alice").case


def shared(case: Case, *, starts: dt.timedelta, ends: dt.timedelta | None = None, level: Level = Level.VIEW) -> None:
    """A grant that was given two days ago."""
    now = database_now()
    grant = grant_create(
        case=case,
        agency=agency("NNC"),
        level=level,
        source=CaseGrant.Source.SHARE,
        starts_at=now + starts,
        until=None if ends is None else now + ends,
        source_ref=level,
    )
    CaseGrant.objects.unscoped(reason="given earlier").filter(pk=grant.pk).update(created_at=now - 2 * DAY)


def seen_by(name: str, case: Case) -> bool:
    with acting(name) as actor:
        return Case.objects.visible_to(actor).filter(pk=case.pk).exists()


def test_a_grant_that_has_begun_opens_the_case(case):
    shared(case, starts=-DAY)
    assert not seen_by("bob", case)
    assert access_sweep() == 1
    assert seen_by("bob", case)
    assert access_sweep() == 0
    assert AuditEvent.objects.get(action="access.apply").detail["cases"] == [case.pk]


def test_a_grant_that_is_still_to_begin_does_not(case):
    shared(case, starts=DAY)
    assert access_sweep() == 0
    assert not seen_by("bob", case)


def test_a_higher_level_that_begins_later_counts(case):
    shared(case, starts=-2 * DAY - DAY)
    access_rebuild([case.pk])
    shared(case, starts=-DAY, level=Level.MANAGE)
    assert access_sweep() == 1
    rows = CaseAccess.objects.unscoped(reason="look at the level").filter(case=case, agency=agency("NNC"))
    assert rows.get().level == 4


def test_what_has_ended_is_tidied_away(case):
    shared(case, starts=-DAY, ends=DAY)
    access_rebuild([case.pk])
    assert seen_by("bob", case)
    now = database_now()
    CaseGrant.objects.unscoped(reason="let it end").filter(agency=agency("NNC")).update(until=now)
    Case.objects.unscoped(reason="the envelope knows the end").filter(pk=case.pk).update(access_ends_at=now)
    assert not seen_by("bob", case)
    assert access_sweep() == 1
    assert not CaseAccess.objects.unscoped(reason="look at it").filter(agency=agency("NNC")).exists()
    assert access_sweep() == 0


def test_what_an_agency_had_to_do_goes_back_when_its_share_ends(case):
    shared(case, starts=-DAY, ends=DAY, level=Level.CONTRIBUTE)
    access_rebuild([case.pk])
    with acting("alice") as actor:
        task = task_create(actor=actor, case=case, title="Change her locks", agency=agency("NNC"))
    now = database_now()
    CaseGrant.objects.unscoped(reason="let it end").filter(agency=agency("NNC")).update(until=now)
    Case.objects.unscoped(reason="the envelope knows the end").filter(pk=case.pk).update(access_ends_at=now)
    with connection.cursor() as cursor:
        cursor.execute("set local role hatecase_worker")
        assert access_sweep() == 1
        cursor.execute("reset role")
    assert (case.tasks.get(pk=task.pk).agency.code, case.tasks.get(pk=task.pk).state) == ("POL", "offered")
    assert f"{task.ref} in {case.ref} came back" in text(client_of("donna").get("/notices/"))


def test_a_grant_that_was_withdrawn_before_it_began_opens_nothing(case):
    shared(case, starts=-DAY)
    CaseGrant.objects.unscoped(reason="withdraw it").filter(agency=agency("NNC")).update(ended_at=database_now())
    assert access_sweep() == 0


def test_the_workers_role_has_the_rights_it_needs(case):
    shared(case, starts=-DAY)
    with connection.cursor() as cursor:
        cursor.execute("set local role hatecase_worker")
        assert access_sweep() == 1
        assert retention_sweep() == 0
        cursor.execute("reset role")
    assert seen_by("bob", case)


# --- What a victim's wish ended ------------------------------------------------------------------------


@pytest.fixture
def left(case, cast) -> list[Task]:
    """Tasks of a victim service in two cases of one victim, whose wish ends both shares. Who records it may open one
    case alone; a task of the council stays where it is."""
    other = case_of("alice", victims=[VictimData(ref=victim_of(case).ref)])
    made = []
    for one in (case, other):
        give(one, "VSS", Level.CONTRIBUTE)
        give(one, "NNC", Level.CONTRIBUTE)
        with acting("alice") as actor:
            made += [
                task_create(actor=actor, case=one, title="Ring her each week", agency=agency(code))
                for code in ("VSS", "NNC")
            ]
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=other, reason="Related", user=cast["alice"])
    return made


def end_by_wish(case: Case) -> None:
    with acting("alice") as actor:
        record = victim_get(actor=actor, ref=victim_of(case).ref)
        victim_change(actor=actor, victim=record, version=record.version, changes={"wish_share_support": "withdrawn"})


def doing(tasks: list[Task]) -> list[tuple[str, str]]:
    rows = Task.objects.unscoped(reason="look at it").filter(pk__in=[task.pk for task in tasks]).order_by("pk")
    return list(rows.values_list("agency__code", "state"))


def test_what_an_agency_had_to_do_goes_back_when_a_wish_ends_its_share(case, left):
    end_by_wish(case)
    with connection.cursor() as cursor:
        cursor.execute("set local role hatecase_worker")
        assert access_sweep() == 2
        assert access_sweep() == 0
        cursor.execute("reset role")
    assert doing(left) == [("POL", "offered"), ("NNC", "offered")] * 2
    assert f"{left[0].ref} in {case.ref} came back" in text(client_of("donna").get("/notices/"))
    assert AuditEvent.objects.filter(action="task.return").count() == 2


def test_it_goes_back_right_after_the_wish_was_recorded(case, left, django_capture_on_commit_callbacks):
    celery.conf.task_always_eager = True
    try:
        with django_capture_on_commit_callbacks(execute=True):
            end_by_wish(case)
    finally:
        celery.conf.task_always_eager = False
    assert doing(left) == [("POL", "offered"), ("NNC", "offered")] * 2


def test_a_task_stays_with_an_agency_that_has_another_share(case, left):
    grant_create(case=case, agency=agency("VSS"), level=Level.VIEW, source=CaseGrant.Source.REPORT)
    access_rebuild([case.pk])
    end_by_wish(case)
    access_sweep()
    assert doing(left)[0] == ("VSS", "offered")
    assert doing(left)[2] == ("POL", "offered")
