"""One's own notices."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from agencies.selectors import notices_page
from agencies.services.notice import notice_read, notices_read
from kernel.actors import Actor


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """All notices, latest first."""
    page = notices_page(
        actor=_actor(request), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "page": page,
        "unread": any(notice.read_at is None for notice in page.rows),
        "newer": page.newer and f"?{urlencode({'before': page.newer})}",
        "older": page.older and f"?{urlencode({'after': page.older})}",
    }
    return render(request, "agencies/notices.html", context)


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; it counts as read from then on."""
    found = notice_read(actor=_actor(request), notice_id=pk)
    if found is None:
        raise Http404
    return redirect(found.url)


@require_POST
def notice_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read, and stay."""
    if notice_read(actor=_actor(request), notice_id=pk) is None:
        raise Http404
    return redirect("agencies:notices")


@require_POST
def notices_mark(request: HttpRequest) -> HttpResponse:
    """Mark all notices as read."""
    count = notices_read(actor=_actor(request))
    if count:
        messages.success(request, "1 notice marked as read" if count == 1 else f"{count} notices marked as read")
    return redirect("agencies:notices")
