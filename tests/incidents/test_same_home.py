"""Reports of one home to two agencies: suggested to whom the address is shown in both cases, and each has its own nearest."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.models import Case, CaseGrant
from incidents.selectors import duplicates
from incidents.selectors.duplicates import candidates
from incidents.selectors.triage import InboxRow, inbox
from incidents.services.exclusion import exclusion_set
from kernel.prepared import plans_forget
from tests.cast import acting
from tests.incidents.casework import case_of, fresh, give, reveal
from tests.incidents.moving import WHY
from tests.incidents.test_triage_inbox import FIRST, SECOND, found, hours

pytestmark = pytest.mark.django_db

AT_HOME = {"place_type": "home", "postcode": "NN16 8AB"}


def inbox_row(name: str, case: Case) -> InboxRow:
    with acting(name) as actor:
        return next(row for row in inbox(actor=actor).rows if row.case.pk == case.pk)


def test_a_home_is_compared_across_agencies_for_who_is_shown_the_address_in_both_cases(cast):
    one, theirs = case_of("alice", narrative=FIRST, **AT_HOME), case_of("bob", narrative=SECOND, **AT_HOME)
    grant = give(theirs, "POL", Level.CONTRIBUTE, field_groups=["victim_contact"])
    assert found("alice", one) == [], "she works her own case and has opened nothing in the other"
    reveal(theirs, "alice", "victim_contact")
    assert found("alice", one) == [theirs.ref]
    assert [row.case_ref for row in inbox_row("alice", one).candidates] == [theirs.ref]
    reveal(theirs, "amir", "victim_contact")
    assert found("amir", one) == [], "he is not shown the address in his own agency's case"
    reveal(one, "amir", "victim_contact")
    assert found("amir", one) == [theirs.ref]
    CaseGrant.objects.unscoped(reason=WHY).filter(pk=grant.pk).update(field_groups=[])
    assert found("alice", one) == [], "the share does not cover the address any more"
    CaseGrant.objects.unscoped(reason=WHY).filter(pk=grant.pk).update(field_groups=["victim_contact"])
    with acting("beth") as beth:
        exclusion_set(actor=beth, case=fresh(theirs), user=cast["alice"], agency=None, reason="Her cousin")
    assert (found("alice", one), found("amir", one)) == ([], [theirs.ref])


def test_each_report_has_its_own_nearest_and_what_is_not_told_takes_no_place(cast, monkeypatch):
    monkeypatch.setattr(duplicates, "MOST", 1)
    plans_forget()
    try:
        pairs = {}
        for days in (1, 20):
            when = {"occurred_from": hours(24 * days), "received_at": hours(1)}
            one = case_of("alice", narrative=FIRST, **when, **AT_HOME)
            other = case_of(
                "alice", narrative=SECOND, occurred_from=hours(24 * days - 3), received_at=hours(1), **AT_HOME
            )
            pairs |= {one: other, other: one}
            give(case_of("bob", narrative=SECOND, **when, **AT_HOME), "POL", Level.VIEW)
        with acting("alice") as alice:
            got = candidates(actor=alice, case_ids=[case.pk for case in pairs])
        assert {pk: [row.case_ref for row in rows] for pk, rows in got.items()} == {
            case.pk: [other.ref] for case, other in pairs.items()
        }
    finally:
        plans_forget()
