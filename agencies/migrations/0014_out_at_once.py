"""Who was reported as having left before is out of that agency as well; an administrator still closes the place."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0013_notice_choices")]

    operations = [
        migrations.RunSQL(
            "update agencies_membership set is_active = false where is_active and reported_left_at is not null",
            "update agencies_membership set is_active = true where ended_at is null and reported_left_at is not null",
        )
    ]
