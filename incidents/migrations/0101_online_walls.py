"""The second wall around posts and accounts, and the narrow functions that know of accounts (docs/domain.md §1.4, §10.3).

An account that posted something is an alleged perpetrator's identity: it is told to that side alone, goes out of the
texts of the other, finds a case as a name does, and waits in the quarantine where no name may be kept.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import through_case, wall

_NAMES = import_module("incidents.migrations.0007_names")
_MOVE = import_module("incidents.migrations.0041_triage_walls")
_CARRY = import_module("incidents.migrations.0067_case_carry")
_PARTS = import_module("incidents.migrations.0004_search_refresh")

CASE = through_case()
ACCOUNTS = f"{CASE} and hatecase_case_knows(case_id, 'perpetrator')"


def _replaced(definition: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        if before not in definition:
            raise ValueError(f"The function has no {before!r} to change.")
        definition = definition.replace(before, after)
    return definition.replace("create function", "create or replace function")


# What an account is called, and the addresses that lead to it. The sign before a handle is not part of the word.
_KNOWN = "array[ltrim({0}, '@'), {1}, {2}, {3}]"
_ACCOUNT = _KNOWN.format("o.handle", "o.display_name", "o.profile_url", "o.post_id") + " || o.urls"
_TOLD = "r.subject_as_reported->>'{}'"
_WAITING = (
    _KNOWN.format(*(_TOLD.format(name) for name in ("handle", "display_name", "profile_url", "post_id")))
    + " || array(select jsonb_array_elements_text(coalesce(r.subject_as_reported->'urls', '[]')))"
)

_UNION_END = "o.case_id = any(kin) and o.side <> 'both' and not sides && array['both', o.side]::varchar[]) n"
_UNION = f"""o.case_id = any(kin) and o.side <> 'both' and not sides && array['both', o.side]::varchar[]
      union all
      select unnest({_ACCOUNT}), o.agency_id
        from incidents_onlineaccount o
        where o.case_id = any(kin) and not sides && array['both', 'perpetrator']::varchar[]
      union all
      select unnest({_WAITING}), i.reporting_agency_id
        from incidents_subjectreport r join incidents_incident i on i.id = r.incident_id
        where r.perpetrator_id is null and r.case_id = any(kin)
          and not sides && array['both', 'perpetrator']::varchar[]) n"""
TEXT_SHOWN = _replaced(_CARRY.TEXT_SHOWN, (_UNION_END, _UNION))

_SPOKEN = _CARRY._of_kin(_PARTS._PERPETRATORS)
_ACCOUNT_WORDS = f"""(select string_agg(array_to_string({_ACCOUNT}, ' '), ' ')
          from incidents_onlineaccount o where o.case_id = any(hatecase_case_kin(c.id))),
        (select string_agg(array_to_string({_WAITING}, ' '), ' ')
          from incidents_subjectreport r where r.perpetrator_id is null and r.case_id = any(hatecase_case_kin(c.id)))"""
_FOUND = "when c.classification in ('crime_suspected', 'crime_recorded')\n            then concat_ws(' ', a.given_name, a.family_name) end), ' ')\n        from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id\n        where p.case_id = c.id), ''))"
_FOUND_TOO = f"""{_FOUND}
      || to_tsvector('simple', coalesce((select string_agg(concat_ws(' ', ltrim(o.handle, '@'), o.display_name), ' ')
        from incidents_onlineaccount o
        where o.case_id = c.id and c.classification in ('crime_suspected', 'crime_recorded')), ''))"""
SEARCH_REFRESH = _replaced(
    _CARRY.SEARCH_REFRESH, (_SPOKEN, f"{_SPOKEN}, {_ACCOUNT_WORDS}"), (_FOUND, _FOUND_TOO)
)

# An account goes back as it is, and its row goes: nothing of it is kept beside the quarantine.
_BACK = """
  with gone as (
    delete from incidents_onlineaccount o where o.case_id = wanted returning o.*
  )
  insert into incidents_subjectreport
      (id, case_id, incident_id, lead_agency_id, perpetrator_id, subject_as_reported, erase_on, created_at)
    select gen_random_uuid(), wanted, o.incident_id, c.lead_agency_id, null,
      jsonb_strip_nulls(jsonb_build_object('handle', nullif(o.handle, ''), 'display_name', nullif(o.display_name, ''),
        'profile_url', nullif(o.profile_url, ''), 'post_id', nullif(o.post_id, ''), 'place', nullif(o.place, ''),
        'urls', case when cardinality(o.urls) > 0 then to_jsonb(o.urls) end)), erase_on, at
    from gone o join incidents_case c on c.id = wanted;
  get diagnostics accounts = row_count;"""
NAMES_QUARANTINE = _replaced(
    _NAMES.NAMES_QUARANTINE,
    ("  people uuid[];", "  people uuid[];\n  accounts int;"),
    ("then return 0; end if;\n  select array_agg", f"then return 0; end if;{_BACK}\n  select array_agg"),
    ("if people is null then return 0; end if;", "if people is null then return accounts; end if;"),
    ("return cardinality(people);", "return cardinality(people) + accounts;"),
)

_WITH = "update incidents_subjectreport set case_id = target, lead_agency_id = led_by where incident_id = any(wanted);"
INCIDENTS_MOVE = _replaced(
    _MOVE.INCIDENTS_MOVE,
    (
        _WITH,
        f"""{_WITH}
  update incidents_onlinepost set case_id = target where incident_id = any(wanted);
  update incidents_onlineaccount set case_id = target where incident_id = any(wanted);""",
    ),
)

# What was kept under two sets of keys. A platform that is none of the list keeps its name. Who posted it stays where the
# case keeps names, and otherwise waits in the quarantine as any name does, or is gone where that time is over.
CARRIED = """
insert into incidents_onlinepost (id, incident_id, case_id, platform, platform_other, posted_zone, reach, audience, tagged,
    threat, removed, known_offline, told, told_ref, told_result, words_by_id, version, updated_at)
  select gen_random_uuid(), i.id, i.case_id,
    case when p.code is not null then p.code when d.said <> '' then 'other' else '' end,
    case when p.code is null then left(d.said, 60) else '' end, 'Europe/London', '', '', '', '', '', '',
    coalesce((i.online_detail->>'platform_told')::boolean, (i.online_detail->>'reported_to_platform')::boolean, false),
    '', '', i.reporting_agency_id, 1, i.entered_at
  from incidents_incident i
  cross join lateral (select coalesce(i.online_detail->>'platform', '') as said) d
  left join (values {platforms}) p(code, label) on lower(d.said) in (p.code, lower(p.label))
  where i.online_detail <> '{{}}';
