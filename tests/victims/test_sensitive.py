"""What is extra-sensitive of a victim: written without being read, read only while it is open (docs/domain.md §5.4)."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import History
from tests.cast import acting, agency, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    audited,
    case_of,
    give_all,
    reveal,
    text,
    victim_of,
)
from victims.choices import SensitiveGroup
from victims.models import VictimSensitive
from victims.services import sensitive_add, sensitive_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    case = case_of("alice")
    give_all(case, "NNC", Level.CONTRIBUTE)
    return case


def path(case, group="health") -> str:
    return f"/victims/{victim_of(case).ref}/sensitive/{group}/"


def row(case, group="health") -> VictimSensitive:
    rows = VictimSensitive.objects.unscoped(reason="the test looks at the row")
    return rows.get(victim=victim_of(case), group=group)


def add(case, words, name="alice", group="health") -> None:
    with acting(name) as actor:
        sensitive_add(actor=actor, victim=victim_of(case), group=group, text=words)


@pytest.mark.parametrize("group", SensitiveGroup.values)
def test_it_is_recorded_without_being_read(case, group):
    client = client_of("bob")
    before = text(client.get(path(case, group)))
    answer = client.post(path(case, group), {"text": "What Bob was told"}, follow=True)
    assert "Recorded" in text(answer)
    assert "What Bob was told" not in answer.content.decode()
    found = row(case, group)
    assert (found.text, found.recorded_by.name, found.recorded_by_agency.code) == (
        "What Bob was told",
        "Bob Wickens",
        "NNC",
    )
    # Whether anything is recorded shows nowhere before it is opened.
    assert text(client.get(path(case, group))) == before


def test_what_is_added_stands_below_what_was_there(case):
    add(case, "Has asthma")
    add(case, "Uses a wheelchair", "bob")
    assert row(case).text == "Has asthma\n\nUses a wheelchair"
    assert row(case).version == 2


def test_that_nothing_is_recorded_is_said_only_once_it_is_open(case):
    client, page = client_of("bob"), f"/victims/{victim_of(case).ref}/"
    assert "Nothing recorded" not in text(client.get(page))
    assert "Nothing is recorded yet" not in text(client.get(path(case)))
    reveal(case, "bob", "health")
    assert "Health Nothing recorded" in text(client.get(page))
    assert "Nothing is recorded yet" in text(client.get(path(case)))


def test_it_is_changed_while_it_is_open_and_what_it_said_is_kept(case):
    add(case, "Has asthma")
    reveal(case, "bob", "health")
    client = client_of("bob")
    assert "Has asthma" in client.get(path(case)).content.decode()
    assert client.post(path(case), {"text": "Had asthma as a child", "version": "1"}).status_code == 302
    assert (row(case).text, row(case).earlier, row(case).version) == ("Had asthma as a child", ["Has asthma"], 2)
    [event] = audited("victim.sensitive_change")
    assert event.detail == {"group": "health"}
    assert not History.objects.filter(field__in=["health", "text", "earlier"]).exists()


def test_sent_as_it_stands_it_changes_nothing(case):
    add(case, "Has asthma")
    reveal(case, "bob", "health")
    client_of("bob").post(path(case), {"text": "Has asthma", "version": "1"})
    assert row(case).version == 1
    assert not audited("victim.sensitive_change")


def test_the_second_editor_is_shown_both_and_loses_nothing(case):
    add(case, "Has asthma")
    reveal(case, "bob", "health")
    add(case, "Uses a wheelchair")
    answer = client_of("bob").post(path(case), {"text": "Had asthma", "version": "1"})
    assert answer.status_code == 409
    assert "Uses a wheelchair" in text(answer)
    assert "Had asthma" in answer.content.decode()
    assert row(case).text == "Has asthma\n\nUses a wheelchair"
    assert answer.context["form"]["version"].value() == "2"


def test_a_change_that_comes_after_the_half_hour_is_neither_saved_nor_lost(case):
    add(case, "Has asthma")
    answer = client_of("bob").post(path(case), {"text": "Had asthma", "version": "1"})
    assert "hidden again before you saved" in text(answer)
    assert "Had asthma" in answer.content.decode()
    assert "Has asthma" not in answer.content.decode()
    assert row(case).text == "Has asthma"


def test_the_services_refuse(case):
    add(case, "Has asthma")
    reveal(case, "bob", "health")
    victim = victim_of(case)
    with acting("bob") as bob:
        for words in ("", "  ", "x" * 2001, "a\x00b"):
            with pytest.raises(RuleError):
                sensitive_add(actor=bob, victim=victim, group="health", text=words)
        with pytest.raises(StaleError):
            sensitive_change(actor=bob, victim=victim, group="health", text="Other", version=9)
        with pytest.raises(RuleError):
            sensitive_change(actor=bob, victim=victim, group="trans_status", text="Other", version=1)
    for name in ("walt", "petra", "greta"):
        with acting(name) as actor, pytest.raises(ForbiddenError):
            sensitive_add(actor=actor, victim=victim, group="health", text="Has asthma")


def test_a_reader_cannot_write(case):
    give_all(case, "VSS", Level.VIEW)
    assert_forbidden(path(case), "vera", text="x")
    with pytest.raises(ForbiddenError):
        add(case, "x", "vera")


def test_shapes(case):
    assert_methods(path(case), "bob")
    assert client_of("bob").get(path(case, "secrets")).status_code == 404
    for name in ("walt", "petra"):
        hidden, absent = (
            client_of(name).get(path(case)),
            client_of(name).get("/victims/HV-26-ZZZZZZ/sensitive/health/"),
        )
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content


def test_nothing_but_text_comes_of_hostile_text(case):
    add(case, "<script>alert(1)</script>")
    reveal(case, "bob", "health")
    for address in (path(case), f"/victims/{victim_of(case).ref}/", f"/cases/{case.ref}/"):
        assert "<script>alert" not in client_of("bob").get(address).content.decode()


def test_an_agency_is_named_that_is_the_writers_own(case):
    add(case, "Has asthma", "bob")
    assert row(case).recorded_by_agency == agency("NNC")
