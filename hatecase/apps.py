"""The composition root as an application: it makes the Celery app the default one wherever Django runs."""

from __future__ import annotations

from django.apps import AppConfig


class HatecaseConfig(AppConfig):
    """Loads the Celery application, so that every process publishes to the same broker."""

    name = "hatecase"
    verbose_name = "Hatecase"

    def ready(self) -> None:
        """Makes shared tasks belong to our application."""
        from hatecase import celery, pulse  # noqa: F401
