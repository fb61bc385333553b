"""The second wall around cases, their children, and the people in them.

Victims' and perpetrators' policies stand here because they ask `hatecase_case_level`, which knows cases.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, IDENTIFIED, USER, envelope, role_in, through_case, wall

CASE = envelope()
CHILD = through_case()
TRIAGERS = ("triager", "spoc", "deputy_spoc", "manager")
VICTIM = f"exists (select 1 from victims_victimaccess a where a.victim_id = victims_victim.id and {envelope('a', 'case_id', 'victim')})"
PERPETRATOR = f"exists (select 1 from perpetrators_perpetratoraccess a where a.perpetrator_id = perpetrators_allegedperpetrator.id and {envelope('a', 'case_id', 'perpetrator')})"
PARTY = (
    f"{CHILD} and (victim_id is null or exists (select 1 from victims_victimaccess v"
    " where v.victim_id = incidents_party.victim_id and v.case_id = incidents_party.case_id))"
    " and (perpetrator_id is null or exists (select 1 from perpetrators_perpetratoraccess v"
    " where v.perpetrator_id = incidents_party.perpetrator_id and v.case_id = incidents_party.case_id))"
)
GRANT = (
    f"(agency_id = any({AGENCIES}) and hatecase_case_level(content_object_id) >= 1)"
    f" or {through_case('content_object_id')}"
)
ACCESS = (
    f"(agency_id = any({AGENCIES}) or user_id = {USER}) and not excluded_agency_ids && {AGENCIES}"
    f" and ({USER} is null or not excluded_user_ids @> array[{USER}])"
    " and (ends_at is null or ends_at > statement_timestamp() or hatecase_case_level(case_id) >= 1)"
)
DRAFT = f"(author_id = {USER} and agency_id = any({AGENCIES})) or {role_in('incidents_incidentdraft.agency_id', 'spoc', 'deputy_spoc')}"
SUBJECT = f"{CHILD} and {role_in('incidents_subjectreport.lead_agency_id', *TRIAGERS)}"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_functions")]

    operations = [
        wall("incidents_case", CASE, app_check=IDENTIFIED),
        *[
            wall(f"incidents_{name}", CHILD)
            for name in (
                "incident",
                "characteristic",
                "classificationchange",
                "note",
                "task",
                "contact",
                "clock",
                "riskassessment",
                "caseperson",
                "caseexclusion",
                "casesearch",
            )
        ],
        wall("incidents_party", PARTY, app_check=CHILD),
        wall("incidents_subjectreport", SUBJECT, app_check=CHILD),
        wall("incidents_casegrant", GRANT, app_check=through_case("content_object_id")),
        wall("incidents_caseaccess", ACCESS, app_commands=("select",)),
        wall("incidents_incidentdraft", DRAFT),
        wall("incidents_riskdraft", f"author_id = {USER} and {CHILD}"),
        wall("victims_victim", VICTIM, app_check=IDENTIFIED),
        wall("perpetrators_allegedperpetrator", PERPETRATOR, app_check=IDENTIFIED),
        wall("victims_victimaccess", envelope("", "case_id", "victim"), app_commands=("select",)),
        wall("perpetrators_perpetratoraccess", envelope("", "case_id", "perpetrator"), app_commands=("select",)),
    ]
