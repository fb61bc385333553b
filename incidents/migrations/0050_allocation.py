"""A deputy beside the lead worker, handovers, cover, referrals, and what is said about a task."""

import django.contrib.postgres.fields
import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0010_short_idle'),
        ('incidents', '0042_reports_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Cover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('applied_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['starts_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('note', models.TextField()),
                ('at', models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='TaskComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('text', models.TextField()),
                ('mentioned_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None)),
                ('at', models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='task_asked_open_due',
        ),
        migrations.AddField(
            model_name='case',
            name='deputy',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deputised_cases', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('task', 'Task'), ('referral', 'Referral')], default='task', max_length=8),
        ),
        migrations.AddField(
            model_name='task',
            name='service',
            field=models.CharField(blank=True, choices=[('emotional', 'Emotional and practical support'), ('advocacy', 'Advocacy'), ('counselling', 'Counselling'), ('housing', 'Housing or rehousing'), ('security', 'Making a home safer'), ('legal', 'Legal advice'), ('health', 'Health'), ('school', 'Support at school'), ('restorative', 'Restorative justice'), ('programme', 'A programme for an alleged perpetrator'), ('other', 'Something else')], max_length=12),
        ),
        migrations.AddField(
            model_name='task',
            name='wish',
            field=models.CharField(blank=True, choices=[('wanted', 'Yes, they want it'), ('not_asked', 'They have not been asked yet'), ('refused', 'No, it is needed all the same'), ('not_victim', 'It is not for the victim')], max_length=10, verbose_name='whether the victim wants it'),
        ),
        migrations.AlterField(
            model_name='caseperson',
            name='source',
            field=models.CharField(choices=[('named', 'Named'), ('own', 'Works or answers for it in the lead agency'), ('cover', 'Covers for who works it'), ('emergency', 'Emergency access')], default='named', max_length=10),
        ),
        migrations.AlterField(
            model_name='task',
            name='state',
            field=models.CharField(choices=[('offered', 'Waiting for acceptance'), ('accepted', 'Accepted'), ('in_progress', 'In progress'), ('done', 'Done'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='offered', max_length=12),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('deputy', None), _negated=True), fields=['deputy'], name='case_deputy'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('status__in', ('new', 'triage', 'open', 'on_hold', 'monitoring', 'reopened'))), fields=['lead_agency', 'lead_worker', '-received_at'], name='case_team'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['asked_by_agency', 'created_at'], name='task_asked_open'),
        ),
        migrations.AddField(
            model_name='cover',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='covers', to='agencies.agency'),
        ),
        migrations.AddField(
            model_name='cover',
            name='away',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cover',
            name='covering',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cover',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cover',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='agency',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency'),
        ),
        migrations.AddField(
            model_name='handover',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handovers', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='handover',
            name='from_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='to_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='taskcomment',
            name='agency',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency'),
        ),
        migrations.AddField(
            model_name='taskcomment',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='taskcomment',
            name='task',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='incidents.task'),
        ),
        migrations.AddIndex(
            model_name='cover',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['covering', 'ends_on'], name='cover_covering'),
        ),
        migrations.AddIndex(
            model_name='cover',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['agency', 'ends_on'], name='cover_agency'),
        ),
        migrations.AddConstraint(
            model_name='cover',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='cover_ends_later'),
        ),
        migrations.AddConstraint(
            model_name='cover',
            constraint=models.CheckConstraint(condition=models.Q(('away', models.F('covering')), _negated=True), name='cover_by_another'),
        ),
        migrations.AddIndex(
            model_name='handover',
            index=models.Index(fields=['case', '-at'], name='handover_case_at'),
        ),
        migrations.AddIndex(
            model_name='taskcomment',
            index=models.Index(fields=['task', 'at'], name='taskcomment_task_at'),
        ),
    ]
