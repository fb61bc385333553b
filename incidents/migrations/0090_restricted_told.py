"""Information governance is told of a view of a RESTRICTED case, and of an emergency opening, without being able to open
the case, and not at all where a conflict of interest keeps the officer from it: the notice goes by its case like those
about requests and breaches.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import USER, through_case

EARLIER = import_module("incidents.migrations.0016_passport_walls")
NOTICE = (
    f"user_id = {USER} and (case_id is null or {through_case()}"
    " or (kind in ('access_request', 'breach', 'restricted', 'emergency') and hatecase_case_known(case_id)))"
)
# Those written before name their case, or the opening, in their key alone.
NAMED = """
update agencies_notice n set case_id = c.id, url = '/governance/record/?ref=' || c.ref
from incidents_case c
where n.kind = 'restricted' and n.case_id is null and c.id::text = split_part(n.key, ':', 2);
update agencies_notice n set case_id = e.case_id
from incidents_emergencyaccess e
where n.kind = 'emergency' and n.case_id is null and n.key = 'emergency:' || e.uid::text
"""


def _policy(predicate: str) -> str:
    return (
        "drop policy app_all on agencies_notice; create policy app_all on agencies_notice for all to hatecase_app"
        f" using ({predicate}) with check ({predicate});"
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0067_case_carry"), ("agencies", "0013_notice_choices")]

    operations = [
        migrations.RunSQL(_policy(NOTICE), _policy(EARLIER.NOTICE)),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
