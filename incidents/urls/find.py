"""Routes of finding: saved searches, a list as a file, a case on paper, quick ways in."""

from __future__ import annotations

from django.urls import path

from incidents.views import export, printing, quick, search

urlpatterns = [
    path("cases/export/", export.cases_export, name="cases_export"),
    path("cases/searches/", search.searches, name="searches"),
    path("cases/searches/new/", search.search_new, name="search_new"),
    path("cases/searches/<uuid:uid>/", search.search_run, name="search_run"),
    path("cases/searches/<uuid:uid>/edit/", search.search_edit, name="search_edit"),
    path("cases/searches/<uuid:uid>/delete/", search.search_delete, name="search_delete"),
    path("cases/<str:ref>/print/", printing.case_print, name="case_print"),
    path("points-of-contact/", search.contacts, name="points_of_contact"),
    path("add/<slug:what>/", quick.quick_add, name="quick_add"),
]
