"""Every share ends by itself: one that was given without an end does so six months from now, unless it is shared anew.

Access that comes with having reported or led a case lasts; it says now why and by which gateway it is there.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Q
from kernel.clock import now_real

from incidents.rules.sharing import gateway_standing, share_until

# The envelopes of those cases carry the end from now on, so that both walls refuse at once when it is past.
REBUILD = """
do $$ begin
  perform hatecase_access_rebuild(ids) from (
    select array_agg(distinct content_object_id) as ids from incidents_casegrant
    where source = 'share' and ended_at is null and until is not null
    group by content_object_id / 500) parts;
end $$
"""


def shares_end(apps: Any, _schema: Any) -> None:
    """Give every share that lasts for ever an end."""
    grants = apps.get_model("incidents", "CaseGrant").objects
    now = now_real()
    rows = grants.filter(source="share", ended_at=None, until=None)
    rows.filter(starts_at__lte=now).update(until=share_until(now, None))
    for grant in rows.filter(starts_at__gt=now):
        grant.until = share_until(grant.starts_at, None)
        grant.save(update_fields=["until"])


def reports_say_why(apps: Any, _schema: Any) -> None:
    """Access of who reported a case, or led it before, names its purpose and gateway."""
    grants = apps.get_model("incidents", "CaseGrant").objects.filter(source="report", gateway="")
    for agency in apps.get_model("agencies", "Agency").objects.all():
        rows = grants.filter(agency=agency)
        rows.filter(~Q(purpose="")).update(
            gateway=gateway_standing(agency.type),
            necessity="Who reports is told what becomes of it, and adds what they hear later",
        )
        rows.filter(purpose="").update(
            purpose="Led the case before it moved: goes on with what it began",
            gateway=gateway_standing(agency.type),
            necessity="It answers for the records that it made, and for tasks that stay with it",
        )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0092_emergency_due")]

    operations = [
        migrations.RunPython(shares_end, migrations.RunPython.noop),
        migrations.RunPython(reports_say_why, migrations.RunPython.noop),
        migrations.RunSQL(REBUILD, migrations.RunSQL.noop),
    ]
