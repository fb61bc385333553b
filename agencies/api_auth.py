"""How a machine says who it is: `Authorization: Bearer …`, always in the name of one user."""

from __future__ import annotations

import datetime as dt
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from agencies.models import ApiToken, User
from agencies.scoping import actor_for
from agencies.services.token import token_find
from kernel import audit
from kernel.actors import ANONYMOUS
from kernel.identity import identity_set
from kernel.models import AuditOperation

_REFUSED = "This token is not valid. Ask your administrator for a new one."
_USED_EVERY = dt.timedelta(minutes=10)


class BearerTokenAuthentication(BaseAuthentication):
    """Finds the token's user, puts `request.actor`, and sets the identity of the request's transaction."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        if len(header) != 2:
            raise AuthenticationFailed(_REFUSED)
        token = token_find(header[1].decode("latin-1"))
        actor = actor_for(token.user) if token is not None else None
        if token is None or actor is None or not actor.member_ids:
            _refused(token)
            raise AuthenticationFailed(_REFUSED)
        if request.method not in SAFE_METHODS and "write" not in token.scopes:
            raise PermissionDenied("This token can only read.")
        request._request.actor = actor  # type: ignore[attr-defined]
        identity_set(actor)
        self._used(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="hatecase"'

    def _used(self, token: ApiToken) -> None:
        now = audit.clock_database()
        if token.last_used_at is None or now - token.last_used_at > _USED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _refused(token: ApiToken | None) -> None:
    """A failed sign-in of a machine: with the token where there is one of that secret, nobody's otherwise."""
    audit.record(
        ANONYMOUS,
        "token.refused",
        token,
        operation=AuditOperation.ACCESS,
        detail={"user": token.user_id} if token is not None else None,
    )


class BearerScheme(OpenApiAuthenticationExtension):
    """The bearer token in the OpenAPI schema."""

    target_class = "agencies.api_auth.BearerTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Made with ./manage.py api_token EMAIL."}
