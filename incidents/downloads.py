"""How a stranger's file leaves: as a thing to save, which nothing in the browser opens as a page of ours."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse, HttpResponseBase

from incidents.services.evidence import Handed

# Were it ever shown as a page all the same: no scripts, no forms, no origin, nothing fetched.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def file_response(handed: Handed, *, inline: bool = False) -> FileResponse:
    """The bytes, read piece by piece; only a picture that we drew ourselves is shown inside a page."""
    response = FileResponse(handed.path.open("rb"), as_attachment=not inline, filename=handed.name)
    response["Content-Type"] = handed.kind.media_type
    _shut(response)
    return response


def picture_response(drawn: bytes) -> HttpResponse:
    """A picture that we drew a moment ago, for a page of ours to show."""
    response = HttpResponse(drawn, content_type="image/png")
    _shut(response)
    return response


def _shut(response: HttpResponseBase) -> None:
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store, private"
