"""The monthly dip sample: picked once, by lot, signed off by somebody else (docs/domain.md §8.2)."""

from __future__ import annotations

import datetime as dt
from datetime import date

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.urls import reverse

from agencies.models import Notice
from incidents.models import DipItem, DipSample
from incidents.rules import audit as rules
from incidents.services.audit import dip_sign, dips_pick, dips_remind
from incidents.tasks import audit_sample
from kernel import audit
from kernel.actors import system_actor
from kernel.clock import LONDON
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent, AuditOperation
from tests.cast import acting, agency, cast_get, client_of
from tests.governance.reading import excluded, tier
from tests.incidents.casework import case_of, text

pytestmark = pytest.mark.django_db

OCTOBER = dt.datetime(2026, 10, 14, 12, tzinfo=LONDON)
DECEMBER = dt.datetime(2026, 12, 1, 9, tzinfo=LONDON)
WHY = "the test looks at the sample"


@pytest.fixture
def case(cast):
    return case_of("alice")


@pytest.fixture
def october(case, monkeypatch):
    """120 readings by Alice and 30 by Asha in October, of a case that the police have led since September."""
    case.grants.update(starts_at=OCTOBER - dt.timedelta(days=30))
    with monkeypatch.context() as patch:
        moments = iter(OCTOBER + dt.timedelta(minutes=n) for n in range(1000))
        patch.setattr(audit, "clock_database", lambda: next(moments))
        for name, count in (("alice", 120), ("asha", 30)):
            with acting(name) as who:
                for _ in range(count):
                    audit.record(who, "case.read", case, operation=AuditOperation.CONSULTATION)
    return case


def pick(at: dt.datetime = dt.datetime(2026, 11, 1, 3, tzinfo=LONDON)) -> int:
    with time_machine.travel(at, tick=False):
        return dips_pick(actor=system_actor("a test of the sample"))


def items(**facts: object) -> list[DipItem]:
    return list(DipItem.objects.unscoped(reason=WHY).filter(**facts).order_by("pk"))


def waiting(name: str) -> list[int]:
    return [row.item_id for row in client_of(name).get("/governance/samples/").context["rows"]]


# --- Rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("events", "picked"), [(0, 0), (1, 1), (50, 1), (51, 2), (100, 2), (1234, 25)])
def test_two_in_a_hundred_rounded_up(events, picked):
    assert rules.sample_size(events) == picked


def test_months_that_are_over():
    assert rules.months_whole(date(2026, 11, 30), date(2026, 10, 31)) == [date(2026, 10, 1)]
    assert rules.months_whole(date(2026, 12, 1), date(2026, 10, 31)) == [date(2026, 10, 1), date(2026, 11, 1)]
    assert rules.months_whole(date(2026, 10, 31), date(2026, 10, 1)) == []
    assert len(rules.months_whole(date(2026, 10, 31), date(2020, 1, 1))) == 12
    assert rules.sample_due(date(2026, 10, 1)) == date(2026, 11, 30)
    assert rules.sample_due(date(2026, 12, 1)) == date(2027, 1, 31)


def test_what_is_somebodys_own_name():
    assert rules.own_names("Alice Morgan") == {
        "alice": False, "morgan": False, "alice morgan": True, "morgan alice": True,
    }  # fmt: skip
    assert rules.own_names("Li") == {}


# --- Picking ---------------------------------------------------------------------------------------


def test_the_sample_is_picked_once_a_month_and_agency(october):
    assert pick() == 3
    (sample,) = DipSample.objects.unscoped(reason=WHY).filter(agency=agency("POL"))
    assert (sample.month, sample.population, sample.picked) == (date(2026, 10, 1), 150, 3)
    assert {item.due_on for item in items()} == {date(2026, 11, 30)}
    first = [item.event_id for item in items()]
    assert pick() == 0
    assert pick(dt.datetime(2026, 11, 20, tzinfo=LONDON)) == 0
    assert [item.event_id for item in items()] == first
    DipItem.objects.unscoped(reason=WHY).all().delete()
    DipSample.objects.unscoped(reason=WHY).all().delete()
    assert pick() == 3
    assert [item.event_id for item in items()] == first


