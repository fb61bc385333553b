"""What the chronology of a case says of incidents that came into it or left it, for readers of that case alone."""

import django.db.models.deletion
import kernel.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0064_clock_runs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseMoved',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.UUIDField()),
                ('kind', models.CharField(choices=[('move', 'Moved to another case'), ('join', 'Cases joined'), ('split', 'Split into a new case'), ('duplicate', 'Another report of the same incident')], max_length=10)),
                ('came', models.BooleanField(verbose_name='into this case')),
                ('incidents', models.PositiveSmallIntegerField(verbose_name='how many')),
                ('at', models.DateTimeField(default=kernel.clock.now)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moved', to='incidents.case')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'cases moved',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['case', '-at'], name='casemoved_case_at')],
                'constraints': [models.UniqueConstraint(fields=('case', 'act'), name='casemoved_case_act')],
            },
        ),
    ]
