"""What is said of two people tells of the sides of both, also of one whose side was changed since (docs/domain.md §5.4)."""

from __future__ import annotations

from django.db import migrations

_OF = """
  ({end}_{kind}_id is not null or exists (
    select from incidents_involvedperson p where p.id = t.{end}_involved_id and p.side = '{kind}'))
"""


def _needs(kind: str) -> str:
    return f"({_OF.format(end='from', kind=kind)} or {_OF.format(end='to', kind=kind)})"


MOVED = f"""
update incidents_persontie t set needs_victim = {_needs("victim")}, needs_perpetrator = {_needs("perpetrator")}
where t.from_involved_id is not null or t.to_involved_id is not null
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0120_together")]

    operations = [migrations.RunSQL(MOVED, migrations.RunSQL.noop)]
