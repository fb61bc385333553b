"""A case on paper: the same selectors as its page, as a paper for the reader's agency, with marking and recipient."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from incidents.models import Case
from incidents.selectors.case_print import print_page
from kernel.actors import Actor
from kernel.pdf import Pdf, pdf_make

CSS_FILE = Path(settings.BASE_DIR) / "templates" / "incidents" / "paper" / "case.css"
SECONDS, MEGABYTES = 60, 600
"""A paper is made while its reader waits."""


def case_html(actor: Actor, case: Case, *, made_at: dt.datetime) -> str:
    """A case from `case_get` as HTML to be printed, for the actor as one of their agency."""
    context = {
        "paper": print_page(actor=actor, case=case),
        "case": case,
        "recipient": ", ".join(actor.agency_names),
        "person": actor.name,
        "made_at": made_at,
    }
    return render_to_string("incidents/paper/case.html", context)


def case_pdf(actor: Actor, case: Case, *, made_at: dt.datetime) -> Pdf:
    """The same as a PDF. Raises PdfError where it takes too long or too much."""
    html = case_html(actor, case, made_at=made_at)
    return pdf_make(html, css=[CSS_FILE.read_text(encoding="utf-8")], seconds=SECONDS, megabytes=MEGABYTES)
