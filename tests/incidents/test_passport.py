"""The passport of a share: field groups, necessity, basis, Caldicott guardian, and overrides of a wish."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from agencies.models import Agency, Membership, Notice
from incidents.choices import Level, OverrideState
from incidents.models import WishOverride
from incidents.services.access import database_now, level_of
from incidents.services.override import OverrideCase, override_ask, override_confirm, override_refuse, overrides_expire
from incidents.services.share import ShareTerms, share_give
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    day_parts,
    give,
    text,
    victim_set,
)

pytestmark = pytest.mark.django_db

LASTS = day_parts("ends_on", clock.today_real() + dt.timedelta(days=60))
TERMS = {"purpose": "Support for the victim", "gateway": "cda_s115"}


@pytest.fixture
def case(cast):
    return case_of("alice")


def share(case, code="VSS", level="view", name="alice", **terms):
    with acting(name) as actor:
        return share_give(actor=actor, case=case, agency=agency(code), level=level, **TERMS | terms)


# --- What a share covers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "level", "groups"),
    [
        ("VSS", "signpost", []),
        ("VSS", "view", []),
        ("VSS", "contribute", ["victim_contact"]),
        ("NNC", "view", ["subject_identity"]),
        ("NNC", "contribute", ["subject_identity", "victim_contact"]),
        ("PROB", "manage", ["subject_identity"]),
    ],
)
def test_without_groups_a_share_covers_what_its_level_has_always_given(case, code, level, groups):
    assert sorted(share(case, code, level).field_groups) == groups


def test_a_share_covers_the_groups_that_it_names_and_no_others(case):
    assert share(case, "NNC", "contribute", field_groups=[]).field_groups == []
    assert share(case, "NNC", "view", field_groups=["trans_status", "health"]).field_groups == [
        "health",
        "trans_status",
    ]
    [_, event] = audited("case.share")
    assert event.detail["groups"] == ["health", "trans_status"]
    assert event.detail["basis"] == "not_asked"


@pytest.mark.parametrize(
    ("code", "level", "groups", "said"),
    [
        ("VSS", "view", ["subject_identity"], "may not know the other side"),
        ("PROB", "view", ["victim_contact"], "may not know the other side"),
        ("PROB", "contribute", ["reporter_identity"], "may not know the other side"),
        ("NNC", "signpost", ["health"], "gets no field group"),
        ("NNC", "view", ["everything"], "Choose field groups from the list"),
    ],
)
def test_groups_that_a_share_may_not_cover(case, code, level, groups, said):
    with pytest.raises(RuleError, match=said) as refused:
        share(case, code, level, field_groups=groups)
    assert refused.value.field == "field_groups"
    assert not case.grants.filter(source="share").exists()


def test_the_basis_follows_the_wishes(case):
    assert share(case, "VSS").basis == "not_asked"
    victim_set(case, wish_share_support="yes")
    assert share(case, "VSS", level="contribute").basis == "wish"
    assert share(case, "FIRE").basis == "not_asked"


def test_a_share_that_begins_later_is_not_the_one_that_is_wanted_now(case):
    later = database_now() + dt.timedelta(hours=2)
    planned = share(case, "WNC", starts_at=later)
    assert share(case, "WNC", starts_at=later) == planned
    with acting("walt") as actor:
        assert level_of(actor, case) is None
    now = share(case, "WNC")
    assert now != planned
    assert share(case, "WNC") == now
    with acting("walt") as actor:
        assert level_of(actor, case) == Level.VIEW


def test_necessity_is_the_purpose_where_nothing_more_is_said(case):
    assert share(case).necessity == TERMS["purpose"]
    assert share(case, necessity="Without it they cannot plan the visit").necessity.startswith("Without it")
    assert case.grants.get(source="share", ended_at=None).from_agency == agency("POL")


def test_the_page_asks_for_necessity_and_shows_the_passport(case):
    path = f"/cases/{case.ref}/share/"
    data = {"agency": "NNC", "level": "view", "field_groups": ["health"], **TERMS, **LASTS}
    page = client_of("alice").post(path, data)
    assert "Enter why this much is needed" in text(page)
    page = client_of("alice").post(path, data | {"necessity": "The flat has to suit her"}, follow=True)
    assert "Extra fields: Health" in text(page)
    assert "Why this much: The flat has to suit her" in text(page)
    assert "Basis: The victim was not asked; policy allows it" in text(page)


def test_the_terms_are_for_who_manages_and_for_whom_they_are(case):
    share(case, "NNC", necessity="The flat has to suit her")
    share(case, "WNC", necessity="The bus stop is theirs")
    page = text(client_of("bob").get(f"/cases/{case.ref}/"))
    assert "The flat has to suit her" in page
    assert "The bus stop is theirs" not in page


# --- Caldicott ----------------------------------------------------------------------------------------


def test_a_share_with_health_names_the_guardian_on_record(case):
    assert share(case, "HLTH").caldicott_guardian == "Dr Miriam Oakes"
    assert share(case, "HLTH", caldicott_guardian="Dr Ewan Pike").caldicott_guardian == "Dr Ewan Pike"
    assert share(case, "NNC", caldicott_guardian="Dr Ewan Pike").caldicott_guardian == ""


def test_without_a_guardian_nothing_is_shared_with_health_or_by_it(case):
    Agency.objects.filter(code="HLTH").update(caldicott_guardian="")
    with pytest.raises(RuleError, match="Enter the Caldicott guardian of NHS") as refused:
        share(case, "HLTH")
    assert refused.value.field == "caldicott_guardian"
    give(case, "HLTH", Level.MANAGE)
    with pytest.raises(RuleError, match="Enter the Caldicott guardian of NHS"):
        share(case, "VSS", name="hana")
    assert share(case, "VSS", name="hana", caldicott_guardian="Dr Ewan Pike").caldicott_guardian == "Dr Ewan Pike"


# --- Against a wish -----------------------------------------------------------------------------------

WHY = OverrideCase("serious_harm", "He waits outside her flat every evening.", False, "It would put her at risk")


@pytest.fixture
def unwilling(case):
    victim_set(case, wish_share_support="no")
    return case


def ask(case, name="alice", why=WHY, **terms):
    values = {"agency": agency("VSS"), "level": "contribute", **TERMS} | terms
    with acting(name) as actor:
        return override_ask(actor=actor, case=case, terms=ShareTerms(**values), why=why)


def notices(kind):
    rows = Notice.objects.unscoped(reason="the test counts rows").filter(kind=kind)
    return sorted(row.user.email.partition("@")[0] for row in rows.select_related("user"))


def test_nothing_is_shared_before_a_supervisor_confirms(unwilling):
    override = ask(unwilling)
    assert not unwilling.grants.filter(source="share").exists()
    assert client_of("vera").get(f"/cases/{unwilling.ref}/").status_code == 404
    assert notices("override") == ["asha", "donna", "marcus"]
    with acting("asha") as actor:
        grant = override_confirm(actor=actor, override=override)
    assert (grant.basis, grant.level, grant.field_groups) == ("override", "contribute", ["victim_contact"])
    assert grant.given_by_id == cast_get()["alice"].pk
    assert client_of("vera").get(f"/cases/{unwilling.ref}/").status_code == 200
    [event] = audited("case.override_confirm")
    assert event.detail["ground"] == "serious_harm"
    assert [e.operation for e in audited("case.share")] == ["disclosure"]
    assert notices("override") == ["alice", "asha", "donna", "marcus"]


def test_who_asked_never_confirms(unwilling):
    override = ask(unwilling, "asha")
    assert "asha" not in notices("override")
    with acting("asha") as actor, pytest.raises(ForbiddenError, match="Somebody else"):
        override_confirm(actor=actor, override=override)
    path = f"/cases/{unwilling.ref}/overrides/{override.pk}/"
    page = client_of("asha").get(path)
    assert "cannot confirm it" in text(page)
    assert client_of("asha").post(path, {"decision": "confirm"}).status_code == 403
    rows = WishOverride.objects.unscoped(reason="the test tries the constraint").filter(pk=override.pk)
    with pytest.raises(IntegrityError, match="override_by_somebody_else"):
        rows.update(decided_by=cast_get()["asha"])


def test_a_caseworker_does_not_confirm(unwilling):
    override = ask(unwilling)
    with acting("amir") as actor, pytest.raises(ForbiddenError, match="Only a point of contact"):
        override_confirm(actor=actor, override=override)
    assert client_of("amir").post(f"/cases/{unwilling.ref}/overrides/{override.pk}/", {}).status_code == 403


def test_another_agency_that_manages_the_case_sees_nothing_of_it(unwilling):
    give(unwilling, "NNC", Level.MANAGE)
    override = ask(unwilling)
    assert client_of("beth").get(f"/cases/{unwilling.ref}/overrides/{override.pk}/").status_code == 404
    with acting("beth"), connection.cursor() as cursor:
        cursor.execute("select count(*) from incidents_wishoverride")
        assert cursor.fetchone()[0] == 0


def test_refused_with_a_reason_nothing_is_shared(unwilling):
    override = ask(unwilling)
    path = f"/cases/{unwilling.ref}/overrides/{override.pk}/"
    client = client_of("donna")
    assert "Enter why it is refused" in text(client.post(path, {"decision": "refuse", "reason": ""}))
    client.post(path, {"decision": "refuse", "reason": "Ask her again first"})
    override.refresh_from_db()
    assert (override.state, override.decision_reason) == (OverrideState.REFUSED, "Ask her again first")
    assert "Ask her again first" in text(client_of("alice").get(path))
    with acting("asha") as actor, pytest.raises(RuleError, match="decided: refused"):
        override_confirm(actor=actor, override=override)
    assert not unwilling.grants.filter(source="share").exists()


def test_confirming_or_refusing_twice_changes_nothing(unwilling):
    override = ask(unwilling)
    with acting("asha") as actor:
        assert override_confirm(actor=actor, override=override) == override_confirm(actor=actor, override=override)
    assert len(audited("case.share")) == 1
    second = ask(unwilling, agency=agency("NREC"))
    with acting("asha") as actor:
        for _ in range(2):
            override_refuse(actor=actor, override=second, reason="No")
    assert len(audited("case.override_refuse")) == 1


def test_after_two_working_days_it_expires(unwilling, settings):
    settings.HATECASE_NOW = "2026-12-04T10:00:00+00:00"
    override = ask(unwilling)
    assert override.expires_at == dt.datetime(2026, 12, 8, 17, tzinfo=dt.UTC)
    settings.HATECASE_NOW = "2026-12-08T16:59:00+00:00"
    assert overrides_expire(actor=system_actor("a test")) == 0
    settings.HATECASE_NOW = "2026-12-08T17:00:00+00:00"
    with acting("asha") as actor, pytest.raises(RuleError, match="expired unanswered"):
        override_confirm(actor=actor, override=override)
    page = text(client_of("asha").get(f"/cases/{unwilling.ref}/overrides/{override.pk}/"))
    assert "Expired" in page
    assert "Save decision" not in page
    assert [overrides_expire(actor=system_actor("a test")) for _ in range(2)] == [1, 0]
    override.refresh_from_db()
    assert override.state == OverrideState.EXPIRED
    assert "alice" in notices("override")
    ask(unwilling)


@pytest.mark.parametrize(
    ("why", "field"),
    [
        (OverrideCase("because", "He waits.", True), "ground"),
        (OverrideCase("serious_harm", " ", True), "reason"),
        (OverrideCase("serious_harm", "He waits.", None), "victim_told"),
        (OverrideCase("serious_harm", "He waits.", False, " "), "not_told_reason"),
    ],
)
def test_an_override_needs_ground_reason_and_whether_the_victim_was_told(unwilling, why, field):
    with pytest.raises(RuleError) as refused:
        ask(unwilling, why=why)
    assert refused.value.field == field


def test_an_override_is_only_for_what_a_wish_stands_against(unwilling):
    with pytest.raises(RuleError, match="needs no override"):
        ask(unwilling, agency=agency("NNC"))


def test_one_override_for_an_agency_waits_at_a_time(unwilling):
    ask(unwilling)
    with pytest.raises(RuleError, match="waits for a supervisor already"):
        ask(unwilling, "amir")
    assert WishOverride.objects.unscoped(reason="the test counts rows").count() == 1


def test_where_nobody_else_could_confirm_it_is_not_asked(unwilling):
    Membership.objects.filter(user__email__in=["donna@police.example", "marcus@police.example"]).update(
        is_active=False
    )
    with pytest.raises(RuleError, match="Nobody else in your agency"):
        ask(unwilling, "asha")


def test_the_terms_are_checked_again_when_it_is_confirmed(unwilling):
    override = ask(unwilling)
    give(unwilling, "NNC", Level.MANAGE)
    Agency.objects.filter(code="VSS").update(isa_expires_on=clock.today_real() - dt.timedelta(days=1))
    with acting("asha") as actor, pytest.raises(RuleError, match="cannot be shared with that agency"):
        override_confirm(actor=actor, override=override)
    override.refresh_from_db()
    assert override.state == OverrideState.WAITING


def test_the_pages_from_the_refusal_to_the_share(unwilling):
    client = client_of("alice")
    data = {"agency": "VSS", "level": "view", "necessity": "They plan with her", **TERMS, **LASTS}
    refused = client.post(f"/cases/{unwilling.ref}/share/", data)
    assert "a supervisor confirms an override" in text(refused)
    path = f"/cases/{unwilling.ref}/share/override/"
    assert path in refused.content.decode()
    why = {"ground": "threat_to_life", "reason": "He has a knife.", "victim_told": "no"}
    assert "Enter why not" in text(client.post(path, data | why))
    page = client.post(path, data | why | {"not_told_reason": "She cannot be reached"}, follow=True)
    assert "A supervisor was asked to confirm sharing with Voice" in text(page)
    assert "No: She cannot be reached" in text(page)
    assert "Override for Voice" in text(client.get(f"/cases/{unwilling.ref}/"))
    work = client_of("marcus").get("/")
    assert "Override a wish for Voice" in text(work)
    override = WishOverride.objects.unscoped(reason="the test looks at the row").get()
    done = client_of("marcus").post(f"/cases/{unwilling.ref}/overrides/{override.pk}/", {"decision": "confirm"})
    assert done.status_code == 302
    assert "Against the victim’s wish" in text(client.get(f"/cases/{unwilling.ref}/"))


def test_shapes(unwilling):
    override = ask(unwilling)
    for tail in ("share/override/", f"overrides/{override.pk}/"):
        assert_unknown_is_404(f"/cases/{{ref}}/{tail}", unwilling)
        assert_methods(f"/cases/{unwilling.ref}/{tail}", "alice")
    give(unwilling, "NNC", Level.CONTRIBUTE)
    assert_forbidden(f"/cases/{unwilling.ref}/share/override/", "bob")
    assert_forbidden(f"/cases/{unwilling.ref}/overrides/{override.pk}/", "bob")
    other = case_of("alice")
    assert client_of("alice").get(f"/cases/{other.ref}/overrides/{override.pk}/").status_code == 404
