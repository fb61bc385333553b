"""Every text that services store about a case is taken through the check for names that are put aside (§1.4).

A new text field, or a new service that takes a text, fails here until it is said where its words go.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

ROOT = Path(__file__).parents[2]

WITHOUT = {
    "access_request purpose": "who asks knows of the case no more than that it exists",
    "access_request text": "who asks cannot see the case; who leads it is checked beside it",
    "allocation reason": "of several cases: each takes it as the note of its handover",
    "breach ico_reference": "a number",
    "breach reason": "read by information governance alone",
    "breach note": "read by information governance alone",
    "cover note": "about leave, in no case",
    "crime crime_reference": "a number",
    "emergency reason": "written before the case may be seen",
    "emergency note": "the review of an opening, in no case",
    "export purpose": "of a list, in no case",
    "incident priority_reason": "checked with the rest of the report",
    "involved name": "who a further person is",
    "involved contact": "how to reach a further person",
    "involved address": "how to reach a further person",
    "letter_templates field": "of no case",
    "letter_templates name": "of no case",
    "letter_templates body": "of no case",
    "letter_templates translated_by": "of no case",
    "letter_templates checked_by": "of no case",
    "move_rows reason": "checked there in each of its cases",
    "online_account name": "it is itself what is put aside",
    "online_account urls": "it is itself what is put aside",
    "pointer name": "a question about somebody, kept as a digest",
    "pointer reason": "a question about somebody, in the audit",
    "saved_search name": "of no case",
    "share caldicott_guardian": "a member of staff",
    "transfer caldicott_guardian": "a member of staff",
    "words field": "the check itself",
}
"""Where a service takes a text without the check, and why. The key is the module and the field."""


def plain_checks() -> Iterator[str]:
    """Each call of `text_check`, as module and field."""
    for path in sorted((ROOT / "incidents/services").glob("*.py")) + sorted((ROOT / "hasbag/services").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text_check":
                [field] = [word.value for word in node.keywords if word.arg == "field"]
                yield f"{path.stem} {field.value if isinstance(field, ast.Constant) else getattr(field, 'id', '')}"


def test_a_service_that_takes_a_text_says_why_it_is_not_checked():
    assert set(plain_checks()) == set(WITHOUT)


THROUGH = set(
    "ActionPlan.text AgendaItem.reason AgendaItem.removed_reason AgendaProposal.reason AllegedPerpetrator.description"
    " Case.summary CaseClosure.note CaseClosure.reopened_reason CaseExclusion.reason CaseGrant.necessity CaseGrant.purpose"
    " CasePerson.reason Characteristic.other ClassificationChange.reason ClassificationProposal.decision_reason"
    " ClassificationProposal.reason Contact.emergency_reason Contact.note CustodyEvent.reason Evidence.description"
    " Evidence.original_name Evidence.source Evidence.withdrawn_reason FieldCorrection.reason FieldCorrection.words_after Handover.note"
    " Incident.location Incident.narrative Incident.priority_set_reason IncidentMove.reason InvolvedPerson.notes KeyEvent.note Letter.body"
    " Letter.emergency_reason Note.text OnlinePost.audience OnlinePost.tagged PriorityChange.reason Referral.reason"
    " Reveal.reason StruckText.reason SupportReferral.service Task.detail Task.outcome Task.title TaskComment.text"
    " WishOverride.decision_reason WishOverride.necessity WishOverride.not_told_reason WishOverride.purpose"
    " WishOverride.reason AccessMessage.text Breach.reason".split()
)
"""Texts of a case that go through `case_words`, `names_kept_out` or the check of a report as it is logged."""

OTHER = {
    "a person or how to reach them": "Attendance.name"
    " CaseGrant.caldicott_guardian Incident.reporter_contact Incident.reporter_name InvolvedPerson.address"
    " InvolvedPerson.contact InvolvedPerson.organisation"
    " Letter.address Letter.recipient LetterTemplate.checked_by LetterTemplate.translated_by OnlineAccount.display_name"
    " OnlineAccount.handle OnlineAccount.post_id OnlineAccount.profile_url OnlineAccount.urls Victim.address"
    " Victim.alternative_contact Victim.email Victim.organisation"
    " WishOverride.caldicott_guardian",
    "a victim’s record, which belongs to no single case": "Victim.interpreter_note Victim.needs Victim.unsafe_people"
    " VictimSensitive.earlier VictimSensitive.text",
    "read by information governance alone": "Breach.closing_note Breach.decision_reason DipItem.note"
    " EmergencyAccess.review_note",
    "written by who cannot see the case yet": "AccessRequest.purpose EmergencyAccess.reason",
    "of no case": "Cover.note LetterTemplate.body Meeting.venue SavedSearch.words",
    "as it was before, taken from a field that is checked": "FieldCorrection.words_before TaskStep.text",
    "worked out": "CaseNames.kinds CaseNames.letters CaseNames.names Incident.priority_reasons RiskAssessment.explanation",
    "what a scanner or a printer said": "Evidence.malware_name Pack.problem",
}
SHORTEST = 100


def text_fields() -> Iterator[str]:
    """Each field into which a sentence fits."""
    for app in ("incidents", "victims", "perpetrators", "hasbag"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                inner = field.base_field if isinstance(field, ArrayField) else field
                free = isinstance(inner, models.TextField | models.CharField) and not inner.choices
                if free and field.editable and (inner.max_length is None or inner.max_length >= SHORTEST):
                    yield f"{model.__name__}.{field.name}"


def test_a_field_that_holds_a_text_says_where_its_words_come_from():
    listed = THROUGH | {name for names in OTHER.values() for name in names.split()}
    assert set(text_fields()) == listed


# --- What an erased name goes out of -----------------------------------------------------------------

STAYS = (
    "a person or how to reach them",
    "a victim’s record, which belongs to no single case",
    "of no case",
    "worked out",
    "what a scanner or a printer said",
)
"""Kinds of texts in which a name that is erased from the quarantine may stay: it is none of the case's words there."""

