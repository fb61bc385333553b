"""The monthly sample's page by key, whatever the length of an agency's backlog.

The first version asked of every event whether it may be told before it sorted them; this one goes through them in the
order of the page, and stops when it is full.
"""

from __future__ import annotations

from django.db import migrations, models

from kernel.rls import AGENCIES, USER, gate_function

_SHOWN = "e.id, e.at, e.actor_id, e.actor_agencies, e.operation, e.action"
_DETAIL = """jsonb_strip_nulls(jsonb_build_object('system', e.detail->'system', 'agency', e.detail->'agency',
  'level', e.detail->'level', 'gateway', e.detail->'gateway', 'until', e.detail->'until', 'part', e.detail->'part',
  'page', e.detail->'page', 'status', e.detail->'status', 'view', e.detail->'view'))"""

# One page of the sample with its events, what is due first at the top. Events are looked at in that order until the page
# is full: an agency's backlog may be long.
_PLAIN = "array['victims.victim', 'perpetrators.allegedperpetrator', 'incidents.incident', 'incidents.task']"
DIP_PAGE = f"""
create function hatecase_dip_page(filters jsonb, after_due date, after_id bigint, wanted int)
returns table (item_id bigint, agency_id int, month date, due_on date, outcome varchar, note varchar, signed_by_id int,
  signed_at timestamptz, own boolean, id bigint, at timestamptz, actor_id int, actor_agencies int[], operation varchar,
  action varchar, subject_ref varchar, case_ref varchar, reason varchar, detail jsonb, how text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  governs boolean := hatecase_governs();
  hidden record;
  told text := '2';
  conditions text := concat(
    case when filters ? 'item' then format(' and d.id = %L::bigint', filters->>'item') end,
    case when filters ? 'agency' then format(' and d.agency_id = %L::int', filters->>'agency') end,
    case when filters ? 'month' then format(' and d.month = %L::date', filters->>'month') end,
    case (filters->>'open')::boolean when true then ' and d.outcome = ''''' when false then ' and d.outcome <> ''''' end,
    case when after_id is not null then format(' and (d.due_on, d.id) > (%L::date, %L::bigint)', after_due, after_id) end);
begin
  if governs then
    select * into hidden from hatecase_audit_hidden();
    if cardinality(hidden.cases) > 0 then
      conditions := conditions || format(' and (e.case_id is null or e.case_id <> all(%L::bigint[]))'
        || ' and e.subject_id <> all(%L::text[]) and e.subject_ref <> all(%L::text[])',
        hidden.cases, hidden.subjects, hidden.refs);
    end if;
  else
    told := 'hatecase_audit_told(e, d.agency_id)';
    conditions := conditions || format(' and d.agency_id = any(%L::int[])',
      (select coalesce(array_agg(a), '{{}}') from unnest({AGENCIES}) a where hatecase_supervises(a)));
  end if;
  return query execute 'select d.id, d.agency_id, d.month, d.due_on, d.outcome, d.note, d.signed_by_id, d.signed_at,
      e.actor_id = $2, {_SHOWN},
      case when t.told = 2 and ($3 or e.subject_type = any({_PLAIN.replace("'", "''")})) then e.subject_ref else '''' end,
      case when t.told = 2 then c.ref end, case when t.told = 2 then e.reason else '''' end,
      case when $3 then {_DETAIL.replace("'", "''")} else ''{{}}''::jsonb end,
      case when t.told = 1 and (e.case_id is not null or e.subject_ref <> '''') then ''withheld'' else '''' end
    from incidents_dipitem d
    join kernel_auditevent e on e.id = d.event_id
    left join incidents_case c on c.id = e.case_id
    cross join lateral (select ' || told || ' offset 0) t(told)
    where t.told > 0' || conditions || ' order by d.due_on, d.id limit $1'
  using wanted, {USER}, governs;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0031_audit_reading")]

    operations = [
        migrations.RemoveIndex("dipitem", "dipitem_agency_month"),
        migrations.RemoveIndex("dipitem", "dipitem_open"),
        migrations.AddIndex("dipitem", models.Index(fields=["agency", "due_on", "id"], name="dipitem_agency_due")),
        migrations.AddIndex("dipitem", models.Index(fields=["due_on", "id"], name="dipitem_due")),
        migrations.AddIndex(
            "dipitem",
            models.Index(fields=["due_on", "id"], condition=models.Q(outcome=""), name="dipitem_open"),
        ),
        migrations.RunSQL("drop function hatecase_dip_page(jsonb, date, bigint, int)", migrations.RunSQL.noop),
        gate_function("hatecase_dip_page(jsonb, date, bigint, int)", DIP_PAGE),
    ]
