"""The page that says why somebody can open a case: where each rule is changed, for who decides."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from agencies.models import Agency, User
from incidents.choices import FieldGroup, Level
from incidents.services.emergency import emergency_open
from tests.cast import acting, client_of
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
