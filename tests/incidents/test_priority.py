"""Another priority: what it does is shown first, and its reason stays with the case (docs/domain.md §2.6, §3.3)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string

from incidents.choices import Level
from incidents.models import PriorityChange
from incidents.selectors.case_page import case_get
from incidents.selectors.case_print import print_page
from incidents.selectors.chronology import chronology
from incidents.selectors.priority import effects_of_priority
from incidents.services.case import case_update
from kernel import clock
from kernel.errors import RuleError
from kernel.when import moment_text
from perpetrators.services import PerpetratorData
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import case_of, clock_of, fresh, give, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice")


def change(case, to: str, reason: str = ""):
    with acting("alice") as alice:
        return case_update(
            actor=alice, case=case, version=fresh(case).version, changes={"priority": to}, priority_reason=reason
        )


def rows(case):
    return list(case.priority_changes.order_by("at", "pk").values_list("before", "after", "reason", "by__name"))


def test_what_is_shown_is_what_then_happens(case):
    earlier = clock_of(case, "K3").due_at
    with acting("alice"):
        # Who logged it for the lead agency had looked: no duty check is asked for any more.
        assert not any("starts" in sentence for sentence in effects_of_priority(fresh(case), "P1"))
        case.incidents.update(looked_at=None)
        said = effects_of_priority(fresh(case), "P1")
        assert effects_of_priority(fresh(case), case.priority) == []
    assert fresh(case).priority == "P3"
    assert clock_of(case, "K3").due_at == earlier
    change(case, "P1")
    moved = clock_of(case, "K3").due_at
    assert f"First contact with the victim is due by {moment_text(moved)}, not {moment_text(earlier)}." in said
    assert any("starts" in sentence and moment_text(clock_of(case, "K0").due_at) in sentence for sentence in said)
    with acting("alice"):
        assert effects_of_priority(fresh(case), "P3") == [
            "It is lowered: a time limit that runs already stays as early as it is."
        ]


def test_the_reason_stays_where_the_cases_readers_find_it(case):
    give(case, "NNC", Level.VIEW)
    change(case, "P1")
    with pytest.raises(RuleError, match="lowering"):
        change(case, "P3")
    change(case, "P3", "He moved away")
    change(case, "P3", "Said twice")
    assert rows(case) == [("P3", "P1", "", "Alice Morgan"), ("P1", "P3", "He moved away", "Alice Morgan")]
    page = text(client_of("bob").get(f"/cases/{case.ref}/classification/"))
    assert "He moved away" in page
    assert client_of("walt").get(f"/cases/{case.ref}/classification/").status_code == 404
    with acting("walt") as walt:
        assert not PriorityChange.objects.visible_to(walt).exists()
        assert not PriorityChange.objects.unscoped(reason="row-level security alone").exists()
    with acting("alice") as alice:
        one = PriorityChange.objects.visible_to(alice).first()
        one.reason = "Another"
        with pytest.raises(DatabaseError), transaction.atomic():
            one.save(update_fields=["reason"])


def test_an_incident_that_is_logged_into_a_case_and_makes_it_urgent_is_in_the_history(case):
    log_incident_as("alice", case=case, triage_answers={"weapon": True})
    assert rows(case) == [("P3", "P1", "", "Alice Morgan")]


def test_the_edit_page_shows_it_first_and_saves_at_once_where_nothing_moves(case):
    alice, path = client_of("alice"), f"/cases/{case.ref}/edit/"
    form = {"version": case.version, "summary": "", "priority": "P1", "status": "new", "priority_reason": ""}
    shown = alice.post(path, form | {"step": "check"})
    assert "First contact with the victim is due by" in text(shown)
    assert 'name="step"' not in shown.content.decode()
    assert fresh(case).priority == "P3"
    assert alice.post(path, form).status_code == 302
    assert fresh(case).priority == "P1"
    same = form | {"version": fresh(case).version, "summary": "By the market", "step": "check"}
    assert alice.post(path, same).status_code == 302
    triage = {
        "version": fresh(case).version,
        "priority": "P2",
        "priority_reason": "x",
        "classification": "hate_incident",
    }
    worker = fresh(case).lead_agency.memberships.get(user__email="alice@police.example").user_id
    page = text(alice.post(f"/cases/{case.ref}/triage/", triage | {"lead_worker": worker, "step": "check"}))
    assert "stays as early as it is" in page


# --- What was said about safety when it was reported ----------------------------------------------------

KNIFE = {"danger_now": True, "weapon": True, "self_harm": True}
TOY = "It was a toy, his mother says"


@pytest.fixture
def lowered(cast):
    """Lowered from P1 as it was logged, raised since, and lowered again."""
    case = case_of("alice", by_hand=False, triage_answers=KNIFE, priority="P3", priority_reason=TOY)
    change(case, "P1", "He came back")
    change(case, "P2", "He is in custody")
    return fresh(case)


PAGES = ("/cases/{ref}/", "/cases/{ref}/triage/ways/", "/cases/{ref}/classification/", "/cases/{ref}/triage/")


@pytest.mark.parametrize("page", PAGES)
def test_safety_and_reasons_stand_where_it_is_decided(lowered, page):
    words = text(client_of("alice").get(page.format(ref=lowered.ref)))
    for told in (
        "Someone was in danger then",
        "A weapon was used or shown",
        "Someone may harm themself",
        "A weapon was involved.",
        "There is a risk of self-harm.",
        "Urgent (P1)",
        TOY,
        "He is in custody",
    ):
        assert told in words, told


def test_the_chronology_and_the_paper_say_why_the_priority_was_changed(lowered):
    with acting("alice") as alice:
        entries = chronology(actor=alice, case=lowered, kind="change").entries
        assert [one.text for one in entries if one.title.startswith("Priority")] == [
            "He is in custody",
            "He came back",
        ]
        paper = print_page(actor=alice, case=case_get(actor=alice, ref=lowered.ref))
    html = render_to_string(
        "incidents/paper/case.html", {"paper": paper, "case": paper.page.case, "made_at": clock.now()}
    )
    assert all(words in html for words in (TOY, "A weapon was used or shown", "He came back", "He is in custody"))


def test_who_may_not_know_victims_reads_of_the_event_and_not_of_a_person(lowered):
    give(lowered, "PROB", Level.VIEW)
    words = text(client_of("petra").get(f"/cases/{lowered.ref}/"))
    assert "A weapon was used or shown" in words
    assert "Someone was in danger then" in words
    assert TOY in words
    assert "harm" not in words


def test_a_reason_that_names_somebody_is_shown_as_any_text(cast):
    pike = PerpetratorData(status="named", given_name="Wotan", family_name="Pike")
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[pike],
        priority="P3",
        priority_reason="Wotan Pike is in prison",
    )
    give(case, "VSS", Level.VIEW)
    address = f"/cases/{case.ref}/"
    assert "Wotan Pike is in prison" in text(client_of("alice").get(address))
    other = text(client_of("vera").get(address))
    assert "Wotan" not in other
    assert "is in prison" in other
