"""Routes of logging an incident, the quarantine, and people who are added later."""

from __future__ import annotations

from django.urls import path

from incidents.views import draft, intake, people

urlpatterns = [
    path("cases/new/", intake.log, name="log"),
    path("cases/new/<uuid:uid>/", draft.log_resume, name="log_resume"),
    path("cases/new/<uuid:uid>/check/", intake.log_check, name="log_check"),
    path("cases/new/<uuid:uid>/erase/", draft.log_discard, name="log_discard"),
    path("cases/new/<uuid:uid>/<slug:step>/", intake.log_step, name="log_step"),
    path("cases/new/<uuid:uid>/<slug:step>/<int:number>/", intake.log_step, name="log_person"),
    path("cases/new/<uuid:uid>/<slug:step>/<int:number>/remove/", intake.log_remove, name="log_remove"),
    path("cases/new/<uuid:uid>/victim/<int:number>/find/", intake.log_find_victim, name="log_find_victim"),
    path("cases/<str:ref>/logged/<str:incident>/", intake.logged, name="logged"),
    path("cases/<str:ref>/people/add-victim/", people.add_victim, name="add_victim"),
    path("cases/<str:ref>/people/add-alleged-perpetrator/", people.add_perpetrator, name="add_perpetrator"),
    path("cases/<str:ref>/quarantine/", people.quarantine, name="quarantine"),
    path("cases/<str:ref>/quarantine/<uuid:report>/record/", people.name_record, name="name_record"),
    path("cases/<str:ref>/quarantine/<uuid:report>/erase/", people.name_erase, name="name_erase"),
]
