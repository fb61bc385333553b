"""A declined task stays with whoever asked until it is offered again or withdrawn: the indexes of their lists hold it."""

from __future__ import annotations

from django.db import migrations, models

_DECLINED = models.Q(state="declined")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0140_to_sort")]

    operations = [
        migrations.RemoveIndex(model_name="task", name="task_asked_open"),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(closed_at=None) | _DECLINED,
                fields=["asked_by_agency", "created_at"],
                name="task_asked_open",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(condition=_DECLINED, fields=["asked_by", "due_at"], name="task_handed_back"),
        ),
    ]
