"""The audit trail: `record` in the service's own transaction, `seal` and `verify` for the chain.

Each row carries an HMAC of its own under a key that never enters the database. A sealer links the rows
into a hash chain within seconds, so that no request waits for another, and signs the count and the head
to a file every minute: a row altered, deleted, re-ordered or inserted with the database owner's powers
is found by `audit_verify` (docs/domain.md §8.2; Data Protection Act 2018, section 62).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from kernel import clock
from kernel.actors import Actor
from kernel.models import AuditOperation, History, SubjectKey

GENESIS = "0" * 64
_COLUMNS = (
    "at actor_id actor_agencies operation action subject_type subject_id subject_ref case_id fields detail reason"
).split()


def record(
    actor: Actor,
    action: str,
    subject: models.Model | None = None,
    *,
    operation: str = AuditOperation.ALTERATION,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    case_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one audit event in the present transaction.

    `action` is a dotted name such as `case.share`. `before` and `after` map field names to values: the
    event keeps the names and digests keyed to the subject, the values go to the history table, which
    erasure clears. `detail` holds references and codes only, never a person's words. One insert; with
    changed fields two to four queries.
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
            "subject_ref": str(getattr(subject, "ref", "") or ""),
            "case_id": case_id,
            "fields": sorted(changed),
            "detail": facts,
            "reason": reason[:300],
        }
    )


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
    values = [json.dumps(row[c], sort_keys=True) if c == "detail" else row[c] for c in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into kernel_auditevent ({', '.join(_COLUMNS)}, hmac)"  # noqa: S608
            f" values ({', '.join(['%s'] * len(_COLUMNS))}, %s)",
            [*values, row_hmac(row)],
        )


def row_hmac(row: Mapping[str, Any]) -> str:
    """The row's own HMAC, under the key kept outside the database."""
    return hmac.new(_key(), _canonical(row), hashlib.sha256).hexdigest()


def _key() -> bytes:
    return hashlib.sha256(settings.AUDIT_KEY.encode()).digest()


def _canonical(row: Mapping[str, Any]) -> bytes:
    at = row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    return json.dumps([at, *[row[c] for c in _COLUMNS[1:]]], sort_keys=True, separators=(",", ":")).encode()


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
    return hmac.new(_key(), f"{seq}|{event_id}|{row_mac}|{previous}".encode(), hashlib.sha256).hexdigest()


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
    entry["signature"] = hmac.new(_key(), json.dumps(entry, sort_keys=True).encode(), hashlib.sha256).hexdigest()
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


@dataclass(frozen=True)
class Verdict:
    """What verification found: `broken` is the first bad position in the chain (None: whole)."""

    checked: int
    unsealed: int
    broken: int | None = None
    problem: str = ""


def verify() -> Verdict:
    """Walk the whole chain in order and compare it with the last signed head.

    Streams through a server-side cursor. The stated limit: events of the last minute, after the last
    signed head, could be cut off unseen.
    """
    previous, checked, last_seq = GENESIS, 0, 0
    heads = _heads()
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from kernel_auditevent e where {_NOT_SEALED}")  # noqa: S608
        unsealed = cursor.fetchone()[0]
    for seq, event_id, prior, digest, *values in _chain_rows():
        problem = _link_problem(seq, last_seq, event_id, prior, previous, digest, values)
        if not problem and heads.get(seq, digest) != digest:
            problem = "differs from the signed head"
        if problem:
            return Verdict(checked, unsealed, seq, problem)
        previous, last_seq, checked = digest, seq, checked + 1
    if heads and max(heads) > last_seq:
        return Verdict(checked, unsealed, last_seq + 1, "is missing: the signed head counts more rows")
    return Verdict(checked, unsealed)


_NOT_SEALED = "not exists (select 1 from kernel_auditseal s where s.event_id = e.id)"


def _heads() -> dict[int, str]:
    path = head_path()
    heads: dict[int, str] = {}
    if not path.exists():
        return heads
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        signature = entry.pop("signature", "")
        expected = hmac.new(_key(), json.dumps(entry, sort_keys=True).encode(), hashlib.sha256).hexdigest()
        if hmac.compare_digest(signature, expected) and entry["seq"]:
            heads[entry["seq"]] = entry["digest"]
    return heads


def _chain_rows() -> Any:
    columns = ", ".join(f"e.{c}" for c in _COLUMNS)
    query = (
        f"select s.seq, s.event_id, s.previous, s.digest, e.hmac, {columns}"  # noqa: S608
        " from kernel_auditseal s left join kernel_auditevent e on e.id = s.event_id order by s.seq"
    )
    connection.ensure_connection()
    with connection.connection.cursor(name="audit_verify", withhold=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(query)
        yield from cursor


def _link_problem(
    seq: int, last_seq: int, event_id: int, prior: str, previous: str, digest: str, values: list[Any]
) -> str:
    row_mac, *columns = values
    if seq != last_seq + 1:
        return "follows a gap"
    if row_mac is None:
        return "has lost its event"
    row = dict(zip(_COLUMNS, columns, strict=True))
    row["detail"] = json.loads(row["detail"]) if isinstance(row["detail"], str) else row["detail"]
    if not hmac.compare_digest(row_hmac(row), row_mac):
        return "was altered"
    if prior != previous or not hmac.compare_digest(link_digest(seq, event_id, row_mac, prior), digest):
        return "is out of order"
    return ""
