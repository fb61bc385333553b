"""Configuration of the kernel: bank holidays."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kernel.configuration import ConfigurationAdmin
from kernel.models import BankHoliday


@admin.register(BankHoliday)
class BankHolidayAdmin(ConfigurationAdmin):
    """Days that are no working days. One-off days happen; a new one moves no deadline that is stored already."""

    list_display = ("date", "name")
    ordering = ("-date",)
    date_hierarchy = "date"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One at a time, so that each is recorded."""
        return {}
