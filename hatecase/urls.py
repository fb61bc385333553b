"""Every route."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path

from hatecase import health, jump, pages

# Every page asks for a sign-in (LoginRequiredMiddleware) unless it is named here as open to all.
_open = login_not_required

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", _open(health.live), name="health-live"),
    path("health/ready", _open(health.ready), name="health-ready"),
    path("accounts/", include("hatecase.account_urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("hatecase.api_urls")),
    path("find/", jump.jump, name="jump"),
    path("help/", _open(pages.help_page), name="help"),
    path("accessibility/", _open(pages.accessibility), name="accessibility"),
    path("privacy/", _open(pages.privacy), name="privacy"),
    path("victims/", include("victims.urls")),
    path("perpetrators/", include("perpetrators.urls")),
    path("hasbag/", include("hasbag.urls")),
    path("strategy/", include("strategy.urls")),
    path("", include("incidents.urls")),
    path("", include("agencies.urls")),
]

handler400 = "hatecase.pages.bad_request"
handler403 = "hatecase.pages.forbidden"
handler404 = "hatecase.pages.not_found"
handler429 = "hatecase.pages.too_many"
handler500 = "hatecase.pages.server_error"
