"""Emergency access: the openings, their wall, and the one door through which a case is opened without a grant."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from kernel.rls import USER, gate_function, role_in, wall

_MEMBER = f"""agencies_membership m join agencies_agency a on a.id = m.agency_id and a.is_active
    and (a.isa_expires_on is null or a.isa_expires_on >= current_date)
    where m.user_id = {USER} and m.is_active"""
GOVERNS = f"exists (select 1 from {_MEMBER} and 'ig' = any(m.roles))"
DECIDES = f"exists (select 1 from {_MEMBER} and m.roles && array['spoc', 'deputy_spoc', 'manager']::varchar[])"

# One's own; information governance's; and the owner's deciders', of cases that they may see.
OPENING = (
    f"user_id = {USER} or {GOVERNS} or (exists (select 1 from incidents_case c where c.id = case_id offset 0)"
    f" and {role_in('incidents_emergencyaccess.lead_agency_id', 'spoc', 'deputy_spoc', 'manager')})"
)

# Answers nothing, in the same way, for a case that is not there, is restricted, or from which the asker is kept out;
# information governance passes both (docs/domain.md §5.5). Who opens works with the case for a few hours; information
# governance only reads it.
EMERGENCY_OPEN = f"""
create function hatecase_emergency_open(wanted varchar, why varchar, moment timestamptz, hours int) returns uuid
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  governs boolean := {GOVERNS};
  ends timestamptz := statement_timestamp() + make_interval(hours => hours);
  found incidents_case;
  made uuid;
begin
  if not (governs or {DECIDES}) then return null; end if;
  select c.* into found from incidents_case c where c.ref = wanted and c.status <> 'merged' and (governs or (
    c.tier <> 'restricted' and not exists (
      select 1 from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null
        and (x.user_id = {USER} or x.agency_id in (select m.agency_id from agencies_membership m
          where m.user_id = {USER} and m.is_active)))));
  if found.id is null then return null; end if;
  insert into incidents_caseperson (case_id, user_id, level, rank, source, passes_exclusion, reason, starts_at, until)
    values (found.id, {USER}, case when governs then 'view' else 'contribute' end, case when governs then 2 else 3 end,
      'emergency', governs, why, statement_timestamp(), ends);
  insert into incidents_emergencyaccess (uid, case_id, case_ref, lead_agency_id, user_id, reason, opened_at, until,
      outcome, review_note)
    values (gen_random_uuid(), found.id, found.ref, found.lead_agency_id, {USER}, why, moment,
      moment + make_interval(hours => hours), '', '')
    returning uid into made;
  perform hatecase_access_rebuild(array[found.id]);
  return made;
end $$
"""

# Cases of the OWN tier follow who works and answers for them: asked when an agency's people change.
OWN_REFRESH = """
create function hatecase_own_refresh(at_agency int) returns void
language sql security definer set search_path = public, pg_temp as $$
  select hatecase_access_rebuild(coalesce(array_agg(c.id), '{}')) from incidents_case c
  where c.lead_agency_id = at_agency and c.tier = 'own'
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_notice_door"),
        ("incidents", "0009_authors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EmergencyAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("case_ref", models.CharField(max_length=12)),
                ("reason", models.CharField(max_length=300)),
                ("opened_at", models.DateTimeField(default=kernel.clock.now)),
                ("until", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("justified", "It was needed"),
                            ("learning", "It was not needed, and was an honest mistake"),
                            ("concern", "It was not needed, and is passed on as a concern"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("review_note", models.CharField(blank=True, max_length=300)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="emergency_openings",
                        to="incidents.case",
                    ),
                ),
                (
                    "lead_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-opened_at"], name="emergency_user"),
                    models.Index(fields=["case"], name="emergency_case"),
                    models.Index(
                        condition=models.Q(("reviewed_at", None)), fields=["opened_at"], name="emergency_unreviewed"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_at", None),
                            ("reviewed_by", None),
                            models.Q(("reviewed_by", models.F("user")), _negated=True),
                            _connector="OR",
                        ),
                        name="emergency_reviewed_by_another",
                    )
                ],
            },
        ),
        wall("incidents_emergencyaccess", OPENING, app_commands=("select", "update")),
        gate_function("hatecase_emergency_open(varchar, varchar, timestamptz, int)", EMERGENCY_OPEN),
        gate_function("hatecase_own_refresh(int)", OWN_REFRESH),
    ]
