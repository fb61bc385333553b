"""Every route."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from hatecase import health, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("accounts/", include("hatecase.account_urls")),
    path("api/v1/", include("hatecase.api_urls")),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
]

handler400 = "hatecase.pages.bad_request"
handler403 = "hatecase.pages.forbidden"
handler404 = "hatecase.pages.not_found"
handler429 = "hatecase.pages.too_many"
handler500 = "hatecase.pages.server_error"
