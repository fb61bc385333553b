"""The wall around notices: each to their own. Mail is the worker's alone."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import USER, wall


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_initial"), ("kernel", "0002_walls")]

    operations = [
        wall("agencies_notice", f"user_id = {USER}", gate=None),
        wall("agencies_mail", "false", gate=None),
    ]
