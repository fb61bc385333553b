from __future__ import annotations

from django.apps import AppConfig


class VictimsConfig(AppConfig):
    name = "victims"

    def ready(self) -> None:
        from victims import scoping  # noqa: F401  registers who may see what
