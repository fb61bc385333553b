"""Routes of the audit."""

from __future__ import annotations

from django.urls import path

from incidents.views import governance

urlpatterns = [
    path("governance/", governance.governance, name="governance"),
    path("governance/record/", governance.record, name="governance_record"),
    path("governance/user/", governance.users, name="governance_users"),
    path("governance/user/<int:pk>/", governance.user, name="governance_user"),
    path("governance/out-of-hours/", governance.out_of_hours, name="governance_out_of_hours"),
    path("governance/own-name/", governance.own_name, name="governance_own_name"),
    path("governance/often/", governance.often, name="governance_often"),
    path("governance/emergency/", governance.emergency, name="governance_emergency"),
    path("governance/samples/", governance.samples, name="governance_samples"),
    path("governance/samples/<int:pk>/", governance.sample, name="governance_sample"),
    path("governance/staff/", governance.staff, name="governance_staff"),
]
