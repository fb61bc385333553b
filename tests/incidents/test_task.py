"""Tasks: who may be asked, each step once, and who is told."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import close_old_connections, connection

from agencies.models import Notice
from incidents.choices import Level
from incidents.models import Case, CaseGrant, Task
from incidents.services import task as service
from incidents.services.access import access_rebuild, grant_create
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.cast import acting, agency, cast_get, log_incident_as
from tests.incidents.casework import give

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast) -> Case:
    """Alice's case, which North Northamptonshire Council may contribute to and Voice may read."""
    incident = log_incident_as("alice")
    give(incident.case, "NNC", Level.CONTRIBUTE)
    give(incident.case, "VSS", Level.VIEW)
    return incident.case


def ask(name: str, case: Case, code: str, **values) -> Task:
    with acting(name) as actor:
        title = values.pop("title", "Fit a spyhole and a door chain")
        return service.task_create(actor=actor, case=case, title=title, agency=agency(code), **values)


def do(name: str, verb: str, task: Task, **values) -> Task:
    with acting(name) as actor:
        return getattr(service, f"task_{verb}")(actor=actor, task=task, **values)


def told() -> set[tuple[str, str]]:
    """Who was told what, by first name and the words after the references."""
    found = Notice.objects.unscoped(reason="the test looks at all notices").select_related("user")
    return {(n.user.email.partition("@")[0], n.text.split(" ", 3)[3]) for n in found}


def audited(action: str) -> AuditEvent:
    return AuditEvent.objects.get(action=action)


def test_a_task_for_another_agency_is_offered_and_its_points_of_contact_are_told(case):
    task = ask("alice", case, "NNC")
    assert (task.state, task.assignee, task.accepted_at) == ("offered", None, None)
    assert task.asked_by_agency == agency("POL")
    assert told() == {("beth", "is offered to you"), ("niall", "is offered to you")}
    assert audited("task.create").detail == {"case": case.ref, "agency": "NNC", "state": "offered"}
    assert audited("task.create").subject_ref == task.ref


def test_a_named_person_is_told_alone(case, cast):
    ask("alice", case, "NNC", assignee=cast["bob"])
    assert told() == {("bob", "is offered to you")}


def test_ones_own_task_is_accepted_at_once_and_nobody_is_told(case, cast):
    task = ask("alice", case, "POL")
    assert (task.state, task.assignee_id) == ("accepted", cast["alice"].pk)
    assert told() == set()


def test_a_colleague_gets_it_accepted_and_is_told(case, cast):
    task = ask("alice", case, "POL", assignee=cast["amir"])
    assert (task.state, task.assignee_id) == ("accepted", cast["amir"].pk)
    assert told() == {("amir", "is yours to do")}


def test_without_a_time_it_is_due_at_the_close_of_the_fifth_working_day(case, settings):
    settings.HATECASE_NOW = "2026-12-21T10:00:00+00:00"
    task = ask("alice", case, "POL")
    # Monday; Christmas Day and the substitute for Boxing Day lie between.
    assert task.due_at == dt.datetime(2026, 12, 30, 17, tzinfo=dt.UTC)


@pytest.mark.parametrize("past", [dt.timedelta(0), dt.timedelta(minutes=1), dt.timedelta(days=400)])
def test_the_time_must_be_in_the_future(case, settings, past):
    settings.HATECASE_NOW = "2026-12-21T10:00:00+00:00"
    with pytest.raises(RuleError, match="must be in the future") as refused:
        ask("alice", case, "POL", due_at=clock.now() - past)
    assert refused.value.field == "due_at"


def test_an_agency_that_cannot_see_the_case_cannot_be_asked(case):
    with pytest.raises(RuleError, match="Share the case with West Northamptonshire Council first") as refused:
        ask("alice", case, "WNC")
    assert refused.value.field == "agency"


def test_a_signpost_is_not_enough(case):
    give(case, "FIRE", Level.SIGNPOST)
    with pytest.raises(RuleError, match="Share the case with Northamptonshire Fire"):
        ask("alice", case, "FIRE")


def test_a_grant_that_has_ended_is_not_enough(case):
    now = dt.datetime.now(dt.UTC)
    grant_create(
        case=case,
        agency=agency("FIRE"),
        level=Level.VIEW,
        source=CaseGrant.Source.SHARE,
        starts_at=now - dt.timedelta(days=2),
        until=now - dt.timedelta(days=1),
    )
    with pytest.raises(RuleError, match="Share the case with"):
        ask("alice", case, "FIRE")


def test_an_agency_in_conflict_cannot_be_asked(case):
    case.exclusions.create(agency=agency("NNC"), reason="Employs the person complained of")
    with pytest.raises(RuleError, match="Share the case with North"):
        ask("alice", case, "NNC")


def test_a_person_in_conflict_cannot_be_asked(case, cast):
    case.exclusions.create(user=cast["bob"], reason="A relative")
    with pytest.raises(RuleError, match="Bob Wickens cannot be given tasks") as refused:
        ask("alice", case, "NNC", assignee=cast["bob"])
    assert refused.value.field == "assignee"


