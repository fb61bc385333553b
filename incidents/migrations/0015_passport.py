"""The passport of a share: field groups, necessity, basis; overrides, requests for access, breaches.

Shares that stand get the groups that their level gave until now (docs/domain.md §5.4).
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import kernel.clock
import uuid
from django.conf import settings
from django.db import migrations, models


GROUPS_BEFORE = """
update incidents_casegrant g set field_groups = (case when g.rank >= 3 and a.side <> 'perpetrator'
    then array['victim_contact'] else array[]::varchar[] end)
  || (case when g.rank >= 2 and a.side <> 'victim' then array['subject_identity'] else array[]::varchar[] end)
from agencies_agency a where a.id = g.agency_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0008_caldicott_guardian"),
        ("incidents", "0010_emergency"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="casegrant",
            name="basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("wish", "The victim agreed"),
                    ("not_asked", "The victim was not asked; policy allows it"),
                    ("override", "Against the victim’s wish, confirmed by a supervisor"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="casegrant",
            name="caldicott_guardian",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="casegrant",
            name="field_groups",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("victim_contact", "Victim’s address and contact details"),
                        ("trans_status", "Trans status"),
                        ("health", "Health"),
                        ("immigration_status", "Immigration status"),
                        ("reporter_identity", "Who reported"),
                        ("subject_identity", "Alleged perpetrator’s identity"),
                    ],
                    max_length=20,
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="casegrant",
            name="from_agency",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
            ),
        ),
        migrations.AddField(
            model_name="casegrant",
            name="necessity",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="casegrant",
            name="recalled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=300)),
                (
                    "gateway",
                    models.CharField(
                        choices=[
                            ("cda_s115", "Crime and Disorder Act 1998, section 115"),
                            ("cda_s17", "Crime and Disorder Act 1998, section 17"),
                            ("cda_s17a", "Crime and Disorder Act 1998, section 17A (depersonalised data)"),
                            (
                                "asb_sch4",
                                "Anti-social Behaviour, Crime and Policing Act 2014, Schedule 4 (case review)",
                            ),
                            ("common_law", "Common law police disclosure (pressing social need)"),
                            ("art6_public_task", "UK GDPR Article 6(1)(e): public task"),
                            ("art6_legal_obligation", "UK GDPR Article 6(1)(c): legal obligation"),
                            ("art6_vital_interests", "UK GDPR Article 6(1)(d): vital interests"),
                            ("art6_recognised", "UK GDPR Article 6(1)(ea): recognised legitimate interests"),
                            ("art6_legitimate", "UK GDPR Article 6(1)(f): legitimate interests"),
                            (
                                "dpa_sch1_p10",
                                "DPA 2018, Schedule 1 paragraph 10: preventing or detecting unlawful acts",
                            ),
                            ("dpa_sch1_p18", "DPA 2018, Schedule 1 paragraph 18: safeguarding"),
                            ("dpa_part3", "DPA 2018, Part 3: law enforcement purposes"),
                            ("dpa_sch2_p2", "DPA 2018, Schedule 2 paragraph 2: crime and taxation"),
                            ("dpa_sch2_p5", "DPA 2018, Schedule 2 paragraph 5: legal proceedings"),
                            ("children_act_s11", "Children Act 2004, section 11"),
                            ("care_act_s45", "Care Act 2014, sections 6, 7 and 45"),
                            ("consent", "Explicit consent: UK GDPR Articles 6(1)(a) and 9(2)(a)"),
                        ],
                        max_length=24,
                    ),
                ),
                ("asked_at", models.DateTimeField(default=kernel.clock.now)),
                ("remind_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting"),
                            ("question", "Question asked"),
                            ("granted", "Granted"),
                            ("refused", "Refused"),
                            ("expired", "Expired"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_requests",
                        to="incidents.case",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.casegrant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccessMessage",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("question", "Question"), ("answer", "Answer"), ("refusal", "Refused")], max_length=8
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("at", models.DateTimeField(default=kernel.clock.now)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="incidents.accessrequest",
                    ),
                ),
            ],
            options={
                "ordering": ["at"],
            },
        ),
        migrations.CreateModel(
            name="Breach",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("case_ref", models.CharField(max_length=12)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("signpost", "Know that it exists and who leads"),
                            ("view", "Read"),
                            ("contribute", "Read and add"),
                            ("manage", "Read, add, change and share"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "field_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("victim_contact", "Victim’s address and contact details"),
                                ("trans_status", "Trans status"),
                                ("health", "Health"),
                                ("immigration_status", "Immigration status"),
                                ("reporter_identity", "Who reported"),
                                ("subject_identity", "Alleged perpetrator’s identity"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("shared_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("openings", models.JSONField(default=list)),
                ("aware_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Not decided yet"),
                            ("reported", "Reported to the ICO"),
                            ("not_reportable", "Not reportable"),
                            ("closed", "Closed"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("decision_reason", models.CharField(blank=True, max_length=500)),
                ("ico_reference", models.CharField(blank=True, max_length=40)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("closing_note", models.CharField(blank=True, max_length=500)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="breaches", to="incidents.case"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="breach",
                        to="incidents.casegrant",
                    ),
                ),
                (
                    "lead_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "breaches",
            },
        ),
        migrations.CreateModel(
            name="WishOverride",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("signpost", "Know that it exists and who leads"),
                            ("view", "Read"),
                            ("contribute", "Read and add"),
                            ("manage", "Read, add, change and share"),
                        ],
                        max_length=10,
                    ),
                ),
                ("purpose", models.CharField(max_length=300)),
                ("necessity", models.CharField(max_length=300)),
                (
                    "gateway",
                    models.CharField(
                        choices=[
                            ("cda_s115", "Crime and Disorder Act 1998, section 115"),
                            ("cda_s17", "Crime and Disorder Act 1998, section 17"),
                            ("cda_s17a", "Crime and Disorder Act 1998, section 17A (depersonalised data)"),
                            (
                                "asb_sch4",
                                "Anti-social Behaviour, Crime and Policing Act 2014, Schedule 4 (case review)",
                            ),
                            ("common_law", "Common law police disclosure (pressing social need)"),
                            ("art6_public_task", "UK GDPR Article 6(1)(e): public task"),
                            ("art6_legal_obligation", "UK GDPR Article 6(1)(c): legal obligation"),
                            ("art6_vital_interests", "UK GDPR Article 6(1)(d): vital interests"),
                            ("art6_recognised", "UK GDPR Article 6(1)(ea): recognised legitimate interests"),
                            ("art6_legitimate", "UK GDPR Article 6(1)(f): legitimate interests"),
                            (
                                "dpa_sch1_p10",
                                "DPA 2018, Schedule 1 paragraph 10: preventing or detecting unlawful acts",
                            ),
                            ("dpa_sch1_p18", "DPA 2018, Schedule 1 paragraph 18: safeguarding"),
                            ("dpa_part3", "DPA 2018, Part 3: law enforcement purposes"),
                            ("dpa_sch2_p2", "DPA 2018, Schedule 2 paragraph 2: crime and taxation"),
                            ("dpa_sch2_p5", "DPA 2018, Schedule 2 paragraph 5: legal proceedings"),
                            ("children_act_s11", "Children Act 2004, section 11"),
                            ("care_act_s45", "Care Act 2014, sections 6, 7 and 45"),
                            ("consent", "Explicit consent: UK GDPR Articles 6(1)(a) and 9(2)(a)"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "field_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("victim_contact", "Victim’s address and contact details"),
                                ("trans_status", "Trans status"),
                                ("health", "Health"),
                                ("immigration_status", "Immigration status"),
                                ("reporter_identity", "Who reported"),
                                ("subject_identity", "Alleged perpetrator’s identity"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("caldicott_guardian", models.CharField(blank=True, max_length=120)),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("serious_harm", "Risk of serious harm"),
                            ("child_at_risk", "A child is at risk"),
                            ("adult_at_risk", "An adult is at risk"),
                            ("threat_to_life", "Threat to life"),
                            ("court_order", "Court order"),
                            ("serious_crime", "Serious crime or public interest"),
                            ("already_known", "They know it already from elsewhere"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("victim_told", models.BooleanField()),
                ("not_told_reason", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField(default=kernel.clock.now)),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_reason", models.CharField(blank=True, max_length=300)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="incidents.case"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "from_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "grant",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="override",
                        to="incidents.casegrant",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="accessrequest",
            index=models.Index(fields=["agency", "-asked_at"], name="request_agency"),
        ),
        migrations.AddIndex(
            model_name="accessrequest",
            index=models.Index(
                condition=models.Q(("state__in", ("open", "question"))), fields=["expires_at"], name="request_expires"
            ),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("open", "question"))),
                fields=("case", "agency"),
                name="request_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="breach",
            index=models.Index(fields=["-aware_at"], name="breach_aware"),
        ),
        migrations.AddIndex(
            model_name="breach",
            index=models.Index(condition=models.Q(("state", "open")), fields=["due_at"], name="breach_due"),
        ),
        migrations.AddIndex(
            model_name="wishoverride",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["from_agency"], name="override_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="wishoverride",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["expires_at"], name="override_expires"
            ),
        ),
        migrations.AddConstraint(
            model_name="wishoverride",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("case", "agency"), name="override_one_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="wishoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="override_by_somebody_else",
            ),
        ),
        migrations.RunSQL(GROUPS_BEFORE, migrations.RunSQL.noop),
    ]
