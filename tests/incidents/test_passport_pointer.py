"""Whether a partner has a record: whom one is pointed to, and that nothing else can be learnt by asking."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection

from agencies.models import Notice
from incidents.choices import Tier
from incidents.models import Case, CaseExclusion
from incidents.services.access import access_rebuild, grant_end
from incidents.services.pointer import partner_ask
from kernel.errors import ForbiddenError, RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import assert_methods, audited, case_of, fresh, give, text
from victims.services import VictimData

pytestmark = pytest.mark.django_db

NOTHING = "Nothing was found that you can be pointed to."
PATH = "/cases/partner-records/"


@pytest.fixture
def mine(cast):
    """An open case of West Northamptonshire's."""
    cache.clear()
    return case_of("walt", victims=[VictimData(given_name="Ida", family_name="Holm")], district="E07000154")


def victim_case(name="alice", given="Zoë", family="O’Brien-Smith", **more):
    return case_of(name, victims=[VictimData(given_name=given, family_name=family)], **more)


def ask(mine, name="Zoë O’Brien-Smith", who="walt", reason="He says that he knows her"):
    case = fresh(mine)
    with acting(who) as actor:
        return partner_ask(actor=actor, name=name, case=case, reason=reason)


def pointed(found):
    return [one.agency for one in found]


@pytest.mark.parametrize(
    "name",
    ["Zoë O’Brien-Smith", "zoe obrien smith", "ZOE O'BRIEN-SMITH", " Zoë  O’Brien-Smith ", "Zoe\u0308 O’Brien-Smith"],
)
def test_an_exact_full_name_whatever_its_case_and_accents(mine, name):
    victim_case()
    assert pointed(ask(mine, name)) == ["Northamptonshire Police"]


@pytest.mark.parametrize("name", ["Zoë O’Brien", "O’Brien-Smith Zoë", "Zoe Smith", "Zoey O’Brien-Smith", "% O_Brien"])
def test_nothing_but_an_exact_full_name(mine, name):
    victim_case()
    assert ask(mine, name) == []


def test_an_alleged_perpetrator_only_where_the_name_may_be_kept(mine):
    person = PerpetratorData(status="named", given_name="Dean", family_name="Quill")
    case = case_of("alice", perpetrators=[person], classification="crime_suspected")
    assert pointed(ask(mine, "Dean Quill")) == ["Northamptonshire Police"]
    Case.objects.unscoped(reason="the test reclassifies").filter(pk=case.pk).update(classification="hate_incident")
    assert ask(mine, "Dean Quill") == []


@pytest.mark.parametrize(
    ("tier", "led"), [("own", ["Northamptonshire Police"]), ("team", ["Northamptonshire Police"]), ("hasbag", [])]
)
def test_the_tiers_that_are_pointed_to(mine, tier, led):
    case = victim_case()
    Case.objects.unscoped(reason="the test moves the tier").filter(pk=case.pk).update(tier=tier)
    access_rebuild([case.pk])
    assert pointed(ask(mine)) == led


def test_restricted_excluded_and_absent_give_the_same_sentence(mine):
    pages = [answer(client_of("walt"), mine, "Zoë O’Brien-Smith")]
    case = victim_case()
    Case.objects.unscoped(reason="the test restricts the case").filter(pk=case.pk).update(tier=Tier.RESTRICTED)
    access_rebuild([case.pk])
    pages.append(answer(client_of("walt"), mine, "Zoë O’Brien-Smith"))
    Case.objects.unscoped(reason="the test opens the case").filter(pk=case.pk).update(tier=Tier.TEAM)
    excluded = CaseExclusion(case=case, user=cast_get()["walt"], reason="Conflict of interest")
    excluded.save()
    access_rebuild([case.pk])
    pages.append(answer(client_of("walt"), mine, "Zoë O’Brien-Smith"))
    CaseExclusion.objects.unscoped(reason="the test moves it").filter(pk=excluded.pk).update(
        user=None, agency=agency("WNC")
    )
    access_rebuild([case.pk])
    pages.append(answer(client_of("walt"), mine, "Zoë O’Brien-Smith"))
    assert NOTHING in text(pages[0])
    assert {text(page) for page in pages} == {text(pages[0])}


