"""Letters to people further of a case, and an agency's translations of the county's wordings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0013_notice_choices'),
        ('incidents', '0115_homes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='lettertemplate',
            name='lettertemplate_version',
        ),
        migrations.RemoveConstraint(
            model_name='lettertemplate',
            name='lettertemplate_one_active',
        ),
        migrations.AddField(
            model_name='involvedperson',
            name='address',
            field=models.CharField(blank=True, max_length=300, verbose_name='postal address'),
        ),
        migrations.AddField(
            model_name='letter',
            name='involved',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.involvedperson'),
        ),
        migrations.AddField(
            model_name='letter',
            name='sent_at',
            field=models.DateTimeField(null=True, verbose_name='when it was sent, as recorded'),
        ),
        migrations.AddField(
            model_name='lettertemplate',
            name='translated_by',
            field=models.CharField(blank=True, max_length=120, verbose_name='who translated it'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.UniqueConstraint(fields=('topic', 'language', 'version', 'agency'), name='lettertemplate_version', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.UniqueConstraint(condition=models.Q(('active', True)), fields=('topic', 'language', 'agency'), name='lettertemplate_one_active', nulls_distinct=False),
        ),
    ]
