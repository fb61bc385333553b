"""A name that is erased from the quarantine is erased from the texts of its case (docs/domain.md §1.4; decision 36).

While a name waits, `hatecase_text_shown` leaves it out of what others wrote. That knows it from the report alone: were the
report to go by itself, every text from before would show the name from then on. So a trigger on the reports rewrites the
texts, whatever removes a report and whoever does it: a triager, the sweep, the confirmation that nothing is to be recorded.
A report also goes because its name was recorded: then the name stands in the case by another right, and stays.

`hatecase_names_erase` belongs to the gate and finds the names. The words are rewritten by a function of the owner, which
only the gate calls: no other role, the gate included, reads what was struck or the history.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from incidents.rules.names import ORDINARY
from kernel.rls import gate_function

_NAMES = import_module("incidents.migrations.0172_names_by_group")

MASK = "[name erased]"
"""What stands in place of a name that is gone; "[not shown]" is what may come back."""

# --- One text ---------------------------------------------------------------------------------------

# A name that is a word as well. What cannot be undone takes it only where it is written as a name, as the services do that
# refuse one (incidents/rules/names.py): else every "will" of a case would be gone.
ORDINARY_NAME = f"""
create function hatecase_name_ordinary(name text) returns boolean
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select hatecase_letters(name) = any('{{{",".join(sorted(ORDINARY))}}}'::text[])
$$
"""

# Between two marks that nobody writes stays what belongs to somebody else, such as a reporter's full name or a victim's
# e-mail address; two marks with nothing between them are a name that goes.
_GAP = """regexp_replace(shown, coalesce('(' || others || ')|', '()') || '(?:' || {pattern} || ')',
        chr(57345) || '\\1' || chr(57346), {flags})"""

# A name that is a word, as it begins with a capital or is all capitals; also letter by letter.
_UNSEEN = _NAMES.UNSEEN.replace("\\", r"\\")
_CAPITAL = rf"""'(?<![[:alnum:]])(?:' || regexp_replace(spelt, '(.)', '\1[{_UNSEEN}]*', 'g') || '(?:e?s|E?S)?|'
          || regexp_replace(spelt, '(.)(?!$)', '\1[-\\s._·*]', 'g') || ')(?![[:alnum:]])'"""

WORDS_WITHOUT = f"""
create function hatecase_words_without(words text, longest int, names text[], kept text[]) returns text
language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
declare
  letters text := hatecase_letters(words);
  shown text := normalize(words, NFD);
  name text;
  spelt text;
  pattern text;
  others text;
begin
  foreach name in array names loop
    continue when strpos(letters, hatecase_letters(name)) = 0;
    pattern := hatecase_name_pattern(name);
    others := (select string_agg(hatecase_name_pattern(k), '|' order by length(k) desc) from unnest(kept) k
      where strpos(hatecase_letters(k), hatecase_letters(name)) > 0);
    if length(name) <= 3 or not hatecase_name_ordinary(name) then
      shown := {_GAP.format(pattern="pattern", flags="case when length(name) > 3 then 'gi' else 'g' end")};
    else
      -- Within an e-mail address or an account's name in any case.
      shown := {_GAP.format(pattern="split_part(pattern, '|(?<!', 1)", flags="'gi'")};
      foreach spelt in array array[initcap(hatecase_letters(name)), upper(hatecase_letters(name))] loop
        pattern := {_CAPITAL};
        shown := {_GAP.format(pattern="pattern", flags="'g'")};
      end loop;
    end if;
    shown := translate(replace(shown, chr(57345) || chr(57346), '{MASK}'), chr(57345) || chr(57346), '');
  end loop;
  if shown = normalize(words, NFD) then return words; end if;
  shown := normalize(shown, NFC);
  if char_length(shown) > longest then shown := left(replace(shown, '{MASK}', '[…]'), longest); end if;
  return shown;
