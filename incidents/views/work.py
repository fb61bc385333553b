"""My work, the page that everybody starts from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents.selectors.work import notices_unread, start_links, work_page
from incidents.services.work import visit_record
from kernel.actors import Actor
from kernel.panels import panels_for


@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """What is due, runs out, has changed and lies half done; for those without cases, where they can go."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.agency_ids:
        context = {
            "links": start_links(actor, configures=request.user.is_staff),
            "panels": panels_for("start", actor),
            "notices": notices_unread(actor, 5),
        }
        return render(request, "incidents/work/start.html", context)
    since = visit_record(actor=actor, user=request.user)
    return render(request, "incidents/work/work.html", {"page": work_page(actor=actor, since=since)})
