"""Routes of cases, tasks and My work, one list a room. `cases/new/` stands before `cases/<ref>/`."""

from __future__ import annotations

from incidents.urls import access, casework, governance, intake, involved, progress, sharing, work

app_name = "incidents"
urlpatterns = [
    *intake.urlpatterns,
    *work.urlpatterns,
    *sharing.urlpatterns,
    *casework.urlpatterns,
    *progress.urlpatterns,
    *involved.urlpatterns,
    *access.urlpatterns,
    *governance.urlpatterns,
]
