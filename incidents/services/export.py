"""What leaves the service as a file: a list of cases, a case on paper. Each is a disclosure (docs/domain.md §8.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.db import transaction

from incidents.models import Case
from incidents.printing import case_pdf
from incidents.rules.table_file import csv_file
from incidents.selectors.case_export import export_cases, export_head, export_row
from incidents.selectors.case_list import CaseCriteria
from incidents.selectors.case_page import case_get
from incidents.services.common import text_check
from incidents.services.reading import case_opened, criteria_told
from incidents.services.watch import cases_watch
from incidents.spreadsheets import xlsx_file
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.pdf import PdfError

PURPOSE_LIMIT = 300
KINDS = ("csv", "xlsx")


def list_export(*, actor: Actor, criteria: CaseCriteria, kind: str, purpose: str) -> bytes:
    """A list of cases as a CSV or XLSX file. The audit has which cases, the filters, and digests of words and file.

    Information governance is told of each RESTRICTED one. Two queries for each 250 cases, two, and those of telling.
    Raises ForbiddenError for who does not work with cases, RuleError without a purpose.
    """
    if not actor.agency_ids:
        raise ForbiddenError("Your role does not work with cases.")
    purpose = text_check(purpose, name="What it is for", field="purpose", limit=PURPOSE_LIMIT)
    refs: list[str] = []
    ids: list[int] = []

    def rows() -> Iterator[list[str]]:
        yield export_head(actor)
        for case in export_cases(actor=actor, criteria=criteria):
            refs.append(case.ref)
            ids.append(case.pk)
            yield export_row(actor, case)

    with transaction.atomic():
        content = xlsx_file("Cases", rows()) if kind == "xlsx" else csv_file(rows())
        detail = {"kind": kind, "count": len(refs), "cases": refs, "filters": {}, **criteria_told(criteria)}
        detail["sha256"] = hashlib.sha256(content).hexdigest()
        audit.record(actor, "case.export", operation=AuditOperation.DISCLOSURE, detail=detail, reason=purpose)
        cases_watch(actor=actor, case_ids=ids)
    return content


def case_printed(*, actor: Actor, ref: str, purpose: str) -> tuple[Case, bytes]:
    """A case as a PDF for the actor's agency. That it was opened and that it was printed are both on record.

    Raises Case.DoesNotExist out of scope, RuleError without a purpose, and where it cannot be made in time.
    """
    purpose = text_check(purpose, name="What it is for", field="purpose", limit=PURPOSE_LIMIT)
    case = case_get(actor=actor, ref=ref)
    try:
        pdf = case_pdf(actor, case, made_at=clock.now())
    except PdfError as error:
        raise RuleError(f"{error.message} Nothing was printed.") from error
    with transaction.atomic():
        case_opened(actor=actor, case=case)
        detail = {"pages": pdf.pages, "sha256": hashlib.sha256(pdf.content).hexdigest()}
        audit.record(actor, "case.print", case, operation=AuditOperation.DISCLOSURE, detail=detail, reason=purpose)
    return case, pdf.content
