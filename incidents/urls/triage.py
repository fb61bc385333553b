"""Routes of the triage inbox, of decisions by two people, and of incidents that change cases."""

from __future__ import annotations

from django.urls import path

from incidents.views import classification, moving, triage

urlpatterns = [
    path("triage/", triage.triage_inbox, name="triage_inbox"),
    path("triage/routes/", triage.triage_routes, name="triage_routes"),
    path("cases/<str:ref>/triage/ways/", triage.triage_report, name="triage_report"),
    path("cases/<str:ref>/triage/ask/", triage.triage_ask, name="triage_ask"),
    path("cases/<str:ref>/classification/", classification.history, name="classification"),
    path("cases/<str:ref>/classification/crime/", classification.crime, name="crime_record"),
    path("cases/<str:ref>/classification/propose/", classification.propose, name="classification_propose"),
    path("cases/<str:ref>/classification/<uuid:uid>/", classification.decide, name="classification_decide"),
    path("cases/<str:ref>/hate-factor/", classification.hate_factor, name="hate_factor"),
    path("cases/<str:ref>/join/", moving.join, name="case_join"),
    path("cases/<str:ref>/split/", moving.split, name="case_split"),
    path("cases/<str:ref>/moves/", moving.moves, name="moves"),
    path("cases/<str:ref>/moves/<uuid:act>/undo/", moving.move_undo, name="move_undo"),
    path("cases/<str:ref>/incidents/<str:incident>/move/", moving.move, name="incident_move"),
    path("cases/<str:ref>/incidents/<str:incident>/same/", moving.same, name="incident_same"),
]