def test_a_month_is_picked_when_it_is_over_and_its_last_transactions_are_in(october):
    assert pick(dt.datetime(2026, 10, 31, 23, 59, tzinfo=LONDON)) == 0
    assert pick(dt.datetime(2026, 11, 1, 0, 30, tzinfo=LONDON)) == 0
    assert pick(dt.datetime(2026, 11, 1, 1, 1, tzinfo=LONDON)) == 3


def test_neither_sign_ins_nor_the_system_are_in_the_lot(october, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(audit, "clock_database", lambda: OCTOBER + dt.timedelta(days=2))
        with acting("alice") as alice:
            audit.record(alice, "account.sign_in", operation=AuditOperation.ACCESS)
        audit.record(system_actor("a test of the sample"), "access.apply")
    pick()
    assert DipSample.objects.unscoped(reason=WHY).get(agency=agency("POL")).population == 150


def test_the_task_picks_and_the_audit_knows(october):
    with time_machine.travel(dt.datetime(2026, 11, 1, 3, tzinfo=LONDON), tick=False):
        assert audit_sample() == 3
    event = AuditEvent.objects.filter(action="audit.sample", detail__agency="POL").get()
    assert event.detail["count"] == 3


def late() -> int:
    with time_machine.travel(DECEMBER, tick=False):
        return dips_remind(actor=system_actor("a test of the sample"))


def told() -> set[str]:
    rows = Notice.objects.unscoped(reason=WHY).filter(kind="sample")
    return {row.user.email.partition("@")[0] for row in rows.select_related("user")}


def test_who_may_sign_off_and_governance_are_told_once_of_what_is_late(october):
    pick()
    with time_machine.travel(dt.datetime(2026, 11, 30, 9, tzinfo=LONDON), tick=False):
        assert dips_remind(actor=system_actor("a test of the sample")) == 0
    assert late() == 4
    assert told() == {"asha", "donna", "marcus", "greta"}
    assert late() == 0
    [event] = AuditEvent.objects.filter(action="audit.sample_late")
    assert event.detail["count"] == 4


def test_nobody_is_told_of_what_was_signed_off_or_of_what_is_hidden_from_them(october):
    pick()
    for name in ("donna", "greta"):
        excluded(october, user=cast_get()[name])
    assert late() == 2
    assert told() == {"asha", "marcus"}
    rows = DipItem.objects.unscoped(reason=WHY).filter(outcome="")
    rows.update(outcome="explained", signed_by=cast_get()["marcus"], signed_at=DECEMBER)
    Notice.objects.unscoped(reason=WHY).filter(kind="sample").delete()
    assert late() == 0


def test_a_second_sample_of_a_month_is_refused_by_the_database(october):
    pick()
    sample = DipSample.objects.unscoped(reason=WHY).get(agency=agency("POL"))
    with pytest.raises(IntegrityError), transaction.atomic():
        DipSample(agency=sample.agency, month=sample.month, population=1, picked=1).save(force_insert=True)


# --- Who sees it -----------------------------------------------------------------------------------


def test_supervisors_see_their_agencys_and_information_governance_all(october):
    pick()
    all_of_them = [item.pk for item in items()]
    assert waiting("asha") == waiting("marcus") == waiting("greta") == all_of_them
    assert waiting("beth") == []
    for name in ("alice", "ada", "admin", "sam"):
        assert client_of(name).get("/governance/samples/").status_code == 404
    page = text(client_of("greta").get("/governance/samples/"))
    assert "October 2026" in page
    assert "150" in page
    assert "150" not in text(client_of("asha").get("/governance/samples/"))


def test_what_is_hidden_from_a_supervisor_is_not_in_their_sample(october):
    pick()
    excluded(october, user=cast_get()["asha"])
    assert waiting("asha") == []
    path = reverse("incidents:governance_sample", args=[items()[0].pk])
    assert client_of("asha").get(path).status_code == 404
    assert client_of("asha").get(path).content == client_of("asha").get("/governance/samples/999999/").content
    assert "sign off" not in text(client_of("asha").get("/governance/staff/")).lower().replace("monthly sample", "")
    assert waiting("marcus") != []
    tier(october, "restricted")
    assert waiting("marcus") == []
    assert waiting("greta") != []
    excluded(october, user=cast_get()["greta"])
    assert waiting("greta") == []


def test_the_database_tells_a_supervisor_no_numbers_and_no_hidden_item(october):
    pick()
    excluded(october, user=cast_get()["asha"])
    with acting("asha"), connection.cursor() as cursor:
        cursor.execute("select count(*) from incidents_dipsample")
        assert cursor.fetchone()[0] == 0
        cursor.execute("select count(*) from incidents_dipitem")
        assert cursor.fetchone()[0] == 0


# --- Signing off ------------------------------------------------------------------------------------


def own_and_other() -> tuple[int, int]:
    """An item about Asha's own event, and one about Alice's."""
    police = agency("POL")
    made = []
    for name in ("asha", "alice"):
        event = AuditEvent.objects.filter(action="case.read", actor_id=cast_get()[name].pk).earliest("pk")
        found = DipItem.objects.unscoped(reason=WHY).get_or_create(
            agency=police, event_id=event.pk, defaults={"month": date(2026, 10, 1), "due_on": date(2026, 11, 30)}
        )
        made.append(found[0].pk)
    return made[0], made[1]


def test_a_supervisor_signs_off_once_and_the_audit_knows(october):
    _, other = own_and_other()
    client = client_of("asha")
    path = reverse("incidents:governance_sample", args=[other])
    assert "Select what you found" in text(client.post(path, {}))
    assert "Enter what you asked" in text(client.post(path, {"outcome": "concern", "note": " "}))
    assert client.post(path, {"outcome": "explained", "note": "She covered for a colleague."}).status_code == 302
    item = items(pk=other)[0]
    assert (item.outcome, item.signed_by_id) == ("explained", cast_get()["asha"].pk)
    assert "signed off already" in text(client_of("marcus").post(path, {"outcome": "in_order"}))
    event = AuditEvent.objects.get(action="audit.sign_off")
    assert event.detail == {"outcome": "explained", "event": item.event_id}
    assert "She covered for a colleague." in text(client.get(path))


def test_nobody_signs_off_their_own_event(october):
    own, _ = own_and_other()
    path = reverse("incidents:governance_sample", args=[own])
    assert "You did this yourself" in text(client_of("asha").get(path))
    assert client_of("asha").post(path, {"outcome": "in_order"}).status_code == 403
    with acting("asha") as asha, pytest.raises(ForbiddenError):
        dip_sign(actor=asha, item_id=own, outcome="in_order")
    assert items(pk=own)[0].outcome == ""
    with acting("greta") as greta:
        dip_sign(actor=greta, item_id=own, outcome="in_order")
    assert items(pk=own)[0].signed_by_id == cast_get()["greta"].pk


def _update(name: str, item: int, **values: object) -> int:
    sets = ", ".join(f"{column} = %s" for column in values)
    with acting(name), connection.cursor() as cursor:
        cursor.execute(f"update incidents_dipitem set {sets} where id = %s", [*values.values(), item])
        return cursor.rowcount


def test_the_database_refuses_what_the_service_would(october):
    own, other = own_and_other()
    asha, alice = cast_get()["asha"].pk, cast_get()["alice"].pk
    now = "2026-11-02"
    signed = {"outcome": "in_order", "signed_by_id": asha, "signed_at": now}
    for item, values in ((own, signed), (other, signed | {"signed_by_id": alice})):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            _update("asha", item, **values)
    assert _update("beth", other, **signed | {"signed_by_id": cast_get()["beth"].pk}) == 0
    assert _update("asha", other, **signed) == 1
    assert _update("asha", other, **signed) == 0
    for name in ("asha", "greta"):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            with acting(name), connection.cursor() as cursor:
                cursor.execute(
                    "insert into incidents_dipitem (agency_id, month, event_id, due_on, outcome, note)"
                    f" values ({agency('POL').pk}, '2026-10-01', 1, '2026-11-30', '', '')"
                )


def test_an_unknown_outcome_is_refused(october):
    _, other = own_and_other()
    with acting("asha") as asha, pytest.raises(RuleError):
        dip_sign(actor=asha, item_id=other, outcome="fine")


def test_what_is_overdue_stands_out(october):
    pick()
    with time_machine.travel(DECEMBER, tick=False):
        page = text(client_of("asha").get("/governance/samples/"))
        assert "3 waiting events should have been signed off by now" in page
        assert "Overdue" in page
        assert "3 sampled events should have been signed off by now" in text(client_of("greta").get("/governance/"))
    with time_machine.travel(dt.datetime(2026, 11, 30, 12, tzinfo=LONDON), tick=False):
        assert "Overdue" not in text(client_of("asha").get("/governance/samples/"))
