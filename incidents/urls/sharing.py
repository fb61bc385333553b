"""Routes of sharing: overrides, recall, requests for access, pointers, breaches. They stand before `cases/<ref>/`."""

from __future__ import annotations

from django.urls import path

from incidents.views import access_request, breach, share

urlpatterns = [
    path("cases/partner-records/", access_request.partner_records, name="partner_records"),
    path("cases/<str:ref>/share/override/", share.override_new, name="override_add"),
    path("cases/<str:ref>/share/<uuid:uid>/recall/", share.share_recalled, name="share_recall"),
    path("cases/<str:ref>/overrides/<uuid:uid>/", share.override, name="override"),
    path("cases/<str:ref>/requests/<uuid:uid>/", access_request.access_request, name="access_request"),
    path("cases/<str:ref>/requests/<uuid:uid>/refuse/", access_request.access_refused, name="access_refuse"),
    path("cases/<str:ref>/requests/<uuid:uid>/question/", access_request.access_asked_back, name="access_question"),
    path("breaches/", breach.breaches, name="breaches"),
    path("breaches/<uuid:uid>/", breach.breach, name="breach"),
]
