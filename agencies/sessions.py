"""The sign-in behind each request: ended in time, one at a time, with its second step done.

Two middlewares, and what is to be done when allauth or Django says that somebody signed in, out, or proved who they
are. Every page but the open ones needs a sign-in in force; where none can be found, the person is signed out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import authentication_step_completed
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import user_logged_in, user_logged_out
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from agencies.choices import SignInEnd
from agencies.models import SignIn, User
from agencies.scoping import actor_for
from agencies.services import sign_in as services
from agencies.single_sign_on import BY_PROVIDER, took_second_factor
from kernel import audit
from kernel.actors import Actor
from kernel.models import AuditOperation

SESSION_KEY = "sign_in"
ENDED_KEY = "ended_because"
KEPT_FIELD = "kept_form"
PATH_FIELD = "kept_path"
BACKGROUND_HEADER = "Hatecase-Background"
_PLAIN = ("/health/", "/static/")
_KEEP_AT_MOST = 1024 * 1024
_LONGEST_PATH = 500
_SECOND_FACTORS = {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}
SETTING_UP = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_logout",
        "account_reauthenticate",
        "account_stay",
    }
)
"""What can be reached before the second step is set up."""

Response = Callable[[HttpRequest], HttpResponse]


class SignInMiddleware:
    """Puts `request.sign_in`; signs out whose sign-in is over, and keeps the form that they were just sending."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.sign_in = request.sign_in_over = None  # type: ignore[attr-defined]
        if not request.path.startswith(_PLAIN) and request.user.is_authenticated:
            self._find(request, request.user)
        return self.get_response(request)

    def _find(self, request: HttpRequest, user: User) -> None:
        background = BACKGROUND_HEADER in request.headers
        found, over = services.sign_in_find(pk=request.session.get(SESSION_KEY), user=user, background=background)
        request.sign_in = found  # type: ignore[attr-defined]
        if over is not None:
            # A page that asks by itself leaves the session, which opens nothing any more: what it then hands over is
            # still known to be its sender's, and is kept.
            if not background:
                request.session.flush()
                request.session[ENDED_KEY] = over.value
            request.user = AnonymousUser()
            request.sign_in_over = user.pk  # type: ignore[attr-defined]

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        """Runs after the check against forged requests, so that only what our own page sent is kept."""
        if request.method != "POST" or not getattr(view, "login_required", True):
            return None
        if request.sign_in_over is not None:  # type: ignore[attr-defined]
            return self._keep(request)
        if KEPT_FIELD in request.POST:
            services.form_forget(actor=request.actor, pk=request.POST[KEPT_FIELD])  # type: ignore[attr-defined]
        return None

    def _keep(self, request: HttpRequest) -> HttpResponse | None:
        path, fields = typed_of(request)
        if not fields:
            return None
        kept = services.form_keep(
            user_id=request.sign_in_over,  # type: ignore[attr-defined]
            path=path,
            fields=fields,
        )
        return None if kept is None else redirect_to_login(reverse("account_kept", args=[kept]))


class SecondFactorMiddleware:
    """Where a second step is demanded, who has none sets one up before anything else."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True) or not settings.SECOND_FACTOR_DEMANDED:
            return None
        sign_in: SignIn | None = request.sign_in  # type: ignore[attr-defined]
        if sign_in is not None and sign_in.second_factor:
            return None
        match = request.resolver_match
        if sign_in is not None and match is not None and match.view_name in SETTING_UP:
            return None
        return redirect("mfa_index" if sign_in is not None else "account_login")


def typed_of(request: HttpRequest) -> tuple[str, dict[str, list[str]]]:
    """Where a form was going and what was typed into it, without tokens and passwords.

    The page's script names the path itself where it hands a form over. Nothing is kept of a form about one's own
    sign-in, nor of one that is too long for a path or too large.
    """
    path = request.POST.get(PATH_FIELD) or request.get_full_path()
    fields = {
        name: request.POST.getlist(name)
        for name in request.POST
        if name not in ("csrfmiddlewaretoken", KEPT_FIELD, PATH_FIELD) and "password" not in name
    }
    size = sum(len(value) for values in fields.values() for value in values)
    ours = url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/")
    if not ours or path.startswith("/accounts/") or len(path) > _LONGEST_PATH or size > _KEEP_AT_MOST:
        return "/", {}
    return path, fields


# --- What happens when ------------------------------------------------------------------------------


def _signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    second_factor, provider = _how(request, user)
    begun = services.sign_in_begin(user=user, second_factor=second_factor, provider=provider)
    request.session.pop(ENDED_KEY, None)
    request.session[SESSION_KEY] = begun.pk
    request.sign_in = begun  # type: ignore[attr-defined]


def _how(request: HttpRequest, user: User) -> tuple[str, str]:
    """By which second step and by which provider, from what allauth noted on the way."""
    records = get_authentication_records(request, user)
    second = next((r.get("type", "") for r in reversed(records) if r.get("method") == "mfa"), "")
    provider = next((r.get("provider", "") for r in reversed(records) if r.get("method") == "socialaccount"), "")
    return second or (BY_PROVIDER if took_second_factor(request, user) else ""), provider


def _signed_out(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    sign_in = getattr(request, "sign_in", None)
    if sign_in is not None:
        services.sign_in_close(pk=sign_in.pk, because=SignInEnd.SIGNED_OUT)
        request.sign_in = None  # type: ignore[attr-defined]


def _proved(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    sign_in = getattr(request, "sign_in", None)
    if sign_in is not None and sign_in.user_id == user.pk:
        services.sign_in_confirm(sign_in=sign_in)


def _added(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    sign_in = getattr(request, "sign_in", None)
    if sign_in is not None and authenticator.type in _SECOND_FACTORS:
        services.sign_in_second_factor(sign_in=sign_in, method=authenticator.type)
    _audit("account.second_factor_added", user, authenticator)


def _removed(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _audit("account.second_factor_removed", user, authenticator)


def _reset(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _audit("account.recovery_codes_made", user, authenticator)


def _used(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _audit("account.second_factor_used", user, authenticator)


def _failed(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _audit("account.second_factor_failed", user, authenticator)


def _audit(action: str, user: User, authenticator: Authenticator) -> None:
    actor: Actor = actor_for(user)
    audit.record(actor, action, user, operation=AuditOperation.ACCESS, detail={"kind": authenticator.type})


def connect() -> None:
    """Listen to Django and allauth."""
    user_logged_in.connect(_signed_in, dispatch_uid="sign_in")
    user_logged_out.connect(_signed_out, dispatch_uid="sign_in")
    authentication_step_completed.connect(_proved, dispatch_uid="sign_in")
    for signal, receiver in (
        (mfa.authenticator_added, _added),
        (mfa.authenticator_removed, _removed),
        (mfa.authenticator_reset, _reset),
        (mfa.authenticator_used, _used),
        (mfa.authentication_failed, _failed),
    ):
        signal.connect(receiver, dispatch_uid="sign_in")
