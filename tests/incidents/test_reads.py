"""Pages beside a record's own that show something of it leave a trace too (docs/domain.md §8.2)."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from incidents.services.draft import draft_start
from incidents.services.risk import assessment_submit
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import SAFE, answers, audited, case_of, victim_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice")


def readers(action, **facts):
    ids = {user.pk: name for name, user in cast_get().items()}
    return [ids[event.actor_id] for event in audited(action) if facts.items() <= event.detail.items()]


def test_how_to_reach_the_victims(case):
    assert client_of("asha").get(reverse("incidents:contact_add", args=[case.ref])).status_code == 200
    assert readers("case.read", part="contact") == ["asha"]


def test_an_assessment_with_its_answers(case):
    with acting("alice") as alice:
        made = assessment_submit(actor=alice, case=case, answers=answers(), safety=SAFE, version="HIRA-1")
    assert client_of("asha").get(reverse("incidents:risk", args=[case.ref, made.uid])).status_code == 200
    assert client_of("walt").get(reverse("incidents:risk", args=[case.ref, made.uid])).status_code == 404
    assert readers("case.read", part="risk") == ["asha"]


@pytest.mark.parametrize("part", ["contact", "details", "wishes"])
def test_the_pages_that_change_a_victims_record(case, part):
    path = reverse("victims:victim_edit", args=[victim_of(case).ref, part])
    assert client_of("asha").get(path).status_code == 200
    assert client_of("walt").get(path).status_code == 404
    assert readers("victim.read") == ["asha"]


def test_a_colleagues_draft(cast):
    with acting("alice") as alice:
        draft = draft_start(
            actor=alice, agency=agency("POL"), uid=uuid.uuid4(), key="safety", answers={"danger_now": ["no"]}
        )
    for name in ("alice", "asha", "walt"):
        client_of(name).get(reverse("incidents:log_step", kwargs={"uid": draft.uid, "step": "what"}))
        client_of(name).get(reverse("incidents:log_check", kwargs={"uid": draft.uid}))
    assert readers("draft.read") == ["asha", "asha"]
