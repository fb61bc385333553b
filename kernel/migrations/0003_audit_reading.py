"""Reading the audit: for the narrow functions alone, with the indexes of their questions.

The application role still reads no event: `hatecase_gate` does, and its functions ask for the reader's role first
(incidents/migrations/0030).
"""

from __future__ import annotations

from django.db import migrations, models

# Who was listed, and what was searched for, by the few events that have such a detail.
LISTED = """
create index audit_cases on kernel_auditevent using gin ((detail -> 'cases') jsonb_path_ops) where detail ? 'cases';
create index audit_victims on kernel_auditevent using gin ((detail -> 'victims') jsonb_path_ops) where detail ? 'victims';
create index audit_words on kernel_auditevent ((detail ->> 'words'), at) where detail ? 'words';
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_walls")]

    operations = [
        migrations.AddIndex(
            "auditevent",
            models.Index(fields=["subject_ref", "at"], condition=~models.Q(subject_ref=""), name="audit_ref"),
        ),
        migrations.AddIndex("auditevent", models.Index(fields=["at", "id"], name="audit_at")),
        migrations.RunSQL(LISTED, "drop index audit_cases; drop index audit_victims; drop index audit_words;"),
        migrations.RunSQL(
            "create policy gate_select on kernel_auditevent for select to hatecase_gate using (true)",
            "drop policy gate_select on kernel_auditevent",
        ),
    ]
