"""The narrow function that keeps the search vectors true: each side's names in a vector of their own."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

# 400,000 characters stay well inside the size of a tsvector.
_LIMIT = 400000


def _notes(*sides: str) -> str:
    listed = ", ".join(f"'{side}'" for side in sides)
    return f"""(select string_agg(n.text, ' ') from incidents_note n left join agencies_agency w on w.id = n.agency_id
        where n.case_id = c.id and coalesce(w.side, 'both') in ({listed}))"""


# The words that say who somebody is, as they would stand in a text.
_VICTIMS = """(select string_agg(concat_ws(' ', v.organisation, v.given_name, v.family_name, v.postcode), ' ')
          from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = c.id),
        (select string_agg(i.reporter_name, ' ') from incidents_incident i where i.case_id = c.id)"""
_PERPETRATORS = """(select string_agg(concat_ws(' ', a.given_name, a.family_name), ' ')
          from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
          where p.case_id = c.id),
        (select string_agg(concat_ws(' ', r.subject_as_reported->>'given_name', r.subject_as_reported->>'family_name'), ' ')
          from incidents_subjectreport r where r.case_id = c.id)"""


def _less(text: str, *names: str) -> str:
    """The words of a text, less these names."""
    return (
        f"ts_delete(to_tsvector('english', left({text}, {_LIMIT})),"
        f" tsvector_to_array(to_tsvector('english', concat_ws(' ', {', '.join(names)}))))"
    )


_BODY = f"""concat_ws(' ', c.ref, c.summary,
        (select string_agg(concat_ws(' ', i.ref, i.narrative, d.name, array_to_string(i.behaviours, ' ')), ' ')
          from incidents_incident i join agencies_district d on d.code = i.district_id where i.case_id = c.id),
        (select string_agg(concat_ws(' ', h.sub, h.other), ' ') from incidents_characteristic h where h.case_id = c.id),
        {_notes("both")})"""

# What everybody in the case may read stands in `body`, less every name that somebody in the case may not know: those
# of the people, of the quarantine and of the reporter. What one side alone may read (its people, its notes less the
# other side's names, and the place, which may be the victim's home) stands in that side's vector. An alleged
# perpetrator's name counts only where this case lets it be kept (docs/domain.md §1.4).
#
# What an agency of one side wrote itself it finds by every word, names included, in a row of its own: were its own
# words left out where they are somebody's name, a search would tell it whether it had guessed right.
SEARCH_REFRESH = f"""
create function hatecase_search_refresh(wanted bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- A RESTRICTED case is in no search.
  delete from incidents_casesearch s using incidents_case c
  where s.case_id = any(wanted) and c.id = s.case_id and c.tier = 'restricted';
  insert into incidents_casesearch (case_id, body, victims, perpetrators)
  select c.id, {_less(_BODY, _VICTIMS, _PERPETRATORS)},
    {_less(f"coalesce({_notes('victim')}, '')", _PERPETRATORS)}
      || to_tsvector('simple', concat_ws(' ',
        (select string_agg(concat_ws(' ', v.ref, v.organisation, v.given_name, v.family_name), ' ')
          from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = c.id),
        (select string_agg(concat_ws(' ', i.location, i.postcode), ' ') from incidents_incident i where i.case_id = c.id))),
    {_less(f"coalesce({_notes('perpetrator')}, '')", _VICTIMS)}
      || to_tsvector('simple', coalesce((select string_agg(concat_ws(' ', a.ref, a.description,
          case when c.classification in ('crime_suspected', 'crime_recorded')
            then concat_ws(' ', a.given_name, a.family_name) end), ' ')
        from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
        where p.case_id = c.id), ''))
  from incidents_case c where c.id = any(wanted) and c.tier <> 'restricted'
  on conflict (case_id) do update
    set body = excluded.body, victims = excluded.victims, perpetrators = excluded.perpetrators;

  delete from incidents_casewords where case_id = any(wanted);
  insert into incidents_casewords (case_id, agency_id, words)
  select w.case_id, w.agency_id, to_tsvector('english', left(string_agg(w.words, ' '), {_LIMIT}))
  from (
    select n.case_id, n.agency_id, n.text as words from incidents_note n where n.case_id = any(wanted)
    union all
    select i.case_id, i.reporting_agency_id, concat_ws(' ', i.narrative,
        (select string_agg(concat_ws(' ', h.sub, h.other), ' ') from incidents_characteristic h where h.incident_id = i.id))
      from incidents_incident i where i.case_id = any(wanted)
    union all
    select c.id, c.summary_by_agency_id, c.summary from incidents_case c where c.id = any(wanted)
  ) w join incidents_case k on k.id = w.case_id and k.tier <> 'restricted' join agencies_agency a on a.id = w.agency_id and a.side <> 'both'
  where w.words <> '' group by w.case_id, w.agency_id;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_walls")]

    operations = [gate_function("hatecase_search_refresh(bigint[])", SEARCH_REFRESH)]
