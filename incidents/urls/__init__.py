"""Routes of cases, tasks and My work, one list a room. `cases/new/` stands before `cases/<ref>/`."""

from __future__ import annotations

from importlib.util import find_spec

from incidents.urls import intake, work

app_name = "incidents"
urlpatterns = [*intake.urlpatterns, *work.urlpatterns]

if find_spec("incidents.urls.casework"):
    from incidents.urls import casework

    urlpatterns += casework.urlpatterns
