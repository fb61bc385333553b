"""What a machine reads of a case beyond the page: its notes in full, and who sees it by code."""

from __future__ import annotations

from typing import Any

from agencies.models import Agency, User
from incidents.models import Case, CaseGrant, Note
from incidents.scoping import in_case
from incidents.selectors.case_page import abilities, case_get
from incidents.selectors.case_work import shares_told, terms_told
from incidents.selectors.chronology_sources import note_text, notes_shown
from incidents.selectors.text import person_told
from kernel.actors import Actor
from kernel.errors import AbsentError, ForbiddenError, RuleError
from kernel.references import reference_normalise

NOTES_SHOWN = 200


def case_or_404(actor: Actor, ref: str) -> Case:
    """A case by its reference, with the actor's level. One query. Raises AbsentError for absent and out of scope alike."""
    try:
        return case_get(actor=actor, ref=reference_normalise(ref, "HC") or "")
    except Case.DoesNotExist:
        raise AbsentError from None


def case_to(actor: Actor, ref: str, ability: str) -> Case:
    """A case on which the caller may do something (a field of `Abilities`), were it open. One query.

    Raises AbsentError; ForbiddenError where they may see it but not do this.
    """
    case = case_or_404(actor, ref)
    if not getattr(abilities(actor, case, even_closed=True), ability):
        raise ForbiddenError(f"You may not do this in {case.ref}. Ask the lead agency for more access.")
    return case


def notes(actor: Actor, case: Case) -> list[Note]:
    """The latest notes that the page would show the actor, newest first, with `text_shown` and `author_told`. One query."""
    actor = in_case(actor, case)
    return list(_told(actor, notes_shown(actor, case.notes.all()))[:NOTES_SHOWN])


def note_told(actor: Actor, case: Case, note: Note) -> Note:
    """A note that the actor has just added, or added before, as the page shows it. One query."""
    found: Note = _told(actor, case.notes.all()).get(pk=note.pk)
    return found


def _told(actor: Actor, notes: Any) -> Any:
    """Notes with their words and who wrote them, as the page tells them."""
    told = {"text_shown": note_text(actor), "author_told": person_told(actor, "author")}
    return notes.select_related("agency").annotate(**told)


def shares(actor: Actor, case: Case) -> list[CaseGrant]:
    """Every grant that has not ended, on a case from `case_get`, as the page shows them: none of an agency of the
    side that the actor may not know; its terms for who manages the case and for whom the share is.

    One query.
    """
    actor = in_case(actor, case)
    found: list[Any] = list(shares_told(actor, case.pk))
    manages = abilities(actor, case).manages
    for grant in found:
        if not terms_told(actor, grant, manages=manages):
            grant.purpose = grant.gateway = grant.necessity = grant.basis = grant.caldicott_guardian = ""
            grant.field_groups = []
        else:
            grant.purpose, grant.necessity = grant.purpose_shown, grant.necessity_shown
    return found


def share_get(case: Case, uid: str) -> CaseGrant:
    """One grant of a case. One query. Raises AbsentError."""
    found = case.grants.select_related("agency").filter(uid=uid).first()
    if found is None:
        raise AbsentError
    return found


def made_before(case: Case, children: str, uid: str) -> Any:
    """A note, contact or assessment of a case that an earlier request made. One query. Raises AbsentError."""
    found = getattr(case, children).filter(uid=uid).first()
    if found is None:
        raise AbsentError
    return found


def agency_by_code(code: str) -> Agency:
    """An active agency by its code. One query. Raises RuleError for a code that is none."""
    found = Agency.objects.filter(code=code.strip().upper(), is_active=True).first()
    if found is None:
        raise RuleError(f"There is no agency with the code {code}.", "agency")
    return found


def colleague_by_email(email: str | None, agency: Agency, field: str) -> User | None:
    """A member of an agency by e-mail address. One query. Raises RuleError where the agency has no such member."""
    if not email:
        return None
    member: User | None = User.objects.filter(
        email=email.lower(), is_active=True, memberships__agency=agency, memberships__is_active=True
    ).first()
    if member is None:
        raise RuleError(f"{agency.name} has no member with this e-mail address.", field)
    return member
