"""What is known of something online in tables of its own, and where a full postcode lies (docs/domain.md §5.2, §10.3)."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0013_notice_choices'),
        ('incidents', '0067_case_carry'),
        ('perpetrators', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OnlineAccount',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('handle', models.CharField(blank=True, max_length=120)),
                ('display_name', models.CharField(blank=True, max_length=120)),
                ('profile_url', models.CharField(blank=True, max_length=500)),
                ('post_id', models.CharField(blank=True, max_length=120)),
                ('urls', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None)),
                ('place', models.CharField(blank=True, choices=[('uk', 'In the United Kingdom'), ('overseas', 'Overseas'), ('unknown', 'Not known')], max_length=10)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='OnlinePost',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('platform', models.CharField(blank=True, choices=[('facebook', 'Facebook'), ('instagram', 'Instagram'), ('whatsapp', 'WhatsApp'), ('x', 'X'), ('tiktok', 'TikTok'), ('snapchat', 'Snapchat'), ('youtube', 'YouTube'), ('telegram', 'Telegram'), ('discord', 'Discord'), ('gaming', 'A game'), ('dating', 'A dating app'), ('email', 'Email'), ('website', 'A website'), ('other', 'Somewhere else')], max_length=20)),
                ('platform_other', models.CharField(blank=True, max_length=60)),
                ('posted_at', models.DateTimeField(blank=True, null=True)),
                ('posted_zone', models.CharField(choices=[('Europe/London', 'UK time'), ('UTC', 'UTC'), ('Europe/Warsaw', 'Central European time'), ('Europe/Bucharest', 'Eastern European time'), ('Asia/Karachi', 'Pakistan time'), ('Asia/Kolkata', 'India time'), ('America/New_York', 'US Eastern time'), ('America/Los_Angeles', 'US Pacific time')], default='Europe/London', max_length=30)),
                ('reach', models.CharField(blank=True, choices=[('public', 'Anybody'), ('group', 'A group'), ('private', 'The person it was sent to'), ('unknown', 'Not known')], max_length=10)),
                ('audience', models.CharField(blank=True, max_length=120)),
                ('tagged', models.CharField(blank=True, max_length=200, verbose_name='who was tagged or named in it')),
                ('threat', models.CharField(blank=True, choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'Not known')], max_length=10)),
                ('removed', models.CharField(blank=True, choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'Not known')], max_length=10)),
                ('known_offline', models.CharField(blank=True, choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'Not known')], max_length=10)),
                ('told', models.BooleanField(default=False, verbose_name='reported to the platform')),
                ('told_on', models.DateField(blank=True, null=True)),
                ('told_ref', models.CharField(blank=True, max_length=60)),
                ('told_result', models.CharField(blank=True, choices=[('waiting', 'No answer yet'), ('removed', 'Took it down'), ('suspended', 'Closed or suspended the account'), ('limited', 'Limited who sees it'), ('refused', 'Did nothing: no breach of its rules')], max_length=12)),
                ('version', models.PositiveIntegerField(default=1)),
                ('updated_at', models.DateTimeField(default=kernel.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='PostcodePoint',
            fields=[
                ('postcode', models.CharField(max_length=8, primary_key=True, serialize=False)),
                ('easting', models.PositiveIntegerField()),
                ('northing', models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='incident',
            name='easting',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='northing',
            field=models.PositiveIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='place_key',
            field=models.GeneratedField(db_persist=True, expression=models.Func(django.db.models.functions.text.Lower('location'), models.Value('[^[:alnum:]]+'), models.Value(''), models.Value('g'), function='regexp_replace'), output_field=models.CharField(max_length=200)),
        ),
        migrations.AlterField(
            model_name='subjectreport',
            name='perpetrator',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='perpetrators.allegedperpetrator'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['postcode', 'occurred_from'], name='incident_postcode_occurred'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['place_key', 'occurred_from'], name='incident_place_occurred'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['easting', 'northing'], name='incident_point'),
        ),
        migrations.AddField(
            model_name='onlineaccount',
            name='agency',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency'),
        ),
        migrations.AddField(
            model_name='onlineaccount',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='onlineaccount',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='onlineaccount',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='online_accounts', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='onlinepost',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.case'),
        ),
        migrations.AddField(
            model_name='onlinepost',
            name='incident',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='online_post', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='onlinepost',
            name='screenshot',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.evidence'),
        ),
        migrations.AddField(
            model_name='onlinepost',
            name='updated_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='onlinepost',
            name='words_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency'),
        ),
        migrations.AddIndex(
            model_name='onlineaccount',
            index=models.Index(fields=['case', 'created_at'], name='onlineaccount_case'),
        ),
    ]
