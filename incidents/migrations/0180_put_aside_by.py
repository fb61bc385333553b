"""Who told of an alleged perpetrator that waits in the quarantine: they may be told that a text of theirs names them.

The quarantine stays closed to them. `hatecase_put_aside_by_me` answers only what the asker themself told, and only
for a case that they can open (docs/domain.md §1.4).
"""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kernel.rls import USER, gate_function

PUT_ASIDE_BY_ME = f"""
create function hatecase_put_aside_by_me(wanted bigint) returns setof jsonb
language sql stable security definer set search_path = public, pg_temp as $$
  select r.subject_as_reported from incidents_subjectreport r
  where r.case_id = wanted and r.by_id = {USER} and hatecase_case_level(wanted) >= 2
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0172_names_by_group"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            model_name="subjectreport",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        gate_function("hatecase_put_aside_by_me(bigint)", PUT_ASIDE_BY_ME),
    ]
