"""The audit chain: whatever is done to a sealed row with the owner's powers, verification names the first bad one."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json

import pytest
from django.core.management import call_command
from django.db import connection

from kernel import audit
from kernel.actors import system_actor
from kernel.models import AuditEvent, AuditSeal
from kernel.verification import verify

pytestmark = pytest.mark.django_db
_COPY = (
    "at, actor_id, actor_agencies, operation, action, subject_type, subject_id, subject_ref, case_id, fields, detail,"
    " reason, hmac"
)


@pytest.fixture
def chain(settings, tmp_path):
    """Ten sealed events under a signed head; answers (position, event) of each."""
    settings.HOME = tmp_path
    for n in range(10):
        audit.record(system_actor("a test of the chain"), f"test.{n}", reason=f"event {n}")
    audit.seal()
    audit.head_sign()
    assert verify().broken is None
    return list(AuditSeal.objects.order_by("seq").values_list("seq", "event_id"))[-10:]


def _as_owner(*statements: str) -> None:
    with connection.cursor() as cursor:
        for table in ("kernel_auditevent", "kernel_auditseal"):
            cursor.execute(f"alter table {table} disable trigger append_only")
        for statement in statements:
            cursor.execute(statement)


def test_a_whole_chain_verifies(chain):
    verdict = verify()
    assert (verdict.broken, verdict.unsealed, verdict.waiting) == (None, 0, None)
    assert verdict.checked == verdict.signed == chain[-1][0]


def test_an_unsealed_event_is_counted(chain):
    audit.record(system_actor("a test of the chain"), "test.late")
    verdict = verify()
    assert (verdict.unsealed, verdict.broken) == (1, None)
    assert verdict.waiting == audit.unsealed_since() is not None
    assert audit.seal() == 1
    assert verify().unsealed == 0


@pytest.mark.parametrize(
    "change",
    [
        "at = at - interval '1 microsecond'",
        "actor_id = 1",
        "actor_agencies = '{1}'",
        "operation = 'access'",
        "action = 'test.other'",
        "subject_type = 'incidents.case'",
        "subject_id = '1'",
        "subject_ref = 'HC-26-000000'",
        "case_id = 1",
        "fields = '{name}'",
        """detail = '{"system": "something else"}'""",
        "reason = 'other'",
        "hmac = repeat('0', 64)",
    ],
)
def test_no_column_of_a_sealed_row_can_be_altered(chain, change):
    seq, event = chain[4]
    _as_owner(f"update kernel_auditevent set {change} where id = {event}")
    verdict = verify()
    assert (verdict.broken, verdict.event, verdict.problem) == (seq, event, "was altered")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("delete from kernel_auditevent where id = {event}", "has lost its event"),
        ("delete from kernel_auditseal where event_id = {event}", "is missing"),
        ("update kernel_auditseal set event_id = -1 where event_id = {event}", "has lost its event"),
        ("update kernel_auditseal set digest = repeat('0', 64) where event_id = {event}", "is out of order"),
    ],
)
def test_a_deleted_row_is_found(chain, damage, problem):
    seq, event = chain[4]
    _as_owner(damage.format(event=event))
    assert (verify().broken, verify().problem) == (seq, problem)


def test_a_row_taken_out_whole_and_the_gap_closed_is_found(chain):
    seq, event = chain[4]
    _as_owner(
        f"delete from kernel_auditevent where id = {event}",
        f"delete from kernel_auditseal where event_id = {event}",
        f"update kernel_auditseal set seq = -seq where seq > {seq}",
        "update kernel_auditseal set seq = -seq - 1 where seq < 0",
    )
    assert (verify().broken, verify().problem) == (seq, "is out of order")


def test_two_rows_swapped_are_found(chain):
    (seq, a), (_, b) = chain[4], chain[5]
    _as_owner(
        f"update kernel_auditseal set event_id = -1 where event_id = {a}",
        f"update kernel_auditseal set event_id = {a} where event_id = {b}",
        f"update kernel_auditseal set event_id = {b} where event_id = -1",
    )
    assert (verify().broken, verify().problem) == (seq, "is out of order")


def test_two_events_that_exchange_their_content_are_found(chain):
    (seq, a), (_, b) = chain[4], chain[5]
    _as_owner(
        f"update kernel_auditevent set id = -1 where id = {a}",
        f"update kernel_auditevent set id = {a} where id = {b}",
        f"update kernel_auditevent set id = {b} where id = -1",
    )
    assert (verify().broken, verify().problem) == (seq, "is out of order")


def test_a_row_put_in_between_is_found(chain):
    seq, event = chain[4]
    _as_owner(
        f"update kernel_auditseal set seq = -seq where seq >= {seq}",
        "update kernel_auditseal set seq = 1 - seq where seq < 0",
        f"insert into kernel_auditevent (id, {_COPY}) select -5, {_COPY} from kernel_auditevent where id = {event}",
        f"insert into kernel_auditseal (seq, event_id, sealed_at, previous, digest)"
        f" select {seq}, -5, sealed_at, previous, digest from kernel_auditseal where seq = {seq} + 1",
    )
    assert (verify().broken, verify().event) == (seq, -5)


def test_a_tail_cut_off_is_found_by_the_signed_head(chain):
    seq, event = chain[-2]
    _as_owner(
        f"delete from kernel_auditseal where event_id >= {event}",
        f"delete from kernel_auditevent where id >= {event}",
    )
    assert (verify().broken, verify().problem) == (seq, "is missing: the signed head counts more rows")


def test_everything_emptied_is_found(chain):
    _as_owner("truncate kernel_auditevent, kernel_auditseal")
    assert verify().broken == 1


def test_a_row_without_the_key_is_found_before_and_after_the_seal(chain):
    _as_owner(
        "insert into kernel_auditevent (at, actor_agencies, operation, action, subject_type, subject_id, subject_ref,"
        " fields, detail, reason, hmac) values (now(), '{}', 'access', 'forged', '', '', '', '{}', '{}', '', 'x')"
    )
    forged = AuditEvent.objects.get(action="forged").pk
    assert (verify().event, verify().problem) == (forged, "was put in or altered before it was sealed")
    audit.seal()
    assert (verify().broken, verify().event, verify().problem) == (chain[-1][0] + 1, forged, "was altered")


def test_a_copy_of_a_genuine_row_is_found_before_and_after_the_seal(chain):
    _as_owner(
        f"insert into kernel_auditevent ({_COPY}) select {_COPY} from kernel_auditevent where id = {chain[4][1]}"
    )
    copy = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert (verify().event, verify().problem) == (copy, "is a copy of an earlier row, not sealed yet")
    audit.seal()
    assert (verify().broken, verify().event) == (chain[-1][0] + 1, copy)
    assert verify().problem == "is a copy of an earlier row"


def test_the_first_of_several_bad_rows_is_named(chain):
    for place in (7, 3, 5):
        _as_owner(f"update kernel_auditevent set reason = 'other' where id = {chain[place][1]}")
    assert verify().broken == chain[3][0]


def test_a_head_that_nobody_signed_vouches_for_nothing(chain):
    with audit.head_path().open("a") as file:
        file.write(json.dumps({"at": "2026-01-01", "seq": 10**6, "digest": "x", "signature": "y"}) + "\n")
    assert (verify().broken, verify().signed) == (None, chain[-1][0])


def test_the_stated_limit_is_what_came_after_the_last_signed_head(chain):
    audit.record(system_actor("a test of the chain"), "test.late")
    audit.seal()
    late = AuditSeal.objects.order_by("-seq").values_list("event_id", flat=True)[0]
    _as_owner(
        f"delete from kernel_auditseal where event_id = {late}", f"delete from kernel_auditevent where id = {late}"
    )
    assert verify().broken is None
    assert verify().signed == chain[-1][0]


def test_the_command_says_what_it_found(chain, capsys):
    call_command("audit_verify")
    assert f"{chain[-1][0]} rows sealed, 0 not yet sealed" in capsys.readouterr().out
    _as_owner(f"update kernel_auditevent set reason = 'other' where id = {chain[4][1]}")
    with pytest.raises(SystemExit) as left:
        call_command("audit_verify")
    assert left.value.code == 1
    assert f"broken at row {chain[4][0]} (event {chain[4][1]}): it was altered" in capsys.readouterr().err


@pytest.mark.parametrize(
    "detail", [{}, {"b": [1, {"z": None, "a": True}], "a": "Zoë “x” \\ / \u2028"}, {"n": 1.5, "long": "x" * 5000}]
)
def test_a_rows_hmac_is_the_plain_one_of_its_plain_text(settings, detail):
    at = dt.datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    values = [at, None, [3, 4], "access", "a.b", "", "", "", 7, ["name"], detail, "Zoë’s reason"]
    text = json.dumps(["2026-11-22T11:00:00.000005+00:00", *values[1:]], sort_keys=True, separators=(",", ":"))
    key = hashlib.sha256(settings.AUDIT_KEY.encode()).digest()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert audit.values_hmac(values) == audit.row_hmac(dict(zip(audit.COLUMNS, values, strict=True))) == expected


def test_values_are_kept_apart_from_the_trail(log_incident):
    log_incident("alice")
    event = AuditEvent.objects.get(action="victim.add")
    assert "given_name" in event.fields
    assert "Farida" not in str(event.detail)
    assert len(event.detail["digests"]["given_name"]) == 2