SAMPLE = {"DipItem.note"}
"""Of an event of the audit, which stays as it is."""

JSON = {
    "Breach.openings": "who opened what, in keys and times",
    "FieldCorrection.effects": "codes and times",
    "IncidentMove.kept": "codes and times",
    "Incident.triage_answers": "yes and no",
    "RiskAssessment.answers": "codes",
    "RiskAssessment.asked": "the words of the questionnaire",
    "RiskAssessment.facts": "codes",
    "RiskAssessment.safety": "codes",
    "RiskAssessment.subtotals": "numbers",
    "RiskDraft.answers": "codes",
    "RiskTool.definition": "the questionnaire",
    "SavedSearch.criteria": "of no case",
    "SubjectReport.subject_as_reported": "what is erased itself",
    "Victim.do_not_contact": "days and hours",
}
"""What is kept in pieces and holds no words of a case."""


def fields(*kinds: type[models.Field]) -> dict[str, models.Field]:
    return {
        f"{model.__name__}.{field.name}": field
        for app in ("incidents", "victims", "perpetrators", "hasbag")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, kinds)
    }


def rewritten(field: models.Field, body: str) -> bool:
    """Whether the database takes an erased name out of a column, by the function itself."""
    statements = re.findall(rf"update {field.model._meta.db_table} t( set [^;]*);", body)
    return any(re.search(rf"(?: set|,) {field.column} = \(?(?:hatecase|select)", one) for one in statements)


@pytest.mark.django_db
def test_an_erased_name_goes_out_of_every_text_of_a_case():
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'hatecase_words_erase'")
        [(body,)] = cursor.fetchall()
    stays = {name for kind in STAYS for name in OTHER[kind].split()} | SAMPLE
    known = fields(models.TextField, models.CharField)
    assert {name for name in text_fields() if name in known and not rewritten(known[name], body)} == stays & set(known)
    kept = fields(models.JSONField)
    assert {name for name, field in kept.items() if not rewritten(field, body)} == set(JSON)
