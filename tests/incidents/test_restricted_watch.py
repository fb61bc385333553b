"""RESTRICTED cases: whatever shows something of one tells information governance (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import transaction
from django.urls import get_resolver

from agencies.models import Notice
from agencies.services.mail import mails_send
from incidents.choices import Level, Tier
from incidents.models import Case
from incidents.services.exclusion import exclusion_set
from incidents.services.watch import case_watch
from kernel import clock
from tests.cast import acting, cast_get, client_of
from tests.incidents.casework import audited, case_of, fresh, give, text, victim_of
from tests.incidents.test_tier import change
from tests.matrix.table import address, read
from tests.matrix.table import client_of as walker_of
from tests.matrix.world import World, world_plant
from tests.routes import routes

pytestmark = pytest.mark.django_db

LOOK = "the test looks at the row"
ROOTS = ("incidents:", "victims:", "perpetrators:", "hasbag:refer", "hasbag:proposal", "hasbag:item", "api:")
LISTS = {"incidents:breach"}
"""What leads to a case without showing it: a breach is information governance's own record of a share."""


def told(case: Case) -> list[Notice]:
    return list(Notice.objects.unscoped(reason=LOOK).filter(kind="restricted", case_id=case.pk))


@pytest.fixture
def case(cast):
    case = case_of("alice")
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(lead_worker=cast["alice"])
    give(case, "NNC", Level.CONTRIBUTE)
    change(case, Tier.RESTRICTED, "alice", "asha", "bob")
    return fresh(case)


def _about(world: World, url: str) -> bool:
    """Whether an address names one of the two cases, or somebody or a task in them."""
    named = (world.case, world.hidden, world.victim, world.perpetrator, world.task)
    keys = (str(world.proposal.uid), str(world.item.uid))
    return any(one.ref in url for one in named) or any(key in url for key in keys)


def test_every_page_and_answer_about_a_restricted_case_is_told(cast):
    world = world_plant()
    rows = Case.objects.unscoped(reason="the test arranges the rows").filter(pk__in=[world.case.pk, world.hidden.pk])
    rows.update(lead_worker=cast["alice"])
    change(world.case, Tier.RESTRICTED, "alice", "asha", "bob")
    change(world.hidden, Tier.RESTRICTED, "alice", "asha")
    Notice.objects.unscoped(reason="the test starts anew").filter(kind="restricted").delete()
    walkers = {(who, api): walker_of(who, api=api) for who in ("alice", "asha", "bob") for api in (True, False)}
    shown, untold = set(), set()
    for name, route in sorted(routes(get_resolver()), key=lambda pair: pair[0]):
        if not name.startswith(ROOTS) or name in LISTS:
            continue
        url = address(name, route, world)
        if not _about(world, url):
            continue
        for (who, api), client in walkers.items():
            if api is not name.startswith("api:"):
                continue
            with transaction.atomic():
                if read(client.get(url)).status_code == 200:
                    shown.add(name)
                    if not told(world.case) and not told(world.hidden):
                        untold.add(f"{name} for {who}")
                transaction.set_rollback(True)
    assert not untold
    assert len(shown) > 60, sorted(shown)
    assert {"victims:victim", "perpetrators:perpetrator", "incidents:task", "incidents:evidence_picture"} <= shown
    assert {"api:case", "api:victim", "api:perpetrator", "api:case-evidence", "api:evidence-file"} <= shown


def test_it_is_told_once_an_hour_by_mail_and_leads_to_the_audit_of_the_case(case):
    alice = client_of("alice")
    for path in ("", "edit/", "clocks/", ""):
        assert alice.get(f"/cases/{case.ref}/{path}").status_code == 200
    [notice] = told(case)
    assert notice.user == cast_get()["greta"]
    assert len(audited("case.restricted_view")) == 1
    mails_send()
    assert [one.to for one in mail.outbox] == [[cast_get()["greta"].email]]
    greta = client_of("greta")
    assert f"{case.ref} (restricted) was opened" in text(greta.get("/notices/"))
    page = text(greta.get(notice.url))
    assert "Looked at a restricted case" in page
    assert cast_get()["alice"].name in page


def test_another_person_and_another_hour_are_told_again(case, monkeypatch):
    client_of("alice").get(f"/cases/{case.ref}/edit/")
    client_of("bob").get(f"/cases/{case.ref}/clocks/")
    assert len(told(case)) == 2
    later = clock.now() + dt.timedelta(hours=1)
    monkeypatch.setattr("incidents.services.watch.clock.now", lambda: later)
    client_of("bob").get(f"/cases/{case.ref}/clocks/")
    assert len(told(case)) == 3


def test_the_view_of_the_only_officer_is_recorded_once_an_hour(case):
    with acting("greta") as greta:
        for _ in range(2):
            case_watch(actor=greta, case=case)
    assert told(case) == []
    assert len(audited("case.restricted_view")) == 1


def test_an_officer_with_a_conflict_of_interest_is_not_told(case):
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=case, reason="Knows the family", user=cast_get()["greta"])
    assert client_of("alice").get(f"/cases/{case.ref}/").status_code == 200
    notices = client_of("greta").get("/notices/")
    assert notices.status_code == 200
    assert case.ref not in text(notices)
    mails_send()
    assert mail.outbox == []


def test_people_of_a_restricted_case_are_told_of_and_those_of_another_are_not(case):
    bob = client_of("bob")
    other = case_of("bob")
    bob.get(f"/victims/{victim_of(other).ref}/")
    assert told(other) == []
    bob.get(f"/victims/{victim_of(case).ref}/")
    assert len(told(case)) == 1