def answer(client, mine, name):
    return client.post(PATH, {"name": name, "case": mine.ref, "reason": "He says that he knows her"})


def test_a_case_that_one_can_open_is_no_pointer_and_a_signpost_is(mine):
    case = victim_case()
    signpost = give(case, "WNC", "signpost")
    assert pointed(ask(mine)) == ["Northamptonshire Police"]
    grant_end(signpost)
    give(case, "WNC", "view")
    assert ask(mine) == []


def test_an_agency_whose_name_gives_the_role_away_is_not_named(mine):
    case = victim_case()
    Case.objects.unscoped(reason="the test moves the lead").filter(pk=case.pk).update(lead_agency=agency("VSS"))
    [pointer] = ask(mine)
    assert pointer.desk
    assert pointer.agency == "Information governance desk"
    assert [one.email for one in pointer.contacts] == ["greta@ig.example"]
    page = text(answer(client_of("walt"), mine, "Zoë O’Brien-Smith"))
    assert "contact Information governance desk" in page
    assert "Voice" not in page


def test_the_page_tells_whom_to_ask_and_nothing_else(mine):
    case = victim_case()
    client = client_of("walt")
    listed = client.get("/cases/", {"q": "Zoë O’Brien-Smith"}).content.decode()
    assert "Ask whether a partner has a record" in listed
    assert "Ask whether a partner has a record" not in client.get("/cases/").content.decode()
    assert "Ask whether a partner has a record" not in client.get("/cases/", {"q": mine.ref}).content.decode()
    form = client.get(PATH, {"q": "Zoë O’Brien-Smith"}).content.decode()
    assert mine.ref in form
    assert not audited("case.partner_search")
    page = text(answer(client, mine, "Zoë O’Brien-Smith"))
    assert "A partner record may exist – contact the SPOC of Northamptonshire Police" in page
    assert "asha@police.example" in page
    for words in (case.ref, "ictim", "Race", "Kettering", "Alice", "Donna"):
        assert words not in page.replace("Victim details", "")


def test_it_is_audited_without_the_name_and_the_owner_is_not_told(mine):
    victim_case()
    before = Notice.objects.unscoped(reason="the test counts rows").count()
    ask(mine)
    ask(mine, "zoë  o’brien-smith")
    events = audited("case.partner_search")
    assert [event.case_id for event in events] == [mine.pk] * 2
    assert events[0].detail["words"] == events[1].detail["words"]
    assert events[0].operation == "consultation"
    assert events[0].reason == "He says that he knows her"
    assert "Brien" not in str(events[0].detail)
    assert Notice.objects.unscoped(reason="the test counts rows").count() == before


def test_ten_an_hour_and_person(mine):
    for _ in range(10):
        ask(mine)
    with pytest.raises(RuleError, match="10 times within an hour"):
        ask(mine)
    assert len(audited("case.partner_search")) == 10
    ask(case_of("alice"), "Somebody Else", who="alice")


@pytest.mark.parametrize(
    ("values", "field"),
    [({"name": "Zoë"}, "name"), ({"name": " "}, "name"), ({"reason": " "}, "reason")],
)
def test_a_full_name_and_a_reason(mine, values, field):
    with pytest.raises(RuleError) as refused:
        ask(mine, **values)
    assert refused.value.field == field


def test_an_active_case_of_ones_own(mine):
    other = victim_case()
    with pytest.raises(ForbiddenError):
        ask(other)
    page = client_of("walt").post(PATH, {"name": "Zoë O’Brien-Smith", "case": other.ref, "reason": "x"})
    assert "choose one of the options shown" in text(page)
    Case.objects.unscoped(reason="the test closes the case").filter(pk=mine.pk).update(status="closed")
    with pytest.raises(RuleError, match="one of your open cases"):
        ask(mine)
    with acting("walt"), connection.cursor() as cursor:
        cursor.execute("select count(*) from hatecase_pointers(%s, %s)", ["Zoë O’Brien-Smith", mine.pk])
        assert cursor.fetchone()[0] == 0


def test_shapes(mine):
    assert_methods(PATH, "walt")
    for name in ("admin", "greta", "sam"):
        assert client_of(name).get(PATH).status_code == 404
