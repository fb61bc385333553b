"""Routes of alleged perpetrators."""

from __future__ import annotations

from django.urls import path

from perpetrators import views

app_name = "perpetrators"
urlpatterns = [path("<str:ref>/", views.perpetrator, name="perpetrator")]
