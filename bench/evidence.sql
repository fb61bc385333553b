-- Files in every third case, one to three of them, with their custody logs; no bytes lie behind the rows. Once, as the owner
-- of the tables. The same rows each time: chance is a digest of the key.

create function pg_temp.dice(key bigint, sides int) returns int language sql immutable as
  $$ select (('x' || substr(md5(key::text), 1, 7))::bit(28)::int) % sides $$;

with made as (
  insert into incidents_evidence (uid, submission_id, kind, original_name, file_name, size, sha256, description, source,
    obtained_at, origin, added_at, malware, malware_name, copy_state, copy_name, copy_kind, copy_sha256, attempts,
    released_to, withdrawn_reason, added_by_id, agency_id, case_id)
  select gen_random_uuid(), gen_random_uuid(), (array['jpeg', 'pdf', 'text'])[n], 'front door', md5(c.id || '/' || n), 120000,
    encode(sha256((c.id || '/' || n)::bytea), 'hex'), 'Paint on the front door', 'The victim''s phone', c.received_at, 'page',
    c.received_at + n * interval '1 hour', 'clean', '', 'none', '', '', '', 0, '', '', c.lead_worker_id, c.lead_agency_id, c.id
  from incidents_case c cross join generate_series(1, 3) n where pg_temp.dice(c.id, 3) = 0 and pg_temp.dice(c.id * 3 + n, 2) = 0
  returning id, added_at, added_by_id, agency_id
)
insert into incidents_custodyevent (kind, at, reason, by_id, agency_id, evidence_id)
select 'added', m.added_at, '', m.added_by_id, m.agency_id, m.id from made m;
