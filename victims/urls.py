"""Routes of victims."""

from __future__ import annotations

from django.urls import path

from victims import views

app_name = "victims"
urlpatterns = [
    path("<str:ref>/", views.victim, name="victim"),
    path("<str:ref>/sensitive/<slug:group>/", views.sensitive, name="sensitive"),
    path("<str:ref>/<slug:part>/", views.victim_edit, name="victim_edit"),
]
