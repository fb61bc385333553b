"""Sending the mail that waits: each in a transaction of its own, so that a crash repeats one mail at most.

A row is claimed, handed to the mail server and marked as sent in one transaction. A crash between the hand-over
and the commit sends that mail again, under the same Message-ID, by which mail programs know it as the same.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
import time
from collections.abc import Callable
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string

from agencies.adapters import password_link
from agencies.models import Digest, Mail, Notice, QuietHours
from agencies.notice_kinds import FIXED
from agencies.quiet import quiet_until
from agencies.services.notice import may_be_told
from kernel import clock
from kernel.references import reference_find

log = logging.getLogger(__name__)

INVITATION = "invitation"
"""The kind of notice whose mail carries a link to set a password, made when it is sent and stored nowhere."""

RETRY_AFTER = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440))
"""How long to wait after the first, second … attempt; after one more, the mail is given up."""

SWEEP_SECONDS = 120
_TROUBLES = 3


class Outcome(enum.Enum):
    """What became of one mail."""

    SENT = "sent"
    WITHHELD = "withheld"
    TROUBLE = "trouble"
    WAITS = "waits"


def mails_send(*, limit: int = 1000) -> int:
    """Send what is due, oldest first, over one connection; answers how many left.

    Several senders may run: each takes rows that no other has. After a few failures in a row the rest waits for
    the next sweep: the mail server is down. Five queries a mail, and two more where it is about a case.
    """
    return send_all(_send_next, limit)


def send_all(send_next: Callable[[BaseEmailBackend], Outcome | None], limit: int) -> int:
    """Send one mail after the other until none is due, the time is over or the server is down; answers how many left."""
    server = get_connection()
    stop_at = time.monotonic() + SWEEP_SECONDS
    sent = troubles = 0
    try:
        for _ in range(limit):
            outcome = send_next(server)
            if outcome is None or time.monotonic() > stop_at:
                break
            sent += outcome is Outcome.SENT
            troubles = troubles + 1 if outcome is Outcome.TROUBLE else 0
            if troubles >= _TROUBLES:
                break
    finally:
        _close(server)
    return sent


def _send_next(server: BaseEmailBackend) -> Outcome | None:
    """Claim one row, send it, mark it. None when nothing is due."""
    with transaction.atomic():
        mail = (
            Mail.objects.filter(sent_at=None, given_up_at=None, next_attempt_at__lte=clock.now())
            .select_related("notice__user")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_attempt_at")
            .first()
        )
        if mail is None:
            return None
        wait = mail.notice.kind not in FIXED and quiet_end(mail.notice.user_id)
        if wait:
            mail.next_attempt_at = wait
            outcome = Outcome.WAITS
        else:
            outcome = hand_over(mail, message_for(mail), server) if _may_know(mail.notice) else withhold(mail)
        mail.save(update_fields=["attempts", "next_attempt_at", "sent_at", "given_up_at"])
    return outcome


def _may_know(notice: Notice) -> bool:
    """Asked again at the moment of sending: a share may have ended, a conflict may have been declared."""
    if not notice.user.is_active:
        return False
    return notice.case_id is None or may_be_told(notice)


def quiet_end(user_id: int) -> dt.datetime | None:
    """Until when a person wants no mail; None where they want it now. One query."""
    hours = QuietHours.objects.unscoped(reason="when a mail may leave").filter(pk=user_id).first()
    return None if hours is None else quiet_until(hours.starts, hours.ends, hours.days, clock.now())


def withhold(mail: Mail | Digest) -> Outcome:
    """Never send this mail: its recipient may not see what it is about."""
    mail.given_up_at = clock.now()
    log.info("mail %s is withheld: the recipient may not see what it is about", mail.message_id)
    return Outcome.WITHHELD


def hand_over(mail: Mail | Digest, message: EmailMessage, server: BaseEmailBackend) -> Outcome:
    """Hand a mail to the server, and say on its row what came of it."""
    mail.attempts += 1
    try:
        server.open()
        server.send_messages([message])
    except (SMTPException, OSError) as error:
        _close(server)
        _retry_later(mail, error)
        return Outcome.TROUBLE
    mail.sent_at = clock.now()
    return Outcome.SENT


def _retry_later(mail: Mail | Digest, error: Exception) -> None:
    # The server's own words may quote the address: the log keeps the kind of error only.
    if mail.attempts > len(RETRY_AFTER):
        mail.given_up_at = clock.now()
        log.error("mail %s is given up after %s attempts: %s", mail.message_id, mail.attempts, type(error).__name__)
        return
    mail.next_attempt_at = clock.now() + RETRY_AFTER[mail.attempts - 1]
    log.warning("mail %s was not handed over (attempt %s): %s", mail.message_id, mail.attempts, type(error).__name__)


def message_for(mail: Mail) -> EmailMessage:
    """The mail as it is sent: a reference and a link, nothing else; for an invitation the one-time link."""
    notice = mail.notice
    if notice.kind == INVITATION:
        subject = "Your Hatecase account"
        body = render_to_string(
            "agencies/mail/invitation.txt", {"user": notice.user, "link": password_link(notice.user)}
        )
    else:
        ref = reference_find(notice.text) or ""
        subject = f"Hatecase: {ref}" if ref else "Hatecase: something new for you"
        link = settings.BASE_URL.rstrip("/") + notice.url
        body = render_to_string("agencies/mail/notice.txt", {"ref": ref, "link": link})
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, to=[notice.user.email], headers=headers)


def _close(server: BaseEmailBackend) -> None:
    try:
        server.close()
    except (SMTPException, OSError) as error:
        log.info("the mail server did not say goodbye: %s", type(error).__name__)
