"""Routes of agencies."""

from __future__ import annotations

from django.urls import path

from agencies.views import agreement, notice, people, upkeep

app_name = "agencies"
urlpatterns = [
    path("notices/", notice.notices, name="notices"),
    path("notices/read/", notice.notices_mark, name="notices_mark"),
    path("notices/choices/", notice.notice_settings, name="notice_settings"),
    path("notices/<int:pk>/", notice.notice, name="notice"),
    path("notices/<int:pk>/read/", notice.notice_mark, name="notice_mark"),
    path("agreements/", agreement.agreements, name="agreements"),
    path("agreements/<str:code>/", agreement.agreement, name="agreement"),
    path("agreements/<str:code>/extend/", agreement.extend, name="agreement_extend"),
    path("agreements/<str:code>/decide/", agreement.decide, name="agreement_decide"),
    path("agreements/<str:code>/successor/", agreement.succeed, name="agreement_successor"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/confirm/", upkeep.confirm, name="people_confirm"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/roles/", people.roles, name="person_roles"),
    path("people/<int:pk>/hand-on/", people.hand_on, name="person_hand_on"),
    path("people/<int:pk>/close/", people.close, name="person_close"),
    path("people/<int:pk>/reopen/", people.reopen, name="person_reopen"),
    path("people/<int:pk>/wake/", people.wake, name="person_wake"),
    path("people/<int:pk>/second-factor/", people.reset_second_factor, name="person_second_factor"),
    path("people/<int:pk>/invite-again/", people.invite_again, name="person_invite_again"),
]
