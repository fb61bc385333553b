"""Reports that two people decide about, incidents that change cases, and several reports of one event."""

import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0010_short_idle'),
        ('incidents', '0081_letters_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClassificationProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('to', models.CharField(choices=[('undetermined', 'Not yet decided'), ('crime_suspected', 'Suspected crime'), ('crime_recorded', 'Recorded crime'), ('hate_incident', 'Hate incident, not a crime'), ('not_hate', 'Not hate'), ('no_record', 'Not to be recorded'), ('out_of_area', 'Outside the county'), ('asb', 'Anti-social behaviour, no hate factor found yet')], max_length=16)),
                ('reason', models.CharField(max_length=500)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for a second person'), ('confirmed', 'Confirmed'), ('refused', 'Refused'), ('withdrawn', 'Taken back'), ('expired', 'Expired')], default='waiting', max_length=10)),
                ('at', models.DateTimeField(default=kernel.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='IncidentMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.UUIDField()),
                ('kind', models.CharField(choices=[('move', 'Moved to another case'), ('join', 'Cases joined'), ('split', 'Split into a new case'), ('duplicate', 'Another report of the same incident')], max_length=10)),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField(default=kernel.clock.now)),
                ('kept', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='case',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='incident',
            name='same_as',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='reports', to='incidents.incident'),
        ),
        migrations.AlterField(
            model_name='case',
            name='classification',
            field=models.CharField(choices=[('undetermined', 'Not yet decided'), ('crime_suspected', 'Suspected crime'), ('crime_recorded', 'Recorded crime'), ('hate_incident', 'Hate incident, not a crime'), ('not_hate', 'Not hate'), ('no_record', 'Not to be recorded'), ('out_of_area', 'Outside the county'), ('asb', 'Anti-social behaviour, no hate factor found yet')], default='undetermined', max_length=16),
        ),
        migrations.AlterField(
            model_name='classificationchange',
            name='after',
            field=models.CharField(choices=[('undetermined', 'Not yet decided'), ('crime_suspected', 'Suspected crime'), ('crime_recorded', 'Recorded crime'), ('hate_incident', 'Hate incident, not a crime'), ('not_hate', 'Not hate'), ('no_record', 'Not to be recorded'), ('out_of_area', 'Outside the county'), ('asb', 'Anti-social behaviour, no hate factor found yet')], max_length=16),
        ),
        migrations.AlterField(
            model_name='classificationchange',
            name='before',
            field=models.CharField(choices=[('undetermined', 'Not yet decided'), ('crime_suspected', 'Suspected crime'), ('crime_recorded', 'Recorded crime'), ('hate_incident', 'Hate incident, not a crime'), ('not_hate', 'Not hate'), ('no_record', 'Not to be recorded'), ('out_of_area', 'Outside the county'), ('asb', 'Anti-social behaviour, no hate factor found yet')], max_length=16),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('status__in', ('new', 'triage'))), fields=['lead_agency', 'priority', 'received_at', 'id'], name='case_to_triage'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['occurred_from'], name='incident_occurred'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('same_as', None), models.Q(('same_as', models.F('id')), _negated=True), _connector='OR'), name='incident_not_its_own_report'),
        ),
        migrations.AddField(
            model_name='classificationproposal',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='classificationproposal',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='classificationproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='incidentmove',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='incidentmove',
            name='from_case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves_out', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='incidentmove',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='incidentmove',
            name='to_case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves_in', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='incidentmove',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='classificationproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('confirmed', 'refused')), _negated=True), models.Q(('decided_by__isnull', False), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='proposal_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='classificationproposal',
            constraint=models.CheckConstraint(condition=models.Q(('to__in', ('not_hate', 'no_record', 'asb'))), name='proposal_needs_two'),
        ),
        migrations.AddConstraint(
            model_name='classificationproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('case',), name='proposal_one_waits_per_case'),
        ),
        migrations.AddIndex(
            model_name='incidentmove',
            index=models.Index(fields=['from_case', '-at'], name='incidentmove_from'),
        ),
        migrations.AddIndex(
            model_name='incidentmove',
            index=models.Index(fields=['to_case', '-at'], name='incidentmove_to'),
        ),
        migrations.AddConstraint(
            model_name='incidentmove',
            constraint=models.UniqueConstraint(fields=('act', 'incident'), name='incidentmove_act_incident'),
        ),
    ]
