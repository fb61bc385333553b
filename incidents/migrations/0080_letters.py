"""Letters and their templates, what is struck, dates that are corrected, and who looked at a case when."""

import django.db.models.deletion
import django.db.models.functions.datetime
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0012_notice_choices'),
        ('incidents', '0072_saved_search_walls'),
        ('victims', '0002_sensitive'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='added_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='struck_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='struck_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='added_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, null=True),
        ),
        migrations.AddField(
            model_name='note',
            name='struck_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='note',
            name='struck_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='LetterTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('topic', models.UUIDField(default=uuid.uuid4)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('kind', models.CharField(choices=[('letter', 'Letter'), ('email', 'Email text'), ('text', 'Text message')], max_length=8)),
                ('name', models.CharField(max_length=80)),
                ('language', models.CharField(choices=[('en', 'English'), ('ro', 'Romanian'), ('pl', 'Polish'), ('lt', 'Lithuanian'), ('pt', 'Portuguese'), ('hu', 'Hungarian'), ('bg', 'Bulgarian'), ('lv', 'Latvian'), ('ru', 'Russian'), ('uk', 'Ukrainian'), ('it', 'Italian'), ('es', 'Spanish'), ('el', 'Greek'), ('fr', 'French'), ('ar', 'Arabic'), ('bn', 'Bengali'), ('gu', 'Gujarati'), ('pa', 'Panjabi'), ('ur', 'Urdu'), ('so', 'Somali'), ('sn', 'Shona'), ('tr', 'Turkish'), ('sq', 'Albanian'), ('ps', 'Pashto'), ('prs', 'Dari'), ('ku', 'Kurdish'), ('bfi', 'British Sign Language'), ('easy_read', 'Easy Read'), ('other', 'Another language')], default='en', max_length=10)),
                ('body', models.TextField()),
                ('safety', models.BooleanField(default=False, verbose_name='says how to stay safe')),
                ('machine_made', models.BooleanField(default=False, verbose_name='a machine translated it')),
                ('checked', models.BooleanField(default=False, verbose_name='somebody who speaks the language checked it')),
                ('checked_by', models.CharField(blank=True, max_length=120)),
                ('checked_on', models.DateField(blank=True, null=True)),
                ('active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'language', '-version'],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('letter', 'Letter'), ('email', 'Email text'), ('text', 'Text message')], max_length=8)),
                ('language', models.CharField(choices=[('en', 'English'), ('ro', 'Romanian'), ('pl', 'Polish'), ('lt', 'Lithuanian'), ('pt', 'Portuguese'), ('hu', 'Hungarian'), ('bg', 'Bulgarian'), ('lv', 'Latvian'), ('ru', 'Russian'), ('uk', 'Ukrainian'), ('it', 'Italian'), ('es', 'Spanish'), ('el', 'Greek'), ('fr', 'French'), ('ar', 'Arabic'), ('bn', 'Bengali'), ('gu', 'Gujarati'), ('pa', 'Panjabi'), ('ur', 'Urdu'), ('so', 'Somali'), ('sn', 'Shona'), ('tr', 'Turkish'), ('sq', 'Albanian'), ('ps', 'Pashto'), ('prs', 'Dari'), ('ku', 'Kurdish'), ('bfi', 'British Sign Language'), ('easy_read', 'Easy Read'), ('other', 'Another language')], max_length=10)),
                ('recipient', models.CharField(max_length=200, verbose_name='name as written to')),
                ('address', models.CharField(blank=True, max_length=400)),
                ('body', models.TextField()),
                ('emergency_reason', models.CharField(blank=True, max_length=300, verbose_name='why outside the safe times or ways')),
                ('state', models.CharField(choices=[('draft', 'Written, not sent'), ('printed', 'Printed'), ('recorded', 'Recorded as sent')], default='draft', max_length=10)),
                ('pdf', models.BinaryField(null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('printed_at', models.DateTimeField(null=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='incidents.case')),
                ('contact', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='letter', to='incidents.contact')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('victim', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='victims.victim')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.lettertemplate')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='StruckText',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('note', 'Note'), ('contact', 'Contact')], max_length=10)),
                ('row_id', models.BigIntegerField()),
                ('words', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField(default=kernel.clock.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.case')),
            ],
        ),
        migrations.CreateModel(
            name='CaseVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=kernel.clock.now)),
                ('before', models.DateTimeField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.case')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'case'), name='casevisit_user_case')],
            },
        ),
        migrations.CreateModel(
            name='FieldCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('field', models.CharField(choices=[('occurred_from', 'When it happened'), ('received_at', 'When it was reported'), ('at', 'When the contact was')], max_length=16)),
                ('before', models.DateTimeField()),
                ('after', models.DateTimeField()),
                ('reason', models.CharField(max_length=300)),
                ('effects', models.JSONField(default=list)),
                ('at', models.DateTimeField(default=kernel.clock.now)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='incidents.case')),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.contact')),
                ('incident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.incident')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['case', '-at'], name='correction_case_at')],
                'constraints': [models.CheckConstraint(condition=models.Q(('incident', None), ('contact', None), _connector='XOR'), name='correction_of_one_thing')],
            },
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.UniqueConstraint(fields=('topic', 'language', 'version'), name='lettertemplate_version'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True)), fields=('topic', 'language'), name='lettertemplate_one_active'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('checked', False), models.Q(models.Q(('checked_by', ''), _negated=True), ('checked_on__isnull', False)), _connector='OR'), name='lettertemplate_who_checked'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('machine_made', True), ('safety', True), _negated=True), name='lettertemplate_safety_by_people'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(fields=['case', '-created_at'], name='letter_case_created'),
        ),
    ]
