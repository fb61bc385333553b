"""The second wall around corrected facts of an incident; and what was added to an account finds its case by its words."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_BEFORE = import_module("incidents.migrations.0108_just_added_walls")
_ONLINE = import_module("incidents.migrations.0101_online_walls")

# Where something happened is told with the victims.
CORRECTION = f"{_BEFORE.CORRECTION} and (not needs_victim or hatecase_case_knows(case_id, 'victim'))"

# What was added is found as the account itself is: by everybody in the case, less the names that somebody may not know;
# by whoever wrote it, by every word.
_ADDED = """(select string_agg(f.words_after, ' ') from incidents_fieldcorrection f
          where f.incident_id = i.id and f.field = 'account')"""
_NARRATIVE = "concat_ws(' ', i.ref, i.narrative, d.name,"
_OWN = "    select c.id, c.summary_by_agency_id, c.summary from incidents_case c where c.id = any(wanted)\n"
SEARCH_REFRESH = _ONLINE._replaced(
    _ONLINE.SEARCH_REFRESH,
    (_NARRATIVE, f"concat_ws(' ', i.ref, i.narrative, {_ADDED}, d.name,"),
    (
        _OWN,
        f"""{_OWN}    union all
    select f.case_id, f.agency_id, f.words_after from incidents_fieldcorrection f
      where f.case_id = any(wanted) and f.field = 'account'
""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0150_facts")]

    operations = [
        migrations.RunSQL(_BEFORE._corrections(CORRECTION), _BEFORE._corrections(_BEFORE.CORRECTION)),
        # Replaced in place: its owner and who may call it stay as they are.
        migrations.RunSQL(SEARCH_REFRESH, _ONLINE.SEARCH_REFRESH),
    ]
