from __future__ import annotations

from django.apps import AppConfig


class PerpetratorsConfig(AppConfig):
    name = "perpetrators"

    def ready(self) -> None:
        from perpetrators import scoping  # noqa: F401  registers who may see what