end $$
"""

# The same of every text within what is kept in pieces. What the pieces are called stays.
JSON_WITHOUT = """
create function hatecase_json_without(told jsonb, names text[], kept text[]) returns jsonb
language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
begin
  if jsonb_typeof(told) = 'string' then
    return to_jsonb(hatecase_words_without(told #>> '{}', null, names, kept));
  elsif jsonb_typeof(told) = 'array' then
    return coalesce((select jsonb_agg(hatecase_json_without(one, names, kept) order by place)
      from jsonb_array_elements(told) with ordinality p(one, place)), '[]');
  elsif jsonb_typeof(told) = 'object' then
    return coalesce((select jsonb_object_agg(key, hatecase_json_without(value, names, kept)) from jsonb_each(told)), '{}');
  end if;
  return told;
end $$
"""

# --- Every text -------------------------------------------------------------------------------------

_OF_CASE = "t.case_id = any(kin)"
_OF_TASK = "t.task_id in (select k.id from incidents_task k where k.case_id = any(kin))"
_PEOPLE = "(select p.perpetrator_id{0} from incidents_party p where p.case_id = any(kin) and p.perpetrator_id is not null)"

TEXTS: tuple[tuple[str, str, str], ...] = (
    ("incidents_case", "t.id = any(kin)", "summary version"),
    ("incidents_incident", _OF_CASE, "narrative location priority_set_reason"),
    ("incidents_characteristic", _OF_CASE, "other"),
    ("incidents_onlinepost", _OF_CASE, "audience tagged version"),
    ("incidents_involvedperson", _OF_CASE, "notes version"),
    ("perpetrators_allegedperpetrator", f"t.id in {_PEOPLE.format('')}", "description version"),
    ("incidents_note", _OF_CASE, "text"),
    ("incidents_contact", _OF_CASE, "note emergency_reason"),
    ("incidents_task", _OF_CASE, "title detail outcome"),
    ("incidents_taskcomment", _OF_TASK, "text"),
    ("incidents_taskstep", _OF_TASK, "text"),
    ("incidents_keyevent", _OF_CASE, "note"),
    ("incidents_actionplan", _OF_CASE, "text"),
    ("incidents_supportreferral", _OF_CASE, "service"),
    ("incidents_handover", _OF_CASE, "note"),
    ("incidents_letter", _OF_CASE, "body emergency_reason"),
    ("incidents_evidence", _OF_CASE, "original_name description source withdrawn_reason"),
    (
        "incidents_custodyevent",
        "t.evidence_id in (select e.id from incidents_evidence e where e.case_id = any(kin))",
        "reason",
    ),
    ("incidents_fieldcorrection", _OF_CASE, "words_before words_after reason"),
    ("incidents_strucktext", _OF_CASE, "words:json reason"),
    ("incidents_classificationchange", _OF_CASE, "reason"),
    ("incidents_classificationproposal", _OF_CASE, "reason decision_reason"),
    ("incidents_prioritychange", _OF_CASE, "reason"),
    ("incidents_caseclosure", _OF_CASE, "note reopened_reason"),
    ("incidents_incidentmove", "(t.from_case_id = any(kin) or t.to_case_id = any(kin))", "reason"),
    ("incidents_casegrant", "t.content_object_id = any(kin)", "purpose necessity"),
    ("incidents_caseperson", _OF_CASE, "reason"),
    ("incidents_caseexclusion", _OF_CASE, "reason"),
    ("incidents_reveal", _OF_CASE, "reason"),
    ("incidents_wishoverride", _OF_CASE, "purpose necessity reason not_told_reason decision_reason"),
    ("incidents_accessrequest", _OF_CASE, "purpose"),
    (
        "incidents_accessmessage",
        "t.request_id in (select a.uid from incidents_accessrequest a where a.case_id = any(kin))",
        "text",
    ),
    ("incidents_emergencyaccess", _OF_CASE, "reason review_note"),
    ("incidents_breach", _OF_CASE, "reason decision_reason closing_note"),
    ("hasbag_agendaitem", _OF_CASE, "reason removed_reason"),
    ("hasbag_agendaproposal", _OF_CASE, "reason"),
    ("hasbag_referral", _OF_CASE, "reason"),
    # Kept for a minute's undo; rewritten as the rows are, so that the two agree.
    ("incidents_justdecided", _OF_CASE, "kept:json"),
    (
        "incidents_incidentdraft",
        "t.answers #>> '{case,ref,0}' in (select c.ref from incidents_case c where c.id = any(kin))",
        "answers:draft version",
    ),
    # What the fields said before: also of the people themselves, in whichever case it was written.
    ("kernel_history", _OF_CASE, "old:json new:json"),
    (
        "kernel_history",
        "t.subject_type = 'perpetrators.allegedperpetrator' and t.subject_id in " + _PEOPLE.format("::text"),
        "old:json new:json",
    ),
)
"""Every column of the database that holds words of a case, and how its rows are found. A new one comes with a migration that
replaces `hatecase_words_erase`; tests/incidents/test_texts_walked.py reads the function itself."""

# Who it is goes with the report into the quarantine anew when a draft is sent: that is a report of its own.
_DRAFT = (
    "(select coalesce(jsonb_object_agg(key, case when key like 'who%' then value"
    " else hatecase_json_without(value, names, theirs) end), '{}') from jsonb_each(t.answers))"
)


def _new(table: str, column: str, how: str) -> str:
    if how == "json":
        return f"hatecase_json_without(t.{column}, names, theirs)"
    if how == "draft":
        return _DRAFT
    longest = (
        f"(select a.atttypmod - 4 from pg_attribute a where a.attrelid = '{table}'::regclass"
        f" and a.attname = '{column}' and a.atttypmod > 0)"
    )
    return f"hatecase_words_without(t.{column}, {longest}, names, theirs)"


def _update(table: str, found: str, columns: str) -> str:
    """The statement for one table; a row that has a version gets the next one, so that no form from before writes the name
    back."""
    wanted = [column.partition(":")[::2] for column in columns.split() if column != "version"]
    said = [f"{column} = {_new(table, column, how)}" for column, how in wanted]
    said += ["version = t.version + 1"] if "version" in columns.split() else []
    differs = " or ".join(f"t.{column} is distinct from {_new(table, column, how)}" for column, how in wanted)
    return f"""
  update {table} t set {", ".join(said)}
    where {found} and ({differs});
  get diagnostics changed = row_count;
  done := done + changed;"""


def words_erase(texts: tuple[tuple[str, str, str], ...]) -> str:
    """The function that rewrites every text of some cases, for a list of columns."""
    return f"""
create or replace function hatecase_words_erase(kin bigint[], names text[], theirs text[]) returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  changed int;
  done int := 0;
begin
  perform 1 from incidents_case c where c.id = any(kin) order by c.id for update;{"".join(_update(*one) for one in texts)}
  return done;
end $$
"""


# --- Which names ------------------------------------------------------------------------------------

_TOLD = f"""
      select n.name from (select old.subject_as_reported->>'given_name' as given_name,
          old.subject_as_reported->>'family_name' as family_name) w
        cross join lateral {_NAMES._OF_A_NAME.format("w", "quarantine")}) n(name, kind)
      union select ltrim(old.subject_as_reported->>field, '@') from unnest(array[{_NAMES._HANDLE}]) as fields(field)
      union select jsonb_array_elements_text(coalesce(old.subject_as_reported->'urls', '[]'))"""
# By another right: everybody whom `hatecase_text_shown` asks about, another report that still waits among them, and those
# whom it tells everybody.
_OTHERS = f"""
      select n.name from ({_NAMES.NAMES}) n
      union select part from incidents_incident i cross join lateral regexp_split_to_table(i.reporter_name, '[-–\\s]+') part
        where i.case_id = any(kin)
      union select unnest(array[o.given_name, o.family_name, o.organisation, o.contact]) from incidents_involvedperson o
        where o.case_id = any(kin)"""

NAMES_ERASE = f"""
create function hatecase_names_erase() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  kin bigint[] := hatecase_case_kin(old.case_id);
  others text[];
  gone text[];
  kept text[];
  erased int;
begin
  others := array(select n.name from ({_OTHERS}) n where length(n.name) > 1 and hatecase_letters(n.name) <> '');
  gone := array(select n.name from ({_TOLD}) n
    where length(n.name) > 1 and hatecase_letters(n.name) <> ''
      and not exists (select from unnest(others) o where hatecase_letters(o) = hatecase_letters(n.name))
    order by length(n.name) desc, n.name);
  if cardinality(gone) = 0 then return null; end if;
  kept := array(select o from unnest(others) o where length(o) > 3
    and exists (select from unnest(gone) g where strpos(hatecase_letters(o), hatecase_letters(g)) > 0));
  erased := hatecase_words_erase(kin, gone, kept);
  if erased > 0 then
    perform hatecase_search_refresh(kin);
    -- How many, for the audit; never what they said.
    perform set_config('hatecase.texts_erased',
      (coalesce(nullif(current_setting('hatecase.texts_erased', true), ''), '0')::int + erased)::text, true);
  end if;
  return null;
end $$
"""

_OWNED = """
{definition};
alter function {name} owner to hatecase_owner;
revoke all on function {name} from public;
"""
_INNER = (
    ("hatecase_name_ordinary(text)", ORDINARY_NAME),
    ("hatecase_words_without(text, int, text[], text[])", WORDS_WITHOUT),
    ("hatecase_json_without(jsonb, text[], text[])", JSON_WITHOUT),
    ("hatecase_words_erase(bigint[], text[], text[])", words_erase(TEXTS)),
)
# After `names_changed`, which forgets the letters: then the search is made anew with those that are left.
_TRIGGER = "create trigger names_erased after delete on incidents_subjectreport for each row execute function hatecase_names_erase()"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0232_clock_after_closing"), ("kernel", "0004_history_case")]

    operations = [
        *[
            migrations.RunSQL(_OWNED.format(definition=made, name=name), f"drop function if exists {name}")
            for name, made in _INNER
        ],
        migrations.RunSQL(
            "grant execute on function hatecase_words_erase(bigint[], text[], text[]) to hatecase_gate",
            migrations.RunSQL.noop,
        ),
        gate_function("hatecase_names_erase()", NAMES_ERASE),
        migrations.RunSQL(_TRIGGER, "drop trigger if exists names_erased on incidents_subjectreport"),
    ]
