"""Sharing a case and ending it: levels, wishes, conflicts of interest, times, and the pages."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest

from agencies.models import Agency, Notice
from incidents.choices import Level
from incidents.models import Case, CaseAccess, CaseExclusion, CaseGrant
from incidents.rules.sharing import share_ends, share_last_day, share_warn_until
from incidents.services.access import access_rebuild
from incidents.services.clock import holidays_all
from incidents.services.share import share_end, share_give
from incidents.services.share_warning import shares_warn
from incidents.services.transfer import lead_transfer
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import History
from kernel.working_days import local_date
from tests.cast import acting, agency, client_of
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
from victims.services import VictimData

pytestmark = pytest.mark.django_db

REFUSED = "This case cannot be shared with that agency."


@pytest.fixture
def case(cast):
    return case_of("alice")


def path(case) -> str:
    return f"/cases/{case.ref}/share/"


def sent(**values) -> dict:
    return (
        {
            "agency": "VSS",
            "level": "contribute",
            "purpose": "Support for the victim",
            "necessity": "They cannot call without the number",
            "gateway": "cda_s115",
        }
        | day_parts("ends_on", share_last_day(clock.today_real()))
        | values
    )


def share(case, name: str = "alice", code: str = "VSS", level: str = "view", **terms):
    terms.setdefault("purpose", "Support")
    terms.setdefault("gateway", "cda_s115")
    with acting(name) as actor:
        return share_give(actor=actor, case=case, agency=agency(code), level=level, **terms)


# --- Giving -------------------------------------------------------------------------------------------


def test_before_the_share_nothing_and_after_it_the_case(case):
    vera = client_of("vera")
    assert vera.get(f"/cases/{case.ref}/").status_code == 404
    page = client_of("alice").post(path(case), sent(), follow=True)
    assert "Shared with Voice" in text(page)
    assert "Purpose: Support for the victim" in text(page)
    assert "Gateway: Crime and Disorder Act 1998, section 115" in text(page)
    assert vera.get(f"/cases/{case.ref}/").status_code == 200
    [event] = audited("case.share")
    assert event.operation == "disclosure"
    assert (event.detail["agency"], event.detail["level"], event.detail["gateway"]) == (
        "VSS",
        "contribute",
        "cda_s115",
    )
    assert event.reason == "Support for the victim"


def test_the_receivers_points_of_contact_are_told(case, cast):
    share(case)
    told = Notice.objects.unscoped(reason="the test counts rows").filter(kind="share")
    assert [n.user_id for n in told] == [cast["viola"].pk]
    assert "Farida" not in told.get().text


def test_a_signpost_shows_only_the_reference_and_whom_to_ask(case):
    share(case, code="NNC", level="signpost")
    bob = client_of("bob")
    page = text(bob.get("/cases/"))
    assert f"{case.ref} , led by Northamptonshire Police: ask Asha Raithatha or Donna Pickering" in page
    assert "Mirza" not in page
    assert not Notice.objects.unscoped(reason="the test counts rows").filter(kind="share").exists()


def test_the_same_terms_twice_are_one_share(case):
    for _ in range(2):
        assert client_of("alice").post(path(case), sent()).status_code == 302
    assert case.grants.filter(source="share").count() == 1
    assert len(audited("case.share")) == 1


def test_new_terms_take_the_place_of_the_old_ones(case):
    first = share(case, level="view")
    second = share(case, level="contribute")
    first.refresh_from_db()
    assert first.ended_at is not None
    assert second.ended_at is None
    with acting("vera") as actor:
        assert CaseAccess.objects.visible_to(actor).get().level == Level.CONTRIBUTE.rank


def test_an_end_is_the_end_of_its_day_and_refuses_at_once_when_it_is_past(case):
    last = clock.today_real() + dt.timedelta(days=3)
    assert client_of("alice").post(path(case), sent() | day_parts("ends_on", last)).status_code == 302
    grant = case.grants.get(source="share")
    assert grant.until.astimezone(clock.LONDON) == dt.datetime.combine(
        last + dt.timedelta(days=1), dt.time(), clock.LONDON
    )
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 200
    # No job runs: the end alone refuses, by both walls.
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    CaseGrant.objects.unscoped(reason="the test moves the end").filter(pk=grant.pk).update(
        starts_at=past - dt.timedelta(days=1), until=past
    )
    Case.objects.unscoped(reason="the test moves the end").filter(pk=case.pk).update(access_ends_at=past)
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 404


def test_a_share_from_a_later_day_opens_nothing_yet(case):
    day = clock.today_real() + dt.timedelta(days=2)
    assert client_of("alice").post(path(case), sent() | day_parts("starts_on", day)).status_code == 302
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 404
    page = text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "Voice Read and add, from" in page


def test_a_frozen_clock_moves_no_access(case, settings):
    settings.HATECASE_NOW = "2030-01-01T10:00:00+00:00"
    share(case)
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 200


# --- What stands against it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "code", "blocked"),
    [
        ({"wish_share_support": "no"}, "VSS", True),
        ({"wish_share_support": "withdrawn"}, "NREC", True),
        ({"wish_share_support": "no"}, "NNC", False),
        ({"wish_share_council": "no"}, "NNC", True),
        ({"wish_share_council": "withdrawn"}, "WNC", True),
        ({"wish_share_police": "no"}, "VSS", False),
        ({"wish_share_support": "yes"}, "VSS", False),
    ],
)
def test_a_victims_wish_stops_new_sharing_with_its_kind(case, wish, code, blocked):
    victim_set(case, **wish)
    page = client_of("alice").post(path(case), sent(agency=code))
    if not blocked:
        assert page.status_code == 302
        return
    assert page.status_code == 200
    assert "A victim in this case" in text(page)
    assert "unless the wish changes" in text(page)
    assert "Support for the victim" in page.content.decode()
    assert not case.grants.filter(source="share").exists()


def test_the_police_are_stopped_by_a_wish_too(cast):
    case = case_of("bob", victims=[VictimData(given_name="Ida", wish_share_police="no")])
    with pytest.raises(RuleError, match="does not want it shared"):
        share(case, "bob", code="POL")


def test_a_wish_counts_also_where_the_sharer_may_not_know_the_victim(cast):
    case = case_of("yusuf", victims=[VictimData(given_name="Ida", wish_share_support="no")])
    with pytest.raises(RuleError, match="does not want it shared"):
        share(case, "yusuf")


def test_an_excluded_agency_is_refused_with_a_sentence_that_gives_nothing_away(case):
    CaseExclusion(case=case, agency=agency("VSS"), reason="Conflict of interest").save()
    access_rebuild([case.pk])
    form = client_of("alice").get(path(case)).content.decode()
    assert '<option value="VSS">' in form
    page = client_of("alice").post(path(case), sent())
    assert REFUSED in text(page)
    assert "onflict" not in text(page)
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 404


@pytest.mark.parametrize("code", ["IG", "IPSCJ"])
def test_agencies_without_casework_are_not_offered_and_refused_alike(case, code):
    assert f'value="{code}"' not in client_of("alice").get(path(case)).content.decode()
    with pytest.raises(RuleError, match=REFUSED):
        share(case, code=code)


def test_an_agency_whose_agreement_has_ended_is_refused(case):
    Agency.objects.filter(code="VSS").update(isa_expires_on=clock.today_real() - dt.timedelta(days=1))
    with pytest.raises(RuleError, match=REFUSED):
        share(case)


def test_the_lead_agency_sees_it_already(case):
    with pytest.raises(RuleError, match="sees it already"):
        share(case, code="POL")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"agency": ""}, "Select agency"),
        ({"agency": "POL"}, "choose one of the options shown"),
        ({"level": "all"}, "choose one of the options shown"),
        ({"purpose": " "}, "Enter purpose"),
        ({"purpose": "p" * 1_000_000}, "Purpose must be 300 characters or fewer"),
        ({"purpose": "a\x00b"}, "Purpose had hidden characters"),
        ({"gateway": ""}, "Select legal gateway"),
        ({"ends_on_day": "1", "ends_on_month": "1", "ends_on_year": "2020"}, "Until must be today or later"),
        (
            {"starts_on_day": "1", "starts_on_month": "1", "starts_on_year": "2020"},
            "First day must be today or in the future",
        ),
        ({"ends_on_day": "31", "ends_on_month": "2", "ends_on_year": "2030"}, "must be a real date"),
        ({"ends_on_day": "", "ends_on_month": "", "ends_on_year": ""}, "Enter the last day of the share"),
        ({"ends_on_year": "2090"}, "A share lasts 12 months at most"),
    ],
)
def test_bad_input_is_refused_beside_its_field(case, values, said):
    page = client_of("alice").post(path(case), sent(**values))
    assert page.status_code == 200
    assert said in text(page)
    assert not case.grants.filter(source="share").exists()


def test_the_page_begins_with_six_months_and_a_share_without_an_end_has_them(case):
    last = share_last_day(clock.today_real())
    page = client_of("alice").get(path(case)).content.decode()
    assert re.search(f'name="ends_on_month"[^>]* value="{last.month}"', page)
    assert share(case).until == share_ends(last)
    begins = dt.datetime.now(dt.UTC) + dt.timedelta(days=40)
    assert share(case, starts_at=begins).until == share_ends(share_last_day(local_date(begins)))


def grant_moved(case: Case, **values) -> CaseGrant:
    rows = CaseGrant.objects.unscoped(reason="the test moves the share").filter(content_object=case, source="share")
    rows.update(**values)
    return rows.get()


def warned() -> list[tuple[str, str]]:
    rows = Notice.objects.unscoped(reason="the test counts rows").filter(kind="share_ends").select_related("user")
    return sorted((row.user.email.partition("@")[0], row.text) for row in rows)


def test_who_shared_and_the_lead_worker_are_told_ten_working_days_before_it_ends_once(case, cast):
    share(case)
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(lead_worker=cast["amir"])
    system = system_actor("a test")
    now = dt.datetime.now(dt.UTC)
    horizon = share_warn_until(now, holidays_all())
    half_a_year = {"starts_at": now - dt.timedelta(days=180), "created_at": now - dt.timedelta(days=180)}
    grant_moved(case, until=horizon + dt.timedelta(seconds=1), **half_a_year)
    assert shares_warn(actor=system) == 0
    grant_moved(case, until=horizon)
    assert [shares_warn(actor=system) for _ in range(2)] == [2, 0]
    [alice, amir] = warned()
    assert (alice[0], amir[0]) == ("alice", "amir")
    assert f"{case.ref}: a share ends on" in alice[1]
    assert "Voice" not in alice[1]


@pytest.mark.parametrize("why", ["ended", "short", "closed"])
def test_nobody_is_told_of_a_share_that_has_ended_was_short_or_is_of_a_closed_case(case, why):
    share(case)
    now = dt.datetime.now(dt.UTC)
    begun = now - dt.timedelta(days=2 if why == "short" else 180)
    ended = now if why == "ended" else None
    grant_moved(case, starts_at=begun, created_at=begun, until=now + dt.timedelta(days=3), ended_at=ended)
    if why == "closed":
        Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(status="closed")
    assert shares_warn(actor=system_actor("a test")) == 0


def test_access_that_lasts_says_why_and_by_which_gateway(cast):
    case = case_of("alice", district="E07000154")
    with acting("asha") as asha:
        held = Case.objects.visible_to(asha).get(pk=case.pk)
        moved = lead_transfer(actor=asha, case=held, version=held.version, agency=agency("WNC"), reason="Lives there")
    kept = moved.grants.get(agency=agency("POL"), ended_at=None)
    assert (kept.source, kept.until, kept.gateway) == ("report", None, "cda_s115")
    assert kept.purpose == "Led the case before it moved: goes on with what it began"
    referred = case_of("tom", district="E07000154")
    led = referred.grants.get(source="lead")
    assert (led.agency.code, led.purpose, led.gateway) == ("WNC", "Leads the case", "cda_s115")
    assert led.from_agency.code == "TPRC1"
    assert led.basis
    assert "takes reports for others" in led.necessity
    own = case_of("walt").grants.get(source="lead")
    assert (own.purpose, own.gateway, own.basis, own.from_agency) == ("", "", "", None)
    reported = referred.grants.get(source="report")
    assert (reported.purpose, reported.gateway, reported.until) == ("Made the report", "dpa_sch1_p10", None)
    assert reported.necessity.startswith("Who reports is told")


def test_an_end_before_the_start_is_refused_by_the_service(case):
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(RuleError) as refused:
        share(case, starts_at=now + dt.timedelta(days=5), until=now + dt.timedelta(days=2))
    assert refused.value.field == "until"


# --- Who may ------------------------------------------------------------------------------------------


def test_never_above_ones_own_level(case):
    give(case, "NNC", Level.CONTRIBUTE)
    assert_forbidden(path(case), "bob", **sent())
    with pytest.raises(ForbiddenError):
        share(case, "bob")


def test_an_agency_that_manages_may_share_on(case):
    give(case, "NNC", Level.MANAGE)
    share(case, "bob", level="manage")
    assert client_of("bob").get(path(case)).status_code == 200


def test_only_deciders_and_caseworkers_share(cast):
    case = case_of("bob")
    give(case, "VSS", Level.MANAGE)
    assert_forbidden(path(case), "vera", **sent(agency="NREC"))
    with pytest.raises(ForbiddenError, match="Your role does not share cases"):
        share(case, "vera", code="NREC")
    share(case, "viola", code="NREC")


# --- Ending -------------------------------------------------------------------------------------------


def test_ending_asks_first_and_refuses_at_once(case):
    grant = share(case)
    end = f"/cases/{case.ref}/share/{grant.uid}/end/"
    page = client_of("alice").get(end)
    assert f"Do you want to end sharing {case.ref} with Voice?" in text(page)
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 200
    assert client_of("alice").post(end).status_code == 302
    assert client_of("vera").get(f"/cases/{case.ref}/").status_code == 404
    [event] = audited("case.unshare")
    assert (event.operation, event.detail["agency"]) == ("disclosure", "VSS")
    assert client_of("alice").get(end).status_code == 404


def test_ending_twice_changes_nothing(case):
    grant = share(case)
    for _ in range(2):
        with acting("alice") as actor:
            share_end(actor=actor, case=case, uid=grant.uid)
    assert len(audited("case.unshare")) == 1


def test_the_lead_agencys_own_access_cannot_be_ended(case):
    own = case.grants.get(source="lead")
    assert client_of("alice").get(f"/cases/{case.ref}/share/{own.uid}/end/").status_code == 404
    with acting("alice") as actor, pytest.raises(RuleError, match="not a share"):
        share_end(actor=actor, case=case, uid=own.uid)


def test_a_reader_cannot_end(case):
    grant = share(case)
    assert_forbidden(f"/cases/{case.ref}/share/{grant.uid}/end/", "vera")
    with acting("vera") as actor, pytest.raises(ForbiddenError):
        share_end(actor=actor, case=case, uid=grant.uid)


def test_shapes(case):
    grant = share(case)
    for tail in ("share/", f"share/{grant.uid}/end/"):
        assert_unknown_is_404(f"/cases/{{ref}}/{tail}", case)
        assert_methods(f"/cases/{case.ref}/{tail}", "alice")
    client = client_of("alice")
    assert client.get(f"/cases/{case.ref}/share/{uuid.uuid4()}/end/").status_code == 404
    assert client.get(f"/cases/{case_of('alice').ref}/share/{grant.uid}/end/").status_code == 404


def test_the_purpose_leaves_no_history_of_its_own(case):
    share(case, purpose="Tenancy of a neighbour")
    assert not History.objects.filter(field="purpose").exists()
