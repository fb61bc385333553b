"""What follows a victim's word about sharing: who may lead, which shares end, who may join, and the support referral."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from agencies.models import Agency, Notice
from agencies.services.agreement import agreements_sweep
from incidents.choices import Level, Tier
from incidents.models import Case, WishOverride
from incidents.services.access import access_rebuild, level_of
from incidents.services.exclusion import exclusion_set
from incidents.services.override import OverrideCase, override_ask, override_confirm
from incidents.services.people import party_victim_add
from incidents.services.share import ShareTerms, share_give
from incidents.services.transfer import lead_transfer
from kernel import clock
from kernel.errors import RuleError
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, clock_of, fresh, give, text, victim_of, victim_set
from victims.selectors import victim_get
from victims.services import VictimData, victim_change

pytestmark = pytest.mark.django_db

TERMS = {"purpose": "Support for the victim", "gateway": "cda_s115"}
WHY = OverrideCase("serious_harm", "He waits for her at the bus stop.", True)
STANDS = {"no": "does not want it shared", "withdrawn": "no longer agrees"}


@pytest.fixture
def case(cast):
    return case_of("alice")


def move(case, code, name="asha", **terms):
    values = {"version": fresh(case).version, "reason": "She lives there", "keep": False} | terms
    with acting(name) as actor:
        return lead_transfer(actor=actor, case=case, agency=agency(code), **values)


def share(case, code, level="contribute", name="alice", **terms):
    with acting(name) as actor:
        return share_give(actor=actor, case=case, agency=agency(code), level=level, **TERMS | terms)


def overridden(case, code, level="view"):
    terms = ShareTerms(agency=agency(code), level=level, **TERMS)
    with acting("alice") as actor:
        asked = override_ask(actor=actor, case=case, terms=terms, why=WHY)
    with acting("asha") as actor:
        return override_confirm(actor=actor, override=asked)


def says(case, name="alice", **wishes):
    """Record what the first victim of a case says, by the real service."""
    with acting(name) as actor:
        record = victim_get(actor=actor, ref=victim_of(case).ref)
        return victim_change(actor=actor, victim=record, version=record.version, changes=wishes)


def opens(name, case):
    with acting(name) as actor:
        return level_of(actor, case) is not None


def told(kind):
    rows = Notice.objects.unscoped(reason="the test looks from outside").filter(kind=kind)
    return sorted(row.user.email.partition("@")[0] for row in rows.select_related("user"))


# --- Another lead agency ------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["no", "withdrawn"])
def test_the_lead_goes_against_a_wish_by_an_override_alone(case, wish):
    victim_set(case, wish_share_council=wish)
    with pytest.raises(RuleError, match=STANDS[wish]) as refused:
        move(case, "WNC")
    assert refused.value.field == "agency"
    assert "by an override first" in refused.value.message
    assert fresh(case).lead_agency.code == "POL"
    overridden(case, "WNC", "signpost")
    with pytest.raises(RuleError, match="by an override first"):
        move(case, "WNC")
    overridden(case, "WNC")
    with pytest.raises(RuleError, match="by an override first"):
        move(case, "NNC")
    move(case, "WNC")
    lead = case.grants.get(source="lead", ended_at=None)
    assert (lead.agency.code, lead.basis, lead.from_agency.code) == ("WNC", "override", "POL")
    assert audited("case.transfer")[0].detail["basis"] == "override"


def test_an_override_that_waits_or_has_ended_moves_nothing(case):
    victim_set(case, wish_share_council="no")
    with acting("alice") as actor:
        terms = ShareTerms(agency=agency("WNC"), level="view", **TERMS)
        override_ask(actor=actor, case=case, terms=terms, why=WHY)
    with pytest.raises(RuleError, match="by an override first"):
        move(case, "WNC")
    grant = overridden(case, "NNC")
    grant.ended_at = clock.now()
    grant.save()
    with pytest.raises(RuleError, match="by an override first"):
        move(case, "NNC")


def test_a_conflict_of_interest_reads_like_the_wish(case):
    victim_set(case, wish_share_council="no")
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=case, reason="His brother works there", agency=agency("WNC"))
    said = set()
    for code in ("WNC", "NNC"):
        with pytest.raises(RuleError) as refused:
            move(case, code)
        said.add(refused.value.message.replace(agency(code).name, "them"))
    assert len(said) == 1


@pytest.mark.parametrize(("wish", "basis"), [("yes", "wish"), ("not_asked", "not_asked")])
def test_the_leads_grant_has_a_passport(case, wish, basis):
    victim_set(case, wish_share_council=wish)
    move(case, "WNC")
    lead = case.grants.get(source="lead", ended_at=None)
    assert (lead.basis, lead.gateway, lead.necessity) == (basis, "cda_s115", "She lives there")
    assert lead.purpose
    assert lead.caldicott_guardian == ""


def test_a_health_agency_that_leads_names_its_guardian(case):
    Agency.objects.filter(code="HLTH").update(caldicott_guardian="")
    with pytest.raises(RuleError, match="Enter the Caldicott guardian") as refused:
        move(case, "HLTH")
    assert refused.value.field == "caldicott_guardian"
    sent = {"agency": "HLTH", "keep": "no", "reason": "She is treated there", "version": fresh(case).version}
    page = client_of("asha").post(f"/cases/{case.ref}/lead-agency/", sent)
    assert "Enter the Caldicott guardian" in text(page)
    client_of("asha").post(f"/cases/{case.ref}/lead-agency/", sent | {"caldicott_guardian": "Dr Ewan Pike"})
    assert case.grants.get(source="lead", ended_at=None).caldicott_guardian == "Dr Ewan Pike"


def test_the_page_says_how_to_move_against_a_wish(case):
    victim_set(case, wish_share_council="no")
    page = client_of("asha").get(f"/cases/{case.ref}/lead-agency/")
    assert f"/cases/{case.ref}/share/override/" in page.content.decode()
    sent = {"agency": "WNC", "keep": "no", "reason": "She lives there", "version": fresh(case).version}
    assert "by an override first" in text(client_of("asha").post(f"/cases/{case.ref}/lead-agency/", sent))


# --- A wish that becomes a no -------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["no", "withdrawn"])
def test_shares_end_with_the_wish(case, wish):
    share(case, "VSS")
    share(case, "NNC", "view")
    share(case, "NREC", "view")
    says(case, wish_share_support=wish)
    assert [opens(name, case) for name in ("vera", "nadia", "bob", "alice")] == [False, False, True, True]
    events = audited("case.wish_end")
    assert [event.detail["agency"] for event in events] == ["VSS", "NREC"]
    assert all("no longer wishes" in event.reason for event in events)
    assert told("wish_end") == ["nadia", "viola"]
    assert told("share_ends") == ["asha", "asha", "donna", "donna", "marcus", "marcus"]
    page = text(client_of("viola").get("/notices/"))
    assert f"{case.ref} is no longer shared with your agency" in page
    assert "Mirza" not in page
    assert client_of("viola").get(f"/cases/{case.ref}/").status_code == 404


def test_what_was_confirmed_against_the_wish_and_what_is_no_share_stay(case):
    victim_set(case, wish_share_council="no")
    overridden(case, "NNC")
    give(case, "WNC", Level.VIEW).__class__.objects.unscoped(reason="the test arranges").filter(
        agency__code="WNC"
    ).update(source="meeting")
    victim_set(case, wish_share_council="not_asked")
    says(case, wish_share_council="no", wish_share_police="withdrawn")
    assert [opens(name, case) for name in ("bob", "walt", "alice")] == [True, True, True]
    assert audited("case.wish_end") == []


def test_another_wish_or_field_ends_nothing(case):
    share(case, "VSS")
    victim_set(case, wish_share_support="no")
    says(case, wish_share_council="no", wishes_how="By phone")
    assert opens("vera", case)


def test_a_pending_override_stays(case):
    share(case, "NREC", "view")
    victim_set(case, wish_share_support="no")
    with acting("alice") as actor:
        terms = ShareTerms(agency=agency("VSS"), level="view", **TERMS)
        asked = override_ask(actor=actor, case=case, terms=terms, why=WHY)
    victim_set(case, wish_share_support="yes")
    says(case, wish_share_support="withdrawn")
    assert WishOverride.objects.unscoped(reason="the test looks").get(pk=asked.pk).state == "waiting"
    assert not opens("nadia", case)


def test_shares_end_in_cases_that_the_actor_may_not_open(case, cast):
    other = case_of("alice", victims=[VictimData(ref=victim_of(case).ref)])
    share(other, "VSS", "view")
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=other, reason="Related", user=cast["alice"])
        exclusion_set(actor=actor, case=other, reason="Related", user=cast["viola"])
    says(case, wish_share_support="no")
    assert not opens("vera", other)
    # A conflict of interest tells nobody.
    assert told("wish_end") == []
    assert "asha" in told("share_ends")


def test_a_restricted_case_tells_no_agency(case):
    share(case, "VSS")
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(tier=Tier.OWN)
    access_rebuild([case.pk])
    says(case, "asha", wish_share_support="no")
    assert not case.grants.filter(source="share", ended_at=None).exists()
    assert told("wish_end") == []


def test_who_may_add_to_no_case_of_the_victim_ends_nothing(case):
    share(case, "VSS", "view")
    victim_set(case, wish_share_support="no")
    victim = victim_of(case).pk
    with acting("walt"), connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from hatecase_wish_end(%s, null, '{}', '{}', array['VSS']::varchar[])", [victim]
        )
        assert cursor.fetchone()[0] == 0
        cursor.execute("select hatecase_support_wished(%s, '{}', now())", [victim])
        assert cursor.fetchone()[0] == 0
    assert opens("vera", case)


def test_the_form_says_first_who_loses_access_and_the_own_agency_leaves(case):
    share(case, "VSS")
    address = f"/victims/{victim_of(case).ref}/wishes/"
    page = client_of("vera").get(address)
    assert f"Access ends for {agency('VSS').name} ({case.ref})" in text(page)
    sent = {
        "version": victim_of(case).version,
        "wish_share_police": "yes",
        "wish_share_council": "yes",
        "wish_share_support": "withdrawn",
        "wishes_how": "",
    }
    done = client_of("vera").post(address, sent, follow=True)
    assert done.status_code == 200
    assert "your agency can no longer open it" in text(done)


# --- A new case, a joined incident, a further victim --------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "lead"), [("yes", "NNC"), ("not_asked", "NNC"), ("no", "TPRC1"), ("withdrawn", "TPRC1")]
)
def test_a_centre_leads_where_the_council_may_not_be_told(cast, wish, lead):
    victim = VictimData(given_name="Noor", family_name="Iqbal", phone="07700 900123", wish_share_council=wish)
    case = fresh(log_incident_as("tom", victims=[victim]).case)
    assert case.lead_agency.code == lead
    assert opens("bob", case) == (lead == "NNC")
    assert opens("tom", case)


def test_a_known_victims_wish_decides_who_leads(cast):
    first = log_incident_as("tom").case
    victim_set(first, wish_share_council="no")
    again = log_incident_as("tom", victims=[VictimData(ref=victim_of(first).ref)]).case
    assert fresh(again).lead_agency.code == "TPRC1"


def test_a_new_victim_does_not_join_a_case_against_their_wish(case):
    share(case, "NNC", "view")
    share(case, "VSS", "contribute")
    unwilling = VictimData(given_name="Noor", family_name="Iqbal", wish_share_council="no")
    with pytest.raises(RuleError, match="does not want it shared with North Northamptonshire Council") as refused:
        log_incident_as("alice", case=case, victims=[unwilling])
    assert refused.value.field == "case"
    with pytest.raises(RuleError, match="with Northamptonshire Police"):
        log_incident_as("vera", case=case, victims=[VictimData(given_name="Ana", wish_share_police="withdrawn")])
    log_incident_as("alice", case=case, victims=[VictimData(given_name="Ana", wish_share_police="no")])
    victim_set(case, wish_share_council="no")
    log_incident_as("alice", case=case, victims=[VictimData(ref=victim_of(case).ref)])


def test_a_further_victim_ends_the_shares_that_they_do_not_wish(case):
    share(case, "NNC", "view")
    share(case, "VSS", "view")
    data = VictimData(given_name="Noor", family_name="Iqbal", wish_share_support="no")
    with acting("alice") as actor:
        incident = case.incidents.get()
        party_victim_add(actor=actor, case=case, incident=incident, agency=agency("POL"), data=data)
    assert [opens(name, case) for name in ("vera", "bob")] == [False, True]
    assert told("wish_end") == ["viola"]


# --- A successor --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wish", "basis"), [("withdrawn", "succession"), ("yes", "wish"), ("not_asked", "not_asked")])
def test_a_case_goes_to_a_successor_also_against_the_wish_and_says_so(cast, wish, basis):
    case = case_of("charlie")
    victim_set(case, wish_share_council=wish)
    ended = clock.today_real() - dt.timedelta(days=1)
    Agency.objects.filter(code="RSL1").update(isa_expires_on=ended, successor=agency("WNC"))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set local role hatecase_worker")
        agreements_sweep()
        with connection.cursor() as cursor:
            cursor.execute("reset role")
    assert fresh(case).lead_agency.code == "WNC"
    assert case.grants.get(source="lead", ended_at=None).basis == basis
    assert told("wish") == (["greta"] if basis == "succession" else [])
    if basis == "succession":
        assert f"{case.ref} went to a successor agency" in text(client_of("greta").get("/notices/"))


# --- The support referral -----------------------------------------------------------------------------


def test_a_later_wish_for_support_starts_the_referral_and_a_later_no_ends_it(cast):
    case = case_of("alice", victims=[VictimData(given_name="Ana", phone="07700 900123", wish_share_support="no")])
    assert clock_of(case, "K5").outcome == "not_applicable"
    says(case, wish_share_police="yes")
    assert clock_of(case, "K5").outcome == "not_applicable"
    says(case, wish_share_support="yes", wishes_how="She rang today")
    row = clock_of(case, "K5")
    assert (row.outcome, row.closed_at) == ("", None)
    assert row.due_at > clock.now()
    assert row.starts_at > fresh(case).received_at
    says(case, wish_share_support="withdrawn")
    row = clock_of(case, "K5")
    assert row.outcome == "not_applicable"
    assert row.closed_at is not None


def test_the_referral_runs_while_one_victim_may_want_it(cast):
    case = case_of("alice", victims=[VictimData(given_name="Ana"), VictimData(given_name="Ben")])
    says(case, wish_share_support="no")
    assert clock_of(case, "K5").outcome == ""


def test_a_referral_that_was_late_stays_late(cast):
    case = case_of("alice")
    late = clock.now() - dt.timedelta(days=1)
    case.clocks.filter(kind="K5").update(due_at=late)
    says(case, wish_share_support="no")
    assert clock_of(case, "K5").closed_at is not None
    assert clock_of(case, "K5").outcome == ""
    says(case, wish_share_support="yes", wishes_how="She rang today")
    assert (clock_of(case, "K5").closed_at, clock_of(case, "K5").due_at) == (None, late)


def test_a_known_victims_wish_decides_about_the_referral(case):
    victim_set(case, wish_share_support="no")
    data = VictimData(ref=victim_of(case).ref)
    assert clock_of(case_of("alice", victims=[data]), "K5").outcome == "not_applicable"
    found = log_incident_as("alice", victims=[])
    with acting("alice") as actor:
        party_victim_add(actor=actor, case=found.case, incident=found, agency=agency("POL"), data=data)
    assert clock_of(found.case, "K5").outcome == "not_applicable"
    assert clock_of(found.case, "K3").outcome == ""
