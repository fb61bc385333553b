"""Plain pages: help, the accessibility statement, privacy, and what is shown when something cannot be."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.http import require_safe

from hatecase.problems import problem_page
from incidents.choices import CaseStatus
from incidents.models import Case

REFERENCES = (
    ("HC", "a case"),
    ("HI", "an incident"),
    ("HV", "a victim"),
    ("HA", "an alleged perpetrator"),
    ("HT", "a task"),
    ("HM", "a meeting"),
    ("HK", "a briefing pack"),
)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to do the common things, and what the words mean. Public."""
    return render(request, "pages/help.html", {"reference_rows": REFERENCES})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement. Public."""
    return render(request, "pages/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people and about those who use the service. Public."""
    return render(request, "pages/privacy.html")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where what was sent is too large."""
    if request.path.startswith("/api/"):
        return problem_page(
            request, 413 if isinstance(exception, RequestDataTooBig) else 400, "This request is not valid."
        )
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        return render(request, "errors/413.html", {"limit": limit}, status=413)
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the asker may see the record but not do this. Of a case that was joined with another one it says with which,
    to who may see that one too."""
    record = getattr(request, "record", None)
    joined = isinstance(record, Case) and record.status == CaseStatus.MERGED
    context = {"joined": joined, "joined_to": getattr(record, "merged_into_ref", None) if joined else None}
    return render(request, "errors/403.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same page, to the byte, for what does not exist and for what the asker may not know of."""
    if request.path.startswith("/api/"):
        return problem_page(request, 404)
    return render(request, "errors/404.html", status=404)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: too many attempts; says how long to wait."""
    response = render(request, "errors/429.html", status=429)
    response["Retry-After"] = "300"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a page that needs neither database nor session."""
    if request.path.startswith("/api/"):
        return problem_page(request, 500, "Something went wrong on our side. Nothing was saved; try again later.")
    return HttpResponse(get_template("errors/500.html").render({}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old, mostly after signing in or out in another tab."""
    return render(request, "errors/csrf.html", status=403)
