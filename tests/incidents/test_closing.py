"""Closing a case by hand, what is owed to the victim then, and opening it again (docs/domain.md §1.6, §2.3, §12)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from agencies.models import Membership, Notice
from incidents.choices import Level
from incidents.models import Case, CaseClosure, Clock
from incidents.selectors.triage import inbox
from incidents.services.clock import clock_state
from incidents.services.closing import ClosingData, case_close, case_reopen, closure_outcome_record
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from incidents.services.reminder import reminders_send
from incidents.services.risk import assessment_submit
from incidents.services.task import task_create, task_withdraw
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of
from tests.incidents.casework import (
    SAFE,
    answers,
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    moment_parts,
    reclassify,
    text,
)
from tests.incidents.progress import TUESDAY, london
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, at):
    """Triaged, assessed as standard, ready to be closed."""
    return ready()


def ready(**overrides):
    case = case_of("alice", **overrides)
    reclassify(case, "crime_suspected")
    assess(case)
    return fresh(case)


def assess(case, **given):
    with acting("alice") as actor:
        return assessment_submit(actor=actor, case=case, answers=answers(**given), safety=SAFE)


def close(case, name: str = "alice", reason: str = "R1", **values):
    version, once = values.pop("version", fresh(case).version), values.pop("once", None)
    with acting(name) as actor:
        data = ClosingData(reason=reason, **values)
        return case_close(actor=actor, case=case, version=version, data=data, submission_id=once)


def speak(case, moment: dt.datetime, **values):
    values.setdefault("method", "phone")
    with acting("alice") as actor:
        return contact_log(actor=actor, case=case, data=ContactData(at=moment, **values))


def outcome(case, moment: dt.datetime, name: str = "alice"):
    with acting(name) as actor:
        return closure_outcome_record(actor=actor, case=case, sent_at=moment)


def reopen(case, name: str = "alice", reason: str = "It began again.", version: int | None = None):
    with acting(name) as actor:
        return case_reopen(
            actor=actor, case=case, version=fresh(case).version if version is None else version, reason=reason
        )


def k(case, kind: str) -> Clock:
    return case.clocks.filter(kind=kind).order_by("-starts_at", "-pk").first()


# --- Closing ------------------------------------------------------------------------------------------


def test_closing_ends_the_work_and_starts_what_is_owed_to_the_victim(case):
    closure = close(case, victim_view="satisfied", hate_stopped="yes", note="The tenancy was moved.")
    now = fresh(case)
    assert (now.status, now.closed_at, now.version) == ("closed", TUESDAY, case.version + 1)
    assert (k(case, "K11").due_at, clock_state(k(case, "K11"))) == (london(8), "running")
    assert closure.clock_id == k(case, "K11").pk
    assert {row.kind for row in case.clocks.filter(met_at=None).exclude(outcome="not_applicable")} == {"K11"}
    assert clock_state(k(case, "K9")) == "not_applicable"
    assert audited("case.close")[0].detail["reason"] == "R1"
    with acting("alice") as actor, pytest.raises(RuleError, match="closed"):
        note_add(actor=actor, case=case, text="One more thing")


def test_what_is_overdue_stays_missed(case, at):
    at(london(14, 12))
    assess(case)
    close(case)
    assert clock_state(k(case, "K3")) == "missed"
    assert k(case, "K3").closed_at == london(14, 12)


def test_k11_needs_the_contact_and_the_written_outcome(case, at):
    close(case)
    at(london(2, 12))
    speak(case, london(2, 11))
    assert k(case, "K11").met_at is None
    outcome(case, london(2, 12))
    assert (k(case, "K11").outcome, k(case, "K11").met_at) == ("met", london(2, 12))
    with pytest.raises(RuleError, match="Nothing can be added"):
        speak(case, london(2, 12))


def test_a_contact_before_the_closing_is_no_closure_contact(case, at):
    close(case)
    speak(case, TUESDAY - dt.timedelta(minutes=30))
    outcome(case, TUESDAY)
    assert k(case, "K11").met_at is None


def test_three_attempts_after_the_closing_are_shown_as_attempted(case, at):
    close(case)
    for day, method in ((1, "phone"), (2, "text"), (3, "phone")):
        at(london(day, 12))
        speak(case, london(day, 12), method=method, result="attempt")
    outcome(case, london(3, 12))
    assert k(case, "K11").outcome == "attempted"


def test_with_nobody_to_reach_the_written_outcome_is_enough(cast, at):
    case = ready(victims=[VictimData()], reporter_kind="anonymous")
    close(case)
    outcome(case, TUESDAY)
    assert k(case, "K11").outcome == "met"


@pytest.mark.parametrize("moment", [TUESDAY - dt.timedelta(days=1), TUESDAY + dt.timedelta(hours=1)])
def test_the_outcome_is_sent_after_the_closing_and_not_in_the_future(case, moment):
    close(case)
    with pytest.raises(RuleError) as error:
        outcome(case, moment)
    assert error.value.field == "sent_at"


def test_the_same_page_sent_twice_closes_once(case):
    once = uuid.uuid4()
    first = close(case, once=once)
    assert close(case, once=once).pk == first.pk
    assert case.clocks.filter(kind="K11").count() == 1


# --- What stands against it ---------------------------------------------------------------------------


def test_a_high_risk_is_reduced_first(case):
    assess(case, D2=3)
    with pytest.raises(RuleError, match="high-risk"):
        close(case)
    assert fresh(case).status == "open"


def test_an_assessment_is_at_most_ten_working_days_old(case, at):
    at(london(15, 12))
    assert "more than 10" not in text(client_of("alice").get(f"/cases/{case.ref}/close/"))
    at(london(16, 12))
    with pytest.raises(RuleError, match="more than 10 working days old"):
        close(case)


def test_without_an_assessment_or_triage_nothing_is_closed(cast, at):
    case = case_of("alice")
    page = text(client_of("alice").get(f"/cases/{case.ref}/close/"))
    assert "Confirm the triage first" in page
    assert "There is no risk assessment" in page
    with pytest.raises(RuleError):
        close(case)


def test_open_tasks_are_shown_and_must_be_done_or_withdrawn(case):
    with acting("alice") as actor:
        task = task_create(actor=actor, case=case, title="Fit a spyhole", agency=agency("POL"))
    page = text(client_of("alice").get(f"/cases/{case.ref}/close/"))
    assert task.ref in page
    assert "1 task is still open" in page
    with pytest.raises(RuleError, match="1 task is still open"):
        close(case)
    with acting("alice") as actor:
        task_withdraw(actor=actor, task=task, reason="Not needed")
    close(case)


def test_a_task_of_which_the_closer_is_not_told_does_not_stay_open(cast, at):
    """Those who lead it work with victims alone; probation, which they may not know of, is told that its task ended."""
    case = case_of("vera")
    give(case, "PROB", Level.CONTRIBUTE)
    Case.objects.unscoped(reason="the test sorts it").filter(pk=case.pk).update(status="open", classification="asb")
    with acting("petra") as petra:
        task = task_create(actor=petra, case=fresh(case), title="Visit him", agency=agency("PROB"))
    close(case, "vera")
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("withdrawn", "The case was closed.")
    told = Notice.objects.unscoped(reason="the test looks").get(text__contains="the case was closed")
    assert (told.user, task.ref in told.text) == (cast["petra"], True)
    assert "Visit him" not in text(client_of("vera").get(f"/cases/{case.ref}/"))


def test_anti_social_behaviour_is_closed_without_a_risk_assessment(cast, at):
    case = case_of("alice", strands=[], classification="asb")
    reclassify(case, "asb")
    page = text(client_of("alice").get(f"/cases/{case.ref}/close/"))
    assert "risk assessment" not in page
    close(case)
    assert fresh(case).status == "closed"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": "R8"}, "reason"),
        ({"reason": "R9"}, "reason"),
        ({"reason": "R6"}, "reason"),
        ({"reason": "R99"}, "reason"),
        ({"reason": "R10", "duplicate_of": "HC-26-ZZZZZZ"}, "duplicate_of"),
        ({"victim_view": "glad"}, "victim_view"),
        ({"hate_stopped": "perhaps"}, "hate_stopped"),
        ({"reason": "R1", "hate_stopped": "no"}, "hate_stopped"),
        ({"note": "x" * 4001}, "note"),
    ],
)
def test_a_reason_that_does_not_hold_is_said_beside_its_field(case, values, field):
    with pytest.raises(RuleError) as error:
        close(case, **values)
    assert error.value.field == field
    assert fresh(case).status == "open"
    assert not case.caseclosure_rows.exists()


def test_no_further_contact_needs_the_three_attempts(case, at):
    for day, method in ((1, "phone"), (2, "text"), (3, "phone")):
        at(london(day, 12))
        speak(case, london(day, 12), method=method, result="attempt")
    closure = close(case, reason="R6")
    assert closure.contact_attempted
    outcome(case, london(3, 12))
    assert k(case, "K11").outcome == "attempted"


def test_a_duplicate_names_a_case_that_its_closer_may_see(case):
    other, hidden = case_of("alice"), case_of("walt")
    with pytest.raises(RuleError):
        close(case, reason="R10", duplicate_of=hidden.ref)
    with pytest.raises(RuleError):
        close(case, reason="R10", duplicate_of=case.ref)
    close(case, reason="R10", duplicate_of=other.ref)
    give(case, "FIRE", Level.VIEW)
    assert other.ref in text(client_of("alice").get(f"/cases/{case.ref}/closure/"))
    assert other.ref not in text(client_of("frank").get(f"/cases/{case.ref}/closure/"))


# --- Opening again ------------------------------------------------------------------------------------


def test_whoever_left_meanwhile_leads_the_reopened_case_no_more(case, cast):
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(
        lead_worker=cast["alice"], deputy=cast["amir"]
    )
    close(case)
    Membership.objects.filter(user=cast["alice"]).update(is_active=False)
    reopen(case, name="asha")
    now = fresh(case)
    assert (now.lead_worker, now.deputy) == (None, cast["amir"])
    with acting("asha") as asha:
        assert [row.unworked for row in inbox(actor=asha).rows if row.case.pk == case.pk] == [True]


def test_opening_again_ends_k11_and_starts_the_review(case, at):
    close(case)
    at(london(3, 12))
    reopen(case)
    now = fresh(case)
    assert (now.status, now.closed_at) == ("reopened", None)
    assert clock_state(k(case, "K11")) == "not_applicable"
    assert (clock_state(k(case, "K9")), k(case, "K9").starts_at) == ("running", london(3, 12))
    assert now.review_due_at == k(case, "K9").due_at
    assert "Case opened again" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assess(case)
    close(case)
    assert case.caseclosure_rows.count() == 2


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_opening_again_needs_a_reason(case, reason):
    close(case)
    with pytest.raises(RuleError) as error:
        reopen(case, reason=reason)
    assert error.value.field == "reason"


def test_a_case_that_is_open_is_not_opened_again(case):
    with pytest.raises(RuleError, match="is not closed"):
        reopen(case)


# --- Who, and two at once -----------------------------------------------------------------------------


def test_only_the_lead_agency_closes_and_opens(case):
    give(case, "NNC", Level.MANAGE)
    with pytest.raises(ForbiddenError):
        close(case, "bob")
    assert_forbidden(f"/cases/{case.ref}/close/", "bob")
    close(case)
    with pytest.raises(ForbiddenError):
        reopen(case, "bob")
    with pytest.raises(ForbiddenError):
        outcome(case, TUESDAY, "bob")
    assert_forbidden(f"/cases/{case.ref}/reopen/", "bob")
    assert client_of("bob").post(f"/cases/{case.ref}/closure/", moment_parts("sent_at")).status_code == 403
    for page in ("close", "closure", "reopen"):
        assert_unknown_is_404(f"/cases/{{ref}}/{page}/", case)


def test_who_saved_first_wins(case):
    with pytest.raises(StaleError):
        close(case, version=case.version - 1)
    data = {"version": 1, "reason": "R1", "victim_view": "unknown", "hate_stopped": "yes"}
    page = client_of("alice").post(f"/cases/{case.ref}/close/", data | {"submission_id": uuid.uuid4()})
    assert page.status_code == 409
    assert "Somebody else changed this case" in text(page)
    close(case)
    with pytest.raises(StaleError):
        reopen(case, version=1)


# --- Pages --------------------------------------------------------------------------------------------


def test_a_case_is_closed_told_and_opened_again_by_its_pages(case):
    client, ref = client_of("alice"), case.ref
    before = text(client.get(f"/cases/{ref}/close/"))
    assert "What follows" in before
    assert "8 December 2026" in before
    assert "risk review" in before
    data = {
        "version": fresh(case).version,
        "reason": "R1",
        "victim_view": "partly",
        "hate_stopped": "yes",
        "note": "She feels safe.",
        "submission_id": uuid.uuid4(),
    }
    page = text(client.post(f"/cases/{ref}/close/", data, follow=True))
    assert "Case closed" in page
    assert "Partly satisfied" in page
    assert "still to be told" in text(client.get(f"/cases/{ref}/"))
    victim = case.parties.get(victim__isnull=False).victim.ref
    contact = {"whom": victim, "method": "phone", "direction": "outbound", "result": "two_way"}
    contact |= {"submission_id": uuid.uuid4(), **moment_parts("at", TUESDAY)}
    assert "Contact logged" in text(client.post(f"/cases/{ref}/contacts/add/", contact, follow=True))
    sent = client.post(f"/cases/{ref}/closure/", moment_parts("sent_at", TUESDAY), follow=True)
    assert "Written outcome recorded" in text(sent)
    assert client.get(f"/cases/{ref}/contacts/add/").status_code == 403
    again = {"version": fresh(case).version, "reason": "It began again."}
    assert "due when they were" in text(client.get(f"/cases/{ref}/reopen/"))
    assert "Case opened again" in text(client.post(f"/cases/{ref}/reopen/", again, follow=True))
    assert client.get(f"/cases/{ref}/closure/").status_code == 404


def test_the_closing_tells_the_other_side_nothing_of_the_victim(case):
    give(case, "PROB", Level.VIEW)
    give(case, "VSS", Level.VIEW)
    close(case, note="Mrs Mirza feels safe.", victim_view="satisfied")
    for path in (f"/cases/{case.ref}/closure/", f"/cases/{case.ref}/"):
        theirs = text(client_of("petra").get(path))
        assert "Resolved: the behaviour stopped" in theirs
        assert "Mirza" not in theirs
        assert "feels safe" not in theirs
        assert "Satisfied" not in theirs
        assert "feels safe" in text(client_of("vera").get(path))


def test_what_is_owed_after_closing_reminds(case, at):
    close(case)
    at(london(8, 18))
    assert reminders_send(actor=system_actor("test")) > 0
    assert "Closure contact" in text(client_of("alice").get("/"))


def test_both_walls_around_a_closing(case):
    close(case)
    for name, told in (("alice", 1), ("walt", 0)):
        with acting(name) as actor:
            assert CaseClosure.objects.visible_to(actor).filter(case=case).count() == told
            assert CaseClosure.objects.unscoped(reason="the second wall alone").filter(case=case).count() == told


def test_the_pages_of_closing_take_few_queries(case):
    assert queries_beyond(client_of("alice"), f"/cases/{case.ref}/close/") <= 9
    open_page = queries_beyond(client_of("alice"), f"/cases/{case.ref}/")
    close(case)
    assert queries_beyond(client_of("alice"), f"/cases/{case.ref}/") <= open_page
    assert queries_beyond(client_of("alice"), f"/cases/{case.ref}/closure/") <= 5
