"""What whoever logged a report chose instead of the suggested priority, and why, apart from the rule's own sentences."""

from __future__ import annotations

from django.db import migrations, models

APART = r"""
update incidents_incident i set
  priority_set = substr(said.one, 8, 2),
  priority_set_reason = ltrim(substr(said.one, length('Set to P1 by the person who logged it.') + 1)),
  priority_reasons = array_remove(i.priority_reasons, said.one)
from (
  select n.id, one from incidents_incident n, unnest(n.priority_reasons) one
  where one like 'Set to P_ by the person who logged it.%'
) said
where said.id = i.id;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0180_put_aside_by")]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="priority_set",
            field=models.CharField(
                blank=True,
                choices=[("P1", "Urgent (P1)"), ("P2", "Priority (P2)"), ("P3", "Routine (P3)")],
                default="",
                max_length=2,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="incident",
            name="priority_set_reason",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.RunSQL(APART, migrations.RunSQL.noop),
    ]
