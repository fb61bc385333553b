"""Routes of undoing, striking and correcting."""

from __future__ import annotations

from django.urls import path

from incidents.views import repair, strike, undo

urlpatterns = [
    path("cases/<str:ref>/undo/<str:sort>/<str:mark>/", undo.just_added, name="just_added"),
    path("cases/<str:ref>/strike/<str:sort>/<uuid:uid>/", strike.record_strike, name="record_strike"),
    path("cases/<str:ref>/notes/<uuid:uid>/undo/", repair.note_undo, name="note_undo"),
    path("cases/<str:ref>/notes/<uuid:uid>/strike/", repair.note_strike, name="note_strike"),
    path("cases/<str:ref>/contacts/<uuid:uid>/undo/", repair.contact_undo, name="contact_undo"),
    path("cases/<str:ref>/contacts/<uuid:uid>/strike/", repair.contact_strike, name="contact_strike"),
    path("cases/<str:ref>/contacts/<uuid:uid>/correct/", repair.contact_correct, name="contact_correct"),
    path("cases/<str:ref>/incidents/<str:incident>/correct/", repair.incident_correct, name="incident_correct"),
    path("cases/<str:ref>/incidents/<str:incident>/facts/", repair.incident_facts_correct, name="incident_facts"),
    path("cases/<str:ref>/dates/<str:sort>/<uuid:uid>/", repair.record_correct, name="record_correct"),
]
