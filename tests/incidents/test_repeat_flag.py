"""The repeat flag counts across agencies, and tells nobody of a case that stands apart (docs/domain.md §9.3, §5.5)."""

from __future__ import annotations

import pytest

from incidents.choices import Tier
from incidents.models import Case
from incidents.services.exclusion import conflict_declare, exclusion_end, exclusion_set
from incidents.services.repeat import repeat_refresh, victim_days
from incidents.services.tier import tier_change
from tests.cast import acting
from tests.incidents.casework import case_of, fresh, victim_of
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(cast):
    """Two cases of the police with one victim."""
    first = case_of("alice")
    return first, case_of("alice", victims=[VictimData(ref=victim_of(first).ref)])


def flags(*cases: Case) -> tuple[bool, ...]:
    return tuple(fresh(case).repeat_victim for case in cases)


def tier_set(case: Case, tier: Tier, cast) -> None:
    with acting("asha") as actor:
        held = Case.objects.visible_to(actor).get(pk=case.pk)
        people = {cast["alice"].pk, cast["asha"].pk} if tier.by_name else set()
        tier_change(
            actor=actor, case=held, version=held.version, tier=tier, people=people, reason="A partner’s officer"
        )


def test_both_cases_of_a_victim_are_flagged(pair):
    assert flags(*pair) == (True, True)


def test_a_conflict_leaves_the_flag_to_the_case_itself(pair, cast):
    first, second = pair
    with acting("asha") as actor:
        set_now = exclusion_set(actor=actor, case=first, reason="Her sister", user=cast["bob"])
    assert flags(first, second) == (True, False)
    with acting("alice"):
        assert len(victim_days(victim_of(first).pk)) == 1
    with acting("asha") as actor:
        exclusion_end(actor=actor, case=first, uid=set_now.uid, reason="She has moved")
    assert flags(first, second) == (True, True)


def test_who_declares_a_conflict_learns_nothing_from_the_other_case(pair):
    first, second = pair
    with acting("alice") as actor:
        conflict_declare(actor=actor, case=first, reason="A neighbour")
    assert flags(first, second) == (True, False)


def test_a_restricted_case_flags_itself_alone(pair, cast):
    first, second = pair
    tier_set(first, Tier.RESTRICTED, cast)
    assert flags(first, second) == (True, False)
    tier_set(first, Tier.TEAM, cast)
    assert flags(first, second) == (True, True)


def not_hate(case: Case) -> None:
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(classification="not_hate")
    with acting("alice"):
        repeat_refresh(case)


def test_what_turns_out_not_to_be_hate_takes_the_flag_from_the_other_case(pair):
    first, second = pair
    not_hate(first)
    assert flags(first, second) == (False, False)


def test_a_case_keeps_the_flag_of_its_other_victim(pair, cast):
    first, second = pair
    other = case_of("alice", victims=[VictimData(given_name="Ida", family_name="Holm")])
    third = case_of("alice", victims=[VictimData(ref=victim_of(other).ref), VictimData(ref=victim_of(first).ref)])
    assert flags(first, second, other, third) == (True, True, True, True)
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=first, reason="Her sister", user=cast["bob"])
        exclusion_set(actor=actor, case=second, reason="Her sister", user=cast["bob"])
    assert flags(first, second, other, third) == (True, True, True, True)
    not_hate(other)
    assert flags(other, third) == (False, False)
