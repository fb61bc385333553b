"""Danger now: who is told of it in the same moment, and by which words (docs/domain.md §2.6)."""

from __future__ import annotations

import pytest

from agencies.models import Mail, Notice, User
from agencies.notice_kinds import FIXED, group_of
from incidents.models import Case
from tests.cast import log_incident_as
from tests.incidents.casework import case_of, fresh, give
from tests.incidents.moving import WHY

pytestmark = pytest.mark.django_db


def danger_told() -> set[str]:
    rows = Notice.objects.unscoped(reason=WHY).filter(kind="danger")
    return {user.email.partition("@")[0] for user in User.objects.filter(pk__in=rows.values("user_id"))}


@pytest.mark.parametrize(
    ("logs", "told"), [("alice", {"asha", "amir", "donna", "marcus"}), ("asha", {"alice", "amir", "donna", "marcus"})]
)
def test_danger_now_is_told_at_once_to_who_sorts_reports_and_to_nobody_else(cast, logs, told):
    case = case_of(logs, triage_answers={"danger_now": True}, priority="P3", priority_reason="It is over")
    assert danger_told() == told
    [one, *_] = Notice.objects.unscoped(reason=WHY).filter(kind="danger")
    assert (one.text, one.url, one.case_id) == (f"{case.ref} is urgent: read it now", f"/cases/{case.ref}/", case.pk)
    assert Mail.objects.filter(notice__kind="danger").count() == len(told)


def test_a_weapon_alone_waits_in_the_inbox(cast):
    case_of("alice", triage_answers={"weapon": True, "danger_now": False})
    assert danger_told() == set()


def test_a_further_report_of_danger_is_told_to_who_works_the_case_and_the_lead_agency(cast):
    case = case_of("alice")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast["alice"])
    give(case, "NNC", "contribute")
    log_incident_as("bob", case=fresh(case), triage_answers={"danger_now": True})
    assert danger_told() == {"alice", "asha", "amir", "donna", "marcus"}


def test_quiet_hours_hold_no_notice_of_danger_back(cast):
    assert "danger" in FIXED
    assert group_of("danger") == ""
