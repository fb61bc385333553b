"""The quarantine is not for agencies that work with victims alone, even where they lead (docs/domain.md §1.4, §5.3)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_WALLS = import_module("incidents.migrations.0003_walls")

KNOWS_THEM = (
    "exists (select 1 from agencies_agency a where a.id = incidents_subjectreport.lead_agency_id"
    " and a.side <> 'victim')"
)


def _policy(predicate: str) -> str:
    return (
        "drop policy app_all on incidents_subjectreport;"
        f" create policy app_all on incidents_subjectreport for all to hatecase_app using ({predicate})"
        f" with check ({_WALLS.CHILD});"
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0007_names")]

    operations = [migrations.RunSQL(_policy(f"{_WALLS.SUBJECT} and {KNOWS_THEM}"), _policy(_WALLS.SUBJECT))]
