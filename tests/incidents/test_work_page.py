"""My work: what presses first, what has changed, and a start page for those who work no cases."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse

from agencies.models import Membership, User
from agencies.services.notice import NoticeData, notice_create
from incidents.choices import Level
from incidents.models import Case, IncidentDraft
from incidents.services import task as service
from incidents.services.access import access_rebuild
from kernel import clock
from kernel.panels import Panel, panel_register, panels_for
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from tests.incidents.casework import give

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def case(cast) -> Case:
    """Alice leads it; North Northamptonshire Council may contribute; its own clocks are put away."""
    case = log_incident_as("alice").case
    case.clocks.all().delete()
    give(case, "NNC", Level.CONTRIBUTE)
    lead(case, "alice")
    return case


def lead(case: Case, name: str | None) -> None:
    worker = cast_get()[name] if name else None
    Case.objects.unscoped(reason="set up the test").filter(pk=case.pk).update(lead_worker=worker)


def ask(case: Case, code: str, name: str = "alice", **values):
    with acting(name) as actor:
        values.setdefault("title", "Fit a spyhole")
        return service.task_create(actor=actor, case=case, agency=agency(code), **values)


def run_clock(case: Case, kind: str, due: dt.timedelta, amber: dt.timedelta) -> None:
    now = clock.now()
    case.clocks.create(
        kind=kind,
        level="P2",
        rule_version="1",
        lead_agency=case.lead_agency,
        starts_at=now - 9 * DAY,
        due_at=now + due,
        amber_at=now + amber,
    )


def work(name: str):
    response = client_of(name).get("/")
    assert response.status_code == 200
    return response


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_ones_tasks_come_first_due_first(case):
    later = ask(case, "POL", title="Later", due_at=clock.now() + 3 * DAY)
    sooner = ask(case, "POL", title="Sooner", due_at=clock.now() + DAY)
    page = work("alice").context["page"]
    assert [row.ref for row in page.tasks.rows] == [sooner.ref, later.ref]
    assert not page.offered.rows


def test_what_waits_for_the_agency_is_shown_to_each_of_its_people(case):
    waiting = ask(case, "NNC")
    ask(case, "NNC", title="For Bob", assignee=cast_get()["bob"])
    for name in ("nora", "beth"):
        assert [row.ref for row in work(name).context["page"].offered.rows] == [waiting.ref]
    assert not work("alice").context["page"].offered.rows


def test_an_overdue_task_says_so(case, settings):
    ask(case, "POL", due_at=clock.now() + HOUR)
    settings.HATECASE_NOW = (clock.now() + 2 * HOUR).isoformat()
    assert "Overdue" in text(work("alice"))


def test_more_tasks_than_fit_are_one_link_away(case):
    for number in range(11):
        ask(case, "POL", title=f"Task {number}")
    page = work("alice")
    assert len(page.context["page"].tasks.rows) == 10
    assert "All your tasks" in text(page)


def test_clocks_of_ones_cases_first_those_that_can_still_be_met(case):
    run_clock(case, "K3", due=2 * HOUR, amber=-HOUR)
    run_clock(case, "K4", due=HOUR, amber=-HOUR)
    run_clock(case, "K1", due=-DAY, amber=-2 * DAY)
    run_clock(case, "K2", due=-2 * DAY, amber=-3 * DAY)
    run_clock(case, "K9", due=3 * DAY, amber=DAY)
    rows = work("alice").context["page"].clocks.rows
    assert [(row.label, row.light) for row in rows] == [
        ("Risk assessment", "amber"),
        ("First contact with the victim", "amber"),
        ("Acknowledge to the reporter", "red"),
        ("Triage decision", "red"),
    ]
    for other in ("amir", "asha", "bob"):
        assert not work(other).context["page"].clocks.rows


def test_clocks_of_cases_that_nobody_leads_are_the_triagers_of_the_lead_agency(case):
    lead(case, None)
    run_clock(case, "K3", due=HOUR, amber=-HOUR)
    for name in ("alice", "amir", "asha", "donna", "marcus"):
        rows = work(name).context["page"].clocks.rows
        assert [(row.case_ref, row.unassigned) for row in rows] == [(case.ref, True)]
        assert "nobody leads the case yet" in text(work(name))
    assert not work("beth").context["page"].clocks.rows


@pytest.mark.parametrize("change", [{"met_at": "now", "closed_at": "now"}, {"paused_at": "now"}])
def test_clocks_that_do_not_run_do_not_press(case, change):
    run_clock(case, "K3", due=-HOUR, amber=-2 * HOUR)
    case.clocks.update(**{name: clock.now() for name in change})
    assert not work("alice").context["page"].clocks.rows


def test_clocks_of_closed_cases_do_not_press(case):
    run_clock(case, "K3", due=-HOUR, amber=-2 * HOUR)
    Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk).update(status="closed")
    assert not work("alice").context["page"].clocks.rows


def visited(name: str, at: dt.datetime, before: dt.datetime | None = None) -> None:
    User.objects.filter(pk=cast_get()[name].pk).update(seen_at=at, previous_seen_at=before)


def changed(name: str) -> list[str]:
    return [row.ref for row in work(name).context["page"].changed.rows]


def touched(case: Case, at: dt.datetime) -> None:
    Case.objects.unscoped(reason="set up the test").filter(pk=case.pk).update(updated_at=at)


def test_cases_that_have_changed_since_the_last_visit(case, settings):
    now = clock.now()
    settings.HATECASE_NOW = now.isoformat()
    visited("alice", now - DAY)
    touched(case, now - 2 * DAY)
    assert changed("alice") == []
    visited("alice", now - DAY)
    touched(case, now - HOUR)
    assert changed("alice") == [case.ref]
    # A second look within half an hour is the same visit.
    settings.HATECASE_NOW = (now + 10 * dt.timedelta(minutes=1)).isoformat()
    assert changed("alice") == [case.ref]
    settings.HATECASE_NOW = (now + 40 * dt.timedelta(minutes=1)).isoformat()
    assert changed("alice") == []


def test_the_visit_is_kept_at_most_once_in_half_an_hour(case, settings):
    now = clock.now().replace(microsecond=0)
    settings.HATECASE_NOW = now.isoformat()
    visited("alice", now - dt.timedelta(minutes=29), now - DAY)
    work("alice")
    assert User.objects.get(email="alice@police.example").seen_at == now - dt.timedelta(minutes=29)
    visited("alice", now - dt.timedelta(minutes=31), now - DAY)
    work("alice")
    alice = User.objects.get(email="alice@police.example")
    assert (alice.seen_at, alice.previous_seen_at) == (now, now - dt.timedelta(minutes=31))


def test_a_first_visit_looks_back_a_week(case):
    touched(case, clock.now() - 6 * DAY)
    assert changed("alice") == [case.ref]
    assert "in the last 7 days" in text(work("alice"))


def test_changes_reach_the_deputy(case):
    Case.objects.unscoped(reason="set up the test").filter(pk=case.pk).update(deputy=cast_get()["donna"])
    Membership.objects.filter(user__email="donna@police.example").update(roles=["caseworker"])
    assert changed("donna") == [case.ref]


def test_changes_reach_who_has_a_task_and_who_triages_and_nobody_else(case):
    ask(case, "NNC", assignee=cast_get()["bob"])
    assert changed("bob") == [case.ref]
    assert changed("asha") == [case.ref]
    assert changed("nora") == []
    assert changed("walt") == []


def test_changes_of_shared_cases_reach_support_workers(case):
    give(case, "VSS", Level.VIEW)
    assert changed("vera") == [case.ref]


def test_a_case_is_listed_once_though_one_leads_it_and_has_a_task_in_it(case):
    ask(case, "POL")
    assert changed("alice") == [case.ref]


def test_an_excluded_worker_finds_no_trace(case):
    ask(case, "POL", title="Call her on Friday")
    run_clock(case, "K3", due=-HOUR, amber=-2 * HOUR)
    notice_create(NoticeData(cast_get()["alice"].pk, "k", "task", f"{case.ref} changed", "/", case.pk))
    assert case.ref in text(work("alice"))
    case.exclusions.create(user=cast_get()["alice"], reason="A relative")
    access_rebuild([case.pk])
    page = work("alice")
    assert case.ref not in page.content.decode()
    assert "Call her" not in page.content.decode()
    assert page.context["page"].nothing_due


def test_drafts_are_shown_to_their_author_and_the_point_of_contact(cast):
    IncidentDraft.objects.create(
        author=cast["alice"], agency=agency("POL"), step="when", erase_on=clock.today() + 2 * DAY
    )
    assert len(work("alice").context["page"].drafts.rows) == 1
    assert "by Alice Morgan" in text(work("asha"))
    assert not work("amir").context["page"].drafts.rows
    assert "Erased soon" in text(work("alice"))


def test_unread_notices_are_shown_and_counted_in_the_header(cast):
    for number in range(6):
        notice_create(NoticeData(cast["alice"].pk, f"k{number}", "task", f"HT-26-00000{number} is due", "/tasks/"))
    page = work("alice")
    assert [n.text[8:12] for n in page.context["page"].notices] == ["0005", "0004", "0003", "0002", "0001"]
    assert 'class="hc-count">6<' in page.content.decode()


def test_an_empty_day_is_calm(cast):
    page = text(work("alice"))
    assert "Nothing presses" in page
    assert "No case that you work on has changed" in page
    assert "Nothing new" in page


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("sam", ["The county’s figures", "Help"]),
        ("ines", ["The county’s figures", "Help"]),
        ("greta", ["The county’s figures", "Audit", "Breaches", "Emergency access", "Agreements", "Help"]),
        ("ada", ["People", "Help"]),
        ("admin", ["People", "Configuration", "Help"]),
    ],
)
def test_who_works_no_cases_starts_with_what_they_may_do(case, name, links):
    page = work(name)
    assert [link.title for link in page.context["links"]] == links
    assert "opens no cases" in text(page)
    assert case.ref not in page.content.decode()


def test_another_app_adds_a_panel(cast, tmp_path, settings):
    def promise(actor, subject):
        return Panel("shared/parts/empty_state.html", {"title": "x"}) if actor.name == "Alice Morgan" else None

    panel_register("work", promise, order=1)
    try:
        assert promise(cast["alice"], None) in panels_for("work", acting_actor("alice"))
        assert promise(cast["alice"], None) not in panels_for("work", acting_actor("bob"))
        assert len(work("alice").context["page"].panels) == len(work("bob").context["page"].panels) + 1
    finally:
        panel_register("work", lambda actor, subject: None)
        from kernel import panels

        panels._PANELS["work"] = {k: v for k, v in panels._PANELS["work"].items() if "test_work_page" not in k}


def acting_actor(name: str):
    with acting(name) as actor:
        return actor


def test_a_place_that_no_page_has_is_refused():
    with pytest.raises(ValueError, match="nowhere"):
        panel_register("nowhere", lambda actor, subject: None)


def test_the_page_costs_at_most_eleven_queries_whatever_is_on_it(case):
    give(case, "VSS", Level.VIEW)
    for number in range(12):
        ask(case, "POL", title=f"Task {number}")
        ask(case, "NNC", title=f"Asked {number}")
        run_clock(case, "K3", due=-number * HOUR, amber=-2 * DAY)
        notice_create(NoticeData(cast_get()["alice"].pk, f"k{number}", "task", "HT-26-000001 is due", "/"))
        IncidentDraft.objects.create(author=cast_get()["alice"], agency=agency("POL"), erase_on=clock.today() + DAY)
    for name in ("alice", "asha", "bob", "vera", "tom", "sam", "admin"):
        assert queries_beyond(client_of(name), "/") <= 11


def test_leave_cover_and_quick_ways_are_a_link_away_for_a_caseworker(cast):
    client = client_of("alice")
    page = client.get("/").content.decode()
    assert 'href="/cover/"' in page
    assert client.get("/cover/").status_code == 200
    assert reverse("incidents:quick_add", args=["evidence"]) in page
