"""Digests: one mail a day or a week that gathers what somebody did not want at once.

The row comes first and takes its notices; it is unique by person and period, so a sweep that runs twice, or again
after a lost night, makes each digest once and puts each notice into one. What the mail says is read at the moment of
sending, under the recipient's own identity: a case that they may no longer see is not in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string

from agencies.choices import Delivery, NoticeGroup
from agencies.models import Digest, Notice
from agencies.notice_kinds import group_of
from agencies.quiet import digest_period
from agencies.scoping import actor_for_id
from agencies.services.mail import Outcome, hand_over, quiet_end, send_all, withhold
from agencies.services.notice import message_id_make
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.identity import acting_as
from kernel.references import reference_find

MOST_LINES = 50
_WHY = "digests of everybody"


def digests_make(*, actor: Actor) -> int:
    """Make every digest that is due and has no row yet; answers how many. One maker at a time. Five queries at most."""
    with transaction.atomic():
        if not advisory_lock("digests"):
            return 0
        made = sum(_make(delivery) for delivery in (Delivery.DAILY, Delivery.WEEKLY))
        if made:
            audit.record(actor, "notice.digest", detail={"count": made})
    return made


def _make(delivery: Delivery) -> int:
    period, before = digest_period(delivery, clock.now())
    waiting = Notice.objects.unscoped(reason=_WHY).filter(digest=None, delivery=delivery, created_at__lt=before)
    done = Digest.objects.unscoped(reason=_WHY).filter(delivery=delivery, period=period).values("user_id")
    people = list(waiting.exclude(user_id__in=done).values_list("user_id", flat=True).distinct().order_by("user_id"))
    rows = [
        Digest(
            user_id=user_id,
            delivery=delivery,
            period=period,
            message_id=message_id_make(),
            created_at=clock.now(),
            next_attempt_at=clock.now(),
        )
        for user_id in people
    ]
    for digest in Digest.objects.bulk_create(rows):
        waiting.filter(user_id=digest.user_id).update(digest=digest)
    return len(rows)


def digests_send(*, limit: int = 1000) -> int:
    """Send the digests that are due; answers how many left. About ten queries a digest."""
    return send_all(_send_next, limit)


def _send_next(server: BaseEmailBackend) -> Outcome | None:
    with transaction.atomic():
        digest = (
            Digest.objects.unscoped(reason=_WHY)
            .filter(sent_at=None, given_up_at=None, next_attempt_at__lte=clock.now())
            .select_related("user")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_attempt_at")
            .first()
        )
        if digest is None:
            return None
        if wait := quiet_end(digest.user_id):
            digest.next_attempt_at, outcome = wait, Outcome.WAITS
        else:
            content = digest_content(digest) if digest.user.is_active else DigestContent()
            message = _message(digest, content)
            outcome = hand_over(digest, message, server) if content.count else withhold(digest)
        digest.save(update_fields=["attempts", "next_attempt_at", "sent_at", "given_up_at"])
    return outcome


@dataclass(frozen=True)
class DigestContent:
    """What a digest says: how many notices of each group, and a reference and a link for each. No names."""

    count: int = 0
    groups: tuple[tuple[str, int], ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    more: int = 0


def digest_content(digest: Digest) -> DigestContent:
    """The unread notices of a digest that its person may see now, by both walls. Seven queries."""
    with acting_as(actor_for_id(digest.user_id)) as person:
        rows = list(
            Notice.objects.visible_to(person)
            .filter(digest_id=digest.pk, read_at=None)
            .order_by("created_at", "pk")
            .values_list("kind", "text", "url")
        )
    counted = Counter(str(NoticeGroup(group_of(kind) or NoticeGroup.OTHER).label) for kind, _, _ in rows)
    # The text stays in the service: the mail has the reference alone.
    lines = dict.fromkeys(
        (reference_find(text) or reference_find(url) or "Hatecase", settings.BASE_URL.rstrip("/") + url)
        for _, text, url in rows
    )
    shown = tuple(lines)[:MOST_LINES]
    return DigestContent(len(rows), tuple(sorted(counted.items())), shown, len(lines) - len(shown))


def _message(digest: Digest, content: DigestContent) -> EmailMessage:
    often = "Your day" if digest.delivery == Delivery.DAILY else "Your week"
    body = render_to_string(
        "agencies/mail/digest.txt",
        {"content": content, "often": often, "link": f"{settings.BASE_URL.rstrip('/')}/notices/"},
    )
    headers = {"Message-ID": digest.message_id, "Auto-Submitted": "auto-generated"}
    return EmailMessage(f"Hatecase: {often.lower()}", body, to=[digest.user.email], headers=headers)
