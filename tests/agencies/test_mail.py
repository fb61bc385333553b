"""Mail to a real server: once, again only after trouble, never to who may not know."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Mail, Notice
from agencies.services.mail import RETRY_AFTER, mails_send
from agencies.services.notice import NoticeData, notice_create, notices_create, notices_missing
from kernel import clock
from tests.mail_server import mail_server

pytestmark = pytest.mark.django_db


def told(user, key="task-due:1", **more):
    text = more.pop("text", "HT-26-7KQ4M2 is due tomorrow")
    return NoticeData(user.pk, key, "task_due", text, "/tasks/HT-26-7KQ4M2/", **more)


def notices():
    return Notice.objects.unscoped(reason="the test looks at all notices")


def later(monkeypatch, delta):
    at = clock.now() + delta
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", at.isoformat())


def test_the_same_key_tells_a_person_once(cast):
    assert notice_create(told(cast["alice"]))
    assert not notice_create(told(cast["alice"]))
    assert notice_create(told(cast["bob"]))
    assert notices().count() == 2
    assert Mail.objects.count() == 2


def test_one_call_with_the_same_key_twice_tells_once(cast):
    assert notices_create([told(cast["alice"]), told(cast["alice"]), told(cast["bob"])]) == 2
    assert Mail.objects.count() == 2


def test_a_notice_may_go_without_mail(cast):
    assert notice_create(told(cast["alice"], mail=False))
    assert not Mail.objects.exists()


def test_what_is_missing_is_asked_in_one_query(cast, django_assert_num_queries):
    notice_create(told(cast["alice"]))
    pairs = [(cast["alice"].pk, "task-due:1"), (cast["bob"].pk, "task-due:1")]
    with django_assert_num_queries(1):
        assert notices_missing(pairs) == {(cast["bob"].pk, "task-due:1")}
    assert notices_missing([]) == set()


def test_a_page_may_tell_somebody_else_but_not_read_it(cast, acting):
    with acting("alice"):
        assert notice_create(told(cast["bob"]))
        assert not notices().exists()
        assert not Mail.objects.exists()
    with acting("bob"):
        assert notices().count() == 1
        assert not Mail.objects.exists()


def test_the_mail_holds_a_reference_and_a_link_only(cast, inbox, settings):
    settings.BASE_URL = "https://hatecase.example"
    notice_create(told(cast["alice"], text="HT-26-7KQ4M2: visit Farida Mirza is due tomorrow"))
    assert mails_send() == 1
    message = inbox.messages[0]
    assert message["To"] == "alice@police.example"
    assert message["Subject"] == "Hatecase: HT-26-7KQ4M2"
    body = message.get_content()
    assert "https://hatecase.example/tasks/HT-26-7KQ4M2/" in body
    assert "HT-26-7KQ4M2" in body
    assert "Farida" not in body
    assert "due" not in body
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == Mail.objects.get().message_id


def test_two_sweeps_send_once(cast, inbox):
    notice_create(told(cast["alice"]))
    assert mails_send() == 1
    assert mails_send() == 0
    assert len(inbox.messages) == 1


def test_many_mails_leave_over_one_connection_oldest_first(cast, inbox):
    for number in range(5):
        notice_create(told(cast["alice"], key=f"task-due:{number}", text=f"HT-26-00000{number} is due"))
    assert mails_send() == 5
    assert [message["Subject"][-1] for message in inbox.messages] == list("01234")


def test_a_dead_server_loses_nothing(cast, settings, monkeypatch, caplog):
    with mail_server() as dead:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", dead.port
    notice_create(told(cast["alice"]))
    assert mails_send() == 0
    waiting = Mail.objects.get()
    assert (waiting.attempts, waiting.sent_at, waiting.given_up_at) == (1, None, None)
    assert "alice" not in caplog.text
    with mail_server(dead.port) as inbox:
        assert mails_send() == 0, "not before its time"
        later(monkeypatch, RETRY_AFTER[0])
        assert mails_send() == 1
        assert inbox.ids() == [waiting.message_id]


def test_a_dead_server_is_not_asked_for_every_mail(cast, settings):
    with mail_server() as dead:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", dead.port
    notices_create([told(cast["alice"], key=f"task-due:{n}") for n in range(20)])
    assert mails_send() == 0
    assert Mail.objects.filter(attempts=1).count() == 3


def test_a_refused_address_does_not_stop_the_others(cast, inbox):
    inbox.answer = lambda message: "550 No such box" if "alice" in message["To"] else "250 OK"
    notices_create([told(cast["alice"]), told(cast["bob"])])
    assert mails_send() == 1
    assert Mail.objects.get(notice__user=cast["alice"]).sent_at is None
    assert Mail.objects.get(notice__user=cast["bob"]).sent_at is not None


def test_a_mail_is_given_up_after_the_last_attempt_and_logged(cast, inbox, monkeypatch, caplog):
    inbox.answer = lambda message: "451 Not now"
    notice_create(told(cast["alice"]))
    for wait in (dt.timedelta(), *RETRY_AFTER):
        later(monkeypatch, wait)
        assert mails_send() == 0
    given_up = Mail.objects.get()
    assert given_up.given_up_at is not None
    assert given_up.attempts == len(RETRY_AFTER) + 1
    assert f"mail {given_up.message_id} is given up" in caplog.text
    later(monkeypatch, dt.timedelta(days=30))
    inbox.answer = lambda message: "250 OK"
    assert mails_send() == 0


def test_a_closed_account_gets_no_mail(cast, inbox):
    notice_create(told(cast["alice"]))
    cast["alice"].is_active = False
    cast["alice"].save()
    assert mails_send() == 0
    assert Mail.objects.get().given_up_at is not None
    assert not inbox.messages
