"""What My work, the sweeps and a leaver's hand-on need of the database.

Indexes for lists of finished tasks, for grants that start later and for signposts. A notice about a case is for those
alone who may see the case at the moment. And two narrow functions by which an administrator, who sees no case, can hand on what
somebody holds: one counts, one hands over and answers what it touched, for the audit.
"""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models

from kernel.rls import USER, gate_function, through_case

NOTICE = f"user_id = {USER} and (case_id is null or {through_case()})"
NOTICE_BEFORE = f"user_id = {USER}"


def _policy(predicate: str) -> str:
    return (
        "drop policy app_all on agencies_notice; create policy app_all on agencies_notice for all to hatecase_app"
        f" using ({predicate}) with check ({predicate});"
    )


CLOSED = "('closed', 'merged')"
# Only the agency's administrator, or a system administrator, may ask.
MAY_MANAGE = f"""exists (select 1 from agencies_membership m join agencies_user u on u.id = m.user_id
    where m.user_id = {USER} and m.is_active and u.is_active and ('system_admin' = any(m.roles)
      or (m.agency_id = at_agency and 'agency_admin' = any(m.roles))))"""

NAMED = "p.starts_at <= statement_timestamp() and (p.until is null or p.until > statement_timestamp()) and p.ended_at is null"

# A person is named as such: their place in a case ends only with their last place in any agency.
LAST_PLACE = """not exists (select 1 from agencies_membership m
      where m.user_id = leaver and m.agency_id <> at_agency and m.is_active)"""

# Restricted cases into which nobody else is named: before a leaver goes, somebody must be named there.
SOLE = f"""select p.case_id from incidents_caseperson p join incidents_case c on c.id = p.case_id
    where p.user_id = leaver and p.rank >= 2 and {NAMED} and c.restricted and c.status not in {CLOSED}
      and {LAST_PLACE}
      and not exists (select 1 from incidents_caseperson p2 join agencies_user u on u.id = p2.user_id
        where p2.case_id = p.case_id and p2.user_id <> leaver and p2.rank >= 2 and u.is_active
          and {NAMED.replace("p.", "p2.")})"""

HELD_BODY = f"""
  select 'task', t.id::text from incidents_task t
    where t.assignee_id = leaver and t.agency_id = at_agency and t.closed_at is null
  union all
  select 'case', c.id::text from incidents_case c
    where c.lead_worker_id = leaver and c.lead_agency_id = at_agency and c.status not in {CLOSED}
  union all
  select 'draft', d.id::text from incidents_incidentdraft d where d.author_id = leaver and d.agency_id = at_agency
  union all
  select 'assessment', r.id::text from incidents_riskdraft r join incidents_case c on c.id = r.case_id
    where r.author_id = leaver and at_agency = any(c.agency_ids)
  union all
  select 'sole', s.case_id::text from ({SOLE}) s"""

WORK_HELD = f"""
create function hatecase_work_held(leaver int, at_agency int) returns table (kind text, id text)
language sql stable security definer set search_path = public, pg_temp as $$
  select held.kind, held.id from ({HELD_BODY}) as held(kind, id) where {MAY_MANAGE}
$$
"""