insert into incidents_onlineaccount (id, submission_id, incident_id, case_id, handle, display_name, profile_url, post_id,
    urls, place, agency_id, version, created_at)
  select gen_random_uuid(), gen_random_uuid(), i.id, i.case_id, a.handle, '', '', '',
    case when a.url = '' then '{{}}'::varchar[] else array[a.url] end, '', i.reporting_agency_id, 1, i.entered_at
  from incidents_incident i join incidents_case c on c.id = i.case_id
  cross join lateral (select left(coalesce(i.online_detail->>'handle', i.online_detail->>'username', ''), 120) as handle,
    left(coalesce(i.online_detail->>'url', ''), 500) as url) a
  where a.handle || a.url <> '' and c.classification in ('crime_suspected', 'crime_recorded');
insert into incidents_subjectreport (id, case_id, incident_id, lead_agency_id, subject_as_reported, erase_on, created_at)
  select gen_random_uuid(), i.case_id, i.id, c.lead_agency_id,
    jsonb_strip_nulls(jsonb_build_object('handle', nullif(a.handle, ''),
      'urls', case when a.url <> '' then jsonb_build_array(a.url) end)), (i.entered_at + interval '28 days')::date, i.entered_at
  from incidents_incident i join incidents_case c on c.id = i.case_id
  cross join lateral (select left(coalesce(i.online_detail->>'handle', i.online_detail->>'username', ''), 120) as handle,
    left(coalesce(i.online_detail->>'url', ''), 500) as url) a
  where a.handle || a.url <> '' and c.classification not in ('crime_suspected', 'crime_recorded', 'no_record')
    and i.entered_at + interval '28 days' > statement_timestamp();
do $$
declare
  concerned bigint[] := array(select case_id from incidents_onlineaccount
    union select case_id from incidents_subjectreport where perpetrator_id is null);
begin
  if cardinality(concerned) > 0 then perform hatecase_search_refresh(concerned); end if;
end $$
"""
_PLATFORMS = (
    ("facebook", "Facebook"), ("instagram", "Instagram"), ("whatsapp", "WhatsApp"), ("x", "X"), ("tiktok", "TikTok"),
    ("snapchat", "Snapchat"), ("youtube", "YouTube"), ("telegram", "Telegram"), ("discord", "Discord"),
    ("gaming", "A game"), ("dating", "A dating app"), ("email", "Email"), ("website", "A website"),
    ("other", "Somewhere else"),
)  # fmt: skip
_CARRIED = CARRIED.format(platforms=", ".join(f"('{code}', '{label}')" for code, label in _PLATFORMS))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0100_online")]

    operations = [
        wall("incidents_onlinepost", CASE, app_commands=("select", "insert", "update")),
        # Whoever logs a report may write an account that they may not read back.
        wall("incidents_onlineaccount", ACCOUNTS, app_check=CASE),
        migrations.RunSQL(TEXT_SHOWN, _CARRY.TEXT_SHOWN),
        migrations.RunSQL(SEARCH_REFRESH, _CARRY.SEARCH_REFRESH),
        migrations.RunSQL(NAMES_QUARANTINE, _replaced(_NAMES.NAMES_QUARANTINE)),
        migrations.RunSQL(INCIDENTS_MOVE, _replaced(_MOVE.INCIDENTS_MOVE)),
        migrations.RunSQL(_CARRIED, migrations.RunSQL.noop),
    ]
