"""What is known of something online stands in its own tables alone."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0101_online_walls")]

    operations = [migrations.RemoveField(model_name="incident", name="online_detail")]
