"""What is said about a task: who may say it, who reads it, and who is told."""

from __future__ import annotations

import uuid

import pytest

from agencies.models import Mail, Notice
from incidents.choices import CaseStatus, Level
from incidents.models import Case, TaskComment
from incidents.services.access import access_rebuild
from incidents.services.task import task_create
from incidents.services.task_comment import comment_add
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import case_of, give, text
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Alice's case with all kinds of agencies in it."""
    case = case_of(victims=[VictimData(given_name="Farida", family_name="Mirza", phone="07700 900123")])
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "PROB", Level.CONTRIBUTE)
    give(case, "FIRE", Level.VIEW)
    return case


def ask(case, code="NNC", **values):
    with acting("alice") as actor:
        return task_create(actor=actor, case=case, title="Fit a door chain", agency=agency(code), **values)


def say(name, task, words, **values):
    with acting(name) as actor:
        return comment_add(actor=actor, task=task, text=words, **values)


def told():
    rows = Notice.objects.unscoped(reason="the test looks").filter(kind__in=["mention", "comment"])
    return {(row.user.email.partition("@")[0], row.kind) for row in rows.select_related("user")}


def test_both_sides_of_a_task_talk_and_are_told(case, cast):
    task = ask(case, assignee=cast["bob"])
    say("bob", task, "I go there on Monday.")
    assert told() == {("alice", "comment")}
    say("alice", task, "Thank you. @Nora Petkova knows the house.")
    assert told() == {("alice", "comment"), ("bob", "comment"), ("nora", "mention")}
    assert [m.notice.kind for m in Mail.objects.select_related("notice") if m.notice.kind != "task"] == ["mention"]
    page = text(client_of("nora").get(f"/tasks/{task.ref}/"))
    assert page.index("I go there on Monday") < page.index("knows the house")
    assert "Mentioned:" in text(client_of("bob").get(f"/tasks/{task.ref}/"))
    assert AuditEvent.objects.filter(action="task.comment").count() == 2


def test_a_notice_says_no_word_of_the_comment_and_has_a_read_state(case, cast):
    task = ask(case)
    say("alice", task, "The dog bites.", mentioned=[cast["bob"].pk])
    notice = Notice.objects.unscoped(reason="the test looks").get(kind="mention")
    assert notice.text == f"You were mentioned in {task.ref} in {case.ref}"
    assert notice.read_at is None
    client_of("bob").get(f"/notices/{notice.pk}/")
    client_of("bob").post(f"/notices/{notice.pk}/")
    case.exclusions.create(user=cast["bob"], reason="A relative")
    access_rebuild([case.pk])
    with acting("bob") as bob:
        assert not Notice.objects.visible_to(bob).exists()


@pytest.mark.parametrize("words", ["@Walt Kemp has a key", "@Nobody there", "@Petra can help"])
def test_nobody_is_mentioned_who_may_not_see_the_task(case, words):
    task = ask(case)
    with pytest.raises(RuleError, match="is not one person who can see this task") as refused:
        say("alice", task, words)
    assert refused.value.field == "text"
    assert told() == set()


def test_somebody_from_no_list_is_refused(case, cast):
    with pytest.raises(RuleError) as refused:
        say("alice", ask(case), "Please look", mentioned=[cast["walt"].pk])
    assert refused.value.field == "mentioned"


def test_somebody_in_conflict_is_on_no_list(case, cast):
    task = ask(case)
    case.exclusions.create(user=cast["bob"], reason="A relative")
    access_rebuild([case.pk])
    page = client_of("alice").get(f"/tasks/{task.ref}/").content.decode()
    assert "Nora Petkova" in page
    assert "Bob Wickens" not in page


def test_who_only_reads_the_case_says_nothing(case):
    task = ask(case)
    with acting("frank") as frank, pytest.raises(ForbiddenError):
        comment_add(actor=frank, task=task, text="Me too")
    assert client_of("frank").post(f"/tasks/{task.ref}/comment/", {"text": "Me too"}).status_code == 403
    assert "Add the comment" not in text(client_of("frank").get(f"/tasks/{task.ref}/"))


def test_out_of_scope_is_as_what_is_not_there(case):
    task = ask(case)
    walt = client_of("walt")
    hidden = walt.post(f"/tasks/{task.ref}/comment/", {"text": "x"})
    absent = walt.post("/tasks/HT-26-ZZZZZZ/comment/", {"text": "x"})
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


def test_other_sides_names_and_words_are_left_out(case):
    task = ask(case, "PROB")
    say("alice", task, "Farida Mirza moves on Monday.")
    say("petra", task, "He will be told.")
    other = ask(case)
    say("bob", other, "She was in tears.")
    read = text(client_of("petra").get(f"/tasks/{task.ref}/"))
    assert "moves on Monday" in read
    assert "Farida" not in read
    assert "He will be told" in read
    assert "She was in tears" not in text(client_of("petra").get(f"/tasks/{other.ref}/"))
    assert "Farida Mirza moves" in text(client_of("bob").get(f"/tasks/{task.ref}/"))


@pytest.mark.parametrize("words", ["", "   ", "x" * 4001, "a\u202eb"])
def test_words_that_cannot_be_kept(case, words):
    with pytest.raises(RuleError) as refused:
        say("alice", ask(case), words)
    assert refused.value.field == "text"


def test_sent_twice_it_is_said_once(case):
    task, once = ask(case), uuid.uuid4()
    assert say("alice", task, "Ring first.", submission_id=once) == say(
        "alice", task, "Ring first.", submission_id=once
    )
    assert TaskComment.objects.unscoped(reason="the test counts").count() == 1


def test_nothing_is_said_in_a_closed_case(case):
    task = ask(case)
    Case.objects.unscoped(reason="close it for the test").filter(pk=case.pk).update(status=CaseStatus.CLOSED)
    with pytest.raises(RuleError, match="is closed"):
        say("alice", task, "Too late")


def test_by_the_page(case):
    task = ask(case)
    alice = client_of("alice")
    wrong = alice.post(f"/tasks/{task.ref}/comment/", {"text": "@Zed"})
    assert "“@Zed” is not one person" in text(wrong)
    done = alice.post(
        f"/tasks/{task.ref}/comment/", {"text": "Ring first.", "mentioned": [cast_get()["bob"].pk]}, follow=True
    )
    assert "Comment added" in text(done)
    assert "Mentioned: Bob Wickens" in text(done)
    assert queries_beyond(alice, f"/tasks/{task.ref}/") <= 8
