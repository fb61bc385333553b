"""How widely a case is shared: the four tiers, their preview, and what each of them opens (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
from django.db import connection, transaction
from django.utils import timezone

from agencies.models import Agency, Membership, User
from agencies.services.people import person_roles_set
from incidents.choices import Level, Tier
from incidents.models import Case, CaseGrant
from incidents.selectors.openers import openers, tier_preview
from incidents.selectors.why import access_why
from incidents.services.access import access_rebuild, grant_create
from incidents.services.case import lead_worker_assign
from incidents.services.emergency import emergency_open
from incidents.services.exclusion import exclusion_set
from incidents.services.task import task_create
from incidents.services.tier import tier_change, tier_for_meeting
from kernel.errors import ForbiddenError, RuleError, StaleError
from tests.cast import acting, agency, client_of
from tests.incidents.casework import assert_forbidden, assert_unknown_is_404, audited, case_of, fresh, give, text

pytestmark = pytest.mark.django_db

READERS = ("alice", "asha", "bob", "beth", "walt", "greta", "sam", "admin")


def sees(case: Case) -> set[str]:
    """Who of the cast gets the case's page."""
    return {name for name in READERS if client_of(name).get(f"/cases/{case.ref}/").status_code == 200}


def change(case: Case, tier: Tier, *people: str, name: str = "asha", reason: str = "A partner’s officer is in it"):
    with acting(name) as actor:
        ids = set(User.objects.filter(email__in=[_mail(one) for one in people]).values_list("pk", flat=True))
        held = Case.objects.visible_to(actor).get(pk=case.pk)
        return tier_change(actor=actor, case=held, version=held.version, tier=tier, people=ids, reason=reason)


def _mail(name: str) -> str:
    return User.objects.get(email__startswith=f"{name}@").email


@pytest.fixture
def case(cast):
    """Led by the police, Alice its lead worker, shared with the north council."""
    case = case_of("alice")
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(lead_worker=cast["alice"])
    give(case, "NNC", Level.CONTRIBUTE)
    return fresh(case)


def test_named_agencies_is_how_a_case_begins(case):
    assert case.tier == Tier.TEAM
    assert sees(case) == {"alice", "asha", "bob", "beth"}


def test_own_agency_is_the_lead_worker_and_the_points_of_contact(case, cast):
    assert {one.name for one in openers(case, Tier.OWN)} >= {cast["alice"].name, cast["asha"].name}
    change(case, Tier.OWN)
    assert sees(case) == {"alice", "asha"}


def test_own_agency_names_further_people(case):
    change(case, Tier.OWN, "bob")
    assert sees(case) == {"alice", "asha", "bob"}


def test_shares_rest_and_come_back(case):
    change(case, Tier.OWN)
    assert fresh(case).grants.filter(agency=agency("NNC"), ended_at=None).exists()
    change(case, Tier.TEAM)
    assert sees(case) == {"alice", "asha", "bob", "beth"}


def test_restricted_is_the_named_people_alone(case):
    change(case, Tier.RESTRICTED, "alice", "asha", "bob")
    assert sees(case) == {"alice", "asha", "bob"}
    change(case, Tier.RESTRICTED, "alice", "asha")
    assert sees(case) == {"alice", "asha"}


def test_a_restricted_case_is_in_no_search_but_in_its_peoples_list(case):
    words = "/cases/?q=market"
    assert case.ref in text(client_of("alice").get(words))
    change(case, Tier.RESTRICTED, "alice", "asha")
    assert case.ref not in text(client_of("alice").get(words))
    assert case.ref in text(client_of("alice").get("/cases/"))
    change(case, Tier.TEAM)
    assert case.ref in text(client_of("alice").get(words))


def test_every_look_at_a_restricted_case_is_told_to_information_governance(case):
    change(case, Tier.RESTRICTED, "alice", "asha")
    client_of("alice").get(f"/cases/{case.ref}/")
    told = text(client_of("greta").get("/notices/"))
    assert f"{case.ref} (restricted) was opened" in told
    client_of("greta").get(f"/cases/{case.ref}/")
    assert text(client_of("greta").get("/notices/")).count("was opened") == told.count("was opened")


def test_a_look_at_another_case_is_told_to_nobody(case):
    client_of("alice").get(f"/cases/{case.ref}/")
    assert case.ref not in text(client_of("greta").get("/notices/"))


