"""Routes of a case's clocks, of what was agreed with the victim, and of closing."""

from __future__ import annotations

from django.urls import path

from incidents.views import closing, progress

urlpatterns = [
    path("cases/<str:ref>/clocks/", progress.clocks, name="clocks"),
    path("cases/<str:ref>/clocks/<int:pk>/pause/", progress.clock_pause, name="clock_pause"),
    path("cases/<str:ref>/clocks/<int:pk>/resume/", progress.clock_resume, name="clock_resume"),
    path("cases/<str:ref>/support-referral/", progress.referral_new, name="referral_add"),
    path("cases/<str:ref>/action-plan/", progress.plan_new, name="plan_add"),
    path("cases/<str:ref>/updates/", progress.updates_new, name="updates_add"),
    path("cases/<str:ref>/key-event/", progress.event_new, name="event_add"),
    path("cases/<str:ref>/close/", closing.close, name="close"),
    path("cases/<str:ref>/closure/", closing.closure, name="closure"),
    path("cases/<str:ref>/reopen/", closing.reopen, name="reopen"),
]
