"""Every route of the API, under /api/v1/."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from incidents.api.incident import IncidentsView

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("incidents/", IncidentsView.as_view(), name="incidents"),
]
