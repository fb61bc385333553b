"""Routes of what was posted or sent online."""

from __future__ import annotations

from django.urls import path

from incidents.views import online

_ONLINE = "cases/<str:ref>/incidents/<str:incident>/online/"

urlpatterns = [
    path(_ONLINE, online.online, name="online"),
    path(f"{_ONLINE}accounts/add/", online.account_add, name="online_account_add"),
    path(f"{_ONLINE}accounts/<uuid:uid>/", online.account, name="online_account"),
]
