-- Each heading is what is wrong; the query under it answers the references of the cases that have it.
-- Before each of them stands what the grants in force say:

-- in force
with granted as (
  select g.content_object_id as case_id, g.agency_id, null::int as user_id,
    max(g.rank) as level, min(g.until) as ends_at, min(g.starts_at) as starts_at
  from incidents_casegrant g
  join incidents_case c on c.id = g.content_object_id and c.tier not in ('own', 'restricted')
  where g.ended_at is null and g.starts_at <= statement_timestamp()
    and (g.until is null or g.until > statement_timestamp())
  group by 1, 2
  union all
  select p.case_id, null, p.user_id, max(p.rank), min(p.until), min(p.starts_at)
  from incidents_caseperson p
  where p.ended_at is null and p.starts_at <= statement_timestamp()
    and (p.until is null or p.until > statement_timestamp())
  group by 1, 3
),
-- What has only just begun is applied by the sweep within minutes.
settled as (select * from granted where starts_at < statement_timestamp() - interval '15 minutes'),
-- Where an end has passed, both walls ask the grants themselves: such a row says nothing any more.
rows as (select * from incidents_caseaccess where ends_at is null or ends_at > statement_timestamp()),
cases as (select * from incidents_case where access_ends_at is null or access_ends_at > statement_timestamp())

-- a grant without its access row
select c.ref from settled s join incidents_case c on c.id = s.case_id
where not exists (
  select 1 from incidents_caseaccess a
  where a.case_id = s.case_id and a.agency_id is not distinct from s.agency_id
    and a.user_id is not distinct from s.user_id)

-- an access row without a grant
select a.case_ref from rows a
where not exists (
  select 1 from granted g
  where g.case_id = a.case_id and g.agency_id is not distinct from a.agency_id
    and g.user_id is not distinct from a.user_id)

-- an access row with another level or end than its grants
select a.case_ref from rows a
join settled s on s.case_id = a.case_id and s.agency_id is not distinct from a.agency_id
  and s.user_id is not distinct from a.user_id
where a.level <> s.level or a.ends_at is distinct from s.ends_at

-- an access row that tells other names, or other texts, than its grants
select a.case_ref from rows a
join agencies_agency g on g.id = a.agency_id
cross join lateral (
  select coalesce(bool_or(t.source = 'lead'), false) as leads,
    coalesce(bool_or('subject_identity' = any(t.field_groups)), false) as subjects,
    coalesce(bool_or('victim_contact' = any(t.field_groups)), false) as contact,
    coalesce(bool_or('reporter_identity' = any(t.field_groups)), false) as reporter
  from incidents_casegrant t
  where t.content_object_id = a.case_id and t.agency_id = a.agency_id and t.ended_at is null
    and t.starts_at <= statement_timestamp() and (t.until is null or t.until > statement_timestamp())) w
where a.tells_subjects <> (g.side <> 'victim' and (w.leads or w.subjects))
  or a.texts_whole <> (g.side = 'both' and (w.leads or w.subjects and w.contact and (w.reporter or not exists (
      select from incidents_incident i where i.case_id = any(hatecase_case_kin(a.case_id)) and i.reporter_name <> ''
      and i.reporter_kind <> 'victim')))
    and not exists (select from incidents_subjectreport r where r.case_id = any(hatecase_case_kin(a.case_id))))

-- an access row that does not copy its case
select a.case_ref from incidents_caseaccess a join incidents_case c on c.id = a.case_id
where (a.sort_at, a.status, a.band, a.district, a.strands, a.lead_agency_id, a.case_ref,
    a.excluded_user_ids, a.excluded_agency_ids)
  is distinct from (c.received_at, c.status, c.band, c.district_id, c.strands, c.lead_agency_id, c.ref,
    c.excluded_user_ids, c.excluded_agency_ids)

-- a case that shuts out an agency or a person with a grant
select c.ref from cases c join settled s on s.case_id = c.id and s.level >= 2
where not (s.agency_id = any(c.agency_ids) or s.user_id = any(c.user_ids))

-- a case that lets in an agency without a grant
select c.ref from cases c, unnest(c.agency_ids) as held(id)
where not c.restricted and not exists (
  select 1 from granted g where g.case_id = c.id and g.agency_id = held.id and g.level >= 2)

-- a case that lets in a person who is not named
select c.ref from cases c, unnest(c.user_ids) as held(id)
where not exists (select 1 from granted g where g.case_id = c.id and g.user_id = held.id and g.level >= 2)

-- a case whose tier and restriction differ
select ref from incidents_case where restricted <> (tier in ('own', 'restricted'))

-- a conflict of interest that the case does not carry
select c.ref from incidents_caseexclusion x join incidents_case c on c.id = x.case_id
where x.ended_at is null
  and not exists (select 1 from incidents_caseperson p
    where p.case_id = c.id and p.user_id = x.user_id and p.passes_exclusion)
  and not (x.agency_id = any(c.excluded_agency_ids) or x.user_id = any(c.excluded_user_ids))

-- a conflict of interest without a reason on file
select c.ref from incidents_case c
where cardinality(c.excluded_agency_ids) + cardinality(c.excluded_user_ids) > (
  select count(*) from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null)

-- a victim whose access is not the case’s
select c.ref from incidents_party p join incidents_case c on c.id = p.case_id
left join victims_victimaccess a on a.victim_id = p.victim_id and a.case_id = p.case_id
where p.victim_id is not null and (
  a.id is null or a.restricted <> c.restricted or a.access_ends_at is distinct from c.access_ends_at
  or a.excluded_agency_ids <> c.excluded_agency_ids or a.excluded_user_ids <> c.excluded_user_ids
  or a.user_ids <> c.user_ids
  or (select coalesce(array_agg(g.id order by g.id), '{}') from agencies_agency g
      where g.id = any(c.agency_ids) and g.side <> 'perpetrator')
    <> (select coalesce(array_agg(i order by i), '{}') from unnest(a.agency_ids) i))

-- an alleged perpetrator whose access is not the case’s
select c.ref from incidents_party p join incidents_case c on c.id = p.case_id
left join perpetrators_perpetratoraccess a on a.perpetrator_id = p.perpetrator_id and a.case_id = p.case_id
where p.perpetrator_id is not null and (
  a.id is null or a.restricted <> c.restricted or a.access_ends_at is distinct from c.access_ends_at
  or a.excluded_agency_ids <> c.excluded_agency_ids or a.excluded_user_ids <> c.excluded_user_ids
  or a.user_ids <> c.user_ids
  or (select coalesce(array_agg(g.id order by g.id), '{}') from agencies_agency g
      where g.id = any(c.agency_ids) and g.side <> 'victim')
    <> (select coalesce(array_agg(i order by i), '{}') from unnest(a.agency_ids) i))

-- access to a victim through a case without them
select coalesce(c.ref, 'no case') from victims_victimaccess a left join incidents_case c on c.id = a.case_id
where not exists (select 1 from incidents_party p where p.case_id = a.case_id and p.victim_id = a.victim_id)

-- access to an alleged perpetrator through a case without them
select coalesce(c.ref, 'no case')
from perpetrators_perpetratoraccess a left join incidents_case c on c.id = a.case_id
where not exists (
  select 1 from incidents_party p where p.case_id = a.case_id and p.perpetrator_id = a.perpetrator_id)
