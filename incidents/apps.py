from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        from agencies.registries import case_check_register
        from incidents import scoping  # noqa: F401  registers who may see what
        from incidents.services.reminder import case_seen

        case_check_register(case_seen)
