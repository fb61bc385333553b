"""On which routes somebody finds each canary that they may have: said by hand, apart from the code that shows it.

It imports nothing of the product. Who may have one is in tests/sweep/truth.py.
"""

from __future__ import annotations

from tests.sweep.canaries import Canary
from tests.sweep.truth import CASES, PEOPLE, SUBJECT_SIDE, VICTIM_SIDE, hides, level, may, through

_PAGE, _API = "incidents:case", "api:case"
_VICTIM = ("victims:victim", "api:victim")
_PERSON = ("perpetrators:perpetrator", "api:perpetrator")
MUST: dict[str, tuple[str, ...]] = {
    "Case.ref": ("incidents:cases", "api:cases"),
    "Case.summary": (_PAGE, _API),
    "Incident.narrative": (_PAGE, _API),
    "Incident.priority_set_reason": (_PAGE,),
    "Characteristic.other": (_PAGE, _API),
    "Incident.ref": (_API,),
    "Incident.location": (_PAGE, _API),
    "Incident.reporter_name": (_PAGE, _API),
    "Victim.organisation": (_PAGE, *_VICTIM),
    "Victim.given_name": (_PAGE, *_VICTIM),
    "Victim.family_name": (_PAGE, *_VICTIM),
    "Victim.language_other": (_PAGE, "victims:victim"),
    "Victim.ref": (_PAGE, _API),
    "Victim.needs": (_PAGE, *_VICTIM),
    "Victim.unsafe_people": (_PAGE, *_VICTIM),
    "Victim.phone": (_PAGE, *_VICTIM),
    "Victim.email": (_PAGE, *_VICTIM),
    "Victim.address": (_PAGE, *_VICTIM),
    "Victim.postcode": (_PAGE, *_VICTIM),
    "Victim.code_word": (_PAGE, *_VICTIM),
    "Victim.alternative_contact": (_PAGE, *_VICTIM),
    "VictimSensitive.text": (_PAGE, *_VICTIM),
    "AllegedPerpetrator.ref": (_PAGE, _API),
    "AllegedPerpetrator.description": _PERSON,
    "AllegedPerpetrator.given_name": (_PAGE, *_PERSON),
    "AllegedPerpetrator.family_name": (_PAGE, *_PERSON),
    "SubjectReport.subject_as_reported.given_name": ("incidents:quarantine",),
    "SubjectReport.subject_as_reported.family_name": ("incidents:quarantine",),
    "SubjectReport.subject_as_reported.handle": ("incidents:quarantine",),
    "SubjectReport.subject_as_reported.urls": ("incidents:quarantine",),
    "OnlineAccount.handle": (_PAGE, _API),
    "OnlineAccount.display_name": (_PAGE, _API),
    "OnlineAccount.profile_url": (_PAGE, _API),
    "OnlineAccount.post_id": (_PAGE, _API),
    "OnlineAccount.urls": (_PAGE, _API),
    "OnlinePost.platform_other": (_PAGE, _API),
    "OnlinePost.audience": (_PAGE, _API),
    "OnlinePost.tagged": (_PAGE, _API),
    "OnlinePost.told_ref": (_PAGE, _API),
    "Note.text": (_PAGE, _API),
    "Contact.note": (_PAGE,),
    "FieldCorrection.reason": (_PAGE,),
    "FieldCorrection.words_after": (_PAGE,),
    "Letter.body": ("incidents:letter", "incidents:letter_pdf"),
    "LetterTemplate.body": ("incidents:letter_template",),
    "SupportReferral.service": (_PAGE, "incidents:clocks"),
    "ActionPlan.text": (_PAGE, "incidents:clocks"),
    "KeyEvent.note": (_PAGE, "incidents:clocks"),
    "CaseClosure.note": (_PAGE,),
    "CaseClosure.reopened_reason": (_PAGE,),
    "InvolvedPerson.given_name": (_PAGE,),
    "InvolvedPerson.family_name": (_PAGE,),
    "InvolvedPerson.organisation": (_PAGE,),
    "InvolvedPerson.contact": (_PAGE,),
    "InvolvedPerson.address": (_PAGE,),
    "InvolvedPerson.notes": (_PAGE,),
    "Evidence.description": (_PAGE, "incidents:evidence_item", "api:case-evidence"),
    "Evidence.source": ("incidents:evidence_item",),
    "Evidence.original_name": ("incidents:evidence_item",),
    "Evidence.file": ("incidents:evidence_download", "api:evidence-file"),
    "Evidence.withdrawn_reason": ("incidents:evidence_item",),
    "Task.title": (_PAGE, "incidents:task"),
    "Task.detail": ("incidents:task",),
    "TaskComment.text": ("incidents:task",),
    "TaskStep.text": (_PAGE, "incidents:task"),
    "Handover.note": (_PAGE,),
    "CaseGrant.purpose": (_PAGE,),
    "CaseExclusion.reason": ("incidents:conflicts",),
    "WishOverride.reason": ("incidents:override",),
    "AccessRequest.purpose": ("incidents:access_request",),
    "AccessMessage.text": ("incidents:access_request",),
    "Breach.reason": ("incidents:breach",),
    "EmergencyAccess.reason": ("incidents:emergency_opening",),
    "AgendaProposal.reason": ("hasbag:proposal",),
    "AgendaItem.reason": ("hasbag:meeting",),
    "IncidentDraft.answers": ("incidents:log_step",),
    "KeptForm.sealed": ("account_kept",),
    "SavedSearch.name": ("incidents:searches",),
    "SavedSearch.words": ("incidents:searches",),
}


