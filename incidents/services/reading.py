"""Reading with its trace: who consulted which case, and what was searched for (docs/domain.md §8.2).

The selectors answer; this is the door through which a person or a machine reads them.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac

from incidents.choices import ClockKind
from incidents.models import Case, CaseAccess
from incidents.selectors.case_list import CaseCriteria, CaseListPage, case_list
from incidents.selectors.case_page import CasePage, PageMarks, case_get, case_page
from incidents.selectors.visit import visit_since
from incidents.services.clock import clock_meet
from incidents.services.fields import worker_note
from incidents.services.visit import visit_note
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation


def case_list_read(*, actor: Actor, criteria: CaseCriteria, before: str = "", after: str = "") -> CaseListPage:
    """A page of the case list for somebody. The audit keeps the filters and a digest of the words, never the words.

    The queries of `case_list`, and one.
    """
    page = case_list(actor=actor, criteria=criteria, before=before, after=after)
    detail = {"cases": [case.ref for case in page.cases], **criteria_told(criteria)}
    action = "case.search" if criteria.any else "case.list"
    audit.record(actor, action, operation=AuditOperation.CONSULTATION, detail=detail)
    return page


def criteria_told(criteria: CaseCriteria) -> dict[str, object]:
    """What the audit keeps of what a list was narrowed by: the filters, a digest of the words, and that they were a
    contact detail, whose digest is the same however it was written.
    """
    filters = json.loads(criteria.as_json())
    words, contact = filters.pop("q", ""), filters.pop("contact", "")
    told: dict[str, object] = {"filters": filters} if filters else {}
    if words:
        told["words"] = words_digest(contact or words)
    if contact:
        told["by"] = "contact"
    return told


def words_digest(words: str) -> str:
    """The same for the same words whatever their case, and of no use without the audit's key."""
    digest = _keyed(settings.AUDIT_KEY).copy()
    digest.update(" ".join(words.casefold().split()).encode())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)
def _keyed(secret: str | bytes) -> hmac.HMAC:
    """The digest before any words: the page of own names asks for a thousand with the same key."""
    return salted_hmac("case.search", "", secret=secret, algorithm="sha256")


def case_read(*, actor: Actor, ref: str, marks: PageMarks | None = None) -> CasePage:
    """A case's page for somebody who opens it. The lead agency's first look meets the duty check K0.

    Eight queries, and two the first time; two more on the first look of a day by somebody who works the case; one more
    when a visit begins, and when something new is told. Raises Case.DoesNotExist.
    """
    case = case_get(actor=actor, ref=ref)
    case_opened(actor=actor, case=case)
    # A page of older things, or of one kind, tells nothing new, and so is no look after which things are known.
    whole = marks is None or not (marks.kind or marks.older or marks.newer)
    page = case_page(actor=actor, case=case, marks=marks, since=visit_since(case) if whole else None)
    if whole:
        visit_note(actor=actor, case=case, told=page.chronology.fresh)
    worker_note(actor=actor, case=case, access=page.fields)
    return page


def signpost_read(*, actor: Actor, access: CaseAccess) -> None:
    """Record that somebody looked at a case of which their agency only knows that it exists. One query."""
    audit.record(actor, "case.signpost_read", access, operation=AuditOperation.CONSULTATION)


def case_opened(*, actor: Actor, case: Case) -> None:
    """Record that somebody consulted a case (from `case_get`); one of the lead agency thereby looks at it (K0).

    One query, and three the first time (contract: Clocks).
    """
    audit.record(actor, "case.read", case, operation=AuditOperation.CONSULTATION)
    waits = getattr(case, "duty_check_waits", True)
    if waits and case.lead_agency_id in actor.agency_ids:
        # On record whatever the priority: it may be raised later, and the duty check asks who had looked.
        case.incidents.filter(looked_at=None).update(looked_at=clock.now())
        if clock_meet(case, ClockKind.K0, clock.now()):
            audit.record(actor, "case.duty_check", case)


def case_part_read(*, actor: Actor, case: Case, part: str) -> None:
    """Record that somebody consulted what a page beside the case's own shows of it: how to reach its victims (`contact`),
    an assessment (`risk`). One query.
    """
    audit.record(actor, "case.read", case, operation=AuditOperation.CONSULTATION, detail={"part": part})


def cases_shown(*, actor: Actor, refs: Iterable[str], page: str) -> None:
    """Record that a page of work showed something of these cases, by reference. One query, none for no case."""
    listed = sorted(set(refs))
    if listed:
        detail = {"cases": listed, "page": page}
        audit.record(actor, "case.list", operation=AuditOperation.CONSULTATION, detail=detail)
