"""Each regular job does its work with the rights of the worker's role alone (kernel/grants.py)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings as configured
from django.db import connection, transaction

from agencies.models import SignIn, User
from hatecase.celery import app
from kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(cast, log_incident, client_for, settings):
    """Something for the jobs to do: a case, a sign-in that is over, another of long ago, an account that nobody uses."""
    settings.ACCOUNTS_SLEEP = True
    log_incident("alice")
    now = clock.now_real()
    client_for("bob")
    SignIn.objects.filter(user=cast["bob"]).update(seen_at=now - dt.timedelta(days=1))
    long_ago = now - dt.timedelta(days=400)
    SignIn.objects.create(
        user=cast["alice"], started_at=long_ago, seen_at=long_ago, confirmed_at=long_ago, ended_at=long_ago
    )
    User.objects.filter(pk=cast["vera"].pk).update(date_joined=long_ago, last_login=long_ago)
    return cast


def run(task: str) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local role hatecase_worker")
        app.tasks[task].run()
        with connection.cursor() as cursor:
            cursor.execute("reset role")


def test_every_regular_job_runs(work):
    app.loader.import_default_modules()
    for entry in configured.CELERY_BEAT_SCHEDULE.values():
        run(entry["task"])
    assert SignIn.objects.get(user=work["bob"]).ended_at is not None
    assert not SignIn.objects.filter(user=work["alice"]).exists()
    assert User.objects.get(pk=work["vera"].pk).asleep_at is not None
