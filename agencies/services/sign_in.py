"""Sign-ins: begun, kept going, ended. And forms that came too late (docs/domain.md §8.6).

The web reads and writes the rows before it knows who asks, as it does with sessions: credentials and sessions stand
outside the wall. A kept form stands behind it.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from agencies.choices import SignInEnd
from agencies.models import KeptForm, SignIn, User
from agencies.rules import KEPT_FOR, sign_in_end
from agencies.scoping import actor_for_id
from agencies.sealing import seal, unseal
from kernel import audit, clock
from kernel.actors import Actor, system_actor
from kernel.identity import acting_as
from kernel.models import AuditOperation

# Written at most so often while somebody works; a sign-in ends by so much too early at the worst.
_SEEN_EVERY = dt.timedelta(seconds=5)
_PURPOSE = "kept form"
_ENDED_FOR = dt.timedelta(days=30)


def sign_in_begin(*, user: User, second_factor: str = "", provider: str = "") -> SignIn:
    """Begin a sign-in. It ends the one that the person has elsewhere. Four queries."""
    now = clock.now_real()
    with transaction.atomic():
        User.objects.select_for_update().filter(pk=user.pk).values_list("pk", flat=True).first()
        active = SignIn.objects.filter(user=user, ended_at=None)
        active.update(ended_at=now, ended_because=SignInEnd.REPLACED)
        return SignIn.objects.create(
            user=user, started_at=now, seen_at=now, confirmed_at=now, second_factor=second_factor, provider=provider
        )


def sign_in_find(*, pk: int | None, user: User, background: bool) -> tuple[SignIn | None, SignInEnd | None]:
    """The sign-in that a session names, or why it is over. What a page asks for by itself keeps nothing going.

    No query where the session's person came with it (agencies.backends), else one; with a write now and then. Where no
    row answers to the session, it is over.
    """
    row: SignIn | None = getattr(user, "open_sign_in", None)
    if row is None or row.pk != pk:
        row = SignIn.objects.filter(pk=pk, user_id=user.pk).first() if pk else None
    if row is None:
        return None, SignInEnd.CLOSED
    if row.ended_at is not None:
        return None, SignInEnd(row.ended_because)
    now = clock.now_real()
    over = sign_in_end(
        started_at=row.started_at,
        seen_at=row.seen_at,
        now=now,
        idle=_idle(row),
        longest=settings.SIGN_IN_LONGEST,
        short=row.short_idle,
    )
    if over is not None:
        sign_in_close(pk=row.pk, because=over)
        return None, over
    if not background and now - row.seen_at > _SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk, ended_at=None).update(seen_at=now)
        row.seen_at = now
    return row, None


def sign_in_close(*, pk: int, because: SignInEnd) -> None:
    """End a sign-in; one that has ended keeps its reason. One query."""
    SignIn.objects.filter(pk=pk, ended_at=None).update(ended_at=clock.now_real(), ended_because=because)


def sign_ins_close(*, user: User, because: SignInEnd) -> None:
    """End whatever sign-in a person has. One query."""
    SignIn.objects.filter(user=user, ended_at=None).update(ended_at=clock.now_real(), ended_because=because)


def sign_in_confirm(*, sign_in: SignIn) -> None:
    """The person has proved again who they are. One query."""
    sign_in.confirmed_at = clock.now_real()
    SignIn.objects.filter(pk=sign_in.pk).update(confirmed_at=sign_in.confirmed_at)


def sign_in_second_factor(*, sign_in: SignIn, method: str) -> None:
    """The person has set up a second step within this sign-in, and so has done it. One query."""
    sign_in.second_factor = method
    SignIn.objects.filter(pk=sign_in.pk).update(second_factor=method)


def recently_confirmed(sign_in: SignIn | None) -> bool:
    """Whether the person proved who they are within the last few minutes. No query."""
    return sign_in is not None and clock.now_real() - sign_in.confirmed_at < settings.SIGN_IN_CONFIRMED


def seconds_left(sign_in: SignIn) -> int:
    """How long the sign-in lasts if nothing more is done in it. No query."""
    ends = min(sign_in.seen_at + _idle(sign_in), sign_in.started_at + settings.SIGN_IN_LONGEST)
    return max(0, int((ends - clock.now_real()).total_seconds()))


def sign_in_shorten(*, sign_in: SignIn | None) -> None:
    """A RESTRICTED case is open in this sign-in: for as long as it lasts, less time without use ends it. One query the
    first time; none for a machine, which has no sign-in.
    """
    if sign_in is not None and not sign_in.short_idle:
        sign_in.short_idle = True
        SignIn.objects.filter(pk=sign_in.pk).update(short_idle=True)


def _idle(sign_in: SignIn) -> dt.timedelta:
    return settings.SIGN_IN_IDLE_RESTRICTED if sign_in.short_idle else settings.SIGN_IN_IDLE


def form_keep(*, user_id: int, path: str, fields: Mapping[str, list[str]]) -> uuid.UUID | None:
    """Keep what somebody sent after the end of their sign-in, for them alone; None where the account is closed."""
    actor = actor_for_id(user_id)
    if actor.user_id is None:
        return None
    kept = KeptForm(user_id=user_id, path=path, sealed=seal(json.dumps(fields), purpose=_PURPOSE))
    kept.kept_at = clock.now_real()
    with acting_as(actor):
        kept.save(force_insert=True)
        audit.record(actor, "form.keep", operation=AuditOperation.COLLECTION)
    return kept.pk


def kept_fields(kept: KeptForm) -> dict[str, list[str]]:
    """What was typed, by field. No query."""
    fields: dict[str, list[str]] = json.loads(unseal(kept.sealed, purpose=_PURPOSE))
    return fields


def form_forget(*, actor: Actor, pk: str) -> None:
    """Throw away what was kept: it was sent again, or is not wanted. Nothing for another's, or for nonsense."""
    try:
        key = uuid.UUID(pk)
    except ValueError:
        return
    gone, _ = KeptForm.objects.visible_to(actor).filter(pk=key).delete()
    if gone:
        audit.record(actor, "form.forget", operation=AuditOperation.ERASURE)


def sign_ins_sweep() -> int:
    """End what is over by the clock, and throw away what was kept long enough; answers how many ended."""
    now = clock.now_real()
    late = Q(seen_at__lte=now - settings.SIGN_IN_IDLE) | Q(started_at__lte=now - settings.SIGN_IN_LONGEST)
    sooner = Q(short_idle=True, seen_at__lte=now - settings.SIGN_IN_IDLE_RESTRICTED)
    begun = SignIn.objects.filter(ended_at=None)
    ended = begun.filter(sooner).update(ended_at=F("seen_at"), ended_because=SignInEnd.IDLE_SHORT)
    ended += begun.filter(late).update(ended_at=F("seen_at"), ended_because=SignInEnd.IDLE)
    late_forms = KeptForm.objects.unscoped(reason="kept forms are thrown away after an hour")
    gone, _ = late_forms.filter(kept_at__lte=now - KEPT_FOR).delete()
    if gone:
        system = system_actor("forms kept for an hour")
        audit.record(system, "form.erase", operation=AuditOperation.ERASURE, detail={"count": gone})
    SignIn.objects.filter(ended_at__lte=now - _ENDED_FOR).delete()
    return ended
