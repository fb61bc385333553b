"""Each regular job does its work with the rights of the worker's role alone (kernel/grants.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings as configured
from django.db import connection, transaction

from agencies.models import KeptForm, SignIn, User
from agencies.services.sign_in import form_keep
from hatecase.celery import app
from incidents.models import IncidentDraft, SubjectReport
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import agency
from tests.hasbag.builders import HIGH, WHY, case_of, choose, meeting_of, proposals, share

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(cast, log_incident, client_for, settings):
    """Something for the jobs to do: a case, a sign-in that is over, another of long ago, an account that nobody uses;
    and what ends by the clock: a name in quarantine, a report not sent, a form kept."""
    settings.ACCOUNTS_SLEEP = True
    log_incident("alice", perpetrators=[PerpetratorData(status="named", given_name="Darren", family_name="Quill")])
    now, yesterday = clock.now_real(), clock.today() - dt.timedelta(days=1)
    SubjectReport.objects.unscoped(reason=WHY).update(erase_on=yesterday)
    IncidentDraft.objects.create(author=cast["alice"], agency=agency("POL"), erase_on=yesterday)
    form_keep(user_id=cast["alice"].pk, path="/cases/new/", fields={"text": ["What she said"]})
    KeptForm.objects.unscoped(reason=WHY).update(kept_at=now - dt.timedelta(days=1))
    client_for("bob")
    SignIn.objects.filter(user=cast["bob"]).update(seen_at=now - dt.timedelta(days=1))
    long_ago = now - dt.timedelta(days=400)
    SignIn.objects.create(
        user=cast["alice"], started_at=long_ago, seen_at=long_ago, confirmed_at=long_ago, ended_at=long_ago
    )
    User.objects.filter(pk=cast["vera"].pk).update(date_joined=long_ago, last_login=long_ago)
    return cast


@contextmanager
def as_worker() -> Iterator[None]:
    """With the rights of the worker's role alone."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local role hatecase_worker")
        yield
        with connection.cursor() as cursor:
            cursor.execute("reset role")


def run(task: str) -> None:
    with as_worker():
        app.tasks[task].run()


def test_every_regular_job_runs(work):
    app.loader.import_default_modules()
    for entry in configured.CELERY_BEAT_SCHEDULE.values():
        run(entry["task"])
    assert SignIn.objects.get(user=work["bob"]).ended_at is not None
    assert not SignIn.objects.filter(user=work["alice"]).exists()
    assert User.objects.get(pk=work["vera"].pk).asleep_at is not None
    for model in (SubjectReport, IncidentDraft, KeptForm):
        assert not model.objects.unscoped(reason=WHY).exists(), model


def test_a_proposal_that_needs_no_decision_any_more_goes(cast):
    case, meeting = case_of("alice", HIGH), meeting_of()
    choose(meeting)
    assert [proposal.case_id for proposal in proposals(meeting)] == [case.pk]
    share(case, "NNC")
    with as_worker():
        choose(meeting)
    assert not proposals(meeting)
