"""What is extra-sensitive of a victim, in a table of its own. Its wall stands in incidents, which knows cases."""

import django.contrib.postgres.fields
import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0008_caldicott_guardian'),
        ('victims', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VictimSensitive',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('group', models.CharField(choices=[('trans_status', 'Trans status'), ('health', 'Health'), ('immigration_status', 'Immigration status')], max_length=20)),
                ('text', models.TextField()),
                ('earlier', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('updated_at', models.DateTimeField(default=kernel.clock.now)),
                ('version', models.PositiveIntegerField(default=1)),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_by_agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency')),
                ('victim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sensitive', to='victims.victim')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('victim', 'group'), name='victimsensitive_victim_group')],
            },
        ),
    ]
