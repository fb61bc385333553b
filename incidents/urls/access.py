"""Routes of who can open a case, and of emergency access."""

from __future__ import annotations

from django.urls import path

from incidents.views import access, emergency

urlpatterns = [
    path("cases/<str:ref>/access/", access.access, name="access"),
    path("cases/<str:ref>/tier/", access.tier, name="tier"),
    path("cases/<str:ref>/conflicts/", access.conflicts, name="conflicts"),
    path("cases/<str:ref>/conflicts/add/", access.conflict_new, name="conflict_add"),
    path("cases/<str:ref>/conflicts/<uuid:uid>/end/", access.conflict_end, name="conflict_end"),
    path("cases/<str:ref>/lead-agency/", access.transfer, name="transfer"),
    path("emergency-access/", emergency.emergency, name="emergency"),
    path("emergency-access/<uuid:uid>/", emergency.opening, name="emergency_opening"),
]
