"""Danger now: who is told of it in the same moment, and by which words (docs/domain.md §2.6)."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from agencies.models import Mail, Notice, User
from agencies.notice_kinds import FIXED, group_of
from incidents.forms.risk import sections
from incidents.models import Case
from incidents.selectors.risk import tool_current
from incidents.services.access import access_rebuild
from incidents.services.exclusion import exclusion_set
from incidents.services.risk import assessment_submit, risk_draft_save
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import SAFE, answers, case_of, fresh, give, text
from tests.incidents.moving import WHY
from tests.incidents.test_tier import change

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


# --- What an assessment of the risk finds -------------------------------------------------------------

IN_DANGER = SAFE | {"S1": True}
THREAT = SAFE | {"S2": True}
EVERYBODY = {"asha", "amir", "donna", "marcus"}


def assess(case: Case, name: str = "alice", *, safety=SAFE, **given) -> None:
    with acting(name) as actor:
        assessment_submit(actor=actor, case=fresh(case), answers=answers(**given), safety=safety)


def draft(case: Case, name: str = "alice", **given) -> None:
    with acting(name) as actor:
        risk_draft_save(actor=actor, case=fresh(case), answers=given)


def mails() -> int:
    return Mail.objects.filter(notice__kind="danger").count()


@pytest.mark.parametrize(
    ("safety", "given", "told", "says"),
    [
        (SAFE, {}, set(), ""),
        (SAFE | {"S3": True}, {}, set(), ""),
        (IN_DANGER, {}, EVERYBODY, "found someone in danger"),
        (THREAT, {}, EVERYBODY, "found a high risk"),
        (SAFE, {"A3": 4}, EVERYBODY, "found a high risk"),
    ],
    ids=["standard", "safeguarding", "danger", "threat", "weapon"],
)
def test_danger_that_an_assessment_finds_is_told_at_once(cast, safety, given, told, says):
    case = case_of("alice")
    assess(case, safety=safety, **given)
    assert danger_told() == told
    assert mails() == len(told)
    for row in Notice.objects.unscoped(reason=WHY).filter(kind="danger"):
        assert says in row.text
        assert row.text.startswith(case.ref)
        assert (row.url, row.case_id) == (f"/cases/{case.ref}/", case.pk)


def test_a_contributors_finding_is_told_to_the_lead_agency_and_to_who_works_the_case(cast):
    case = case_of("alice")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast["alice"])
    give(case, "NNC", "contribute")
    assess(case, "bob", safety=IN_DANGER)
    assert danger_told() == {"alice", *EVERYBODY}


def test_an_answer_of_danger_is_told_before_the_assessment_is_submitted_and_not_again_by_it(cast):
    case = case_of("alice")
    draft(case, A1=1)
    assert danger_told() == set()
    draft(case, S1=True, S2=False)
    assert danger_told() == EVERYBODY
    draft(case, S1=True)
    draft(case, S1=False)
    draft(case, S1=True)
    assess(case, safety=IN_DANGER)
    assert mails() == len(EVERYBODY)
    # Another assessment that finds somebody in danger is another finding.
    assess(case, safety=IN_DANGER)
    assert mails() == 2 * len(EVERYBODY)


def test_a_high_risk_is_told_again_for_another_trigger_alone(cast):
    case = case_of("alice")
    assess(case, A3=4)
    assess(case, A3=4)
    assert mails() == len(EVERYBODY)
    assess(case, A3=4, safety=THREAT)
    assert mails() == 2 * len(EVERYBODY)
    assess(case)
    assess(case, A3=4)
    assert mails() == 3 * len(EVERYBODY)


def test_a_second_click_tells_nobody_twice(cast):
    case, key = case_of("alice"), uuid.uuid4()
    for _ in range(2):
        with acting("alice") as actor:
            assessment_submit(actor=actor, case=fresh(case), answers=answers(), safety=IN_DANGER, submission_id=key)
    assert mails() == len(EVERYBODY)


@pytest.mark.parametrize("said_by", ["assessment", "draft", "report"])
def test_who_cannot_open_the_case_is_not_told(cast, said_by):
    case = case_of("alice")
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=fresh(case), user=cast["donna"], reason="Her cousin")
    change(case, "own", "asha")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast["alice"])
    access_rebuild([case.pk])
    say = {
        "assessment": lambda: assess(case, safety=IN_DANGER),
        "draft": lambda: draft(case, S1=True),
        "report": lambda: log_incident_as("alice", case=fresh(case), triage_answers={"danger_now": True}),
    }
    say[said_by]()
    assert danger_told()
    for name in danger_told():
        assert client_of(name).get(f"/cases/{case.ref}/").status_code == 200
    assert "donna" not in danger_told()
    assert "amir" not in danger_told()


def test_the_page_says_who_is_told(cast):
    case = case_of("alice")
    first, second = (sections(tool_current().definition)[place].slug for place in (0, 1))
    says = "the lead agency is told at once"
    assert says in text(client_of("alice").get(f"/cases/{case.ref}/risk/new/{first}/"))
    assert says not in text(client_of("alice").get(f"/cases/{case.ref}/risk/new/{second}/"))


# --- Where the notice leads ---------------------------------------------------------------------------

SAYS = "Someone is in danger now, says an assessment of the risk that {} has begun"


def reads(name: str, case: Case) -> str:
    return text(client_of(name).get(f"/cases/{case.ref}/"))


def test_the_case_says_who_began_the_assessment_that_tells_of_danger(cast):
    case = case_of("alice")
    draft(case, S1=True, S2=True)
    [notice, *_] = Notice.objects.unscoped(reason=WHY).filter(kind="danger")
    assert notice.url == f"/cases/{case.ref}/"
    assert SAYS.format("Alice Morgan") in reads("amir", case)
    assert SAYS.format("Alice Morgan") not in reads("alice", case), "she has it before her"
    draft(case, S1=False)
    assert "Someone is in danger now" not in reads("amir", case)
    draft(case, S1=True)
    assess(case)
    assert "says an assessment of the risk" not in reads("amir", case), "what was submitted is read there"


def test_only_the_agency_that_leads_the_case_reads_it(cast):
    case = case_of("alice")
    give(case, "NNC", "manage")
    give(case, "PROB", "contribute")
    draft(case, "bob", S1=True)
    assert SAYS.format("Bob Wickens") in reads("alice", case)
    for name in ("beth", "petra"):
        assert "Someone is in danger now" not in reads(name, case), name


def test_who_is_not_told_of_an_agency_is_not_told_who_of_it_says_so(cast):
    case = case_of("petra")
    give(case, "VSS", "contribute")
    draft(case, "vera", S1=True)
    said = reads("petra", case)
    assert SAYS.format("a colleague of another agency") in said
    assert "Vera" not in said


def test_a_hidden_case_answers_nothing_of_its_drafts(cast):
    case = case_of("alice")
    draft(case, S1=True)
    with acting("walt"), connection.cursor() as cursor:
        cursor.execute("select hatecase_danger_drafted(%s, '{}')", [case.pk])
        assert cursor.fetchone()[0] in ("[]", [])