def release(case: Case, code: str = "WNC") -> None:
    """What a meeting's release does with the case."""
    with acting("asha") as actor:
        held = Case.objects.visible_to(actor).get(pk=case.pk)
        tier_for_meeting(actor=actor, case=held, meeting_ref="HM-26-000000")
        terms = {"source": CaseGrant.Source.MEETING, "source_ref": "HM-26-000000", "level": Level.VIEW}
        grant_create(case=held, agency=agency(code), **terms)
        access_rebuild([held.pk])


def names_of(case: Case) -> set[str]:
    with acting("asha") as actor:
        return {one.name for one in openers(Case.objects.visible_to(actor).get(pk=case.pk))}


@pytest.mark.parametrize("narrower", [("team",), ("own", "team"), ("restricted", "team"), ("own", "hasbag")])
def test_a_meetings_release_ends_with_the_hasbag_tier_for_good(case, narrower):
    release(case)
    assert fresh(case).tier == Tier.HASBAG
    assert agency("WNC").name in names_of(case)
    assert client_of("walt").get(f"/cases/{case.ref}/").status_code == 200
    for tier in narrower:
        change(case, Tier(tier), *(("alice", "asha") if tier == "restricted" else ()))
    assert agency("WNC").name not in names_of(case)
    assert client_of("walt").get(f"/cases/{case.ref}/").status_code == 404


@pytest.mark.parametrize("tier", ["own", "restricted"])
def test_what_people_open_by_name_is_released_to_no_meeting(case, tier):
    change(case, Tier(tier), "alice", "asha")
    with pytest.raises(RuleError, match="Choose who can open it first"):
        release(case)


@pytest.mark.parametrize(("tier", "after", "opens"), [("team", "hasbag", 200), ("own", "own", 404)])
def test_a_release_of_before_the_tier_is_brought_in_line(case, tier, after, opens):
    change(case, Tier(tier))
    terms = {"source": CaseGrant.Source.MEETING, "source_ref": "HM-26-000000", "level": Level.VIEW}
    grant_create(case=fresh(case), agency=agency("WNC"), **terms)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local role hatecase_owner")
        cursor.execute(import_module("incidents.migrations.0095_hasbag_tier").IN_LINE)
        cursor.execute("reset role")
    access_rebuild([case.pk])
    assert fresh(case).tier == after
    change(case, Tier.HASBAG)
    assert client_of("walt").get(f"/cases/{case.ref}/").status_code == opens


def test_who_can_open_it_leaves_out_whoever_cannot(case, cast):
    today = timezone.localdate()
    assert agency("NNC").name in names_of(case)
    Agency.objects.filter(code="NNC").update(isa_expires_on=today - dt.timedelta(days=1))
    assert agency("NNC").name not in names_of(case)
    Agency.objects.filter(code="NNC").update(handing_over=True)
    assert agency("NNC").name in names_of(case)
    change(case, Tier.OWN)
    User.objects.filter(pk=cast["alice"].pk).update(asleep_at=timezone.now())
    assert cast["alice"].name not in names_of(case)


def test_an_emergency_does_not_open_to_whoever_is_kept_out_since(case, cast):
    for name in ("petra", "greta"):
        with acting(name) as actor:
            emergency_open(actor=actor, ref=case.ref, reason="She rings from outside her door")
    assert {cast["petra"].name, cast["greta"].name} <= names_of(case)
    with acting("asha") as actor:
        held = Case.objects.visible_to(actor).get(pk=case.pk)
        for name in ("petra", "greta"):
            exclusion_set(actor=actor, case=held, user=cast[name], reason="Knows the family")
        assert not access_why(held, cast["petra"]).opens
        assert access_why(held, cast["greta"]).rule == "emergency"
    assert names_of(case) & {cast["petra"].name, cast["greta"].name} == {cast["greta"].name}
    assert sees(case) == {"alice", "asha", "bob", "beth", "greta"}
    change(case, Tier.RESTRICTED, "alice", "asha")
    assert names_of(case) == {cast["alice"].name, cast["asha"].name, cast["greta"].name}


@pytest.mark.parametrize(
    ("people", "field"),
    [((), "people"), (("asha",), "people"), (("alice",), "people"), (("alice", "asha", "walt"), "people")],
)
def test_a_restricted_case_cannot_be_lost(case, people, field):
    with pytest.raises(RuleError) as refused:
        change(case, Tier.RESTRICTED, *people)
    assert refused.value.field == field
    assert fresh(case).tier == Tier.TEAM


def test_only_who_owns_the_case_chooses(case):
    give(case, "WNC", Level.MANAGE)
    with pytest.raises(ForbiddenError):
        change(case, Tier.OWN, name="walt")
    assert change(case, Tier.OWN, name="alice").tier == Tier.OWN


