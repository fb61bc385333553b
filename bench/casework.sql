-- What a county that is worked with holds beyond what the county's filling makes: the clocks after the first contact and
-- what was agreed with victims, decisions that wait, people further to a case, letters, covers, kept searches, notices.
-- Once, as the owner of the tables. The same rows each time: chance is a digest of the key.

create function pg_temp.dice(key bigint, sides int) returns int language sql immutable as
  $$ select (('x' || substr(md5(key::text), 1, 7))::bit(28)::int) % sides $$;

create temp table held as
select c.id, c.ref, c.status, c.received_at, c.updated_at, c.lead_agency_id, c.lead_worker_id, c.closed,
  (select p.victim_id from incidents_party p where p.case_id = c.id and p.victim_id is not null order by p.created_at limit 1)
    as victim_id,
  (select i.id from incidents_incident i where i.case_id = c.id order by i.received_at limit 1) as incident_id
from (select c.*, c.status = 'closed' as closed from incidents_case c) c;
analyze held;

-- The victim's clocks: in open cases they run, a few of them late; in closed ones they are met.
insert into incidents_clock (kind, level, rule_version, starts_at, due_at, amber_at, met_at, outcome, pause_reason,
  exception_days, closed_at, case_id, lead_agency_id, incident_id)
select k.kind, 'P2', '2016-1', k.starts, k.due, k.due - interval '1 day',
  case when k.met then k.starts + interval '1 day' end, case when k.met then 'met' else '' end, '', 0,
  case when k.met then k.starts + interval '1 day' end, k.id, k.lead_agency_id, null
from (
  select h.id, h.lead_agency_id, x.kind, h.closed or pg_temp.dice(h.id * 7 + x.place, 10) < x.mostly_met as met,
    case when h.closed then h.received_at + interval '3 days' else now() - x.days * interval '1 day' end as starts,
    case when h.closed then h.received_at + interval '8 days'
      else now() + (pg_temp.dice(h.id * 11 + x.place, 20) - 1) * interval '1 day' end as due
  from held h cross join (values (1, 'K5', 7, 4), (2, 'K6', 7, 6), (3, 'K7', 0, 9), (4, 'K8', 8, 2)) x(place, kind, mostly_met, days)
  where h.status not in ('new', 'triage') and (x.kind <> 'K8' or pg_temp.dice(h.id, 5) = 0)
) k;
insert into incidents_clock (kind, level, rule_version, starts_at, due_at, amber_at, met_at, outcome, pause_reason,
  exception_days, closed_at, case_id, lead_agency_id, incident_id)
select 'K11', 'P2', '2016-1', h.updated_at, h.updated_at + interval '5 days', h.updated_at + interval '4 days',
  h.updated_at, 'met', '', 0, h.updated_at, h.id, h.lead_agency_id, null from held h where h.closed;

insert into incidents_supportreferral (uid, submission_id, created_at, wished, service, sent_at, agency_id, by_id, case_id, victim_id)
select gen_random_uuid(), gen_random_uuid(), h.received_at + interval '4 days', true, 'A counselling service',
  h.received_at + interval '4 days', h.lead_agency_id, h.lead_worker_id, h.id, h.victim_id
from held h where h.victim_id is not null and pg_temp.dice(h.id * 3, 2) = 0;
insert into incidents_actionplan (uid, submission_id, created_at, text, agreed_at, agency_id, by_id, case_id, victim_id)
select gen_random_uuid(), gen_random_uuid(), h.received_at + interval '5 days',
  'A camera at the door is asked for, and an officer calls once a week.', h.received_at + interval '5 days',
  h.lead_agency_id, h.lead_worker_id, h.id, h.victim_id
from held h where h.victim_id is not null and pg_temp.dice(h.id * 5, 2) = 0;
insert into incidents_updateagreement (uid, submission_id, created_at, every_days, agreed_at, agency_id, by_id, case_id)
select gen_random_uuid(), gen_random_uuid(), h.received_at + interval '5 days', 10, h.received_at + interval '5 days',
  h.lead_agency_id, h.lead_worker_id, h.id from held h where pg_temp.dice(h.id * 13, 2) = 0;
insert into incidents_keyevent (uid, submission_id, created_at, kind, happened_at, note, agency_id, by_id, case_id, clock_id)
select gen_random_uuid(), gen_random_uuid(), k.starts_at, 'interview', k.starts_at, 'At the station, with a solicitor.',
  k.lead_agency_id, h.lead_worker_id, k.case_id, k.id from incidents_clock k join held h on h.id = k.case_id where k.kind = 'K8';
insert into incidents_clockpause (uid, submission_id, created_at, reason, paused_at, until, due_before, resumed_at,
  due_after, agency_id, by_id, case_id, clock_id)
