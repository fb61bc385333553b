"""Which fields of which models hold words about the public, and which of them no canary can stand in, and why."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from kernel.managers import ClosedManager

WITHOUT = {
    # The product's own words, codes and numbers.
    "*.ref": "a reference: each planted one is a canary where it stands in an address",
    "*.case_ref": "the case's reference, which is a canary",
    "*.district": "a code of one of seven districts",
    "*.victim_district": "a code of one of seven districts",
    "*.level": "a code",
    "*.band": "a code",
    "*.criteria": "codes",
    "CaseGrant.source_ref": "a meeting's reference",
    "CaseNames.letters": "the letters of names that are canaries where they stand; the database's own functions alone read it",
    "CaseNames.names": "names that are canaries where they stand; the database's own functions alone read it",
    "CaseNames.kinds": "codes",
    "Clock.outcome": "a code",
    "JustDecided.kept": "codes, keys and times of how a case stood; a crime reference stands in its history, a canary there",
    "IncidentMove.kept": "codes, numbers and times of how the cases stood",
    "Clock.paused_until": "the day on which a clock goes on",
    "ClockPause.until": "the day on which a clock goes on",
    "Clock.rule_version": "which standards",
    "Characteristic.sub": "a code of a list",
    "IncidentDraft.step": "a code of a list",
    "Incident.triage_answers": "yes and no by question",
    "Incident.priority_reasons": "the product's sentences",
    "RiskAssessment.answers": "numbers by question",
    "RiskAssessment.safety": "yes and no by question",
    "RiskAssessment.asked": "the tool's questions",
    "RiskAssessment.facts": "yes and no",
    "RiskAssessment.subtotals": "numbers",
    "RiskAssessment.triggers": "codes",
    "RiskAssessment.floors": "codes",
    "RiskAssessment.explanation": "the product's sentences about points",
    "RiskDraft.answers": "numbers by question",
    "Breach.openings": "staff, actions and times",
    "Pack.file_name": "made by chance",
    "Pack.sha256": "a digest",
    "Pack.problem": "the product's sentence",
    "Notice.key": "what tells a notice from others; never shown",
    "Notice.kind": "a code",
    "Notice.text": "the product's sentence with a reference, which is a canary",
    "Notice.url": "an address with a reference, which is a canary",
    "KeptForm.path": "an address of the product",
    "Victim.do_not_contact": "days and hours",
    "WishOverride.caldicott_guardian": "staff; filled for a health agency alone, as CaseGrant.caldicott_guardian is",
    "Evidence.file_name": "made by chance",
    "Evidence.copy_name": "made by chance",
    "Evidence.sha256": "a digest",
    "Evidence.copy_sha256": "a digest",
    "Evidence.malware_name": "the scanner's own word",
    "CustodyEvent.reason": "that of the withdrawal, which is a canary, or why an original was taken",
    "Digest.message_id": "made by chance",
    "CaseChange.before": "a code",
    "CaseChange.after": "a code",
    "FieldCorrection.effects": "the product's sentences about deadlines",
    "FieldCorrection.words_before": "what was recorded, which is a canary where it stands in the incident",
    "Letter.recipient": "the victim's name, which is a canary",
    "Letter.address": "the victim's address, which is a canary",
    "Letter.emergency_reason": "that of the contact that it becomes, which is a canary",
    "Letter.sha256": "a digest",
    # Days that the product works out.
    "Digest.period": "a day that the product works out",
    "LetterTemplate.translated_by": "filled for a translation alone, as checked_by is, which is a canary",
    "LetterTemplate.checked_on": "the day on which somebody checked a translation",
    "*.erase_on": "a day that the product works out",
    "SavedSearch.checked_on": "the day of the last alert",
    "DipSample.month": "a month",
    "DipItem.month": "a month",
    "DipItem.due_on": "a day that the product works out",
    "WorkerShown.day": "today",
    # About meetings and staff, not the public.
    "Cover.note": "staff",
    "Cover.starts_on": "staff",
    "Cover.ends_on": "staff",
    "Meeting.venue": "where agencies meet",
    "Attendance.name": "staff",
}
"""Fields without a canary, by model and field, and the reason."""


def fields() -> Iterator[str]:
    """Every field of every model behind the walls into which words, days or answers go."""
    for model in apps.get_models():
        if not isinstance(getattr(model, "objects", None), ClosedManager):
            continue
        for entry in model._meta.concrete_fields:
            base = entry.base_field if isinstance(entry, ArrayField) else entry
            words = isinstance(base, models.CharField | models.TextField | models.JSONField)
            day = isinstance(base, models.DateField) and not isinstance(base, models.DateTimeField)
            if (words or day) and not base.choices and not isinstance(base, SearchVectorField):
                yield f"{model.__name__}.{entry.name}"


def excused(name: str) -> bool:
    """Whether a field is listed with a reason."""
    return name in WITHOUT or f"*.{name.partition('.')[2]}" in WITHOUT
