"""A supervisor's pages: who has what, giving cases on, and what waits for a signature."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from agencies.models import Membership
from incidents.choices import Level
from incidents.models import Case, SubjectReport
from incidents.selectors.team import team_page
from incidents.services.access import access_rebuild
from incidents.services.cover import cover_set
from incidents.services.emergency import emergency_open
from incidents.services.task import task_create
from kernel import clock, sign_offs
from kernel.sign_offs import SignOffKind, sign_off_register, sign_off_rows, sign_offs_for
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, fresh, give, text

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def work(name="alice", cast=None, band="", late=0, **values) -> Case:
    """A case that somebody works, with so many time limits late."""
    case = case_of(name)
    rows = Case.objects.unscoped(reason="arrange the case")
    rows.filter(pk=case.pk).update(lead_worker=cast[name] if cast else None, band=band, **values)
    access_rebuild([case.pk])
    case.clocks.exclude(kind__in=["K3", "K4"][:late]).delete()
    case.clocks.update(due_at=clock.now() - DAY)
    return fresh(case)


def ask(case, code="POL", **values):
    with acting("alice") as alice:
        return task_create(actor=alice, case=case, title="Fit a chain", agency=agency(code), **values)


def team(name):
    with acting(name) as actor:
        return {row.name: row for row in team_page(actor=actor)}


def test_who_has_what_what_is_late_and_where_the_risk_sits(cast):
    first = work("alice", cast, "high", late=2)
    work("alice", cast, "standard")
    work("amir", cast)
    work("alice")
    task = ask(first)
    first.tasks.filter(pk=task.pk).update(due_at=clock.now() - DAY)
    found = team("asha")
    alice = found["Alice Morgan"]
    assert (alice.cases, alice.high, alice.standard, alice.unassessed) == (2, 1, 1, 0)
    assert (alice.late_clocks, alice.tasks, alice.late_tasks) == (2, 1, 1)
    assert (found["Amir Qureshi"].cases, found["Amir Qureshi"].unassessed) == (1, 1)
    assert (found["Donna Pickering"].cases, found[""].cases) == (0, 1)
    assert list(found)[:2] == ["", "Alice Morgan"]


@pytest.mark.parametrize("status", ["closed", "merged"])
def test_what_is_not_open_does_not_count(cast, status):
    work("alice", cast, late=1, status=status)
    assert team("asha")["Alice Morgan"].cases == 0
    assert team("asha")["Alice Morgan"].late_clocks == 0


def test_what_the_supervisor_may_not_see_does_not_count(cast):
    hidden, restricted, other = (work("alice", cast, "high", late=1) for _ in range(3))
    for case in (hidden, restricted, other):
        ask(case)
    hidden.exclusions.create(user=cast["asha"], reason="A relative")
    Case.objects.unscoped(reason="arrange the tier").filter(pk=restricted.pk).update(tier="restricted")
    access_rebuild([hidden.pk, restricted.pk])
    alice = team("asha")["Alice Morgan"]
    assert (alice.cases, alice.high, alice.late_clocks, alice.tasks) == (1, 1, 1, 1)
    page = text(client_of("asha").get(f"/team/{cast['alice'].pk}/"))
    assert other.ref in page
    assert hidden.ref not in page
    assert restricted.ref not in page
    assert team("donna")["Alice Morgan"].cases == 2


def test_another_agencys_work_is_none_of_the_team(cast):
    case = work("alice", cast)
    give(case, "NNC", Level.MANAGE)
    ask(case, "NNC", assignee=cast["bob"])
    ask(case)
    found = team("beth")
    assert "Alice Morgan" not in found
    assert sum(row.cases for row in found.values()) == 0
    assert found["Bob Wickens"].tasks == 1
    assert client_of("beth").get(f"/team/{cast['alice'].pk}/").status_code == 404


def test_the_function_counts_for_nobody_but_who_answers_for_a_team(cast):
    work("alice", cast)
    for name in ("alice", "bob", "greta", "ada"):
        assert team(name) == {}
        assert client_of(name).get("/team/").status_code == 404
    Membership.objects.filter(user=cast["asha"]).update(is_active=False)
    assert client_of("asha").get("/team/").status_code in (302, 404)


def test_who_has_left_with_work_in_hand_still_shows(cast):
    case = work("amir", cast)
    Membership.objects.filter(user=cast["amir"]).update(is_active=False)
    assert team("asha")["Amir Qureshi"].here is False
    assert case.ref in text(client_of("asha").get(f"/team/{cast['amir'].pk}/"))


def test_who_is_away_is_marked(cast):
    today = clock.today()
    with acting("asha") as asha:
        people = {"away": cast["alice"], "covering": cast["amir"]}
        cover_set(actor=asha, agency=agency("POL"), starts_on=today, ends_on=today + DAY, **people)
    assert "Amir Qureshi stands in" in text(client_of("asha").get("/team/"))


def test_pages_cost_at_most_eight_queries_whatever_their_length(cast):
    for _ in range(3):
        ask(work("alice", cast, "high", late=2))
    asha = client_of("asha")
    assert queries_beyond(asha, "/team/") <= 4
    assert queries_beyond(asha, f"/team/{cast['alice'].pk}/") <= 5
    assert queries_beyond(asha, "/sign-off/") <= 2
    assert queries_beyond(asha, "/") <= 11
    assert queries_beyond(client_of("beth"), "/") <= 11


def test_what_is_late_is_listed_where_its_number_leads(cast):
    late, other = work("alice", cast, late=2), work("alice", cast)
    tasks = [ask(late, assignee=cast["alice"]) for _ in range(2)]
    late.tasks.filter(pk=tasks[0].pk).update(due_at=clock.now() - DAY)
    asha, path = client_of("asha"), f"/team/{cast['alice'].pk}/"
    team_html = asha.get("/team/").content.decode()
    assert f'href="{path}?late=1">2<' in team_html
    assert f'href="{path}?late=1#tasks">1<' in team_html
    page = asha.get(f"{path}?late=1")
    cases = text(page).partition("Give cases on")[0]
    assert late.ref in cases
    assert other.ref not in cases
    assert f"/tasks/{tasks[0].ref}/" in page.content.decode()
    assert f"/tasks/{tasks[1].ref}/" not in page.content.decode()
    assert f"/tasks/?box=agency&amp;who={cast['alice'].pk}&amp;late=1" in page.content.decode()


def test_tasks_of_a_person_are_paged(cast, monkeypatch):
    monkeypatch.setattr("incidents.selectors.team.PAGE_SIZE", 2)
    case = work("alice", cast)
    tasks = [ask(case, assignee=cast["alice"], due_at=clock.now() + n * DAY) for n in (1, 2, 3)]
    asha, path = client_of("asha"), f"/team/{cast['alice'].pk}/"
    first = asha.get(path)
    assert tasks[2].ref not in first.content.decode()
    (onward,) = re.findall(r'href="([?]tasks_after=[^"]*)#tasks"', first.content.decode())
    second = asha.get(path + onward).content.decode()
    assert tasks[2].ref in second
    assert tasks[0].ref not in second
    assert case.ref in second, "the cases stay on their own page"
    assert "tasks_before=" in second


def test_a_journey_from_the_team_to_another_worker(cast):
    first, second = work("alice", cast, "high"), work("alice", cast)
    marcus = client_of("marcus")
    assert f'href="/team/{cast["alice"].pk}/?band=high"' in marcus.get("/team/").content.decode()
    path = f"/team/{cast['alice'].pk}/"
    assert second.ref not in text(marcus.get(f"{path}?band=high"))
    assert second.ref in text(marcus.get(f"{path}?band=none"))
    marks = [f"{case.ref}~{case.version}" for case in (first, second)]
    missing = marcus.post(path, {"cases": marks, "to": cast["amir"].pk, "reason": ""})
    assert "Enter why the cases are given on" in text(missing)
    assert missing.content.decode().count(" checked") == 2
    Case.objects.unscoped(reason="somebody saves").filter(pk=second.pk).update(version=second.version + 1)
    done = marcus.post(path, {"cases": marks, "to": cast["amir"].pk, "reason": "Leave"}, follow=True)
    assert "1 case handed over" in text(done)
    assert f"{second.ref}: Changed while you were choosing" in text(done)
    assert fresh(first).lead_worker == cast["amir"]
    nothing = marcus.post(path, {"to": cast["amir"].pk, "reason": "Leave"})
    assert "Select at least one case" in text(nothing)


def test_nobody_yet_is_a_worker_too(cast):
    case = work("alice")
    asha = client_of("asha")
    assert case.ref in text(asha.get("/team/0/"))
    asha.post("/team/0/", {"cases": [f"{case.ref}~{case.version}"], "to": cast["alice"].pk, "reason": "Next in turn"})
    assert fresh(case).lead_worker == cast["alice"]


@pytest.mark.parametrize("path", ["/team/2000000000/", "/team/99999999999999999999/"])
def test_a_worker_who_is_none(cast, path):
    assert client_of("asha").get(path).status_code == 404


# --- The sign-off queue ------------------------------------------------------------------------------


def queue(name):
    with acting(name) as actor:
        return [(one.kind, one.ref) for one in sign_offs_for(actor, clock.now())]


def test_names_about_to_be_erased_wait_for_a_triager(cast):
    case = case_of(perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")])
    reports = SubjectReport.objects.unscoped(reason="arrange the day")
    assert queue("alice") == []
    reports.update(erase_on=clock.today() + 7 * DAY)
    assert queue("alice") == [("quarantine", case.ref)]
    assert queue("bob") == []
    page = text(client_of("alice").get("/sign-off/"))
    assert "A name in quarantine" in page
    assert "Quill" not in page
    assert "All that waits for you (1)" in text(client_of("alice").get("/"))


def test_an_emergency_opening_waits_for_somebody_else(cast):
    case = case_of()
    with acting("beth") as beth:
        emergency_open(actor=beth, ref=case.ref, reason="The victim is in danger tonight")
    assert ("emergency", case.ref) in queue("asha")
    assert ("emergency", case.ref) not in queue("beth")
    assert ("emergency", case.ref) in queue("greta")
    case.exclusions.create(user=cast["asha"], reason="A relative")
    access_rebuild([case.pk])
    assert queue("asha") == []


def test_every_kind_leads_to_a_page_that_opens(cast):
    case = case_of(perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")])
    SubjectReport.objects.unscoped(reason="arrange the day").update(erase_on=clock.today())
    with acting("beth") as beth:
        emergency_open(actor=beth, ref=case.ref, reason="The victim is in danger tonight")
    asha = client_of("asha")
    page = asha.get("/sign-off/").content.decode()
    links = re.findall(r'<th scope="row"[^>]*><a class="govuk-link" href="([^"]+)"', page)
    assert len(links) == 2
    assert [asha.get(link).status_code for link in links] == [200, 200]


def test_another_app_adds_a_kind_with_one_registration(cast):
    case = case_of()

    def waiting(actor, now):
        rows = Case.objects.visible_to(actor)
        return sign_off_rows("proposal", rows, key="pk", ref="ref", who="lead_agency__name", at="received_at")

    kind = SignOffKind(
        "proposal", "A proposal", "Asked", waiting, lambda one: (f"From {one.who}", f"/cases/{one.ref}/")
    )
    sign_off_register(kind, order=90)
    try:
        assert queue("asha") == [("proposal", case.ref)]
        assert "From Northamptonshire Police" in text(client_of("asha").get("/sign-off/"))
    finally:
        sign_offs._KINDS.pop("proposal")


@pytest.mark.parametrize("name", ["vera", "sam", "ada", "ines"])
def test_who_never_decides_has_no_queue(cast, name):
    assert client_of(name).get("/sign-off/").status_code == 404


def test_an_empty_queue_says_what_would_be_there(cast):
    assert "Nothing waits for you" in text(client_of("asha").get("/sign-off/"))


def test_a_long_queue_shows_the_most_pressing_and_each_kind_apart(cast, monkeypatch):
    case = case_of(perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")])
    SubjectReport.objects.unscoped(reason="arrange the day").update(erase_on=clock.today())
    with acting("beth") as beth:
        emergency_open(actor=beth, ref=case.ref, reason="The victim is in danger tonight")
    asha = client_of("asha")
    assert "The most pressing" not in text(asha.get("/sign-off/?kind=emergency"))
    monkeypatch.setattr("incidents.views.team.SIGN_OFFS_SHOWN", 1)
    page = asha.get("/sign-off/").content.decode()
    assert page.count('<th scope="row"') == 1
    assert "These are the 1 most pressing" in page
    assert 'href="?kind=emergency"' in page
    for kind, told in (("emergency", "Opened in an emergency"), ("quarantine", "A name in quarantine")):
        only = asha.get(f"/sign-off/?kind={kind}").content.decode()
        assert only.count('<th scope="row"') == 1
        assert told in only


def test_an_empty_queue_names_every_kind_that_it_holds(cast):
    page = text(client_of("asha").get("/sign-off/"))
    assert "Nothing waits for you" in page
    for kind in ("override of a wish", "request for access", "classification to confirm", "name to be erased"):
        assert kind in page


def test_triage_and_team_have_keys_of_their_own_on_the_sheet(cast):
    page = client_of("asha").get("/").content.decode()
    for keys in ("g r", "g m"):
        assert f'data-keys="{keys}"' in page
    sheet = text(client_of("asha").get("/help/"))
    assert "g then r Triage" in sheet
    assert "g then m Team" in sheet
