"""The audit trail: `record` in the service's own transaction, `seal` and `head_sign` for the chain.

Each row carries an HMAC of its own under a key that never enters the database. A sealer links the rows
into a hash chain within seconds, so that no request waits for another, and signs the count and the head
to a file every minute: a row altered, deleted, re-ordered or inserted with the database owner's powers
is found by `kernel.verification` (docs/domain.md §8.2; Data Protection Act 2018, section 62).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from kernel import clock
from kernel.actors import Actor
from kernel.models import AuditOperation, History, SubjectKey

GENESIS = "0" * 64
COLUMNS = (
    "at actor_id actor_agencies operation action subject_type subject_id subject_ref case_id fields detail reason"
).split()
"""What the row's HMAC covers, in this order."""

_heard: ContextVar[list[str] | None] = ContextVar("audit_heard", default=None)


def record(
    actor: Actor,
    action: str,
    subject: models.Model | None = None,
    *,
    operation: str = AuditOperation.ALTERATION,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    subject_ref: str = "",
    case_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one audit event in the present transaction.

    `action` is a dotted name such as `case.share`. `before` and `after` map field names to values: the
    event keeps the names and digests keyed to the subject, the values go to the history table, which
    erasure clears. `detail` holds references and codes only, never a person's words. `subject_ref` is for what was
    asked for and not found: a reference without a record. One insert; with changed fields two to four queries.
    """
    subject_type = subject._meta.label_lower if subject is not None else ""
    subject_id = str(subject.pk) if subject is not None else ""
    if case_id is None and subject is not None:
        case_id = subject.pk if subject_type == "incidents.case" else getattr(subject, "case_id", None)
    changed = _changes(before or {}, after or {})
    facts = dict(detail or {})
    if changed and subject is not None:
        facts["digests"] = _digests(subject_type, subject_id, changed)
        _history_write(actor, subject_type, subject_id, case_id, changed)
    if actor.is_system:
        facts["system"] = actor.reason
    _insert(
        {
            "at": clock_database(),
            "actor_id": actor.user_id,
            "actor_agencies": list(actor.member_ids or actor.agency_ids),
            "operation": str(operation),
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "subject_ref": subject_ref or str(getattr(subject, "ref", "") or ""),
            "case_id": case_id,
            "fields": sorted(changed),
            "detail": facts,
            "reason": reason[:300],
        }
    )
    heard = _heard.get()
    if heard is not None:
        heard.append(str(operation))


@contextmanager
def listening() -> Iterator[list[str]]:
    """The operations recorded inside the block, as they come: so that a page can tell whether it left its trace."""
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def clock_database() -> dt.datetime:
    """The server's real time: a frozen demo clock never moves the audit."""
    return clock.now_real()


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = before.keys() | after.keys()
    return {n: (before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder, default=str))


def _digests(subject_type: str, subject_id: str, changed: dict[str, tuple[Any, Any]]) -> dict[str, list[str]]:
    key = _subject_key(subject_type, subject_id)

    def digest(value: Any) -> str:
        text = json.dumps(_plain(value), sort_keys=True)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]

    return {name: [digest(old), digest(new)] for name, (old, new) in changed.items()}


def _subject_key(subject_type: str, subject_id: str) -> bytes:
    found = SubjectKey.objects.filter(subject_type=subject_type, subject_id=subject_id).first()
    if found is None:
        SubjectKey.objects.bulk_create(
            [SubjectKey(subject_type=subject_type, subject_id=subject_id, key=os.urandom(32))], ignore_conflicts=True
        )
        found = SubjectKey.objects.get(subject_type=subject_type, subject_id=subject_id)
    return bytes(found.key)


def _history_write(
    actor: Actor, subject_type: str, subject_id: str, case_id: int | None, changed: dict[str, tuple[Any, Any]]
) -> None:
    History.objects.bulk_create(
        [
            History(
                id=uuid.uuid4(),
                at=clock_database(),
                actor_id=actor.user_id,
                subject_type=subject_type,
                subject_id=subject_id,
                case_id=case_id,
                field=name,
                old=_plain(old),
                new=_plain(new),
            )
            for name, (old, new) in changed.items()
        ]
    )


