"""Searches kept under a name."""


import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0010_short_idle'),
        ('incidents', '0070_case_find'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('words', models.CharField(blank=True, max_length=100)),
                ('criteria', models.JSONField(default=dict)),
                ('shared', models.BooleanField(default=False)),
                ('alert', models.CharField(choices=[('none', 'Do not tell me'), ('daily', 'Once a day, when there are new cases')], default='none', max_length=5)),
                ('fresh_since', models.DateTimeField(default=kernel.clock.now)),
                ('checked_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agencies.agency')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'indexes': [models.Index(condition=models.Q(('shared', True)), fields=['agency', 'name'], name='savedsearch_shared'), models.Index(condition=models.Q(('alert', 'daily')), fields=['checked_on'], name='savedsearch_alert')],
                'constraints': [models.UniqueConstraint(fields=('owner', 'agency', 'name'), name='savedsearch_own_name')],
            },
        ),
    ]
