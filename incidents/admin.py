"""Configuration of incidents: the risk assessment tools, to look at. No case is reached from here."""

from __future__ import annotations

from django.contrib import admin

from incidents.models import RiskTool
from kernel.configuration import ReadOnlyAdmin


@admin.register(RiskTool)
class RiskToolAdmin(ReadOnlyAdmin):
    """Every version of the questionnaire. History is never scored again."""

    list_display = ("version", "effective_from", "effective_to")