select gen_random_uuid(), gen_random_uuid(), k.starts_at, 'victim_request', k.starts_at, k.starts_at::date + 2, k.due_at,
  k.starts_at + interval '2 days', k.due_at + interval '2 days', k.lead_agency_id, null, k.case_id, k.id
from incidents_clock k where k.kind = 'K6' and pg_temp.dice(k.case_id, 20) = 0;
insert into incidents_caseclosure (uid, submission_id, created_at, reason, victim_view, hate_stopped, note, closed_at,
  contact_at, contact_attempted, outcome_sent_at, reopened_reason, agency_id, by_id, case_id, clock_id)
select gen_random_uuid(), gen_random_uuid(), h.updated_at, 'R1', 'satisfied', 'yes', '', h.updated_at, h.updated_at, false,
  h.updated_at, '', h.lead_agency_id, h.lead_worker_id, h.id, k.id
from held h join incidents_clock k on k.case_id = h.id and k.kind = 'K11' where h.closed;

-- Decisions that wait for somebody, and some that were made.
insert into incidents_classificationproposal (uid, "to", reason, state, at, expires_at, decision_reason, case_id, proposed_by_id)
select gen_random_uuid(), 'not_hate', 'Both say that it was about the bins.', 'waiting', now() - interval '1 day',
  now() + interval '4 days', '', h.id, s.user_id
from held h join lateral (select m.user_id from agencies_membership m where m.agency_id = h.lead_agency_id
  and m.roles && array['triager']::varchar[] order by m.user_id desc limit 1) s on true
where not h.closed and pg_temp.dice(h.id * 17, 60) = 0;
insert into incidents_classificationproposal (uid, "to", reason, state, at, expires_at, decided_at, decision_reason, case_id,
  proposed_by_id, decided_by_id)
select gen_random_uuid(), 'not_hate', 'Both say that it was about the bins.', 'confirmed', h.received_at, h.received_at + interval '5 days',
  h.received_at + interval '1 day', 'Agreed.', h.id, h.lead_worker_id, s.user_id
from held h join lateral (select m.user_id from agencies_membership m where m.agency_id = h.lead_agency_id
  and m.user_id <> h.lead_worker_id order by m.user_id limit 1) s on true where h.closed and h.lead_worker_id is not null and pg_temp.dice(h.id * 19, 30) = 0;
insert into incidents_accessrequest (uid, purpose, gateway, asked_at, remind_at, expires_at, state, agency_id, asked_by_id, case_id)
select gen_random_uuid(), 'We support the family already.', 'art6_public_task', now() - interval '2 days', now() + interval '1 day',
  now() + interval '3 days', 'open', a.id, null, h.id
from held h join agencies_agency a on a.code = 'HLTH' where not h.closed and h.lead_agency_id <> a.id and pg_temp.dice(h.id * 23, 120) = 0;
insert into incidents_wishoverride (uid, level, purpose, necessity, gateway, field_groups, caldicott_guardian, ground, reason,
  victim_told, not_told_reason, asked_at, expires_at, state, decision_reason, agency_id, case_id, from_agency_id)
select gen_random_uuid(), 'view', 'Safety of the children', 'Only they hold the plan', 'art6_public_task', array[]::varchar[], '', 'child_at_risk',
  'A threat to life was made.', true, '', now() - interval '1 day', now() + interval '2 days', 'waiting', '', a.id, h.id,
  h.lead_agency_id
from held h join agencies_agency a on a.code = 'HLTH' where not h.closed and h.lead_agency_id <> a.id and pg_temp.dice(h.id * 29, 200) = 0;
insert into incidents_emergencyaccess (uid, case_ref, reason, opened_at, until, review_due_at, outcome, review_note, case_id, lead_agency_id, user_id)
select gen_random_uuid(), h.ref, 'A child may be at risk tonight.', now() - interval '3 days', now() - interval '62 hours',
  now() + interval '1 day', '',
  '', h.id, h.lead_agency_id, u.user_id
from held h join lateral (select m.user_id from agencies_membership m where m.agency_id <> h.lead_agency_id
  order by m.user_id limit 1) u on true where not h.closed and pg_temp.dice(h.id * 31, 300) = 0;

-- Who stands in, and what is said about tasks.
update incidents_case c set deputy_id = s.user_id
from held h join lateral (select m.user_id from agencies_membership m where m.agency_id = h.lead_agency_id
  and m.roles && array['caseworker']::varchar[] order by m.user_id desc limit 1) s on true
