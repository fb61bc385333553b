"""Redacted copies of evidence, which alone can be released to agencies of one side (docs/permissions.md, "Evidence")."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from kernel.rls import through_case

_TOLD = "hatecase_evidence_told(case_id, agency_id)"
_RELEASED = """released_to = 'everyone'
    or (released_to in ('victim', 'perpetrator') and hatecase_case_knows(case_id, released_to))"""
BEFORE = f"{through_case()} and {_TOLD}"
AFTER = f"{through_case()} and ({_TOLD} or {_RELEASED})"


def _policies(predicate: str) -> str:
    return f"""
        alter policy app_select on incidents_evidence using ({predicate});
        alter policy app_insert on incidents_evidence with check ({predicate});
        alter policy app_update on incidents_evidence using ({predicate}) with check ({predicate});
    """


class Migration(migrations.Migration):
    dependencies = [("incidents", "0036_repeat_apart")]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="redacted_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redacted_copies",
                to="incidents.evidence",
            ),
        ),
        migrations.AddField(
            model_name="evidence", name="released_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="evidence",
            name="released_to",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nobody else"),
                    ("victim", "Agencies that work with victims"),
                    ("perpetrator", "Agencies that work with alleged perpetrators"),
                    ("everyone", "Everyone who can open the case"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="origin",
            field=models.CharField(
                choices=[
                    ("page", "Added on the page of the case"),
                    ("api", "Sent by another system"),
                    ("redacted", "A copy of another file with parts covered"),
                ],
                default="page",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="custodyevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("added", "Added"),
                    ("scanned", "Scanned: no malware found"),
                    ("quarantined", "Locked: malware found"),
                    ("copied", "Copy without location made"),
                    ("viewed", "Viewed"),
                    ("downloaded", "Downloaded"),
                    ("original", "Original downloaded"),
                    ("withdrawn", "Withdrawn"),
                    ("redacted", "Redacted copy made"),
                    ("released", "Released to more agencies"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=~models.Q(redacted_from=None), fields=["redacted_from"], name="evidence_redacted"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(released_to="") | models.Q(redacted_from__isnull=False),
                name="evidence_release_is_redacted",
            ),
        ),
        migrations.RunSQL(_policies(AFTER), _policies(BEFORE)),
    ]
