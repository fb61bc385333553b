"""The page that says why somebody can open a case: where each rule is changed, for who decides."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from agencies.models import Agency, User
from incidents.choices import FieldGroup, Level
from incidents.selectors.openers import nameable_told, openers
from incidents.services.emergency import emergency_open
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, fresh, give, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    case = case_of("alice")
    give(case, "NNC", Level.CONTRIBUTE, field_groups=[FieldGroup.SUBJECT_IDENTITY])
    return fresh(case)


def page(case, cast, name: str, asker: str = "asha") -> str:
    answer = client_of(asker).get(f"/cases/{case.ref}/access/?person={cast[name].pk}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_rule_leads_to_where_it_is_changed(case, cast):
    assert "Change what is shared" in page(case, cast, "bob")
    with acting("petra") as actor:
        emergency_open(actor=actor, ref=case.ref, reason="She rings from outside her door")
    assert 'href="/emergency-access/"' in page(case, cast, "petra")
    Agency.objects.filter(code="NNC").update(isa_expires_on=timezone.localdate() - dt.timedelta(days=1))
    ended = page(case, cast, "bob")
    assert "sharing agreement of" in ended
    assert cast["beth"].email in ended
    Agency.objects.filter(code="POL").update(isa_expires_on=timezone.localdate() + dt.timedelta(days=9))
    User.objects.filter(pk=cast["alice"].pk).update(asleep_at=timezone.now())
    sleeping = page(case, cast, "alice")
    assert "account sleeps" in sleeping
    assert cast["ada"].email in sleeping


def test_a_field_that_a_share_does_not_cover_leads_to_the_share(case, cast):
    shown = page(case, cast, "bob")
    assert f'href="/cases/{case.ref}/share/">Change what is shared<span' in shown
    assert "are not part of what was shared" in shown
    own = text(client_of("bob").get(f"/cases/{case.ref}/access/"))
    assert "Change what is shared" not in own


@pytest.fixture
def of_voice(cast):
    """Led by Voice, which works with victims; shared with the council and with Probation."""
    case = case_of("viola")
    for code in ("NNC", "PROB"):
        give(case, code, Level.VIEW)
    return fresh(case)


def test_an_agency_of_the_side_that_is_not_told_is_counted_and_not_named(of_voice, cast):
    probation, council = agency("PROB").name, agency("NNC").name
    viola = client_of("viola")
    shown = text(viola.get(f"/cases/{of_voice.ref}/access/"))
    assert council in shown
    assert "And 1 agency that is not named here." in shown
    assert probation not in shown
    form = {"tier": "own", "reason": "For now", "version": of_voice.version, "step": "preview"}
    for answer in (viola.get(f"/cases/{of_voice.ref}/tier/"), viola.post(f"/cases/{of_voice.ref}/tier/", form)):
        page = text(answer)
        assert council in page
        assert "And 1 agency that is not named here." in page
        assert probation not in page
        assert cast["petra"].name not in page
    with acting("viola"):
        assert f"agency:{agency('PROB').pk}" in {one.key for one in openers(of_voice)}


def test_nobody_asks_about_people_of_the_side_that_is_not_told(of_voice, case, cast):
    asked = f"/cases/{of_voice.ref}/access/?person="
    for name, told in (("bob", True), ("petra", False)):
        shown = text(client_of("viola").get(f"{asked}{cast[name].pk}"))
        assert (f"{cast[name].name} can open it" in shown) is told
        assert (f"{cast[name].name}, " in shown) is told
    assert f"{cast['petra'].name} cannot open it" in page(case, cast, "petra")


def test_whoever_is_named_already_stays_to_be_chosen_without_their_agency(of_voice, cast):
    with acting("viola") as actor:
        assert cast["petra"] not in dict(nameable_told(actor, of_voice, set()))
        rows = dict(nameable_told(actor, of_voice, {cast["petra"].pk}))
        assert rows[cast["petra"]] == "of an agency that is not named here"
        assert rows[cast["bob"]] == agency("NNC").name
