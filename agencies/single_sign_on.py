"""Signing in through an agency's own sign-in service: existing people of that agency only, and no roles from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from agencies.models import User
from agencies.scoping import actor_for
from agencies.services.sign_in import sign_in_confirm
from kernel import audit, clock
from kernel.actors import ANONYMOUS
from kernel.models import AuditOperation

BY_PROVIDER = "provider"
"""How a sign-in's second step is named where the provider took it."""
AGAIN = "redirect"
"""allauth's word for a round to the provider that signs nobody in: ours only proves again who it is."""


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Who a provider may sign in, and what of it counts."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Never by itself: `pre_social_login` decides."""
        return False

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        raise ImmediateHttpResponse(_refuse(request, provider.app.provider_id, "provider"))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person, or stop: what the page says does not tell whether there is an account."""
        account = sociallogin.account
        provider = settings.SINGLE_SIGN_ON.get(account.provider)
        claims = _claims(account)
        user, why = _person(account, provider, claims)
        if user is None:
            raise ImmediateHttpResponse(_refuse(request, account.provider, why))
        process = sociallogin.state.get("process")
        if process == AGAIN:
            _confirm(request, user, account.provider, claims)
            return
        if process != "login":
            raise ImmediateHttpResponse(_refuse(request, account.provider, "process"))
        request.provider_second_factor = _second_factor_taken(provider, claims)  # type: ignore[attr-defined]
        # The provider's own number for the person is kept, and nothing else that it told.
        account.user, account.extra_data = user, {}
        account.save()
        sociallogin.user = user


def took_second_factor(request: HttpRequest, user: Any) -> bool:
    """Whether the provider that signs this person in, in this very request, asked for a second step that counts."""
    records = get_authentication_records(request, user)
    return bool(
        getattr(request, "provider_second_factor", False) and records and records[-1].get("method") == "socialaccount"
    )


def provider_of(user: Any) -> str:
    """The provider by which somebody is signed in now; nothing where it was a password."""
    sign_in = getattr(context.request, "sign_in", None)
    return sign_in.provider if sign_in is not None and sign_in.user_id == user.pk else ""


def _claims(account: SocialAccount) -> dict[str, Any]:
    """What the provider says of the person; what the signed token says comes first."""
    data = account.extra_data or {}
    return {**(data.get("userinfo") or {}), **(data.get("id_token") or {})}


def _person(
    account: SocialAccount, provider: Mapping[str, Any] | None, claims: Mapping[str, Any]
) -> tuple[User | None, str]:
    """The person whom this account may sign in, or nobody and why."""
    if provider is None:
        return None, "unknown provider"
    email = str(claims.get("email", "")).lower()
    if claims.get("email_verified") is not True:
        return None, "address not verified"
    if email.rpartition("@")[2] not in provider["domains"]:
        return None, "address of another domain"
    user = User.objects.filter(email=email, is_active=True, asleep_at=None).first()
    if user is None or not _belongs(user, provider["agency"]):
        return None, "no account"
    links = SocialAccount.objects.filter(provider=account.provider)
    others = links.filter(user=user).exclude(uid=account.uid) | links.filter(uid=account.uid).exclude(user=user)
    return (None, "another person of this address") if others.exists() else (user, "")


def _belongs(user: User, agency: str) -> bool:
    here = set(actor_for(user).member_ids)
    return user.memberships.filter(agency__code=agency, agency_id__in=here, is_active=True).exists()


def _second_factor_taken(provider: Mapping[str, Any] | None, claims: Mapping[str, Any]) -> bool:
    counts = (provider or {}).get("second_factor", {})
    said = {"acr": {claims.get("acr")}, "amr": set(claims.get("amr") or ())}
    return any(counts[name] & said[name] for name in counts)


def _confirm(request: HttpRequest, user: User, provider: str, claims: Mapping[str, Any]) -> None:
    """The provider has asked the person again, just now, and it is the person who is signed in."""
    sign_in = getattr(request, "sign_in", None)
    asked_at = claims.get("auth_time")
    fresh = isinstance(asked_at, int) and clock.now_real().timestamp() - asked_at < _seconds()
    if sign_in is None or sign_in.user_id != user.pk or not fresh:
        raise ImmediateHttpResponse(_refuse(request, provider, "not asked again"))
    sign_in_confirm(sign_in=sign_in)
    audit.record(actor_for(user), "account.confirmed", user, operation=AuditOperation.ACCESS)


def _seconds() -> float:
    return float(settings.SIGN_IN_CONFIRMED.total_seconds())


def _refuse(request: HttpRequest, provider: str, why: str) -> HttpResponse:
    detail = {"provider": provider, "why": why}
    audit.record(ANONYMOUS, "account.single_sign_on_refused", operation=AuditOperation.ACCESS, detail=detail)
    return render(request, "socialaccount/authentication_error.html", status=403)