@pytest.mark.parametrize(("name", "why"), [("alice", "does not work at"), ("adam", "cannot be given tasks")])
def test_the_person_must_do_casework_there(case, cast, name, why):
    with pytest.raises(RuleError, match=why):
        ask("alice", case, "NNC", assignee=cast[name])


def test_who_only_reads_cannot_ask(case):
    with pytest.raises(ForbiddenError):
        ask("vera", case, "POL")


def test_who_contributes_may_ask(case):
    assert ask("bob", case, "POL").state == "offered"


def test_a_closed_case_takes_no_tasks(case):
    Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk).update(status="closed")
    case.refresh_from_db()
    with pytest.raises(RuleError, match="is closed"):
        ask("alice", case, "POL")


def test_a_case_that_was_closed_while_the_page_was_open_takes_none(case):
    task = ask("alice", case, "NNC")
    do("bob", "decline", task, reason="Not our tenant")
    Case.objects.unscoped(reason="somebody closes it in between").filter(pk=case.pk).update(status="closed")
    assert case.status == task.case.status == "new", "as the page had read it"
    with pytest.raises(RuleError, match="is closed"):
        ask("alice", case, "NNC")
    with pytest.raises(RuleError, match="is closed"):
        do("alice", "offer", task, agency=agency("NNC"))
    assert [row.state for row in case.tasks.all()] == ["declined"]


@pytest.mark.parametrize(
    ("field", "values"),
    [("title", {"title": "  "}), ("title", {"title": "x" * 201}), ("detail", {"detail": "x" * 4001})],
)
def test_the_words_are_checked(case, field, values):
    with pytest.raises(RuleError) as refused:
        ask("alice", case, "POL", **values)
    assert refused.value.field == field


def test_the_same_submission_is_one_task(case):
    submission = uuid.uuid4()
    assert ask("alice", case, "NNC", submission_id=submission) == ask("alice", case, "NNC", submission_id=submission)
    assert case.tasks.count() == 1
    assert AuditEvent.objects.filter(action="task.create").count() == 1


def test_a_submission_is_not_used_for_another_case(case):
    submission = uuid.uuid4()
    ask("alice", case, "POL", submission_id=submission)
    other = log_incident_as("alice").case
    with pytest.raises(RuleError, match="was sent before"):
        ask("alice", other, "POL", submission_id=submission)
    hidden = log_incident_as("walt").case
    with pytest.raises(RuleError, match="was sent before"):
        ask("walt", hidden, "WNC", submission_id=submission)


def test_the_agency_asked_accepts_and_finishes_also_where_it_only_reads(case):
    task = ask("alice", case, "VSS")
    assert do("vera", "accept", task).assignee_id == cast_get()["vera"].pk
    done = do("vera", "complete", task, achieved="Spoke with her twice; she has a panic alarm now.")
    assert (done.state, done.outcome[:5]) == ("done", "Spoke")
    assert done.closed_at is not None
    assert {("alice", "was accepted"), ("alice", "is done")} <= told()
    assert audited("task.complete").fields == ["state"]


def test_nobody_else_accepts_or_finishes(case):
    task = ask("alice", case, "NNC")
    for verb, more in (("accept", {}), ("decline", {"reason": "x"}), ("complete", {"achieved": "x"})):
        with pytest.raises(ForbiddenError, match="Only North Northamptonshire Council"):
            do("alice", verb, task, **more)


def test_who_cannot_see_the_case_finds_no_task(case):
    task = ask("alice", case, "NNC")
    with pytest.raises(Task.DoesNotExist):
        do("walt", "accept", task)


def test_a_second_click_answers_like_the_first(case):
    task = ask("alice", case, "NNC")
    do("bob", "accept", task)
    do("bob", "accept", task)
    do("bob", "complete", task, achieved="Fitted on 3 May.")
    do("bob", "complete", task, achieved="Fitted on 3 May.")
    assert AuditEvent.objects.filter(action="task.accept").count() == 1
    assert AuditEvent.objects.filter(action="task.complete").count() == 1


def test_the_second_person_is_told_who_was_first(case):
    task = ask("alice", case, "NNC")
    do("bob", "accept", task)
    with pytest.raises(RuleError, match="Bob Wickens has accepted this task already"):
        do("nora", "accept", task)
    do("bob", "complete", task, achieved="Fitted.")
    with pytest.raises(RuleError, match="was marked as done already by Bob Wickens"):
        do("nora", "decline", task, reason="Not ours")


def test_a_colleague_may_be_named_on_acceptance(case, cast):
    task = ask("alice", case, "NNC")
    do("beth", "accept", task, assignee=cast["nora"])
    task.refresh_from_db()
    assert task.assignee_id == cast["nora"].pk
    assert ("nora", "is yours to do") in told()


