"""Sign-ins, which stand with the sessions outside the wall, and kept forms, each their sender's alone."""

from __future__ import annotations

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from kernel.rls import USER, wall


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0003_notice_door'),
        ('kernel', '0002_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptForm',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('path', models.CharField(max_length=500)),
                ('sealed', models.TextField()),
                ('kept_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_forms', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['kept_at'], name='kept_form_age')],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField()),
                ('second_factor', models.CharField(blank=True, max_length=20)),
                ('provider', models.CharField(blank=True, max_length=40)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_because', models.CharField(blank=True, choices=[('signed_out', 'Signed out'), ('idle', 'Not used for too long'), ('absolute', 'Lasted too long'), ('replaced', 'Signed in somewhere else'), ('closed', 'Closed by an administrator')], max_length=12)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='sign_in_one_active')],
            },
        ),
        wall("agencies_keptform", f"user_id = {USER}", gate=None),
    ]
