"""The audit chain: whatever is done to a sealed row with the owner's powers, verification names it."""

from __future__ import annotations

import pytest
from django.db import connection

from kernel import audit
from kernel.actors import system_actor
from kernel.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings, tmp_path):
    settings.HOME = tmp_path
    for n in range(10):
        audit.record(system_actor("a test of the chain"), f"test.{n}", reason=f"event {n}")
    audit.seal()
    audit.head_sign()
    return [e.pk for e in AuditEvent.objects.order_by("pk")]


def _as_owner(*statements: str) -> None:
    with connection.cursor() as cursor:
        for table in ("kernel_auditevent", "kernel_auditseal"):
            cursor.execute(f"alter table {table} disable trigger append_only")
        for statement in statements:
            cursor.execute(statement)


def test_a_whole_chain_verifies(chain):
    verdict = audit.verify()
    assert (verdict.broken, verdict.unsealed) == (None, 0)
    assert verdict.checked >= 10


def test_an_unsealed_event_is_counted(chain):
    audit.record(system_actor("a test of the chain"), "test.late")
    assert audit.verify().unsealed == 1
    assert audit.unsealed_since() is not None
    assert audit.seal() == 1
    assert audit.verify().unsealed == 0


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("update kernel_auditevent set reason = 'other' where id = {fifth}", "altered"),
        ("update kernel_auditevent set at = at - interval '1 hour' where id = {fifth}", "altered"),
        ("delete from kernel_auditevent where id = {fifth}", "lost its event"),
        ("delete from kernel_auditseal where event_id = {fifth}", "gap"),
        ("update kernel_auditseal set event_id = -1 where event_id = {fifth}", "lost its event"),
    ],
)
def test_damage_to_a_row_is_found(chain, damage, problem):
    before = audit.verify().checked
    _as_owner(damage.format(fifth=chain[-6]))
    verdict = audit.verify()
    assert verdict.broken is not None
    assert verdict.broken <= before
    assert problem in verdict.problem


def test_two_rows_swapped_are_found(chain):
    a, b = chain[-6], chain[-5]
    _as_owner(
        f"update kernel_auditseal set event_id = -1 where event_id = {a}",
        f"update kernel_auditseal set event_id = {a} where event_id = {b}",
        f"update kernel_auditseal set event_id = {b} where event_id = -1",
    )
    assert "order" in audit.verify().problem


def test_a_tail_cut_off_is_found_by_the_signed_head(chain):
    _as_owner(
        f"delete from kernel_auditseal where event_id >= {chain[-2]}",
        f"delete from kernel_auditevent where id >= {chain[-2]}",
    )
    assert "missing" in audit.verify().problem


def test_a_row_without_the_key_is_found(chain):
    _as_owner(
        "insert into kernel_auditevent (at, actor_agencies, operation, action, subject_type, subject_id, subject_ref,"
        " fields, detail, reason, hmac) values (now(), '{}', 'access', 'forged', '', '', '', '{}', '{}', '', 'x')"
    )
    audit.seal()
    assert "altered" in audit.verify().problem


def test_values_are_kept_apart_from_the_trail(log_incident):
    log_incident("alice")
    event = AuditEvent.objects.get(action="victim.add")
    assert "given_name" in event.fields
    assert "Farida" not in str(event.detail)
    assert len(event.detail["digests"]["given_name"]) == 2
