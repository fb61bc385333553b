"""Whose agency told of an account that waits in the quarantine: what one brings in oneself is no test of a guess.

A gap in a text tells nobody that their own guess is right: names that the reader's agency told of go last (0005). For an
account that waits, that agency was taken to be the one that reported the incident. Of what waits already it is not
known, so it goes last for everybody.
"""

from __future__ import annotations

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

_ONLINE = import_module("incidents.migrations.0101_online_walls")
_LETTERS = import_module("incidents.migrations.0117_letters_checked")

_WAITING = f"select unnest({_ONLINE._WAITING}), "
_JOINED = "from incidents_subjectreport r join incidents_incident i on i.id = r.incident_id\n"
TEXT_SHOWN = _ONLINE._replaced(
    _LETTERS.TEXT_SHOWN,
    (f"{_WAITING}i.reporting_agency_id", f"{_WAITING}r.told_by_id"),
    (_JOINED, "from incidents_subjectreport r\n"),
)
_COLUMNS = "perpetrator_id, subject_as_reported, erase_on, created_at)\n    select gen_random_uuid(), wanted, o.incident_id"
_URLS = "case when cardinality(o.urls) > 0 then to_jsonb(o.urls) end)), erase_on, at"
NAMES_QUARANTINE = _ONLINE._replaced(
    _ONLINE.NAMES_QUARANTINE,
    (_COLUMNS, _COLUMNS.replace("created_at)", "created_at, told_by_id)")),
    (_URLS, f"{_URLS}, o.agency_id"),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0121_tie_sides"), ("agencies", "0013_notice_choices")]

    operations = [
        migrations.AddField(
            model_name="subjectreport",
            name="told_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="agencies.agency",
            ),
        ),
        # Replaced in place: their owner and who may call them stay as they are.
        migrations.RunSQL(TEXT_SHOWN, _LETTERS.TEXT_SHOWN),
        migrations.RunSQL(NAMES_QUARANTINE, _ONLINE.NAMES_QUARANTINE),
        migrations.AlterField(
            model_name="casechange",
            name="kind",
            field=models.CharField(choices=[('priority', 'Priority'), ('status', 'Status'), ('summary', 'Summary'), ('lead_worker', 'Lead worker'), ('deputy', 'Deputy'), ('lead_agency', 'Lead agency'), ('tier', 'Who can open the case'), ('conflict', 'Somebody is kept out of the case'), ('conflict_ended', 'Somebody is no longer kept out of the case'), ('person_added', 'Somebody was added to the people of the case'), ('person_changed', 'What is recorded of somebody in the case was changed'), ('person_ended', 'Somebody is no longer in the case'), ('tie_added', 'A relationship between people of the case was added'), ('tie_ended', 'A relationship between people of the case was ended'), ('victim_added', 'A victim was added'), ('subject_added', 'An alleged perpetrator was added'), ('subject_named', 'An alleged perpetrator’s name was recorded'), ('safe_contact', 'How to contact a victim safely was changed'), ('wishes', 'A victim’s wishes were changed'), ('victim_details', 'A victim’s details were changed'), ('clock_paused', 'A deadline waits for the victim'), ('clock_resumed', 'A deadline runs again'), ('updates', 'How often the victim wants updates was agreed'), ('outcome_sent', 'The written outcome was sent'), ('proposed', 'Another classification was proposed'), ('proposal_refused', 'A proposed classification was refused'), ('proposal_taken_back', 'A proposed classification was taken back'), ('event_back', 'A key event was taken back by who had just logged it'), ('plan_back', 'An action plan was taken back by who had just recorded it'), ('referral_back', 'A support referral was taken back'), ('same_incident', 'Reports of one incident were tied together')], max_length=20),
        ),
    ]
