"""The triage inbox: what waits, in which order, what may be the same, and the ways that a report can take."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import CaseStatus, Level, TaskState, Tier
from incidents.models import Case, Task
from incidents.selectors.duplicates import candidates
from incidents.selectors.triage import _unworked, inbox
from incidents.services.allocation import case_handover
from incidents.services.case import case_update
from incidents.services.exclusion import exclusion_set
from incidents.services.transfer import lead_transfer
from kernel import clock
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    reclassify,
    text,
)
from tests.incidents.moving import WHY

pytestmark = pytest.mark.django_db

FIRST = "A man shouted abuse at her outside the market and followed her to the bus stop."
SECOND = "Caller saw a tall man shouting abuse at a woman by the market. He followed her as far as the bus stop."


def refs(name: str, **given: str) -> list[str]:
    with acting(name) as actor:
        return [row.case.ref for row in inbox(actor=actor, **given).rows]


def hours(number: float) -> dt.datetime:
    return clock.now() - dt.timedelta(hours=number)


def found(name: str, case: Case) -> list[str]:
    with acting(name) as actor:
        return [one.case_ref for one in candidates(actor=actor, case_ids=[case.pk]).get(case.pk, [])]


def test_the_most_urgent_comes_first_then_the_oldest(cast):
    young = case_of("alice", received_at=hours(1))
    old = case_of("alice", received_at=hours(9), occurred_from=hours(10))
    urgent = case_of("alice", triage_answers={"weapon": True})
    assert refs("alice") == [urgent.ref, old.ref, young.ref]
    assert refs("asha") == refs("alice")


def test_only_what_the_agency_leads_and_nobody_has_sorted(cast):
    sorted_one, mine, theirs = case_of("alice"), case_of("alice"), case_of("bob")
    give(theirs, "POL", Level.MANAGE)
    reclassify(sorted_one, "hate_incident")
    assert refs("alice") == [mine.ref]


def test_who_is_kept_out_and_who_is_not_named_finds_no_trace(cast):
    from tests.incidents.test_tier import change

    hidden, apart = case_of("alice"), case_of("alice")
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=hidden, user=cast["amir"], agency=None, reason="His cousin")
    change(apart, Tier.RESTRICTED, "alice", "asha")
    assert refs("amir") == []
    assert len(refs("alice")) == 2
    page = text(client_of("amir").get("/triage/"))
    assert "Nothing to sort" in page
    assert "to sort" not in text(client_of("amir").get("/"))
    assert "2 reports to sort" in text(client_of("alice").get("/"))


def test_pages_follow_each_other_without_losing_any(cast, monkeypatch):
    from incidents.selectors import triage

    monkeypatch.setattr(triage, "PAGE_SIZE", 2)
    for number in range(5):
        case_of("alice", received_at=hours(number + 1), occurred_from=hours(20))
    with acting("alice") as actor:
        first = inbox(actor=actor)
        second = inbox(actor=actor, after=first.older)
        third = inbox(actor=actor, after=second.older)
        back = inbox(actor=actor, before=third.newer)
    seen = [row.case.ref for page in (first, second, third) for row in page.rows]
    assert len(seen) == len(set(seen)) == 5
    assert [row.case.ref for row in back.rows] == [row.case.ref for row in second.rows]
    assert (first.newer, third.older) == ("", "")


# --- A further report -------------------------------------------------------------------------------


def waits(case: Case) -> int:
    return case.clocks.filter(kind="K2", met_at=None).count()


def sorted_with_a_further_report() -> Case:
    """Alice's case, sorted, into which North Northamptonshire's Bob has logged another report since."""
    case = case_of("alice")
    reclassify(case, "hate_incident")
    give(case, "NNC", Level.CONTRIBUTE)
    log_incident_as("bob", case=fresh(case))
    return fresh(case)


def test_a_further_report_in_a_sorted_case_is_sorted_too(cast):
    case = sorted_with_a_further_report()
    assert (case.status, waits(case)) == ("open", 1)
    new = case_of("alice", received_at=hours(2))
    assert set(refs("alice")) == {case.ref, new.ref}
    alice = client_of("alice")
    assert "A further report" in text(alice.get("/triage/"))
    assert "2 reports to sort" in text(alice.get("/"))
    assert "further report came into this case" in text(alice.get(f"/cases/{case.ref}/"))
    assert "further report has come into it" in text(alice.get(f"/cases/{case.ref}/triage/ways/"))
    assert "Confirm the triage of a further report" in text(alice.get(f"/cases/{case.ref}/triage/"))
    assert "further report came" not in text(client_of("bob").get(f"/cases/{case.ref}/"))
    with acting("alice") as actor:
        now = case_update(actor=actor, case=case, version=case.version, changes={"summary": "Shouted at again"})
        case_handover(actor=actor, case=now, version=now.version, to=cast["amir"], note="Ring her on Monday")
    assert waits(case) == 1, "neither an edit nor a handover is a triage decision"
    reclassify(case, "hate_incident")
    assert waits(case) == 0
    assert refs("alice") == [new.ref]
    assert "further report" not in text(alice.get(f"/cases/{case.ref}/"))


def test_further_reports_have_their_place_in_the_order_and_on_the_pages(cast, monkeypatch):
    from incidents.selectors import triage

    monkeypatch.setattr(triage, "PAGE_SIZE", 1)
    further = sorted_with_a_further_report()
    old, young = (case_of("alice", received_at=hours(n), occurred_from=hours(20)) for n in (6, 0.5))
    with acting("alice") as actor:
        first = inbox(actor=actor)
        second = inbox(actor=actor, after=first.older)
        third = inbox(actor=actor, after=second.older)
        back = inbox(actor=actor, before=third.newer)
    pages = [[row.case.ref for row in page.rows] for page in (first, second, third, back)]
    assert pages == [[old.ref], [further.ref], [young.ref], [further.ref]]
    assert [row.further for row in (*first.rows, *second.rows)] == [False, True]


def test_who_sorts_for_the_lead_agency_sorts_what_they_log_into_a_sorted_case(cast):
    case = case_of("alice")
    reclassify(case, "hate_incident")
    log_incident_as("alice", case=fresh(case))
    assert (waits(case), refs("alice")) == (0, [])
    unsorted = case_of("alice")
    log_incident_as("alice", case=fresh(unsorted))
    assert waits(unsorted) == 2


def test_a_case_that_is_joined_to_a_sorted_one_is_sorted_by_who_sorts_and_waits_again_when_parted(cast):
    from tests.incidents.moving import join, undo

    case, target = case_of("alice"), case_of("alice")
    reclassify(target, "hate_incident")
    moves = join(case, target)
    assert (waits(target), refs("alice")) == (0, [])
    undo(moves)
    assert (waits(case), waits(target), refs("alice")) == (1, 0, [case.ref])


# --- Nobody works it --------------------------------------------------------------------------------


def moved_to_bobs_agency(case: Case) -> Case:
    now = fresh(case)
    with acting("asha") as asha:
        return lead_transfer(actor=asha, case=now, version=now.version, agency=agency("NNC"), reason="They work there")


def test_a_sorted_case_that_another_agency_gave_waits_for_somebody_who_works_it(cast):
    case = case_of("alice")
    reclassify(case, "hate_incident")
    assert (refs("alice"), refs("bob")) == ([], [])
    moved_to_bobs_agency(case)
    assert (refs("alice"), refs("bob"), fresh(case).status) == ([], [case.ref], "open")
    bob = client_of("bob")
    page = bob.get("/triage/")
    assert "Nobody works this case yet" in text(page)
    assert "A further report" not in text(page)
    assert f'href="/cases/{case.ref}/lead-worker/"' in page.content.decode()
    assert "1 case that nobody works yet" in text(bob.get("/"))
    assert "that nobody works" not in text(client_of("alice").get("/"))
    form = {"lead_worker": cast["bob"].pk, "version": fresh(case).version}
    assert bob.post(f"/cases/{case.ref}/lead-worker/", form).status_code == 302
    assert refs("bob") == []
    assert "that nobody works" not in text(bob.get("/"))


def test_whose_worker_is_kept_out_waits_again_and_shows_that_to_nobody_who_is(cast):
    case = case_of("alice")
    reclassify(case, "hate_incident")
    log_incident_as("alice", case=fresh(case))
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=fresh(case), user=cast["alice"], agency=None, reason="Her cousin")
    assert (refs("alice"), refs("amir")) == ([], [case.ref])
    assert "that nobody works" not in text(client_of("alice").get("/"))
    assert "1 case that nobody works yet" in text(client_of("amir").get("/"))


def test_a_case_that_nobody_works_and_that_a_further_report_came_into_stands_there_once(cast):
    case = sorted_with_a_further_report()
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=None)
    assert refs("alice") == [case.ref]
    page = text(client_of("alice").get("/triage/"))
    assert "A further report" in page
    assert "Nobody works this case yet" in page
    assert "reports to sort" not in text(client_of("alice").get("/"))


def test_the_database_finds_what_nobody_works_along_its_index(cast):
    from django.db import connection

    with acting("alice") as actor, connection.cursor() as cursor:
        asked = _unworked(actor).order_by("priority", "received_at", "pk")[:26]
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_sort = off")
        assert "case_unworked" in asked.explain()


@pytest.mark.parametrize("mark", ["nonsense", "P1~x~1", "~~", "P1~20260101T000000.000000~x"])
def test_a_mark_that_is_none_is_as_none(cast, mark):
    case = case_of("alice")
    assert refs("alice", after=mark) == [case.ref]


def test_the_inbox_costs_the_same_whatever_is_on_it(cast):
    case_of("alice", narrative=FIRST)
    alice = client_of("alice")
    few = queries_beyond(alice, "/triage/")
    for number in range(12):
        case_of("alice", narrative=SECOND, received_at=hours(number + 1), occurred_from=hours(20))
    assert queries_beyond(alice, "/triage/") == few <= 8


# --- What may be the same ---------------------------------------------------------------------------


def test_reports_of_one_event_are_suggested(cast):
    one, other = case_of("alice", narrative=FIRST), case_of("amir", narrative=SECOND)
    assert found("alice", one) == [other.ref]
    assert found("alice", other) == [one.ref]
    assert other.ref in text(client_of("alice").get(f"/cases/{one.ref}/triage/ways/"))


@pytest.mark.parametrize(
    "other",
    [
        {"location": "High Street"},
        {"occurred_from": None},
        {"narrative": "Red paint on the mosque door, a swastika, found by the caretaker in the morning."},
        {"location": "", "postcode": ""},
    ],
)
def test_another_place_time_or_story_is_not(cast, other):
    if "occurred_from" in other:
        other = {"occurred_from": hours(80), "received_at": hours(1)}
    one = case_of("alice", narrative=FIRST)
    case_of("alice", **({"narrative": SECOND} | other))
    assert found("alice", one) == []


def test_what_went_on_until_then_is_the_same_time(cast):
    one = case_of("alice", narrative=FIRST)
    for days, number in ((3, 1), (10, 1)):
        began = hours(24 * days)
        case_of("alice", narrative=SECOND, occurred_from=began, occurred_to=hours(20), received_at=hours(1))
        assert len(found("alice", one)) == number


def test_a_suggestion_never_tells_of_a_case_that_one_may_not_see(cast):
    from tests.incidents.test_tier import change

    one = case_of("alice", narrative=FIRST)
    hidden = case_of("walt", narrative=SECOND)
    kept_out = case_of("alice", narrative=SECOND)
    apart = case_of("alice", narrative=SECOND)
    closed = case_of("alice", narrative=SECOND)
    Case.objects.unscoped(reason=WHY).filter(pk=closed.pk).update(status="closed")
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=kept_out, user=cast["amir"], agency=None, reason="His cousin")
    change(apart, Tier.RESTRICTED, "alice", "asha")
    assert found("amir", one) == []
    page = client_of("amir").get(f"/cases/{one.ref}/triage/ways/").content.decode()
    assert not [case for case in (hidden, kept_out, apart, closed) if case.ref in page]
    assert found("alice", one) == [kept_out.ref]


def test_a_home_in_anothers_case_is_no_place_to_compare(cast):
    one = case_of("alice", narrative=FIRST, place_type="home", postcode="NN16 8AB")
    theirs = case_of("bob", narrative=SECOND, place_type="home", postcode="NN16 8AB")
    give(theirs, "POL", Level.VIEW)
    assert found("alice", one) == []
    mine = case_of("alice", narrative=SECOND, place_type="home", postcode="NN16 8AB")
    assert found("alice", one) == [mine.ref]


def test_who_may_not_know_victims_gets_no_suggestion(cast):
    one = case_of("petra", narrative=FIRST)
    case_of("petra", narrative=SECOND)
    assert found("petra", one) == []


# --- One report -------------------------------------------------------------------------------------


def test_a_day_at_the_inbox(cast):
    """Alice sees two reports of one event, joins them, and asks the agency that sent in a third one."""
    one, other = case_of("alice", narrative=FIRST), case_of("amir", narrative=SECOND)
    alice = client_of("alice")
    page = alice.get("/triage/")
    assert f"/cases/{other.ref}/triage/ways/" in page.content.decode()
    assert f"{other.ref}: every word" in text(page)
    report = text(alice.get(f"/cases/{other.ref}/triage/ways/"))
    assert "Every word of the shorter report is in the other" in report
    assert "Not now: The lead agency’s single point of contact" in report
    join = alice.get(f"/cases/{other.ref}/join/?to={one.ref}")
    assert f'value="{one.ref}"' in join.content.decode()
    form = {
        "version": other.version,
        "to_version": one.version,
        "case_choice": "by_reference",
        "case_ref": one.ref,
        "reason": "The same event",
        "submission_id": str(uuid.uuid4()),
        "step": "save",
    }
    assert alice.post(f"/cases/{other.ref}/join/", form).status_code == 302
    assert refs("alice") == [one.ref]
    assert fresh(one).incidents.count() == 2


def test_a_question_goes_to_the_agency_that_reported_it(cast):
    case = fresh(log_incident_as("tom").case)
    lead = "walt" if case.lead_agency.code == "WNC" else "bob"
    client, path = client_of(lead), f"/cases/{case.ref}/triage/ask/"
    assert "Select who should answer" in text(client.post(path, {"question": "Who saw it?"}))
    assert "Enter question" in text(client.post(path, {"agency": case.lead_agency.code}))
    reporting = case.incidents.get().reporting_agency
    form = {"agency": reporting.code, "question": "Did she see his face?", "submission_id": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(path, form).status_code == 302
    task = Task.objects.unscoped(reason=WHY).get()
    assert len(audited("case.ask_back")) == 1
    assert (task.agency_id, task.state, task.detail) == (reporting.pk, TaskState.OFFERED, "Did she see his face?")
    assert fresh(case).status == CaseStatus.TRIAGE
    assert case.clocks.filter(paused_at__isnull=False).count() == 0
    assert "Asked back" in text(client.get("/triage/"))
    assert "There is a problem" in text(client.post(path, form | {"agency": "VSS", "submission_id": "x"}))
    assert Task.objects.unscoped(reason=WHY).count() == 1


def test_out_of_area_is_one_click_from_the_report(cast):
    case = case_of("alice")
    page = client_of("alice").get(f"/cases/{case.ref}/triage/?classification=out_of_area").content.decode()
    chosen = page[page.index('value="out_of_area"') :]
    assert "checked" in chosen[: chosen.index(">")]


def test_why_it_lies_outside_the_county_is_asked_before_what_that_changes(cast):
    case = case_of("alice")
    sent = {
        "priority": "P3",
        "classification": "out_of_area",
        "lead_worker": cast["alice"].pk,
        "version": case.version,
    }
    page = text(client_of("alice").post(f"/cases/{case.ref}/triage/", sent | {"step": "check"}))
    assert "Enter why it is classified so" in page
    assert "What this changes" not in page
    page = text(client_of("alice").post(f"/cases/{case.ref}/triage/", sent | {"step": "check", "reason": "Leicester"}))
    assert "What this changes" in page


def test_the_rules_can_be_read(cast):
    page = text(client_of("asha").get("/triage/routes/"))
    assert "Ways out of triage" in page
    assert "A proposal waits for a second person" in page


def test_who_may_open_the_pages(cast):
    case = case_of("alice")
    give(case, "NNC", Level.MANAGE)
    for page in ("ways", "ask"):
        assert_unknown_is_404(f"/cases/{{ref}}/triage/{page}/", case)
    assert client_of("bob").get(f"/cases/{case.ref}/triage/ways/").status_code == 403
    assert_forbidden(f"/cases/{case.ref}/triage/ask/", "bob")
    for name in ("sam", "admin", "greta"):
        assert client_of(name).get("/triage/").status_code == 403
        assert client_of(name).get("/triage/routes/").status_code == 403
        assert 'href="/triage/"' not in client_of(name).get("/notices/").content.decode()
    assert 'href="/triage/"' in client_of("alice").get("/notices/").content.decode()