def must(asker: str, canary: Canary) -> tuple[str, ...]:
    """The routes on which somebody who may have a canary finds it, past what the audit alone tells them."""
    if not may(asker, canary) or (canary.case and not _works_it(asker, canary)):
        return ()
    person, told = PEOPLE[asker], CASES.get(canary.case)
    held = through(asker, canary.case) if told else person.agencies
    if told and canary.kind in ("victim", "victim_ref") and held <= SUBJECT_SIDE:
        return ()
    if told and canary.kind == "subject_ref" and held <= VICTIM_SIDE:
        return ()
    if told and canary.kind == "exclusion" and told.lead not in held:
        return ()
    if canary.kind == "request" and canary.of[0] in person.agencies:
        return (_PAGE,)
    if told and canary.field == "CaseGrant.purpose" and canary.of[0] not in told.levels:
        return ()
    if told and canary.field == "CaseGrant.purpose" and hides(held, canary.of[0]):
        # A share with an agency of the other side is not on the page, even of who gave it: the audit has it.
        return ()
    if canary.kind == "subject_spoken":
        return (_PAGE, _API)
    return MUST.get(canary.field, ()) + _in_files(asker, canary)


def _in_files(asker: str, canary: Canary) -> tuple[str, ...]:
    """The files that must have it: packs, the list of cases in each kind, and one case on paper (the others are looked
    through, and have no must: a paper takes a second to make).
    """
    person, found = PEOPLE[asker], []
    if canary.case == "hasbag" and person.agencies & PACKS and canary.field in IN_PACKS:
        found.append("hasbag:pack_pdf")
    if person.casework and canary.field in IN_LISTS:
        found += ["incidents:cases_export.csv", "incidents:cases_export.xlsx"]
    if person.casework and canary.case == PAPER and canary.field in IN_PAPERS:
        found.append("incidents:case_print.pdf")
    return tuple(found)


PACKS = frozenset({"NNC", "POL", "PROB", "VSS"})
"""The agencies for which a pack of the meeting was made."""

IN_PACKS = frozenset({"Case.ref", "Case.summary"})
"""What the pack shows of a case to everybody who gets it."""

IN_LISTS = frozenset({"Case.ref", "Case.summary"})
"""What a list that is taken away as a file holds of each case."""

PAPER = "voice"
IN_PAPERS = frozenset({"Case.summary", "Incident.narrative", "Victim.family_name", "AllegedPerpetrator.ref"})
"""The case that is read on paper, which three agencies of both sides and of one hold, and what stands there beside the
reference, by which it is asked for.
"""


def _works_it(asker: str, canary: Canary) -> bool:
    """Through the case, or where governance looks: a breach, an emergency."""
    if PEOPLE[asker].governs and canary.kind in ("breach", "emergency"):
        return True
    if canary.field == "Case.ref" and PEOPLE[asker].governs:
        return False
    return level(asker, canary.case) >= (1 if canary.kind == "request" else 2)
