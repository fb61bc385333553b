from __future__ import annotations

from django.apps import AppConfig


class HasbagConfig(AppConfig):
    name = "hasbag"

    def ready(self) -> None:
        from hasbag import panels, scoping  # noqa: F401  registers who may see what

        panels.register()
