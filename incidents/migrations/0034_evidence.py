"""Evidence on a case, and the log of whoever had it."""

import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0008_caldicott_guardian'),
        ('incidents', '0033_groups_granted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('jpeg', 'JPEG image'), ('png', 'PNG image'), ('gif', 'GIF image'), ('webp', 'WebP image'), ('pdf', 'PDF document'), ('text', 'Plain text'), ('email', 'E-mail message'), ('mp3', 'MP3 recording'), ('m4a', 'M4A recording'), ('wav', 'WAV recording'), ('mp4', 'MP4 video')], max_length=8)),
                ('original_name', models.CharField(max_length=200)),
                ('file_name', models.CharField(max_length=80, unique=True)),
                ('size', models.PositiveBigIntegerField(verbose_name='bytes')),
                ('sha256', models.CharField(max_length=64)),
                ('description', models.CharField(max_length=500, verbose_name='what it shows')),
                ('source', models.CharField(max_length=300, verbose_name='where it came from')),
                ('obtained_at', models.DateTimeField(verbose_name='taken or received at')),
                ('origin', models.CharField(choices=[('page', 'Added on the page of the case'), ('api', 'Sent by another system')], default='page', max_length=8)),
                ('added_at', models.DateTimeField(default=kernel.clock.now)),
                ('malware', models.CharField(choices=[('not_scanned', 'Not scanned for malware'), ('waiting', 'Being checked for malware'), ('clean', 'No malware found'), ('infected', 'Locked: malware found')], default='not_scanned', max_length=12)),
                ('malware_name', models.CharField(blank=True, max_length=200, verbose_name='what the scanner called it')),
                ('scanned_at', models.DateTimeField(blank=True, null=True)),
                ('copy_state', models.CharField(choices=[('none', 'Not needed'), ('waiting', 'Being made'), ('ready', 'Made'), ('failed', 'Could not be made')], default='none', max_length=8)),
                ('copy_name', models.CharField(blank=True, max_length=80)),
                ('copy_kind', models.CharField(blank=True, choices=[('jpeg', 'JPEG image'), ('png', 'PNG image'), ('gif', 'GIF image'), ('webp', 'WebP image'), ('pdf', 'PDF document'), ('text', 'Plain text'), ('email', 'E-mail message'), ('mp3', 'MP3 recording'), ('m4a', 'M4A recording'), ('wav', 'WAV recording'), ('mp4', 'MP4 video')], max_length=8)),
                ('copy_size', models.PositiveBigIntegerField(blank=True, null=True)),
                ('copy_sha256', models.CharField(blank=True, max_length=64)),
                ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='a worker is at it since')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts at the copy')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300)),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='incidents.case')),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'ordering': ['-added_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='CustodyEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('added', 'Added'), ('scanned', 'Scanned: no malware found'), ('quarantined', 'Locked: malware found'), ('copied', 'Copy without location made'), ('viewed', 'Viewed'), ('downloaded', 'Downloaded'), ('original', 'Original downloaded'), ('withdrawn', 'Withdrawn')], max_length=12)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='custody', to='incidents.evidence')),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(fields=['case', '-added_at'], name='evidence_case_added'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(condition=models.Q(('malware', 'clean'), _negated=True), fields=['malware'], name='evidence_unscanned'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(condition=models.Q(('copy_state', 'waiting')), fields=['copy_state'], name='evidence_copy_waits'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(condition=models.Q(('copy_name', ''), _negated=True), fields=['copy_name'], name='evidence_copy_name'),
        ),
        migrations.AddIndex(
            model_name='custodyevent',
            index=models.Index(fields=['evidence', '-at'], name='custody_evidence_at'),
        ),
    ]