def _insert(row: dict[str, Any]) -> None:
    # Raw, because the application role may insert but not read: Django's insert asks for the key back.
    values = [json.dumps(row[c], sort_keys=True) if c == "detail" else row[c] for c in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into kernel_auditevent ({', '.join(COLUMNS)}, hmac)"  # noqa: S608
            f" values ({', '.join(['%s'] * len(COLUMNS))}, %s)",
            [*values, row_hmac(row)],
        )


def row_hmac(row: Mapping[str, Any]) -> str:
    """The row's own HMAC, under the key kept outside the database."""
    return values_hmac([row[c] for c in COLUMNS])


def values_hmac(values: list[Any]) -> str:
    """The same of a row's values in the order of COLUMNS: what a million rows are checked with.

    The moment may be given as its text in UTC to the microsecond, as `kernel.verification` reads it.
    """
    at = values[0]
    if not isinstance(at, str):
        at = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return digest_of(_canonical([at, *values[1:]]).encode())


def digest_of(text: bytes) -> str:
    """The HMAC of a text under the audit's key."""
    # The two halves of an HMAC with the key already taken in: half the time of asking for a new one.
    inner, outer = (half.copy() for half in _halves(settings.AUDIT_KEY))
    inner.update(text)
    outer.update(inner.digest())
    return str(outer.hexdigest())


@lru_cache(maxsize=4)
def _halves(secret: str) -> tuple[Any, Any]:
    key = hashlib.sha256(secret.encode()).digest().ljust(64, b"\0")
    return tuple(hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))  # type: ignore[return-value]


def _canonical_maker() -> Callable[[Any], str]:
    """What writes values down in one way only. The encoder behind `json` is made once: making it takes longer than it
    does."""
    plain = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    ascii_text = json.encoder.encode_basestring_ascii
    encode = make(None, plain.default, ascii_text, None, ":", ",", True, False, True)
    return lambda values: "".join(encode(values, 0))


_canonical = _canonical_maker()


# --- The chain -----------------------------------------------------------------------------------

_UNSEALED = """
select e.id, e.hmac from kernel_auditevent e
where e.id > %s and not exists (select 1 from kernel_auditseal s where s.event_id = e.id)
order by e.id limit %s
"""


def seal(limit: int = 5000) -> int:
    """Link unsealed events into the chain; answers how many. Run by one process at a time (advisory lock)."""
    with connection.cursor() as cursor:
        cursor.execute("select seq, digest from kernel_auditseal order by seq desc limit 1")
        seq, previous = cursor.fetchone() or (0, GENESIS)
        # Identities are taken before commit, so a lower one may appear later: look back generously.
        cursor.execute("select coalesce(max(event_id), 0) - 100000 from kernel_auditseal")
        floor = cursor.fetchone()[0]
        cursor.execute(_UNSEALED, [floor, limit])
        rows = cursor.fetchall()
        sealed_at = clock_database()
        links = []
        for event_id, row_mac in rows:
            seq += 1
            digest = link_digest(seq, event_id, row_mac, previous)
            links.append((seq, event_id, sealed_at, previous, digest))
            previous = digest
        cursor.executemany(
            "insert into kernel_auditseal (seq, event_id, sealed_at, previous, digest) values (%s, %s, %s, %s, %s)",
            links,
        )
    return len(links)


def link_digest(seq: int, event_id: int, row_mac: str, previous: str) -> str:
    """The digest of one link of the chain."""
    return digest_of(f"{seq}|{event_id}|{row_mac}|{previous}".encode())


def unsealed_since() -> dt.datetime | None:
    """When the oldest unsealed event was written; None where all are sealed. An old one is an alarm."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select min(e.at) from kernel_auditevent e"
            " where e.id > (select coalesce(max(event_id), 0) - 100000 from kernel_auditseal)"
            " and not exists (select 1 from kernel_auditseal s where s.event_id = e.id)"
        )
        return cursor.fetchone()[0]


def head_sign() -> dict[str, Any]:
    """Append the chain's count and head, signed, to the head file; answers what was written."""
    with connection.cursor() as cursor:
        cursor.execute("select seq, digest from kernel_auditseal order by seq desc limit 1")
        seq, digest = cursor.fetchone() or (0, GENESIS)
    entry = {"at": clock_database().isoformat(), "seq": seq, "digest": digest}
    entry["signature"] = digest_of(json.dumps(entry, sort_keys=True).encode())
    path = head_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(entry, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return entry


def head_path() -> Any:
    """Where signed heads are kept: a file, so that the database's owner cannot rewrite it."""
    return settings.HOME / "audit" / "heads.jsonl"
