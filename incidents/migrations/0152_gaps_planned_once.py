"""The names that are taken out of a text are looked up by a plan that is made once.

PostgreSQL planned the look-up anew for nearly every text, which took three times as long as the look-up itself
(docs/decisions/0030-names-told.md).
"""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0151_facts_walls")]

    operations = [
        migrations.RunSQL(
            "alter function hatecase_text_shown(bigint, text) set plan_cache_mode = force_generic_plan",
            "alter function hatecase_text_shown(bigint, text) reset plan_cache_mode",
        )
    ]
