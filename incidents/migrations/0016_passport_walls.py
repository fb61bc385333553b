"""The second wall around overrides, requests for access and breaches, and the narrow functions that go with them.

`hatecase_excluded` says whether a conflict of interest keeps the asker from a case, also somebody without case content
of their own (information governance). `hatecase_share_openings` answers who of a receiver's people opened something of
a case while it was shared: for who manages the case, from the audit that nobody else may read. `hatecase_pointers`
answers whose agencies may hold a record of a name (docs/domain.md §5.5).
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function, role_in, through_case, wall

EXCLUDED = f"""
create function hatecase_excluded(wanted bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from incidents_caseexclusion x where x.case_id = wanted and x.ended_at is null
      and (x.user_id = {USER} or x.agency_id = any({AGENCIES}) or x.agency_id in (
        select m.agency_id from agencies_membership m where m.user_id = {USER} and m.is_active)))
$$
"""

GOVERNANCE = f"""exists (select 1 from agencies_membership m join agencies_agency a on a.id = m.agency_id
    where m.user_id = {USER} and m.is_active and a.is_active and 'ig' = any(m.roles))"""

# Whom a notice about sharing may reach who may not open the case: the signposted agency, and information governance.
CASE_KNOWN = f"""
create function hatecase_case_known(wanted bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select not hatecase_excluded(wanted) and (hatecase_case_level(wanted) >= 1 or {GOVERNANCE})
$$
"""

SHARE_OPENINGS = """
create function hatecase_share_openings(wanted uuid) returns table (user_id int, at timestamptz, action varchar)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.actor_id, e.at, e.action
  from incidents_casegrant g
  join incidents_case c on c.id = g.content_object_id
  join agencies_membership m on m.agency_id = g.agency_id
  join kernel_auditevent e on e.actor_id = m.user_id and e.at >= g.starts_at
    and e.at <= least(coalesce(g.ended_at, 'infinity'), coalesce(g.until, 'infinity'))
  where g.uid = wanted and hatecase_case_level(c.id) >= 4
    and e.operation in ('consultation', 'disclosure') and e.actor_agencies @> array[g.agency_id]
    and (e.case_id = c.id or e.detail->'cases' ? c.ref
      or (e.subject_type in ('victims.victim', 'perpetrators.allegedperpetrator') and exists (
        select 1 from incidents_party p where p.case_id = c.id
          and e.subject_id in (p.victim_id::text, p.perpetrator_id::text))))
  order by e.at limit 500
$$
"""

# A name without case, accents, apostrophes and other signs between its words. Marks go before the case is folded, so
# that it holds whatever the database's locale.
FOLDED = r"""
create function hatecase_folded(words text) returns text
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select btrim(regexp_replace(replace(replace(replace(lower(translate(
      regexp_replace(normalize(translate(words, '''’‘ʼ`´', ''), NFKD), '[\u0300-\u036f]', '', 'g'),
      'ØŁĐÐĦøłđðħıÆŒ', 'olddholddhiæœ')), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    '[[:space:][:punct:]‐-―]+', ' ', 'g'))
$$;
create index victim_name_folded on victims_victim (hatecase_folded(given_name || ' ' || family_name));
create index perpetrator_name_folded on perpetrators_allegedperpetrator (hatecase_folded(given_name || ' ' || family_name));
"""
FOLDED_BEFORE = """
drop index perpetrator_name_folded; drop index victim_name_folded; drop function hatecase_folded(text);
"""

# Whose agencies lead cases with somebody of exactly this full name that the asker may not open: never RESTRICTED ones,
# none that a conflict of interest takes from the asker, no name that its case may not keep. Only for somebody who works
# an open case.
POINTERS = """
create function hatecase_pointers(words text, related bigint) returns setof int
language sql stable security definer set search_path = public, pg_temp as $$
  with wanted as (select hatecase_folded(words) as name),
  found as (
    select p.case_id, false as accused from wanted w
      join victims_victim v on hatecase_folded(v.given_name || ' ' || v.family_name) = w.name
      join incidents_party p on p.victim_id = v.id
    union
    select p.case_id, true from wanted w
      join perpetrators_allegedperpetrator a on hatecase_folded(a.given_name || ' ' || a.family_name) = w.name
      join incidents_party p on p.perpetrator_id = a.id)
  select distinct c.lead_agency_id from wanted w, found f join incidents_case c on c.id = f.case_id
  where w.name like '% %' and c.tier in ('own', 'team', 'hasbag') and c.status <> 'merged'
    and (not f.accused or c.classification in ('crime_suspected', 'crime_recorded'))
    and hatecase_case_level(c.id) < 2 and not hatecase_excluded(c.id)
    and hatecase_case_level(related) >= 2
    and exists (select 1 from incidents_case r where r.id = related and r.status not in ('closed', 'merged'))
$$
"""

DECIDERS = ("spoc", "deputy_spoc", "manager")
OVERRIDE = f"from_agency_id = any({AGENCIES}) and hatecase_case_level(case_id) >= 4"
REQUEST = (
    f"(agency_id = any({AGENCIES}) and hatecase_case_level(case_id) >= 1)"
    f" or exists (select 1 from incidents_case c where c.id = case_id and c.lead_agency_id = any({AGENCIES}) offset 0)"
)
MESSAGE = "exists (select 1 from incidents_accessrequest r where r.uid = request_id)"
BREACH = (
    f"not hatecase_excluded(case_id) and ({GOVERNANCE}"
    f" or ({role_in('incidents_breach.lead_agency_id', *DECIDERS)} and hatecase_case_level(case_id) >= 2))"
)

NOTICE_BEFORE = f"user_id = {USER} and (case_id is null or {through_case()})"
NOTICE = (
    f"user_id = {USER} and (case_id is null or {through_case()}"
    " or (kind in ('access_request', 'breach') and hatecase_case_known(case_id)))"
)


def _notices(predicate: str) -> str:
    return (
        "drop policy app_all on agencies_notice; create policy app_all on agencies_notice for all to hatecase_app"
        f" using ({predicate}) with check ({predicate});"
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_passport"), ("kernel", "0002_walls")]

    operations = [
        gate_function("hatecase_excluded(bigint)", EXCLUDED),
        gate_function("hatecase_case_known(bigint)", CASE_KNOWN),
        wall("incidents_wishoverride", OVERRIDE),
        wall("incidents_accessrequest", REQUEST),
        wall("incidents_accessmessage", MESSAGE),
        # Whoever recalls a share opens the breach; they may be somebody who does not follow it further.
        wall("incidents_breach", BREACH, app_check=f"({BREACH}) or hatecase_case_level(case_id) >= 4"),
        migrations.RunSQL(_notices(NOTICE), _notices(NOTICE_BEFORE)),
        migrations.RunSQL(
            "create policy gate_openings on kernel_auditevent for select to hatecase_gate using (true)",
            "drop policy gate_openings on kernel_auditevent",
        ),
        gate_function("hatecase_share_openings(uuid)", SHARE_OPENINGS),
        migrations.RunSQL(FOLDED, FOLDED_BEFORE),
        gate_function("hatecase_pointers(text, bigint)", POINTERS),
    ]
