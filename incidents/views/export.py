"""A list of cases as a file."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.reauthentication import reauthentication_required
from incidents.forms.case_list import CaseFilterForm
from incidents.forms.export import ExportForm
from incidents.selectors.case_export import EXPORT_MOST
from incidents.selectors.case_list import lead_agencies
from incidents.services.export import list_export
from incidents.views.doors import actor_of, asks, attempt
from kernel import clock

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def attachment(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file to be kept by whoever asked, and by nobody between."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def file_name(what: str, ending: str) -> str:
    """The name of a file: a reference, or what sort of list it is, and the day. Never whose it is."""
    return f"{what}-{clock.today():%Y-%m-%d}.{ending}"


@asks
@reauthentication_required
def cases_export(request: HttpRequest) -> HttpResponse:
    """Asks what the list is for, then gives it as a file. The filters are those of the address."""
    if not actor_of(request).agency_ids:
        raise Http404
    narrowed = CaseFilterForm(request.GET, agencies=lead_agencies())
    if not narrowed.is_valid():
        return redirect("incidents:cases")
    form = ExportForm(request.POST if request.method == "POST" else None)

    def export() -> bytes:
        return list_export(
            actor=actor_of(request),
            criteria=narrowed.criteria(),
            kind=form.cleaned_data["format"],
            purpose=form.cleaned_data["purpose"],
        )

    if content := attempt(form, export):
        kind = form.cleaned_data["format"]
        return attachment(content, _TYPES[kind], file_name("hatecase-cases", kind))
    kept = narrowed.kept().urlencode()
    context = {
        "form": form,
        "filters": [label for label, _ in narrowed.chips("")],
        "most": f"{EXPORT_MOST:,}",
        "back": reverse("incidents:cases") + (f"?{kept}" if kept else ""),
    }
    return render(request, "incidents/find/export.html", context)