# The receiver gets what they may see. What they may not see (a conflict of interest) goes back to the agency:
# a task is offered to its points of contact again, a case waits for its triagers to give it to somebody. Named places
# in cases end only with somebody who leaves. Every row answers the case that it touched, and with whom it is now.
WORK_HAND = f"""
create function hatecase_work_hand(leaver int, at_agency int, receiver int, leaving boolean)
returns table (kind text, id text, case_id bigint, case_ref text, holder int)
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  moment timestamptz := statement_timestamp();
  freed bigint[];
begin
  if not {MAY_MANAGE} then raise exception 'only an administrator hands work on'; end if;
  -- Without a receiver nothing may be held: only a leaver's named places in cases end.
  if receiver is null and exists (select 1 from hatecase_work_held(leaver, at_agency) h where h.kind <> 'sole') then
    raise exception 'somebody must take the work on';
  end if;
  if receiver is not null and (receiver = leaver or not exists (
      select 1 from agencies_membership m join agencies_user u on u.id = m.user_id
      where m.user_id = receiver and m.agency_id = at_agency and m.is_active and u.is_active)) then
    raise exception 'the receiver does not work there';
  end if;

  return query with moved as (
    update incidents_task t set assignee_id = case when s.sees then receiver end,
      state = case when s.sees then t.state else 'offered' end,
      accepted_at = case when s.sees then t.accepted_at end
    from (select t2.id, c.ref, {{sees_task}} as sees from incidents_task t2 join incidents_case c on c.id = t2.case_id
          where t2.assignee_id = leaver and t2.agency_id = at_agency and t2.closed_at is null) s
    where t.id = s.id returning t.id, t.case_id, s.ref, t.assignee_id)
  select 'task', m.id::text, m.case_id, m.ref::text, m.assignee_id from moved m;

  return query with moved as (
    update incidents_case c set lead_worker_id = case when {{sees_case}} then receiver end,
      updated_at = moment, version = c.version + 1
    where c.lead_worker_id = leaver and c.lead_agency_id = at_agency and c.status not in {CLOSED}
    returning c.id, c.ref, c.lead_worker_id)
  select 'case', m.id::text, m.id, m.ref::text, m.lead_worker_id from moved m;

  return query with moved as (
    update incidents_incidentdraft d set author_id = receiver
    where d.author_id = leaver and d.agency_id = at_agency returning d.id)
  select 'draft', m.id::text, null::bigint, '', receiver from moved m;

  return query with moved as (
    update incidents_riskdraft r set author_id = receiver from incidents_case c
    where c.id = r.case_id and r.author_id = leaver and {{sees_case}}
      and not exists (select 1 from incidents_riskdraft mine where mine.case_id = r.case_id and mine.author_id = receiver)
    returning r.id, c.id as of_case, c.ref)
  select 'assessment', m.id::text, m.of_case, m.ref::text, receiver from moved m;
  -- Left: the receiver has begun the same assessment, or may not see the case.
  return query with dropped as (
    delete from incidents_riskdraft r using incidents_case c
    where c.id = r.case_id and r.author_id = leaver and at_agency = any(c.agency_ids) returning r.id, c.id as of_case, c.ref)
  select 'dropped', d.id::text, d.of_case, d.ref::text, null::int from dropped d;

  if leaving and {LAST_PLACE} then
    with ended as (
      update incidents_caseperson p set ended_at = moment where p.user_id = leaver and p.ended_at is null returning p.case_id)
    select array_agg(distinct case_id) into freed from ended;
    if freed is not null then
      perform hatecase_access_rebuild(freed);
      return query select 'place', c.id::text, c.id, c.ref::text, null::int from incidents_case c where c.id = any(freed);
    end if;
  end if;
end $$
"""
SEES = f"""(not exists (select 1 from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null
        and (x.user_id = receiver or x.agency_id = at_agency))
      and ((not c.restricted and at_agency = any(c.agency_ids)) or exists (select 1 from incidents_caseperson p
        where p.case_id = c.id and p.user_id = receiver and p.rank >= 2 and {NAMED})))"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_notice_door"),
        ("incidents", "0005_casework"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="casegrant",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("starts_at__gt", models.F("created_at"))),
                fields=["starts_at"],
                name="grant_starts_later",
            ),
        ),
        migrations.AddIndex(
            model_name="caseaccess",
            index=models.Index(
                condition=models.Q(("level", 1)), fields=["agency", "-sort_at"], name="caseaccess_signpost"
            ),
        ),
        *[
            migrations.AddIndex(
                model_name="task",
                index=models.Index(
                    condition=models.Q(("closed_at", None), _negated=True), fields=[field, "-closed_at"], name=name
                ),
            )
            for field, name in (
                ("agency", "task_agency_closed"),
                ("assignee", "task_assignee_closed"),
                ("asked_by_agency", "task_asked_closed"),
            )
        ],
        migrations.RunSQL(_policy(NOTICE), _policy(NOTICE_BEFORE)),
        gate_function("hatecase_work_held(int, int)", WORK_HELD),
        gate_function(
            "hatecase_work_hand(int, int, int, boolean)",
            WORK_HAND.replace("{sees_task}", SEES).replace("{sees_case}", SEES),
        ),
    ]
