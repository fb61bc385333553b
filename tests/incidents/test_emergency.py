"""Emergency access: by exact reference, for four hours, told at once, reviewed by somebody else (docs/domain.md §5.5)."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Membership, Notice
from incidents.choices import Level, Tier
from incidents.models import Case, CasePerson, EmergencyAccess
from incidents.rules.emergency import review_due
from incidents.selectors import emergency
from incidents.services.clock import holidays_all
from incidents.services.emergency import NOT_OPENED, emergency_review, reviews_remind
from incidents.services.exclusion import exclusion_set
from incidents.services.tier import tier_change
from kernel import clock
from kernel.actors import system_actor
from kernel.when import moment_text
from tests.cast import acting, agency, client_of
from tests.incidents.casework import ABSENT, audited, case_of, fresh, give, name_person, text

pytestmark = pytest.mark.django_db

WHY = "He is on his way to her door and nobody answers"


@pytest.fixture
def case(cast):
    return case_of("alice")


def ask(name: str, ref: str, reason: str = WHY):
    return client_of(name).post("/emergency-access/", {"ref": ref, "reason": reason}, follow=True)


def status(name: str, case: Case) -> int:
    return client_of(name).get(f"/cases/{case.ref}/").status_code


def restrict(case: Case, cast, tier: Tier = Tier.RESTRICTED) -> None:
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(tier=tier)
    name_person(case, cast["asha"], Level.MANAGE)


def opening(case: Case) -> EmergencyAccess:
    return EmergencyAccess.objects.unscoped(reason="the test looks at the row").get(case=case)


def test_a_point_of_contact_opens_a_case_for_four_hours(case):
    assert status("wendy", case) == 404
    page = ask("wendy", case.ref.lower())
    assert "is open to you" in text(page)
    assert status("wendy", case) == 200
    assert status("walt", case) == 404
    hours = opening(case).until - opening(case).opened_at
    assert hours == dt.timedelta(hours=4)
    [event] = audited("case.emergency_open")
    assert (event.reason, event.subject_ref) == (WHY, case.ref)


def test_whoever_opened_it_reads_until_when_and_nobody_else_does(case):
    ask("wendy", case.ref)
    ends = f"in an emergency, until {moment_text(opening(case).until)}"
    assert ends in text(client_of("wendy").get(f"/cases/{case.ref}/"))
    assert "in an emergency, until" not in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_it_ends_by_itself_at_once(case):
    ask("wendy", case.ref)
    rows = CasePerson.objects.unscoped(reason="the test moves the end").filter(case=case)
    past = clock.now() - dt.timedelta(minutes=1)
    rows.update(starts_at=past - dt.timedelta(hours=4), until=past)
    # No sweep has run: the envelope still names her, and its end is past.
    Case.objects.unscoped(reason="the test moves the end").filter(pk=case.pk).update(access_ends_at=past)
    assert status("wendy", case) == 404


def test_the_owner_and_information_governance_are_told(case):
    ask("wendy", case.ref)
    for name in ("asha", "greta"):
        page = client_of(name).get("/notices/")
        assert f"{case.ref} was opened by emergency access" in text(page), name
    assert "opened by emergency access" not in text(client_of("alice").get("/notices/"))


@pytest.mark.parametrize("name", ["bob", "alice", "admin", "sam", "vera"])
def test_other_roles_have_no_emergency(cast, name):
    other = case_of("walt")
    assert client_of(name).get("/emergency-access/").status_code == 403
    assert client_of(name).post("/emergency-access/", {"ref": other.ref, "reason": WHY}).status_code == 403
    assert not EmergencyAccess.objects.unscoped(reason="the test counts").exists()


def test_absent_restricted_and_excluded_answer_alike(cast):
    restricted, excluded = case_of("alice"), case_of("alice")
    restrict(restricted, cast)
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=excluded, user=cast["wendy"], reason="Her cousin")
    answers = set()
    for ref in (ABSENT, restricted.ref, excluded.ref, "nonsense"):
        page = ask("wendy", ref)
        assert page.status_code == 200
        answers.add(text(page).replace(ref, "REF"))
        assert NOT_OPENED in text(page)
    assert len(answers) == 1
    assert len(audited("case.emergency_refused")) == 4
    assert not EmergencyAccess.objects.unscoped(reason="the test counts").exists()


def test_information_governance_opens_what_is_restricted(case, cast):
    restrict(case, cast)
    assert status("greta", case) == 404
    assert "is open to you" in text(ask("greta", case.ref))
    assert status("greta", case) == 200


def test_information_governance_opens_what_it_is_kept_out_of(case, cast):
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=case, user=cast["greta"], reason="A relative")
    ask("greta", case.ref)
    assert status("greta", case) == 200
    give(case, "NNC", Level.VIEW)
    assert status("greta", case) == 200, "a change of access keeps it open"


def test_a_case_of_the_own_agency_tier_opens(case, cast):
    restrict(case, cast, Tier.OWN)
    assert "is open to you" in text(ask("wendy", case.ref))


def test_who_can_open_the_case_anyway_needs_no_emergency(case):
    ask("asha", case.ref)
    assert not EmergencyAccess.objects.unscoped(reason="the test counts").exists()


def test_a_reason_in_a_sentence(case):
    page = ask("wendy", case.ref, "urgent")
    assert "Say in a sentence why it cannot wait" in text(page)
    assert case.ref in page.content.decode(), "what was typed is kept"


def test_the_review_is_closed_by_somebody_else(case):
    ask("wendy", case.ref)
    url = f"/emergency-access/{opening(case).uid}/"
    sent = {"outcome": "justified", "note": "The call log shows it"}
    assert client_of("wendy").post(url, sent).status_code == 403
    assert "Waiting for your review" in text(client_of("greta").get("/emergency-access/"))
    assert "Review closed" in text(client_of("greta").post(url, sent, follow=True))
    assert opening(case).outcome == "justified"
    assert "The call log shows it" in text(client_of("wendy").get(url))
    assert client_of("greta").post(url, sent).status_code == 403


def test_the_owners_point_of_contact_may_review(case):
    ask("wendy", case.ref)
    url = f"/emergency-access/{opening(case).uid}/"
    page = client_of("asha").post(url, {"outcome": "learning", "note": "The duty officer was there"}, follow=True)
    assert "Review closed" in text(page)


def test_strangers_find_no_opening(case):
    ask("wendy", case.ref)
    url = f"/emergency-access/{opening(case).uid}/"
    absent = "/emergency-access/6f1d0c6e-0000-4000-8000-000000000000/"
    for name in ("walt", "beth", "alice", "sam", "admin"):
        there, not_there = client_of(name).get(url), client_of(name).get(absent)
        assert (there.status_code, there.content) == (404, not_there.content), name


def test_an_administrator_who_is_nothing_else_stays_out(case, cast):
    assert Membership.objects.filter(user=cast["admin"]).exists()
    assert client_of("admin").post("/emergency-access/", {"ref": case.ref, "reason": WHY}).status_code == 403
    assert fresh(case).user_ids == []
    assert agency("POL").pk in fresh(case).agency_ids


def test_a_case_that_becomes_restricted_ends_what_a_point_of_contact_opened(case, cast):
    ask("wendy", case.ref)
    ask("greta", case.ref)
    assert (status("wendy", case), status("greta", case)) == (200, 200)
    with acting("asha") as actor:
        held = Case.objects.visible_to(actor).get(pk=case.pk)
        named = {cast["alice"].pk, cast["asha"].pk}
        tier_change(actor=actor, case=held, version=held.version, tier=Tier.RESTRICTED, people=named, reason="A leak")
    assert (status("wendy", case), status("greta", case)) == (404, 200)


# --- The review is due ---------------------------------------------------------------------------------


def told(case: Case) -> list[tuple[str, str]]:
    rows = Notice.objects.unscoped(reason="the test counts rows").filter(kind="emergency", case_id=case.pk)
    return sorted(
        (row.user.email.partition("@")[0], row.key.rpartition(":")[2]) for row in rows.select_related("user")
    )


def test_an_opening_is_due_in_two_working_days_and_says_so(case):
    ask("wendy", case.ref)
    row = opening(case)
    assert row.review_due_at == review_due(row.opened_at, holidays_all())
    assert "Review it by" in text(client_of("greta").get("/notices/"))
    assert "Review due" in text(client_of("greta").get(f"/emergency-access/{row.uid}/"))


def test_who_reviews_is_reminded_and_at_the_last_the_managers(case, settings):
    ask("wendy", case.ref)
    row, system = opening(case), system_actor("a test")
    points = {name for name, _ in told(case)}
    hour, due = dt.timedelta(hours=1), row.review_due_at
    for at, step, people in (
        (row.opened_at, None, set()),
        (due - hour, "soon", points),
        (due, "late", points | {"marcus"}),
        (due + 240 * hour, "escalated", points | {"marcus"}),
    ):
        settings.HATECASE_NOW = at.isoformat()
        before = told(case)
        assert reviews_remind(actor=system) == len(people)
        assert {name for name, what in told(case) if what == step} == people
        assert reviews_remind(actor=system) == 0
        assert len(told(case)) == len(before) + len(people)
    with acting("greta") as greta:
        emergency_review(actor=greta, access=row, outcome="justified", note="It was needed")
    settings.HATECASE_NOW = (due + 480 * hour).isoformat()
    assert reviews_remind(actor=system) == 0


def test_an_officer_with_a_conflict_of_interest_is_told_of_no_opening(case, cast):
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=case, reason="Knows the family", user=cast["greta"])
    ask("wendy", case.ref)
    assert case.ref in text(client_of("asha").get("/notices/"))
    assert case.ref not in text(client_of("greta").get("/notices/"))


def test_who_is_kept_out_later_knows_of_their_own_opening_what_they_did(case, cast):
    ask("wendy", case.ref)
    access = opening(case)
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=case, reason="Knows the family", user=cast["wendy"])
    with acting("greta") as greta:
        emergency_review(actor=greta, access=access, outcome="justified", note="The children were moved")
    wendy = client_of("wendy")
    whole = text(wendy.get("/emergency-access/")) + text(wendy.get(f"/emergency-access/{access.uid}/"))
    assert case.ref in whole
    for later in (
        "The children were moved",
        "Greta",
        access.get_outcome_display() or "Justified",
        "Northamptonshire Police",
    ):
        assert later not in whole, later
    assert "The children were moved" in text(client_of("asha").get(f"/emergency-access/{access.uid}/"))


def test_unreviewed_openings_come_first_however_many_there_are_since(case, monkeypatch):
    ask("wendy", case.ref)
    other = case_of("alice")
    ask("wendy", other.ref)
    newer = opening(other)
    with acting("greta") as greta:
        emergency_review(actor=greta, access=newer, outcome="justified", note="It was needed")
    monkeypatch.setattr(emergency, "SHOWN", 1)
    EmergencyAccess.objects.unscoped(reason="the test ages the row").filter(case=case).update(
        opened_at=clock.now() - dt.timedelta(days=30), review_due_at=clock.now() - dt.timedelta(days=28)
    )
    with acting("greta") as greta:
        lists = emergency.emergency_lists(greta)
    assert [row.case_ref for row in lists.waiting] == [case.ref]
    assert [row.case_ref for row in lists.others] == [other.ref]
    greta = client_of("greta")
    for path in ("/emergency-access/", "/sign-off/", "/"):
        assert "Late" in text(greta.get(path)), path


def test_the_case_says_who_opened_it_to_those_who_may_know(case, cast):
    give(case, "NNC", Level.MANAGE)
    ask("wendy", case.ref)
    page, led = f"/cases/{case.ref}/", f"/emergency-access/{opening(case).uid}/"
    seen = client_of("asha").get(page)
    assert "Opened in an emergency Wendy Achterberg" in text(seen)
    assert "Not reviewed yet: review it" in text(seen)
    assert led in seen.content.decode()
    assert "Opened in an emergency You" in text(client_of("wendy").get(page))
    for name in ("alice", "beth", "bob"):
        other = client_of(name).get(page)
        assert other.status_code == 200
        assert "Opened in an emergency" not in text(other), name
        assert led not in other.content.decode(), name
    with acting("asha") as actor:
        emergency_review(actor=actor, access=opening(case), outcome="justified", note="She was in danger")
    assert "Reviewed: see the review" in text(client_of("asha").get(page))
