"""The second wall around saved searches: the owner's own, and for reading alone those shared with their agency."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, wall

_OWN = f"owner_id = {USER} and agency_id = any({AGENCIES})"
_READ = f"({_OWN}) or (shared and agency_id = any({AGENCIES}))"
_TABLE = "incidents_savedsearch"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0071_saved_search")]

    operations = [
        wall(_TABLE, _READ, app_commands=("select",), gate=None),
        migrations.RunSQL(
            f"create policy app_insert on {_TABLE} for insert to hatecase_app with check ({_OWN});"
            f"create policy app_update on {_TABLE} for update to hatecase_app using ({_OWN}) with check ({_OWN});"
            f"create policy app_delete on {_TABLE} for delete to hatecase_app using ({_OWN});",
            "".join(f"drop policy if exists app_{name} on {_TABLE};" for name in ("insert", "update", "delete")),
        ),
    ]
