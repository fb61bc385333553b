"""Routes of cases, tasks and My work, one list a room. `cases/new/` stands before `cases/<ref>/`."""

from __future__ import annotations

from incidents.urls import access, allocation, casework, governance, intake, sharing, work

app_name = "incidents"
urlpatterns = [
    *intake.urlpatterns,
    *work.urlpatterns,
    *allocation.urlpatterns,
    *sharing.urlpatterns,
    *casework.urlpatterns,
    *access.urlpatterns,
    *governance.urlpatterns,
]
