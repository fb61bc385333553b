"""What a victim's word about sharing ends in all their cases, of which whoever recorded it may see some alone, and who is
told of it who can no longer open the case (docs/decisions/0029).
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import USER, gate_function, through_case

EARLIER = import_module("incidents.migrations.0090_restricted_told")
NOTICE = (
    f"user_id = {USER} and (case_id is null or {through_case()}"
    " or (kind in ('access_request', 'breach', 'restricted', 'emergency', 'wish') and hatecase_case_known(case_id))"
    " or (kind = 'wish_end' and not hatecase_excluded(case_id)))"
)

# For who may add to one of the victim's cases.
_MAY = """exists (select 1 from incidents_party p
    where p.victim_id = wanted and hatecase_case_level(p.case_id) >= 3)"""

# The shares with a kind of agency to which the victim says no, but for those that somebody confirmed against the wish.
# The kinds come from the rules, the wish from the record. `told`: the receiver's points of contact who could open it.
WISH_END = f"""
create function hatecase_wish_end(
  wanted uuid, only_in bigint, police varchar[], council varchar[], support varchar[])
returns table (uid uuid, case_id bigint, case_ref varchar, lead_agency_id int, agency_id int, level varchar,
  gateway varchar, field_groups varchar[], basis varchar, starts_at timestamptz, until timestamptz, told int[])
language plpgsql volatile security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  found bigint[] := array(select distinct p.case_id from incidents_party p
    where p.victim_id = wanted and (only_in is null or p.case_id = only_in));
begin
  if not {_MAY} then return; end if;
  perform 1 from incidents_case c where c.id = any(found) order by c.id for update;
  return query
  with ended as (
    update incidents_casegrant g set ended_at = statement_timestamp()
    from agencies_agency a, victims_victim v
    where g.content_object_id = any(found) and g.source = 'share' and g.basis <> 'override' and g.ended_at is null
      and (g.until is null or g.until > statement_timestamp()) and a.id = g.agency_id and v.id = wanted
      and ((a.type = any(police) and v.wish_share_police in ('no', 'withdrawn'))
        or (a.type = any(council) and v.wish_share_council in ('no', 'withdrawn'))
        or (a.type = any(support) and v.wish_share_support in ('no', 'withdrawn')))
    returning g.*)
  select e.uid, c.id, c.ref, c.lead_agency_id::int, e.agency_id::int, e.level, e.gateway, e.field_groups::varchar[],
    e.basis, e.starts_at, e.until,
    array(select distinct m.user_id::int from agencies_membership m
      join agencies_user u on u.id = m.user_id and u.is_active
      where m.agency_id = e.agency_id and m.is_active and m.roles && array['spoc', 'deputy_spoc']::varchar[]
        and e.rank >= 2 and e.starts_at <= statement_timestamp() and not c.restricted
        and not exists (select 1 from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null
          and (x.user_id = m.user_id or x.agency_id in (select o.agency_id from agencies_membership o
            where o.user_id = m.user_id and o.is_active))))
  from ended e join incidents_case c on c.id = e.content_object_id order by c.id, e.id;
end $$
"""

# K5 follows the latest word: it runs for an incident of which one victim may want support, and not where none does.
# The time limits for each priority come from the rules. A clock that was late when it stopped goes on as late as it is.
SUPPORT_WISHED = f"""
create function hatecase_support_wished(wanted uuid, plans jsonb, moment timestamptz) returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  made integer := 0;
  one record;
begin
  if not {_MAY} then return 0; end if;
  for one in
    select distinct i.id, c.priority,
      exists (select 1 from incidents_party q join victims_victim v on v.id = q.victim_id
        join incidents_incident r on r.id = q.incident_id
        where coalesce(r.same_as_id, r.id) = i.id and v.wish_share_support not in ('no', 'withdrawn')) as wants
    from incidents_party p join incidents_incident o on o.id = p.incident_id
    join incidents_incident i on i.id = coalesce(o.same_as_id, o.id)
    join incidents_case c on c.id = i.case_id
    where p.victim_id = wanted and c.status not in ('closed', 'merged') and c.classification <> 'asb'
  loop
    if one.wants then
      update incidents_clock k set outcome = '', closed_at = null, paused_at = null, paused_until = null,
        exception_days = 0, starts_at = moment, level = plans -> one.priority ->> 'level',
        rule_version = plans -> one.priority ->> 'rule_version',
        due_at = (plans -> one.priority ->> 'due_at')::timestamptz,
        amber_at = (plans -> one.priority ->> 'amber_at')::timestamptz
      where k.incident_id = one.id and k.kind = 'K5' and k.met_at is null and k.outcome = 'not_applicable'
        and plans ? one.priority;
      if found then made := made + 1; end if;
      update incidents_clock k set closed_at = null
      where k.incident_id = one.id and k.kind = 'K5' and k.met_at is null and k.outcome = ''
        and k.closed_at is not null;
    else
      update incidents_clock k set closed_at = moment,
        outcome = case when k.due_at > moment or k.paused_at is not null then 'not_applicable' else k.outcome end
      where k.incident_id = one.id and k.kind = 'K5' and k.met_at is null and k.closed_at is null;
    end if;
    if found then made := made + 1; end if;
  end loop;
  return made;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0135_succession_basis")]

    operations = [
        gate_function("hatecase_wish_end(uuid, bigint, varchar[], varchar[], varchar[])", WISH_END),
        gate_function("hatecase_support_wished(uuid, jsonb, timestamptz)", SUPPORT_WISHED),
        migrations.RunSQL(EARLIER._policy(NOTICE), EARLIER._policy(EARLIER.NOTICE)),
    ]
