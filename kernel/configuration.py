"""The base of every configuration page under `/admin/`: who may open it, and the trace that a change leaves.

Configuration only: agencies, districts, standards, bank holidays, tools. No case, no person, no account.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kernel import audit


class ConfigurationAdmin(admin.ModelAdmin):
    """A table of configuration: for staff accounts; what is saved is audited with what it was before."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _configures(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _configures(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _configures(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _configures(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing that history may point at is deleted; a table that may lose rows says so itself."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and record which fields changed."""
        before = {name: form.initial.get(name) for name in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        after = {name: form.cleaned_data.get(name) for name in form.changed_data}
        _record(request, "configuration.change" if change else "configuration.add", obj, before, after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and record what it was."""
        _record(request, "configuration.delete", obj, {"row": str(obj)}, {})
        super().delete_model(request, obj)


class ReadOnlyAdmin(ConfigurationAdmin):
    """A table that can be looked at here and is changed elsewhere, if at all."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _configures(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_staff", False))


def _record(request: HttpRequest, action: str, obj: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(request.actor, action, obj, before=before, after=after)  # type: ignore[attr-defined]
