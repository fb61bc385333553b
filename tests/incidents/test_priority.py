"""Another priority: what it does is shown first, and its reason stays with the case (docs/domain.md §2.6, §3.3)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from incidents.choices import Level
from incidents.models import PriorityChange
from incidents.selectors.priority import effects_of_priority
from incidents.services.case import case_update
from kernel.errors import RuleError
from kernel.when import moment_text
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
