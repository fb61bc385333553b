from __future__ import annotations

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"

    def ready(self) -> None:
        from agencies import scoping, sessions  # noqa: F401  scoping registers who may see what

        sessions.connect()
