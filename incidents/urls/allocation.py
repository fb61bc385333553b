"""Routes of who works a case, cover, the team and what waits for a supervisor. They stand before `cases/<ref>/`."""

from __future__ import annotations

from django.urls import path

from incidents.views import allocation, team

urlpatterns = [
    path("cases/<str:ref>/handover/", allocation.case_handed_over, name="case_handover"),
    path("cases/<str:ref>/deputy/", allocation.case_deputy, name="case_deputy"),
    path("cover/", allocation.covers, name="covers"),
    path("cover/<uuid:uid>/end/", allocation.cover_stop, name="cover_end"),
    path("overdue/", team.overdue, name="overdue"),
    path("sign-off/", team.sign_off, name="sign_off"),
    path("team/", team.team, name="team"),
    path("team/<int:user_id>/", team.team_worker, name="team_worker"),
]
