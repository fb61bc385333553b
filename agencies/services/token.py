"""Bearer tokens of machines: made once, shown once, stored hashed, at most 90 days."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from agencies.models import ApiToken, User
from agencies.scoping import actor_for
from kernel import audit
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation

LIFETIME_DAYS = 90
SCOPES = ("read", "write")
_PREFIX = "hct_"


def token_create(
    *, actor: Actor, user: User, scopes: tuple[str, ...] = SCOPES, days: int = LIFETIME_DAYS
) -> tuple[ApiToken, str]:
    """Make a token for a user; answers it with its secret text, which is not kept.

    Raises RuleError for a sleeping account, an agency without agreement, or more than 90 days.
    """
    if not 1 <= days <= LIFETIME_DAYS:
        raise RuleError(f"A token lasts between 1 and {LIFETIME_DAYS} days.", "days")
    if not actor_for(user).member_ids:
        raise RuleError("This account cannot sign in: it is closed, or its agency's sharing agreement has ended.")
    secret = _PREFIX + secrets.token_urlsafe(32)
    now = audit.clock_database()
    token = ApiToken(
        user=user,
        digest=token_digest(secret),
        prefix=secret[:8],
        scopes=list(scopes),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    token.save(force_insert=True)
    audit.record(
        actor,
        "token.create",
        token,
        operation=AuditOperation.ACCESS,
        detail={"user": user.pk, "scopes": list(scopes), "expires_at": token.expires_at.isoformat()},
    )
    return token, secret


def tokens_revoke(*, actor: Actor, user: User) -> int:
    """Revoke every live token of a user at once. Answers how many."""
    live = list(ApiToken.objects.select_for_update().filter(user=user, revoked_at=None))
    for token in live:
        token.revoked_at = audit.clock_database()
        token.save(update_fields=["revoked_at"])
        audit.record(actor, "token.revoke", token, operation=AuditOperation.ACCESS, detail={"user": user.pk})
    return len(live)


def token_digest(secret: str) -> str:
    """What is stored of a token. Its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_find(secret: str) -> ApiToken | None:
    """The live token for a secret: not revoked, not past its end by the real clock, of an active account."""
    token = ApiToken.objects.select_related("user").filter(digest=token_digest(secret), revoked_at=None).first()
    if token is None or token.expires_at <= audit.clock_database() or not token.user.is_active:
        return None
    return token
