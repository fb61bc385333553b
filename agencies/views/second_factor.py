"""The second step of one's own sign-in: what there is, and what cannot be taken away."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from agencies import selectors
from agencies.second_factor import SecondFactorAdapter, passkeys_work_here


@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """One's own second steps, or the choice of a first one."""
    steps = selectors.second_factors(request.user.pk)
    context = {
        "app": next((one for one in steps if one.type == Authenticator.Type.TOTP), None),
        "passkeys": [one for one in steps if one.type == Authenticator.Type.WEBAUTHN],
        "codes_left": selectors.recovery_codes_left(steps),
        "has_step": any(one.type != Authenticator.Type.RECOVERY_CODES for one in steps),
        "demanded": settings.SECOND_FACTOR_DEMANDED,
        "passkeys_work": passkeys_work_here(),
    }
    return render(request, "mfa/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def passkey_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a passkey away, unless it is the last second step and one is demanded."""
    passkey = selectors.passkey_get(request.user.pk, pk)
    if passkey is not None and not SecondFactorAdapter().can_delete_authenticator(passkey):
        messages.error(request, SecondFactorAdapter.error_messages["cannot_delete_authenticator"])
        return redirect("mfa_index")
    response: HttpResponse = remove_webauthn(request, pk=pk)
    return response
