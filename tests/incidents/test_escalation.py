"""The ladder: who is told of what is late, each exactly once, and what stands on the chair's list (§3.3)."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Notice
from incidents.choices import CaseStatus, Level
from incidents.models import Case
from incidents.rules.clocks import escalated, listed_before
from incidents.services import task as tasks
from incidents.services.access import access_rebuild
from incidents.services.cover import cover_set
from incidents.services.reminder import reminders_send
from kernel.actors import system_actor
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, give, text

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 12, 14, 10, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FIVE = dt.timedelta(hours=7)
"""From ten in the morning to the close of the office."""


@pytest.fixture
def at(at):
    """The same, from Monday."""
    at(MONDAY)
    return at


@pytest.fixture
def case(cast, at):
    """Alice's case in Kettering without clocks, to which North Northamptonshire Council may contribute."""
    case = case_of()
    case.clocks.all().delete()
    give(case, "NNC", Level.CONTRIBUTE)
    return case


def ask(case, code="NNC", **values):
    with acting("alice") as actor:
        task = tasks.task_create(actor=actor, case=case, title="Fit a spyhole", agency=agency(code), **values)
    notices().delete()
    return task


def late_clock(case, kind="K3", **values):
    moments = {"starts_at": MONDAY - 5 * DAY, "due_at": MONDAY + HOUR, "amber_at": MONDAY}
    return case.clocks.create(
        kind=kind, level="P2", rule_version="1", lead_agency=case.lead_agency, **moments | values
    )


def notices():
    return Notice.objects.unscoped(reason="the test looks at all notices")


def told(*kinds):
    rows = notices().select_related("user")
    return {(row.user.email.partition("@")[0], row.kind) for row in rows if not kinds or row.kind in kinds}


def sweep():
    return reminders_send(actor=system_actor("test"))


def test_a_late_task_climbs_the_ladder_step_by_step_and_once(case, cast, at):
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    at(MONDAY + HOUR)
    sweep()
    # Whoever does it and their points of contact; Alice who asked, and while nobody leads the case its points of contact.
    assert told() == {(name, "task_overdue") for name in ("bob", "beth", "niall", "alice", "asha", "donna")}
    at(MONDAY + 2 * DAY + FIVE - HOUR)
    assert sweep() == 0
    at(MONDAY + 2 * DAY + FIVE)
    assert sweep() == 1
    assert told("task_manager") == {("niall", "task_manager")}
    assert sweep() == 0
    at(MONDAY + 7 * DAY + FIVE)
    assert sweep() == 1
    assert told("task_chair") == {("beth", "task_chair")}
    assert sweep() == 0


def test_a_late_clock_goes_to_the_lead_agencys_manager_and_the_areas_chair(case, cast, at):
    late_clock(case)
    at(MONDAY + 7 * DAY + FIVE)
    sweep()
    assert told("clock_red") == {("asha", "clock_red"), ("donna", "clock_red")}
    assert told("clock_manager") == {("marcus", "clock_manager")}
    # Wendy chairs the West: this is none of hers.
    assert told("clock_chair") == {("beth", "clock_chair")}
    notice = notices().get(kind="clock_manager")
    assert notice.text.startswith(f"{case.ref}: first contact with the victim has been overdue for 2 working days")


def test_a_review_climbs_under_its_own_name(case, cast, at):
    late_clock(case, "K9")
    at(MONDAY + 2 * DAY + FIVE)
    sweep()
    assert told("review_manager") == {("marcus", "review_manager")}


def test_what_is_met_meanwhile_climbs_no_further(case, cast, at):
    clock = late_clock(case)
    sweep()
    case.clocks.filter(pk=clock.pk).update(met_at=MONDAY + 2 * HOUR)
    at(MONDAY + 7 * DAY + FIVE)
    sweep()
    assert told("clock_manager", "clock_chair") == set()


def test_nobody_is_told_of_a_case_from_which_they_are_kept_out(case, cast, at):
    late_clock(case)
    case.exclusions.create(user=cast["marcus"], reason="A relative")
    case.exclusions.create(agency=agency("NNC"), reason="Employs the person complained of")
    access_rebuild([case.pk])
    at(MONDAY + 7 * DAY + FIVE)
    sweep()
    assert told("clock_manager", "clock_chair") == set()
    assert told("clock_red") == {("asha", "clock_red"), ("donna", "clock_red")}


