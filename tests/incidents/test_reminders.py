"""Reminders: each deadline once, to who may see the case at that moment, also after a lost night."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from agencies.models import Mail, Notice
from agencies.services.mail import mails_send
from incidents.choices import Level
from incidents.models import Case, CaseGrant, Clock
from incidents.services import task as tasks
from incidents.services.access import access_rebuild, database_now, grant_create, grant_end
from incidents.services.reminder import LOOK_BACK, reminders_send
from incidents.tasks import reminders_sweep
from kernel import clock
from kernel.actors import system_actor
from kernel.models import AuditEvent
from tests.cast import acting, agency, log_incident_as

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 12, 14, 10, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def at(at):
    """The same, from Monday."""
    at(MONDAY)
    return at


@pytest.fixture
def case(cast, at) -> Case:
    """Alice's case without clocks, which North Northamptonshire Council may contribute to."""
    incident = log_incident_as("alice")
    incident.case.clocks.all().delete()
    share(incident.case, "NNC", Level.CONTRIBUTE)
    return incident.case


def share(case: Case, code: str, level: Level, **terms) -> CaseGrant:
    grant = grant_create(case=case, agency=agency(code), level=level, source=CaseGrant.Source.SHARE, **terms)
    access_rebuild([case.pk])
    return grant


def ask(case: Case, code: str = "NNC", **values):
    with acting("alice") as actor:
        task = tasks.task_create(actor=actor, case=case, title="Fit a spyhole", agency=agency(code), **values)
    notices().delete()
    return task


def run_clock(case: Case, kind: str = "K3", *, due_at: dt.datetime, amber_at: dt.datetime, worker=None) -> Clock:
    case.lead_worker = worker
    Case.objects.unscoped(reason="set up the test").filter(pk=case.pk).update(lead_worker=worker)
    return case.clocks.create(
        kind=kind,
        level="P2",
        rule_version="1",
        lead_agency=case.lead_agency,
        starts_at=MONDAY - 5 * DAY,
        due_at=due_at,
        amber_at=amber_at,
    )


def notices():
    return Notice.objects.unscoped(reason="the test looks at all notices")


def told() -> set[tuple[str, str]]:
    return {(n.user.email.partition("@")[0], n.kind) for n in notices().select_related("user")}


def sweep() -> int:
    return reminders_send(actor=system_actor("test"))


def test_a_task_is_brought_to_mind_the_working_day_before(case, cast, at):
    task = ask(case, assignee=cast["bob"], due_at=MONDAY + 2 * DAY)
    assert sweep() == 0
    at(MONDAY + DAY)
    assert sweep() == 1
    assert told() == {("bob", "task_due")}
    notice = notices().get()
    assert notice.text == f"{task.ref} in {case.ref} is due on 16 December 2026 at 10am"
    assert notice.url == f"/tasks/{task.ref}/"


def test_what_is_due_on_monday_is_brought_to_mind_on_friday(case, cast, at):
    ask(case, assignee=cast["bob"], due_at=MONDAY + 7 * DAY)
    at(MONDAY + 3 * DAY)
    assert sweep() == 0
    at(MONDAY + 4 * DAY)
    assert sweep() == 1


def test_an_overdue_task_is_told_once_more(case, cast, at):
    ask(case, assignee=cast["bob"], due_at=MONDAY + 2 * DAY)
    at(MONDAY + DAY)
    sweep()
    at(MONDAY + 2 * DAY)
    assert sweep() == 6
    red = {(who, "task_overdue") for who in ("bob", "beth", "niall", "alice", "asha", "donna")}
    assert told() == {("bob", "task_due")} | red
    at(MONDAY + 3 * DAY)
    assert sweep() == 0


def test_without_a_person_the_points_of_contact_are_told(case, at):
    ask(case, due_at=MONDAY + HOUR)
    assert sweep() == 2
    assert told() == {("beth", "task_due"), ("niall", "task_due")}


def test_a_closed_account_does_not_swallow_the_reminder(case, cast):
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    cast["bob"].is_active = False
    cast["bob"].save()
    sweep()
    assert told() == {("beth", "task_due"), ("niall", "task_due")}


def test_finished_tasks_remind_nobody(case, cast, at):
    task = ask(case, "POL", due_at=MONDAY + HOUR)
    with acting("alice") as actor:
        tasks.task_complete(actor=actor, task=task, achieved="Fitted.")
    at(MONDAY + 2 * HOUR)
    assert sweep() == 0


def test_a_clock_turns_amber_for_its_worker_and_red_for_the_points_of_contact_as_well(case, cast, at):
    run_clock(case, due_at=MONDAY + 2 * HOUR, amber_at=MONDAY + HOUR, worker=cast["alice"])
    assert sweep() == 0
    at(MONDAY + HOUR)
    assert sweep() == 1
    assert told() == {("alice", "clock_amber")}
    at(MONDAY + 2 * HOUR)
    assert sweep() == 3
    assert told() == {("alice", "clock_amber"), ("alice", "clock_red"), ("asha", "clock_red"), ("donna", "clock_red")}
    assert notices().filter(kind="clock_red").first().text == (
        f"{case.ref}: first contact with the victim was due on 14 December 2026 at midday"
    )


def test_without_a_worker_amber_goes_to_the_points_of_contact(case):
    run_clock(case, due_at=MONDAY + HOUR, amber_at=MONDAY - HOUR)
    sweep()
    assert told() == {("asha", "clock_amber"), ("donna", "clock_amber")}


def test_a_risk_review_is_told_as_such(case, cast, at):
    run_clock(case, "K9", due_at=MONDAY + HOUR, amber_at=MONDAY - HOUR, worker=cast["alice"])
    sweep()
    assert told() == {("alice", "review_due")}
    at(MONDAY + HOUR)
    sweep()
    assert ("alice", "review_overdue") in told()


