"""What an erasure clears in the history of a case is found by the case (incidents/migrations/0250_names_erased.py)."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_audit_reading")]

    operations = [migrations.AddIndex("history", models.Index(fields=["case_id"], name="history_case"))]
