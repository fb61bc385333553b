"""The second step of a sign-in, as allauth asks us about it: names, sealing, what may be removed, passkeys' address."""

from __future__ import annotations

import ipaddress
from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest

from agencies.sealing import seal, unseal
from agencies.single_sign_on import took_second_factor

_PURPOSE = "second factor"
_CODE_WRONG = "This code is not right, or has been used. Enter the code that the app shows now"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keys are sealed at rest. Where a second step is demanded, the last one cannot be taken away."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _CODE_WRONG,
        "cannot_delete_authenticator": "You need a second step to sign in. Set up another one first",
        "cannot_generate_recovery_codes": "Set up an authenticator app or a passkey first",
    }

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=_PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not settings.SECOND_FACTOR_DEMANDED or has_another(authenticator)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Hatecase"}


class SecondFactorStage(AuthenticateStage):
    """Asked for after the password, and after a provider that did not ask in a way that counts."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(super()._should_handle(request)) and not took_second_factor(request, self.login.user)


def has_another(authenticator: Authenticator) -> bool:
    """Whether the person would still have a second step without this one. Recovery codes are none. One query."""
    steps = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return steps.exclude(pk=authenticator.pk).exists()


def passkeys_work_here() -> bool:
    """Whether browsers make passkeys for this address: they do for names, never for numbers such as 127.0.0.1."""
    host = context.request.get_host().rpartition(":")[0] or context.request.get_host()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False
