"""Telling people something: a notice in the service, exactly once, and the mail that carries it.

A notice names references, never people. Who may no longer see its case neither finds the notice (the wall
around notices asks the case) nor gets the mail (it asks again when it is sent).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.db import connection, transaction

from agencies.models import Notice
from agencies.notice_kinds import group_of
from agencies.scoping import actor_for_id
from kernel import audit, clock
from kernel.actors import Actor
from kernel.identity import acting_as
from kernel.models import AuditOperation
from kernel.queue import enqueue

_ADD = "select hatecase_notices_add(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
_MISSING = """
select w.user_id, w.key from unnest(%s::int[], %s::text[]) as w(user_id, key)
where not exists (select 1 from agencies_notice n where n.user_id = w.user_id and n.key = w.key)
"""


@dataclass(frozen=True)
class NoticeData:
    """What one person is to be told. `key` says what it is about: the same key tells that person once.

    `text` has a reference and no name (at most 200 characters); `url` is a path of the service.
    """

    user_id: int
    key: str
    kind: str
    text: str
    url: str
    case_id: int | None = None
    mail: bool = True


def notice_create(notice: NoticeData) -> bool:
    """Tell one person something; False where they were told already. One query."""
    return notices_create([notice]) == 1


def notices_create(notices: Iterable[NoticeData]) -> int:
    """Tell people something, each exactly once, with the mail in the same transaction; answers how many were new.

    The service that calls it audits what it did. Each person's choice about that kind says whether a mail is written
    now, or a digest will take it (`agencies.notice_kinds`). The mail leaves once the transaction holds, by the worker.
    One query for any number.
    """
    wanted = list({(n.user_id, n.key): n for n in notices}.values())
    if not wanted:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            [
                [n.user_id for n in wanted],
                [n.key for n in wanted],
                [n.kind for n in wanted],
                [group_of(n.kind) for n in wanted],
                [n.url[:200] for n in wanted],
                [n.case_id for n in wanted],
                [message_id_make() if n.mail else "" for n in wanted],
                [n.text[:200] for n in wanted],
                clock.now(),
            ],
        )
        made = int(cursor.fetchone()[0])
        if made and any(n.mail for n in wanted):
            from agencies.tasks import mail_sweep

            enqueue(mail_sweep)
    return made


def notices_missing(pairs: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these people and keys have no notice yet. For the worker, which may read all. One query."""
    asked = list(pairs)
    if not asked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [[user for user, _ in asked], [key for _, key in asked]])
        return set(cursor.fetchall())


def may_be_told(notice: Notice) -> bool:
    """Whether the person would still find the notice now, asked under their own identity by both walls. Six queries."""
    with acting_as(actor_for_id(notice.user_id)) as person:
        return bool(Notice.objects.visible_to(person).filter(pk=notice.pk).exists())


def notice_read(*, actor: Actor, notice_id: int) -> Notice | None:
    """Mark one of the actor's notices as read; None where there is no such notice for them. Three queries."""
    with transaction.atomic():
        notice = Notice.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=notice_id).first()
        if notice is not None and notice.read_at is None:
            notice.read_at = clock.now()
            notice.save(update_fields=["read_at"])
            _audit_read(actor, 1)
        return notice


def notices_read(*, actor: Actor) -> int:
    """Mark all of the actor's notices as read; answers how many were unread. Two queries."""
    with transaction.atomic():
        count = Notice.objects.visible_to(actor).filter(read_at=None).update(read_at=clock.now())
        if count:
            _audit_read(actor, count)
        return count


def _audit_read(actor: Actor, count: int) -> None:
    audit.record(actor, "notice.read", operation=AuditOperation.CONSULTATION, detail={"count": count})


def message_id_make() -> str:
    """A new Message-ID, under which a mail is known however often it is sent."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    return f"<{uuid.uuid4().hex}@{domain or 'localhost'}>"
