"""Routes of the triage inbox, of decisions by two people, and of incidents that change cases."""

from __future__ import annotations

from django.urls import path

from incidents.views import moving

urlpatterns = [
    path("cases/<str:ref>/join/", moving.join, name="case_join"),
    path("cases/<str:ref>/split/", moving.split, name="case_split"),
    path("cases/<str:ref>/moves/", moving.moves, name="moves"),
    path("cases/<str:ref>/moves/<uuid:act>/undo/", moving.move_undo, name="move_undo"),
    path("cases/<str:ref>/incidents/<str:incident>/move/", moving.move, name="incident_move"),
    path("cases/<str:ref>/incidents/<str:incident>/same/", moving.same, name="incident_same"),
]
