"""Routes of meetings, mounted at /hasbag/."""

from __future__ import annotations

from django.urls import path

from hasbag.views import item, meeting, pack, release

app_name = "hasbag"

urlpatterns = [
    path("", meeting.meetings, name="meetings"),
    path("new/", meeting.meeting_new, name="meeting_new"),
    path("proposals/<uuid:uid>/", release.proposal, name="proposal"),
    path("refer/<str:ref>/", release.refer, name="refer"),
    path("<str:ref>/", meeting.meeting, name="meeting"),
    path("<str:ref>/attendance/<str:code>/", meeting.attendance, name="attendance"),
    path("<str:ref>/sign/", meeting.sign, name="sign"),
    path("<str:ref>/items/add/", item.item_add, name="item_add"),
    path("<str:ref>/items/<uuid:uid>/remove/", item.item_remove, name="item_remove"),
    path("<str:ref>/items/<uuid:uid>/restore/", item.item_restore, name="item_restore"),
    path("<str:ref>/items/<uuid:uid>/release/", release.item_release, name="item_release"),
    path("<str:ref>/packs/", pack.pack_new, name="pack_new"),
    path("<str:ref>/packs/<str:pack_ref>/", pack.pack, name="pack"),
    path("<str:ref>/packs/<str:pack_ref>/state/", pack.pack_state, name="pack_state"),
    path("<str:ref>/pack.pdf", pack.pack_pdf, name="pack_pdf"),
]
