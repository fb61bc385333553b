"""What moves a case on for the victim, its pauses and its closing; further people of a case and their ties."""

import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0010_short_idle'),
        ('incidents', '0052_team'),
        ('perpetrators', '0001_initial'),
        ('victims', '0002_sensitive'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='clock',
            name='exception_days',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='working days by which pauses moved it'),
        ),
        migrations.AddField(
            model_name='clock',
            name='paused_until',
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name='InvolvedPerson',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('role', models.CharField(choices=[('witness', 'Witness'), ('reporter', 'Reporter'), ('guardian', 'Parent or guardian of a victim'), ('child', 'Child of a victim’s household'), ('household', 'Member of a victim’s household'), ('professional', 'Professional'), ('subject_guardian', 'Parent or guardian of an alleged perpetrator'), ('subject_household', 'Member of an alleged perpetrator’s household')], max_length=20)),
                ('side', models.CharField(choices=[('both', 'Victims and alleged perpetrators'), ('victim', 'Victims only'), ('perpetrator', 'Alleged perpetrators only')], max_length=12)),
                ('given_name', models.CharField(blank=True, max_length=80)),
                ('family_name', models.CharField(blank=True, max_length=80)),
                ('organisation', models.CharField(blank=True, max_length=120, verbose_name='where they work')),
                ('date_of_birth', models.DateField(blank=True, null=True)),
                ('contact', models.CharField(blank=True, max_length=300, verbose_name='how to reach them')),
                ('notes', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='involved', to='incidents.case')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='KeyEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('kind', models.CharField(choices=[('arrest', 'Arrest'), ('interview', 'Interview'), ('release', 'Release'), ('bail_change', 'Change of bail'), ('charge', 'Charge'), ('nfa', 'No further action'), ('hearing', 'Hearing'), ('order_made', 'Order made'), ('order_breached', 'Order breached')], max_length=16)),
                ('happened_at', models.DateTimeField()),
                ('note', models.TextField(blank=True)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='incidents.case')),
                ('clock', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='key_event', to='incidents.clock')),
            ],
        ),
        migrations.CreateModel(
            name='PersonTie',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('parent', 'parent of'), ('partner', 'partner of'), ('former_partner', 'former partner of'), ('sibling', 'brother or sister of'), ('relative', 'relative of'), ('lives_with', 'lives with'), ('neighbour', 'neighbour of'), ('carer', 'carer of'), ('works_with', 'works with'), ('friend', 'friend of'), ('supports', 'works as a professional with')], max_length=16)),
                ('needs_victim', models.BooleanField(verbose_name='tells of the victim’s side')),
                ('needs_perpetrator', models.BooleanField(verbose_name='tells of the alleged perpetrator’s side')),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ties', to='incidents.case')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_involved', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.involvedperson')),
                ('from_perpetrator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perpetrators.allegedperpetrator')),
                ('from_victim', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='victims.victim')),
                ('to_involved', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.involvedperson')),
                ('to_perpetrator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perpetrators.allegedperpetrator')),
                ('to_victim', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='victims.victim')),
            ],
        ),
        migrations.CreateModel(
            name='SupportReferral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('wished', models.BooleanField(verbose_name='the victim wants support')),
                ('service', models.CharField(blank=True, max_length=120, verbose_name='another service')),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='incidents.case')),
                ('to_agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency')),
                ('victim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='victims.victim')),
            ],
        ),
        migrations.CreateModel(
            name='UpdateAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('every_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='working days between updates')),
                ('agreed_at', models.DateTimeField()),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='incidents.case')),
            ],
        ),
        migrations.CreateModel(
            name='ActionPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('text', models.TextField()),
                ('agreed_at', models.DateTimeField()),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='incidents.case')),
                ('victim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='victims.victim')),
            ],
            options={
                'indexes': [models.Index(fields=['case', '-agreed_at'], name='actionplan_case')],
            },
        ),
        migrations.CreateModel(
            name='CaseClosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('reason', models.CharField(choices=[('R1', 'Resolved: the behaviour stopped'), ('R2', 'Resolved: moved or rehoused'), ('R3', 'Action with the alleged perpetrator completed'), ('R4', 'Transferred to another agency or area'), ('R5', 'The victim withdrew'), ('R6', 'No further contact, after three attempts on three days by two methods'), ('R7', 'Not enough information'), ('R8', 'Not hate'), ('R9', 'Not to be recorded'), ('R10', 'Duplicate of another case')], max_length=4)),
                ('victim_view', models.CharField(choices=[('satisfied', 'Satisfied'), ('partly', 'Partly satisfied'), ('not', 'Not satisfied'), ('unknown', 'Not known')], max_length=10)),
                ('hate_stopped', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'Not known')], max_length=8)),
                ('note', models.TextField(blank=True)),
                ('closed_at', models.DateTimeField()),
                ('contact_at', models.DateTimeField(blank=True, null=True, verbose_name='the victim was told')),
                ('contact_attempted', models.BooleanField(default=False, verbose_name='or could not be reached')),
                ('outcome_sent_at', models.DateTimeField(blank=True, null=True, verbose_name='the written outcome was sent')),
                ('reopened_at', models.DateTimeField(blank=True, null=True)),
                ('reopened_reason', models.CharField(blank=True, max_length=300)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='incidents.case')),
                ('clock', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closure', to='incidents.clock')),
                ('duplicate_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.case')),
                ('reopened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['case', '-closed_at'], name='caseclosure_case')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('reopened_at', None)), fields=('case',), name='caseclosure_one_in_force')],
            },
        ),
        migrations.CreateModel(
            name='ClockPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('reason', models.CharField(choices=[('victim_request', 'The victim asked to wait'), ('safe_contact', 'No safe time to make contact')], max_length=16)),
                ('paused_at', models.DateTimeField()),
                ('until', models.DateField()),
                ('due_before', models.DateTimeField()),
                ('resumed_at', models.DateTimeField(blank=True, null=True)),
                ('due_after', models.DateTimeField(blank=True, null=True)),
                ('agency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='agencies.agency')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_rows', to='incidents.case')),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='incidents.clock')),
                ('resumed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['case', '-paused_at'], name='clockpause_case')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resumed_at', None)), fields=('clock',), name='clockpause_one_at_a_time')],
            },
        ),
        migrations.AddIndex(
            model_name='involvedperson',
            index=models.Index(fields=['case', 'created_at'], name='involvedperson_case'),
        ),
        migrations.AddIndex(
            model_name='keyevent',
            index=models.Index(fields=['case', '-happened_at'], name='keyevent_case'),
        ),
        migrations.AddIndex(
            model_name='persontie',
            index=models.Index(fields=['case', 'created_at'], name='persontie_case'),
        ),
        migrations.AddConstraint(
            model_name='persontie',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('from_involved__isnull', True), ('from_perpetrator__isnull', True), ('from_victim__isnull', False)), models.Q(('from_involved__isnull', True), ('from_perpetrator__isnull', False), ('from_victim__isnull', True)), models.Q(('from_involved__isnull', False), ('from_perpetrator__isnull', True), ('from_victim__isnull', True)), _connector='OR'), name='persontie_one_from'),
        ),
        migrations.AddConstraint(
            model_name='persontie',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('to_involved__isnull', True), ('to_perpetrator__isnull', True), ('to_victim__isnull', False)), models.Q(('to_involved__isnull', True), ('to_perpetrator__isnull', False), ('to_victim__isnull', True)), models.Q(('to_involved__isnull', False), ('to_perpetrator__isnull', True), ('to_victim__isnull', True)), _connector='OR'), name='persontie_one_to'),
        ),
        migrations.AddIndex(
            model_name='supportreferral',
            index=models.Index(fields=['case', '-created_at'], name='supportreferral_case'),
        ),
        migrations.AddConstraint(
            model_name='supportreferral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at', None), ('service', ''), ('to_agency', None), ('wished', False)), models.Q(('sent_at__isnull', False), ('wished', True), models.Q(models.Q(('to_agency', None), _negated=True), models.Q(('service', ''), _negated=True), _connector='OR')), _connector='OR'), name='supportreferral_sent_if_wished'),
        ),
        migrations.AddIndex(
            model_name='updateagreement',
            index=models.Index(fields=['case', '-created_at'], name='updateagreement_case'),
        ),
        migrations.AddConstraint(
            model_name='updateagreement',
            constraint=models.CheckConstraint(condition=models.Q(('every_days', None), ('every_days__range', (1, 20)), _connector='OR'), name='updateagreement_within_limit'),
        ),
    ]