@pytest.mark.parametrize("change", [{"met_at": MONDAY, "closed_at": MONDAY}, {"paused_at": MONDAY}, {"due_at": None}])
def test_clocks_that_do_not_run_remind_nobody(case, change):
    running = run_clock(case, due_at=MONDAY - HOUR, amber_at=MONDAY - 2 * HOUR)
    case.clocks.filter(pk=running.pk).update(**change)
    assert sweep() == 0


def test_a_closed_case_reminds_nobody_of_its_clocks(case):
    run_clock(case, due_at=MONDAY - HOUR, amber_at=MONDAY - 2 * HOUR)
    Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk).update(status="closed")
    assert sweep() == 0


def test_a_closed_case_reminds_nobody_of_its_tasks(case, cast, at):
    ask(case, assignee=cast["bob"], due_at=MONDAY + DAY)
    rows = Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk)
    rows.update(status="closed")
    at(MONDAY + 2 * DAY)
    assert sweep() == 0
    # What could not go along when the case was joined to another is still to be done.
    rows.update(status="merged")
    assert sweep() > 0


def test_a_new_due_time_is_a_new_reminder(case, cast, at):
    running = run_clock(case, due_at=MONDAY + 2 * DAY, amber_at=MONDAY - HOUR, worker=cast["alice"])
    assert sweep() == 1
    case.clocks.filter(pk=running.pk).update(due_at=MONDAY + HOUR)
    assert sweep() == 1


def test_two_sweeps_tell_once(case, cast, inbox):
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    assert sweep() == 1
    assert sweep() == 0
    assert reminders_sweep() == 0
    assert mails_send() == 1
    assert mails_send() == 0
    assert len(inbox.messages) == 1


def test_a_lost_night_heals_itself(case, cast, at):
    run_clock(case, due_at=MONDAY + HOUR, amber_at=MONDAY, worker=cast["alice"])
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    at(MONDAY + DAY)
    sweep()
    red = {(who, "task_overdue") for who in ("bob", "beth", "niall", "alice")}
    assert told() == red | {("alice", "clock_red"), ("asha", "clock_red"), ("donna", "clock_red")}


def test_the_distant_past_is_not_mailed_by_the_thousand(case, cast, at):
    run_clock(case, due_at=MONDAY, amber_at=MONDAY - HOUR)
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    at(MONDAY + LOOK_BACK + 2 * HOUR)
    assert sweep() == 0


def test_who_is_excluded_hears_nothing_and_the_others_do(case, cast):
    run_clock(case, due_at=MONDAY - HOUR, amber_at=MONDAY - 2 * HOUR, worker=cast["alice"])
    case.exclusions.create(user=cast["alice"], reason="A relative")
    access_rebuild([case.pk])
    sweep()
    assert told() == {("asha", "clock_red"), ("donna", "clock_red")}


def test_an_expired_grant_reminds_nobody_although_no_job_has_run(case, cast):
    now = database_now()
    share(case, "WNC", Level.VIEW, starts_at=now - DAY, until=now + 4 * DAY)
    ask(case, "WNC", assignee=cast["walt"], due_at=MONDAY + HOUR)
    CaseGrant.objects.unscoped(reason="let it end for the test").filter(agency=agency("WNC")).update(
        until=now - dt.timedelta(seconds=1)
    )
    Case.objects.unscoped(reason="the envelope knows the end").filter(pk=case.pk).update(
        access_ends_at=now - dt.timedelta(seconds=1)
    )
    assert sweep() == 0


def test_a_mail_is_withheld_where_access_has_ended_since(case, cast, inbox):
    grant = share(case, "WNC", Level.VIEW)
    ask(case, "WNC", assignee=cast["walt"], due_at=MONDAY + HOUR)
    assert sweep() == 1
    grant_end(grant)
    access_rebuild([case.pk])
    assert mails_send() == 0
    assert not inbox.messages
    withheld = Mail.objects.get()
    assert (withheld.sent_at, withheld.attempts) == (None, 0)
    assert withheld.given_up_at is not None


def test_one_person_with_many_deadlines_is_asked_about_once(case, cast, django_assert_max_num_queries):
    for number in range(12):
        ask(case, assignee=cast["bob"], due_at=MONDAY + (number + 1) * dt.timedelta(minutes=1))
    with django_assert_max_num_queries(22):
        assert sweep() == 12
    with django_assert_max_num_queries(12):
        assert sweep() == 0


def test_the_sweep_is_audited_as_the_system(case, cast):
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    sweep()
    event = AuditEvent.objects.get(action="reminder.send")
    assert event.actor_id is None
    assert event.detail == {"count": 1, "system": "test"}


def test_a_second_sweeper_leaves_it_to_the_first(case, cast):
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select pg_advisory_xact_lock(hashtextextended('reminders', 0))")
        assert sweep() == 0
        with other.cursor() as cursor:
            cursor.execute("rollback")
        assert sweep() == 1
    finally:
        other.close()


def test_the_workers_role_has_the_rights_it_needs(case, cast, inbox):
    run_clock(case, due_at=MONDAY - HOUR, amber_at=MONDAY - 2 * HOUR, worker=cast["alice"])
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    with connection.cursor() as cursor:
        cursor.execute("set local role hatecase_worker")
        assert reminders_sweep() == 4
        assert mails_send() == 4
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("hatecase_worker",)
        cursor.execute("reset role")
    assert {str(m["To"]).partition("@")[0] for m in inbox.messages} == {"alice", "asha", "donna", "bob"}
    assert all(clock.now() == m.sent_at for m in Mail.objects.all())
