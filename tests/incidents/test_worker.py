"""The worker as it runs: processes that die, a broker that is away, a night that is lost."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time

import pytest
from kombu import pools

from agencies.models import Mail, Notice
from agencies.tasks import mail_sweep
from hatecase.celery import app
from incidents.choices import Level
from incidents.models import Case, CaseGrant
from incidents.services import task as tasks
from incidents.services.access import access_rebuild, grant_create
from incidents.tasks import access_sweep, reminders_sweep, retention_sweep
from kernel import clock
from tests import processes
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from tests.mail_server import free_port, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def case(db) -> Case:
    """Alice's case, shared with North Northamptonshire Council; its own clocks are put away."""
    case = log_incident_as("alice").case
    case.clocks.all().delete()
    grant_create(case=case, agency=agency("NNC"), level=Level.CONTRIBUTE, source=CaseGrant.Source.SHARE)
    access_rebuild([case.pk])
    return case


def due_soon(case: Case) -> None:
    """A task of Bob's that is due within the hour, of which he has been told no more than that it is his."""
    with acting("alice") as actor:
        tasks.task_create(
            actor=actor,
            case=case,
            title="Fit a spyhole",
            agency=agency("NNC"),
            assignee=cast_get()["bob"],
            due_at=clock.now() + HOUR,
        )
    notices().delete()


def notices():
    return Notice.objects.unscoped(reason="the test looks at all notices")


def mail_url(port: int) -> dict[str, str]:
    return {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}


SEND = "from agencies.services.mail import mails_send\nmails_send()"


def test_a_crash_between_the_hand_over_and_the_commit_repeats_the_same_mail(case):
    due_soon(case)
    reminders_sweep()
    with mail_server() as inbox:
        sender = processes.start(SEND, processes.environment(**mail_url(inbox.port)))
        # The server has the mail and has not yet said so: the sender dies before it can commit.
        inbox.after = lambda message: os.kill(sender.pid, signal.SIGKILL)
        assert sender.wait(timeout=60) == -signal.SIGKILL
        assert len(inbox.messages) == 1
        assert Mail.objects.get().sent_at is None
        inbox.after = lambda message: None
        assert processes.start(SEND, processes.environment(**mail_url(inbox.port))).wait(timeout=60) == 0
        assert inbox.ids() == [Mail.objects.get().message_id] * 2
        assert Mail.objects.get().sent_at is not None
        assert notices().count() == 1


def test_two_senders_at_once_send_each_mail_once(case):
    for _ in range(6):
        due_soon(case)
    reminders_sweep()
    assert Mail.objects.count() == 6
    with mail_server() as inbox:
        inbox.answer = _slowly
        senders = [processes.start(SEND, processes.environment(**mail_url(inbox.port))) for _ in range(2)]
        assert [sender.wait(timeout=60) for sender in senders] == [0, 0]
        assert sorted(inbox.ids()) == sorted(Mail.objects.values_list("message_id", flat=True))


def _slowly(message) -> str:
    time.sleep(0.2)
    return "250 OK"


def test_a_worker_reminds_and_mails(case, tmp_path):
    due_soon(case)
    with mail_server() as inbox:
        environment = processes.environment(**mail_url(inbox.port))
        with processes.worker(tmp_path / "worker.log", environment):
            for sweep in (reminders_sweep, reminders_sweep, access_sweep, retention_sweep, mail_sweep):
                sweep.apply_async(queue=processes.queue())
            processes.wait_for(lambda: bool(inbox.messages), "no mail came")
            processes.wait_for(lambda: Mail.objects.filter(sent_at__isnull=False).exists(), "the mail is not marked")
        assert [str(message["To"]) for message in inbox.messages] == ["bob@north.example"]
    log = (tmp_path / "worker.log").read_text()
    assert "Traceback" not in log
    assert [n.user.email for n in notices().select_related("user")] == ["bob@north.example"]


@pytest.fixture
def no_broker():
    """The application's broker is away: nobody listens where it is looked for."""
    before = app.conf.broker_url
    _broker_move(f"redis://127.0.0.1:{free_port()}/0")
    yield
    _broker_move(before)


def _broker_move(url: str) -> None:
    pools.reset()
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
    app._pool = None
    app.amqp._producer_pool = None


def test_without_a_broker_pages_answer_and_the_next_sweep_sends(case, no_broker, inbox, caplog):
    day = (clock.now() + dt.timedelta(days=1)).date()
    data = {
        "title": "Fit a spyhole",
        "agency": agency("NNC").pk,
        "assignee": cast_get()["bob"].pk,
        "due_on_day": day.day,
        "due_on_month": day.month,
        "due_on_year": day.year,
    }
    page = client_of("alice").post(f"/cases/{case.ref}/tasks/add/", data)
    assert page.status_code == 302
    assert "broker unreachable" in caplog.text
    assert not inbox.messages
    reminders_sweep()
    mail_sweep()
    assert {str(message["To"]) for message in inbox.messages} == {"bob@north.example"}
    assert {n.kind for n in notices()} == {"task", "task_due"}


def test_a_sweep_that_dies_half_way_tells_nobody_and_the_next_one_everybody(case):
    due_soon(case)
    code = (
        "import os\n"
        "from incidents.services import reminder\n"
        "from kernel.actors import system_actor\n"
        "from django.db import transaction\n"
        "with transaction.atomic():\n"
        "    assert reminder.reminders_send(actor=system_actor('test')) == 1\n"
        "    os._exit(9)\n"
    )
    assert processes.start(code, processes.environment()).wait(timeout=60) == 9
    assert notices().count() == 0
    assert reminders_sweep() == 1