def test_declining_needs_a_reason_and_tells_who_asked(case):
    task = ask("alice", case, "NNC")
    with pytest.raises(RuleError, match="why you decline") as refused:
        do("bob", "decline", task, reason=" ")
    assert refused.value.field == "reason"
    assert do("bob", "decline", task, reason="The flat is in another area.").state == "declined"
    assert ("alice", "was declined") in told()


def test_where_the_asker_has_left_their_points_of_contact_are_told(case, cast):
    task = ask("alice", case, "NNC")
    cast["alice"].is_active = False
    cast["alice"].save()
    do("bob", "decline", task, reason="Not our tenant")
    assert {("asha", "was declined"), ("donna", "was declined")} <= told()


def test_finishing_needs_what_was_achieved_and_acceptance_first(case):
    task = ask("alice", case, "NNC")
    with pytest.raises(RuleError, match="Accept the task"):
        do("bob", "complete", task, achieved="Done")
    do("bob", "accept", task)
    with pytest.raises(RuleError, match="what was achieved") as refused:
        do("bob", "complete", task, achieved="")
    assert refused.value.field == "achieved"


def test_the_asker_withdraws_and_the_doers_are_told(case, cast):
    task = ask("alice", case, "NNC", assignee=cast["bob"])
    with pytest.raises(ForbiddenError):
        do("vera", "withdraw", task, reason="x")
    assert do("asha", "withdraw", task, reason="Larkfield has done it").state == "withdrawn"
    assert ("bob", "was withdrawn") in told()


def test_the_lead_agency_may_withdraw_what_another_asked(case):
    task = ask("bob", case, "VSS")
    assert do("alice", "withdraw", task, reason="Agreed otherwise").state == "withdrawn"


def test_a_task_moves_to_a_colleague_and_back_to_the_agency(case, cast):
    task = ask("alice", case, "NNC", assignee=cast["bob"])
    assert do("beth", "reassign", task, assignee=cast["nora"]).assignee_id == cast["nora"].pk
    assert ("nora", "is offered to you") in told()
    assert do("beth", "reassign", task, assignee=None).assignee_id is None
    with pytest.raises(RuleError, match="does not work at"):
        do("beth", "reassign", task, assignee=cast["alice"])
    assert AuditEvent.objects.filter(action="task.reassign").count() == 2


def test_a_declined_task_is_offered_to_somebody_else(case):
    task = ask("alice", case, "NNC")
    do("bob", "decline", task, reason="Not our tenant")
    with pytest.raises(ForbiddenError):
        do("vera", "offer", task, agency=agency("VSS"))
    again = do("alice", "offer", task, agency=agency("VSS"))
    assert (again.state, again.agency.code, again.closed_at, again.outcome) == ("offered", "VSS", None, "")
    assert list(again.steps.values_list("kind", "text")) == [("declined", "Not our tenant"), ("offered", "")]
    assert ("viola", "is offered to you") in told()
    with pytest.raises(RuleError, match="waiting to be accepted"):
        do("alice", "offer", task, agency=agency("VSS"))


def test_the_asker_may_say_it_more_clearly(case, cast):
    task = ask("alice", case, "NNC", title="Monitor", assignee=cast["bob"])
    do("alice", "reword", task, title="Visit twice before Friday and note what was seen")
    task.refresh_from_db()
    assert task.title.startswith("Visit twice")
    assert audited("task.reword").fields == ["title"]
    with pytest.raises(ForbiddenError):
        do("vera", "reword", task, title="x")


def test_a_task_marks_the_case_as_changed_without_a_new_version(case):
    before = Case.objects.unscoped(reason="compare in the test").get(pk=case.pk)
    ask("alice", case, "NNC")
    after = Case.objects.unscoped(reason="compare in the test").get(pk=case.pk)
    assert after.updated_at > before.updated_at
    assert after.version == before.version


def test_a_notice_of_a_case_disappears_with_the_access_to_it(case, cast):
    ask("alice", case, "NNC", assignee=cast["bob"])
    with acting("bob") as actor:
        assert Notice.objects.visible_to(actor).count() == 1
    case.exclusions.create(user=cast["bob"], reason="A relative")
    access_rebuild([case.pk])
    with acting("bob") as actor:
        assert Notice.objects.visible_to(actor).count() == 0
        assert Notice.objects.unscoped(reason="the second wall alone").count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_accept_once():
    incident = log_incident_as("alice")
    give(incident.case, "NNC", Level.CONTRIBUTE)
    task = ask("alice", incident.case, "NNC")
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def accept(name: str) -> None:
        try:
            start.wait(timeout=10)
            do(name, "accept", task)
            outcomes.append("accepted")
        except RuleError as error:
            outcomes.append(error.message)
        finally:
            close_old_connections()
            connection.close()

    people = [threading.Thread(target=accept, args=(name,)) for name in ("bob", "nora")]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=20)
    assert max(outcomes) == "accepted"
    assert "has accepted this task already" in min(outcomes)
    assert AuditEvent.objects.filter(action="task.accept").count() == 1
