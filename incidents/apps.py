from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        from agencies.registries import (
            handover_register,
            members_change_register,
            notice_about_register,
            succession_register,
        )
        from incidents import scoping  # noqa: F401  registers who may see what
        from incidents.selectors import sign_off
        from incidents.selectors.covering import covering_panel
        from incidents.selectors.escalation import chair_panel
        from incidents.selectors.person_cases import perpetrator_cases, victim_cases
        from incidents.selectors.task import task_titles
        from incidents.selectors.waiting import case_waiting
        from incidents.selectors.wish import wish_losses
        from incidents.services.access import own_refresh
        from incidents.services.fields import perpetrator_fields, victim_fields
        from incidents.services.handover import WORK
        from incidents.services.succession import CASES
        from incidents.services.wish import victim_follow
        from kernel.field_groups import fields_register
        from kernel.panels import panel_register
        from victims.registries import victim_change_register

        notice_about_register("tasks", task_titles)
        handover_register("incidents", WORK)
        succession_register("incidents", CASES)
        members_change_register("incidents", own_refresh)
        victim_change_register("incidents", victim_follow)
        panel_register("case", case_waiting, order=10)
        panel_register("work", sign_off.work_sign_offs, order=10)
        # Information governance has no cases, and decides on breaches and emergency openings.
        panel_register("start", sign_off.work_sign_offs, order=10)
        panel_register("work", covering_panel, order=5)
        panel_register("work", chair_panel, order=15)
        sign_off.register()
        fields_register("victim", victim_fields)
        fields_register("perpetrator", perpetrator_fields)
        panel_register("victim", victim_cases, order=10)
        panel_register("perpetrator", perpetrator_cases, order=10)
        panel_register("wishes", wish_losses, order=10)
