"""The county's figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.choices import Role
from kernel.actors import Actor
from kernel.queue import enqueue
from strategy.forms import FiguresForm
from strategy.panels import panels_of
from strategy.scoping import READERS, may_see_figures
from strategy.selectors.dashboard import dashboard_get, windows_of
from strategy.selectors.published import release_get
from strategy.services import figures_read
from strategy.tasks import facts_refresh


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The published figures of one window, whole or narrowed; before the first making, that they are being made."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not may_see_figures(actor):
        readers = [Role(role).label for role in READERS]
        return render(request, "strategy/not_for_you.html", {"readers": readers}, status=403)
    release = release_get()
    if release is None:
        enqueue(facts_refresh)
        return render(request, "strategy/preparing.html")
    form = FiguresForm(request.GET or None, windows=windows_of(release))
    choice = form.choice()
    page = dashboard_get(actor=actor, release=release, choice=choice)
    shown = {"window": str(choice.window), "strand": choice.strand, "district": choice.district}
    figures_read(actor=actor, action="figures.view", shown=shown)
    context = {"page": page, "form": form, "panels": panels_of(page), "active": form.active(request.path)}
    return render(request, "strategy/dashboard.html", context)