where c.id = h.id and not h.closed and c.lead_worker_id <> s.user_id and pg_temp.dice(h.id * 37, 10) = 0;
insert into incidents_cover (uid, starts_on, ends_on, note, created_at, agency_id, away_id, covering_id)
select gen_random_uuid(), current_date - 2, current_date + 8, 'On leave', now(), m.agency_id, m.user_id, m.next_id
from (select m.agency_id, m.user_id, lead(m.user_id) over (partition by m.agency_id order by m.user_id) as next_id
  from agencies_membership m where m.roles && array['caseworker']::varchar[]) m
where m.next_id is not null and m.user_id % 9 = 0;
update incidents_task set state = 'in_progress' where state = 'accepted' and closed_at is null and pg_temp.dice(id, 3) = 0;
insert into incidents_taskcomment (uid, submission_id, text, mentioned_ids, at, agency_id, author_id, task_id)
select gen_random_uuid(), gen_random_uuid(), 'Rang twice; will try again tomorrow.', array[]::int[], t.created_at,
  t.agency_id, t.assignee_id, t.id from incidents_task t where pg_temp.dice(t.id * 41, 3) = 0;

insert into incidents_casechange (case_id, kind, before, after, needs_victim, needs_perpetrator, readers, by_id, agency_id, at)
select h.id, x.kind, x.before, x.after, x.victim, false, 'everybody', h.lead_worker_id, h.lead_agency_id,
  h.received_at + x.days * interval '1 day'
from held h cross join (values ('priority', 'P3', 'P2', false, 1), ('lead_worker', '', '', false, 1),
  ('person_added', '', '', true, 2), ('safe_contact', '', '', true, 3), ('summary', '', '', false, 4))
  x(kind, before, after, victim, days)
where pg_temp.dice(h.id * 47 + x.days, 2) = 0;

-- Further people of a case and how they are tied, letters, kept searches, notices.
insert into incidents_involvedperson (id, submission_id, role, side, given_name, family_name, organisation, contact, address, notes,
  version, created_at, agency_id, by_id, case_id)
select gen_random_uuid(), gen_random_uuid(), 'witness', 'victim', 'Wanda', 'Witness', '', '01632 960123', '', '', 1,
  h.received_at, h.lead_agency_id, h.lead_worker_id, h.id from held h where pg_temp.dice(h.id * 43, 3) = 0;
insert into incidents_persontie (id, submission_id, kind, needs_victim, needs_perpetrator, created_at, agency_id, by_id,
  case_id, from_involved_id, to_victim_id)
select gen_random_uuid(), gen_random_uuid(), 'neighbour', true, false, p.created_at, p.agency_id, p.by_id, p.case_id, p.id,
  h.victim_id from incidents_involvedperson p join held h on h.id = p.case_id where h.victim_id is not null;
insert into incidents_lettertemplate (uid, topic, version, kind, name, language, body, safety, machine_made, checked,
  translated_by, checked_by, active, created_at)
select gen_random_uuid(), gen_random_uuid(), 1, 'letter', 'Acknowledgement, kept apart', 'en', 'Dear {recipient_name}', false,
  false, false, '', '', false, now();
insert into incidents_letter (uid, submission_id, kind, language, recipient, address, body, emergency_reason, state, sha256,
  created_at, agency_id, case_id, created_by_id, victim_id, template_id)
select gen_random_uuid(), gen_random_uuid(), 'letter', 'en', 'The person written to', '1 High Street', repeat('Words. ', 150), '',
  'draft', '', h.received_at, h.lead_agency_id, h.id, h.lead_worker_id, h.victim_id, (select max(id) from incidents_lettertemplate)
from held h where h.victim_id is not null and pg_temp.dice(h.id * 47, 4) = 0;
insert into incidents_savedsearch (uid, submission_id, name, words, criteria, shared, alert, fresh_since, created_at, agency_id, owner_id)
select gen_random_uuid(), gen_random_uuid(), 'Search ' || n, '', '{"status": ["open"], "band": "high"}', n % 3 = 0, 'none', now(),
  now(), m.agency_id, m.user_id from agencies_membership m cross join generate_series(1, 4) n;
insert into agencies_notice (key, kind, text, url, case_id, created_at, read_at, user_id, delivery)
select 'told:' || x.case_id || ':' || m.user_id, 'lead', x.case_ref || ' is yours to lead', '/cases/' || x.case_ref || '/', x.case_id,
  x.sort_at, case when pg_temp.dice(x.case_id, 4) > 0 then x.sort_at + interval '1 hour' end, m.user_id, 'at_once'
from agencies_membership m cross join lateral (select a.case_id, a.case_ref, a.sort_at from incidents_caseaccess a
  where a.agency_id = m.agency_id and a.level >= 2 order by a.sort_at desc limit 400) x
on conflict do nothing;
