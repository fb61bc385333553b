"""How django-allauth meets our users: no one signs themselves up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an agency's administrator, never by their owners."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
