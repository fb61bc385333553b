"""Routes of the further people of a case, and of how its people stand to one another."""

from __future__ import annotations

from django.urls import path

from incidents.views import involved

urlpatterns = [
    path("cases/<str:ref>/involved/add/", involved.involved_new, name="involved_add"),
    path("cases/<str:ref>/involved/<uuid:uid>/edit/", involved.involved_edit, name="involved_edit"),
    path("cases/<str:ref>/involved/<uuid:uid>/end/", involved.involved_stop, name="involved_end"),
    path("cases/<str:ref>/households/add/", involved.household_new, name="household_add"),
    path("cases/<str:ref>/households/<str:who>/leave/", involved.household_leaves, name="household_leave"),
    path("cases/<str:ref>/relationships/add/", involved.tie_new, name="tie_add"),
    path("cases/<str:ref>/relationships/<uuid:uid>/end/", involved.tie_stop, name="tie_end"),
]
