"""Where the lines of migrations that were written side by side meet."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0093_shares_end"),
        ("incidents", "0095_hasbag_tier"),
        ("incidents", "0103_points"),
        ("incidents", "0108_just_added_walls"),
        ("incidents", "0112_find_classification"),
        ("incidents", "0117_letters_checked"),
    ]
