"""To an agency's own sign-in service and back."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.single_sign_on import AGAIN, provider_of


@login_not_required
@require_POST
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider, to sign in."""
    response: HttpResponse = _provider(request, provider_id).redirect(request, "login", next_url=_next(request))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Ask the provider once more who this is, before something that matters."""
    name = provider_of(request.user)
    if not name:
        raise Http404
    provider = _provider(request, name)
    if request.method == "POST":
        fresh = {**provider.get_auth_params(), "prompt": "login", "max_age": "0"}
        response: HttpResponse = provider.redirect(request, AGAIN, next_url=_next(request), auth_params=fresh)
        return response
    return render(request, "socialaccount/again.html", {"provider": provider, "next": _next(request)})


@login_not_required
@require_safe
def cancelled(request: HttpRequest) -> HttpResponse:
    """Whoever turns back at the provider is at the sign-in page again."""
    return redirect(settings.LOGIN_URL)


def _provider(request: HttpRequest, provider_id: str) -> Any:
    try:
        return get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist:
        raise Http404 from None


def _next(request: HttpRequest) -> str:
    path = request.POST.get("next") or request.GET.get("next") or "/"
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"
