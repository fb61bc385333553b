"""A case on paper."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from agencies.reauthentication import reauthentication_required
from incidents.forms.export import PurposeForm
from incidents.services.export import case_printed
from incidents.views.doors import actor_of, asks, attempt, case_or_404
from incidents.views.export import attachment, file_name


@asks
@reauthentication_required
def case_print(request: HttpRequest, ref: str) -> HttpResponse:
    """Asks what the paper is for, then gives it as a PDF."""
    case = case_or_404(request, ref)
    form = PurposeForm(request.POST if request.method == "POST" else None)

    def made() -> bytes:
        return case_printed(actor=actor_of(request), ref=case.ref, purpose=form.cleaned_data["purpose"])[1]

    if content := attempt(form, made):
        return attachment(content, "application/pdf", file_name(case.ref, "pdf"))
    context = {"form": form, "case": case, "case_url": reverse("incidents:case", args=[case.ref])}
    return render(request, "incidents/find/print.html", context)
