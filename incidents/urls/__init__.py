"""Routes of cases, tasks and My work, one list a room. `cases/new/`, `cases/export/` and
`cases/searches/` stand before `cases/<ref>/`."""

from __future__ import annotations

from incidents.urls import (
    access,
    allocation,
    casework,
    find,
    governance,
    intake,
    involved,
    letters,
    online,
    progress,
    repair,
    sharing,
    triage,
    work,
)

app_name = "incidents"
urlpatterns = [
    *intake.urlpatterns,
    *find.urlpatterns,
    *work.urlpatterns,
    *allocation.urlpatterns,
    *sharing.urlpatterns,
    *casework.urlpatterns,
    *progress.urlpatterns,
    *involved.urlpatterns,
    *access.urlpatterns,
    *governance.urlpatterns,
    *letters.urlpatterns,
    *online.urlpatterns,
    *repair.urlpatterns,
    *triage.urlpatterns,
]
