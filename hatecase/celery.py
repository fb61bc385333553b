"""The Celery application: tasks are found in each app, everything else is read from the settings."""

from __future__ import annotations

import os
import sys

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hatecase.settings")
if "celery" in sys.argv[0]:
    # A worker or beat never owns the tables, whatever its environment forgot.
    os.environ.setdefault("HATECASE_ROLE", "worker")

app = Celery("hatecase")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()
