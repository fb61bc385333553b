"""The audit's walls: insert only, by grant, by policy and by trigger; and the table of the shared cache."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import IDENTIFIED, wall

APPEND_ONLY = """
create function kernel_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only';
end $$;
create trigger append_only before update or delete on kernel_auditevent
  for each row execute function kernel_append_only();
create trigger append_only before update or delete on kernel_auditseal
  for each row execute function kernel_append_only();
"""

CACHE = """
create table kernel_cache (
  cache_key varchar(255) primary key, value text not null, expires timestamptz not null
);
create index kernel_cache_expires on kernel_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.RunSQL(
            APPEND_ONLY,
            "drop trigger append_only on kernel_auditevent; drop trigger append_only on kernel_auditseal;"
            " drop function kernel_append_only();",
        ),
        migrations.RunSQL(CACHE, "drop table kernel_cache"),
        # Sign-in failures are written before anybody is identified: an insert is never refused.
        wall("kernel_auditevent", "true", app_commands=("insert",), gate=None),
        wall("kernel_auditseal", "false", app_commands=("select",), gate=None),
        wall("kernel_history", "true", app_check=IDENTIFIED, app_commands=("insert",), gate=None),
    ]