def test_a_change_meanwhile_is_not_overwritten(case):
    with acting("asha") as actor:
        held = Case.objects.visible_to(actor).get(pk=case.pk)
        with pytest.raises(StaleError):
            tier_change(actor=actor, case=held, version=held.version - 1, tier=Tier.OWN, reason="For now")


def test_the_change_is_in_the_audit(case):
    change(case, Tier.OWN, reason="Before the arrest")
    [event] = audited("case.tier")
    assert (event.reason, event.operation, event.detail["people"]) == ("Before the arrest", "disclosure", [])


def test_the_preview_tells_who_will_and_who_will_no_longer(case, cast):
    with acting("asha"):
        preview = tier_preview(case, Tier.OWN)
    assert "North Northamptonshire Council" in [one.name for one in preview.losing]
    assert cast["alice"].name in [one.name for one in preview.openers]


def test_own_agency_follows_who_answers_for_it(case, cast):
    change(case, Tier.OWN)
    with acting("ada") as actor:
        amir = Membership.objects.get(user=cast["amir"])
        person_roles_set(actor=actor, membership=amir, roles=["caseworker", "deputy_spoc"], job_title="Sergeant")
    assert client_of("amir").get(f"/cases/{case.ref}/").status_code == 200
    with acting("ada") as actor:
        person_roles_set(actor=actor, membership=amir, roles=["caseworker"], job_title="Constable")
    assert client_of("amir").get(f"/cases/{case.ref}/").status_code == 404


def test_own_agency_follows_its_lead_worker(case, cast):
    change(case, Tier.OWN)
    with acting("asha") as actor:
        held = fresh(case)
        lead_worker_assign(actor=actor, case=held, version=held.version, worker=None)
    assert sees(case) == {"asha"}


# --- The page ---------------------------------------------------------------------------------------


def test_the_page_previews_before_it_saves(case):
    asha = client_of("asha")
    url = f"/cases/{case.ref}/tier/"
    sent = {"tier": "own", "reason": "Before the arrest", "version": case.version}
    shown = text(asha.post(url, sent | {"step": "preview"}))
    assert "Who will be able to open it" in shown
    assert "Who will no longer" in shown
    assert fresh(case).tier == Tier.TEAM
    saved = asha.post(url, sent | {"step": "save"}, follow=True)
    assert "Who can open this case is changed" in text(saved)
    assert fresh(case).tier == Tier.OWN


def test_bad_input_is_told_beside_its_field_and_kept(case):
    sent = {"tier": "nobody", "reason": "", "version": case.version, "step": "save"}
    page = client_of("asha").post(f"/cases/{case.ref}/tier/", sent)
    assert "There is a problem" in text(page)
    assert fresh(case).tier == Tier.TEAM


def test_who_changed_it_meanwhile_is_told(case):
    sent = {"tier": "own", "reason": "Before the arrest", "version": 0, "step": "save"}
    assert client_of("asha").post(f"/cases/{case.ref}/tier/", sent).status_code == 409


def test_readers_and_strangers(case):
    assert_forbidden(f"/cases/{case.ref}/tier/", "bob")
    assert_unknown_is_404("/cases/{ref}/tier/", case)


def test_a_task_of_somebody_who_can_no_longer_open_the_case_comes_back(case, cast):
    with acting("alice") as actor:
        task = task_create(
            actor=actor, case=case, title="Change her locks", agency=agency("NNC"), assignee=cast["bob"]
        )
    change(case, Tier.RESTRICTED, "asha", "alice")
    row = case.tasks.get()
    assert (row.agency.code, row.state, row.assignee) == ("POL", "offered", None)
    assert f"{task.ref} in {case.ref} came back" in text(client_of("alice").get("/notices/"))
    assert case.ref not in text(client_of("bob").get("/notices/"))


def test_a_colleague_who_is_named_finds_the_task_that_waits(case, cast):
    with acting("alice") as actor:
        task_create(actor=actor, case=case, title="Change her locks", agency=agency("NNC"), assignee=cast["bob"])
    change(case, Tier.RESTRICTED, "asha", "alice", "beth")
    row = case.tasks.get()
    assert (row.agency.code, row.state, row.assignee) == ("NNC", "offered", None)


def test_a_deputy_who_is_not_named_is_deputy_no_more(case, cast):
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(deputy=cast["amir"])
    change(case, Tier.RESTRICTED, "asha", "alice")
    assert Case.objects.unscoped(reason="the test looks at the row").get(pk=case.pk).deputy is None
