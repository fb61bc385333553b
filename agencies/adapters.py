"""How django-allauth meets our users: nobody signs themselves up, and no answer tells whether an account exists."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from agencies.devices import device_of, device_remember
from agencies.models import User
from agencies.scoping import actor_for
from agencies.services.sign_in import recently_confirmed
from agencies.single_sign_on import provider_of
from kernel import audit
from kernel.actors import ANONYMOUS
from kernel.models import AuditOperation

log = logging.getLogger(__name__)

_REFUSED = "Email address or password is not right, or the account is closed"

_WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code from your authenticator app or a recovery code",
    "mfa_reauthenticate:webauthn": "Use your passkey",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an agency's administrator. Sign-ins, failures and new passwords are audited."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _REFUSED,
        "email_password_mismatch": _REFUSED,
        "invalid_login": _REFUSED,
        "unknown_email": _REFUSED,
        "enter_current_password": "Your current password is not right",
        "incorrect_password": "Your password is not right",
        "invalid_password_reset": "This link has been used or is too old",
        "too_many_login_attempts": "Too many attempts. Wait 5 minutes, then try again",
        "rate_limited": "Too many attempts. Wait 5 minutes, then try again",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages answer with pages: allauth's own JSON answers are not part of the API."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt. A device that the person has used before has attempts of its own, so that guessing from
        elsewhere does not lock her out; elsewhere each address has a few, and all together have some.
        """
        email = str(credentials.get("email", "")).lower()
        device = device_of(request, User.objects.filter(email=email).first())
        if device:
            counts = [("login_failed_known", f"{email} {device}")]
        else:
            counts = [("login_failed", f"{email} {self.get_client_ip(request)}"), ("login_failed_anywhere", email)]
        self._login_failed_rl_usage = ratelimit.RateLimitUsage(usage=[])
        for action, key in counts:
            usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
            if usage is None:
                _audit("account.sign_in_throttled", None)
                raise self.validation_error("too_many_login_attempts")
            self._login_failed_rl_usage.usage += usage.usage

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user of these credentials. A closed or sleeping account is told apart from a wrong password by nothing."""
        user = super().authenticate(request, **credentials)
        if user is not None and (not user.is_active or user.asleep_at is not None):
            self.authentication_failed(request, **credentials)
            return None
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        _audit("account.sign_in_failed", user)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the signed-in person's own password; counts as an attempt."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within the few minutes after a sign-in: a second step can be set up right after the password."""
        return not recently_confirmed(getattr(context.request, "sign_in", None))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """The ways to prove again who one is, in our words."""
        ways = [{**way, "description": _WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]
        provider = settings.SINGLE_SIGN_ON.get(provider_of(user))
        if provider is not None:
            url = reverse("single_sign_on_again")
            ways.append({"id": "provider", "description": f"Sign in again with {provider['name']}", "url": url})
        return ways

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.mfa.stages.AuthenticateStage": "agencies.second_factor.SecondFactorStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        device_remember(request, response, user)
        _audit("account.sign_in", user)
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            _audit("account.sign_out", user)

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        _audit("account.password_set", user)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail: always at the service's own address, whatever host the request named."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL.rstrip("/") + path.replace("UID-KEY", key)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link to the address that the account has, not to the one that was typed."""
        _audit("account.password_asked", user)
        super().send_password_reset_mail(user, user.email, context)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand the mail over once the request's transaction holds. A dead mail server does not stop the page."""
        message = self.render_mail(template_prefix, email, {"email": email, **context})
        transaction.on_commit(lambda: _hand_over(message, template_prefix))


def password_link(user: User) -> str:
    """A link that lets this person set a password: for invitations. It dies when used, and after three days."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return AccountAdapter().get_reset_password_from_key_url(key)


def _audit(action: str, user: User | None) -> None:
    actor = ANONYMOUS if user is None else actor_for(user)
    audit.record(actor, action, user, operation=AuditOperation.ACCESS)


def _hand_over(message: EmailMessage, template_prefix: str) -> None:
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.error("mail %s not handed over: %s", template_prefix, type(error).__name__)
