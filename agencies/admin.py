"""Configuration of agencies: partners, districts, service standards. People are managed on their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from agencies.models import Agency, District, ServiceStandard
from kernel.configuration import ConfigurationAdmin, ReadOnlyAdmin


@admin.register(Agency)
class AgencyAdmin(ConfigurationAdmin):
    """A partner. Its code and what people it may know stay as they are: cases have been shared by them.

    The end of an agreement that runs is changed by two people, on a page of its own. That end is also how a partner
    leaves: its open cases go to its successor first, and no switch here leaves them behind.
    """

    list_display = ("name", "code", "type", "isa_expires_on", "is_active")
    list_filter = ("type", "is_active")
    search_fields = ("name", "code")
    exclude = ("group",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "type", "side", "isa_expires_on", "successor", "is_active") if obj else ()

    def save_model(self, request: HttpRequest, obj: Agency, form: Any, change: bool) -> None:
        """A new partner gets the group that grants on cases are given to."""
        if not change:
            obj.group, _ = Group.objects.get_or_create(name=f"agency {obj.code}")
        super().save_model(request, obj, form, change)


@admin.register(District)
class DistrictAdmin(ReadOnlyAdmin):
    """The seven districts, with the council that serves each."""

    list_display = ("name", "code", "area", "council")


@admin.register(ServiceStandard)
class ServiceStandardAdmin(ConfigurationAdmin):
    """How long clocks run. A new limit is a new row with its own version; a row in use only gets an end."""

    list_display = ("kind", "level", "amount", "unit", "version", "effective_from", "effective_to")
    list_filter = ("version", "kind")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("version", "kind", "level", "amount", "unit", "effective_from") if obj else ()