def test_an_agency_without_a_manager_hears_it_by_its_point_of_contact(case, cast, at):
    give(case, "FIRE", Level.CONTRIBUTE)
    ask(case, "FIRE", due_at=MONDAY + HOUR)
    at(MONDAY + 2 * DAY + FIVE)
    sweep()
    assert told("task_manager") == {("frank", "task_manager")}


def test_a_late_task_is_told_to_who_works_the_case_and_who_asked_as_far_as_they_see_it(case, cast, at):
    ask(case, assignee=cast["bob"], due_at=MONDAY + HOUR)
    rows = Case.objects.unscoped(reason="arrange the workers")
    rows.filter(pk=case.pk).update(lead_worker=cast["amir"], deputy=cast["asha"])
    with acting("alice") as alice:
        today = MONDAY.date()
        cover_set(
            actor=alice,
            agency=agency("POL"),
            away=cast["alice"],
            covering=cast["donna"],
            starts_on=today,
            ends_on=today,
        )
    case.exclusions.create(user=cast["asha"], reason="A relative")
    access_rebuild([case.pk])
    notices().delete()
    at(MONDAY + HOUR)
    sweep()
    assert told() == {(name, "task_overdue") for name in ("bob", "beth", "niall", "alice", "donna", "amir")}


def test_the_deputy_gets_what_the_lead_worker_gets(case, cast, at):
    late_clock(case, due_at=MONDAY + DAY)
    rows = Case.objects.unscoped(reason="arrange the workers")
    rows.filter(pk=case.pk).update(lead_worker=cast["alice"], deputy=cast["amir"])
    sweep()
    assert told() == {("alice", "clock_amber"), ("amir", "clock_amber")}


# --- The chair's list ------------------------------------------------------------------------------


def test_the_list_holds_what_is_five_working_days_over(case, cast, at):
    task = ask(case, due_at=MONDAY + HOUR)
    late_clock(case)
    at(MONDAY + 7 * DAY + FIVE - HOUR)
    assert "Nothing is that late" in text(client_of("beth").get("/overdue/"))
    at(MONDAY + 7 * DAY + FIVE)
    page = text(client_of("beth").get("/overdue/"))
    assert task.ref in page
    assert "First contact with the victim" in page
    assert "The chair’s list (2)" in text(client_of("beth").get("/"))


def test_the_list_shows_no_case_that_the_chair_may_not_see(cast, at):
    case = case_of()
    late_clock(case)
    at(MONDAY + 9 * DAY)
    assert case.ref not in text(client_of("beth").get("/overdue/"))
    give(case, "WNC", Level.VIEW)
    # The other area's chair may see it, but it is not in her area.
    assert case.ref not in text(client_of("wendy").get("/overdue/"))


def test_a_closed_case_is_not_on_the_list(case, cast, at):
    late_clock(case)
    Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk).update(status=CaseStatus.CLOSED)
    at(MONDAY + 9 * DAY)
    assert case.ref not in text(client_of("beth").get("/overdue/"))


@pytest.mark.parametrize("name", ["alice", "bob", "sam", "greta"])
def test_who_chairs_nothing_has_no_list(cast, name):
    assert client_of(name).get("/overdue/").status_code == 404


def test_the_contact_that_a_closed_case_owes_stands_on_the_list(case, at):
    late_clock(case, "K11")
    late_clock(case, "K9")
    Case.objects.unscoped(reason="the test closes it").filter(pk=case.pk).update(status=CaseStatus.CLOSED)
    at(MONDAY + 14 * DAY)
    page = text(client_of("beth").get("/overdue/"))
    assert "Closure contact" in page
    assert "Risk review" not in page


# --- The rule --------------------------------------------------------------------------------------

CHRISTMAS = frozenset({dt.date(2026, 12, 25), dt.date(2026, 12, 28)})


@pytest.mark.parametrize(
    ("now", "who"),
    [
        (dt.datetime(2026, 12, 23, 16, 59, tzinfo=dt.UTC), ()),
        (dt.datetime(2026, 12, 23, 17, tzinfo=dt.UTC), ("lead",)),
        (dt.datetime(2026, 12, 29, 16, 59, tzinfo=dt.UTC), ("lead",)),
        (dt.datetime(2026, 12, 29, 17, tzinfo=dt.UTC), ("lead", "manager")),
        (dt.datetime(2027, 1, 1, 17, tzinfo=dt.UTC), ("lead", "manager", "chair")),
    ],
)
def test_who_has_to_know_by_now(now, who):
    due = dt.datetime(2026, 12, 23, 17, tzinfo=dt.UTC)
    assert escalated(due, now, CHRISTMAS) == who
    assert (due < listed_before(now, CHRISTMAS)) == ("chair" in who)
