"""The second wall lets the note of a handover be struck: until now handovers were added to alone."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import through_case

CASE = through_case()


class Migration(migrations.Migration):
    dependencies = [("incidents", "0145_strike_later")]

    operations = [
        migrations.RunSQL(
            f"create policy app_update on incidents_handover for update to hatecase_app using ({CASE})"
            f" with check ({CASE})",
            "drop policy app_update on incidents_handover",
        )
    ]
