"""How each wants to be told of what, when not, and the digests that gather what waited."""

import django.contrib.postgres.fields
import django.db.models.deletion
import kernel.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0010_short_idle'),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticePreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(choices=[('tasks', 'Tasks'), ('deadlines', 'Deadlines that come near'), ('cases', 'Cases given to you or your agency'), ('sharing', 'Sharing: requests, overrides, conflicts of interest, releases'), ('evidence', 'Evidence'), ('mentions', 'Comments, mentions and saved searches'), ('people', 'Accounts and agreements'), ('other', 'Everything else')], max_length=12)),
                ('delivery', models.CharField(choices=[('at_once', 'By email at once'), ('daily', 'In one email a day'), ('weekly', 'In one email a week'), ('centre', 'Only in the service')], max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name='QuietHours',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('starts', models.TimeField()),
                ('ends', models.TimeField()),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
            ],
        ),
        migrations.AddField(
            model_name='notice',
            name='delivery',
            field=models.CharField(choices=[('at_once', 'By email at once'), ('daily', 'In one email a day'), ('weekly', 'In one email a week'), ('centre', 'Only in the service')], default='at_once', max_length=8),
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery', models.CharField(choices=[('daily', 'In one email a day'), ('weekly', 'In one email a week')], max_length=8)),
                ('period', models.DateField()),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('created_at', models.DateTimeField(default=kernel.clock.now)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=kernel.clock.now)),
                ('sent_at', models.DateTimeField(null=True)),
                ('given_up_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='notice',
            name='digest',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notices', to='agencies.digest'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('delivery__in', ['daily', 'weekly']), ('digest', None)), fields=['delivery', 'created_at'], name='notice_for_digest'),
        ),
        migrations.AddField(
            model_name='noticepreference',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='digest',
            index=models.Index(condition=models.Q(('given_up_at', None), ('sent_at', None)), fields=['next_attempt_at'], name='digest_waiting'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.UniqueConstraint(fields=('user', 'delivery', 'period'), name='digest_user_delivery_period'),
        ),
        migrations.AddConstraint(
            model_name='noticepreference',
            constraint=models.UniqueConstraint(fields=('user', 'group'), name='noticepreference_user_group'),
        ),
    ]
