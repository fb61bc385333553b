"""Conflicts of interest: who is kept out finds no trace; moving a case to another lead agency (docs/domain.md §5.5)."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from agencies.models import Membership, Notice
from incidents.choices import Level, Tier
from incidents.models import Case, TaskStep
from incidents.selectors.case_page import case_get
from incidents.selectors.exclusion import namesakes
from incidents.selectors.openers import openers
from incidents.selectors.triage import inbox
from incidents.services.access import database_now, own_refresh
from incidents.services.exclusion import conflict_declare, exclusion_end, exclusion_set
from incidents.services.task import task_accept, task_create
from incidents.services.transfer import lead_transfer
from kernel.errors import ForbiddenError, RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import (
    ABSENT,
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    name_person,
    reclassify,
    reveal,
    text,
    victim_set,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    case = case_of("alice")
    give(case, "NNC", Level.CONTRIBUTE)
    return fresh(case)


def status(name: str, case: Case) -> int:
    return client_of(name).get(f"/cases/{case.ref}/").status_code


def keep_out(case: Case, name: str = "asha", **whom):
    with acting(name) as actor:
        return exclusion_set(actor=actor, case=case, reason="Her sister lives there", **whom)


def steps(task) -> list[tuple]:
    """The steps of a task: what, by whom, of which agency, to which one, in which words."""
    found = TaskStep.objects.unscoped(reason="the test looks at everything").filter(task=task)
    return list(found.values_list("kind", "by", "agency", "to_agency__code", "text"))


def test_a_person_is_kept_out_and_colleagues_are_not(case, cast):
    keep_out(case, user=cast["bob"])
    assert (status("bob", case), status("beth", case)) == (404, 200)


def test_an_agency_is_kept_out_whatever_is_shared_with_it(case):
    keep_out(case, agency=agency("NNC"))
    give(case, "NNC", Level.MANAGE, source_ref="again")
    assert (status("bob", case), status("beth", case), status("alice", case)) == (404, 404, 200)


def test_an_agency_is_kept_out_with_its_people_who_work_cases_elsewhere(case, cast):
    give(case, "VSS", Level.VIEW)
    keep_out(case, agency=agency("NNC"))
    assert status("vera", case) == 200
    place = Membership.objects.create(user=cast["vera"], agency=agency("NNC"), roles=["strategic"])
    own_refresh(place.agency_id)
    assert (status("vera", case), status("viola", case)) == (404, 200)
    with acting("vera") as vera:
        assert not Case.objects.unscoped(reason="the second wall alone").filter(pk=case.pk).exists()
        assert case.ref not in text(client_of("vera").get("/cases/"))
        assert not Case.objects.visible_to(vera).filter(pk=case.pk).exists()
    assert "Vera" not in [one.name for one in openers(case)]
    Membership.objects.filter(pk=place.pk).update(is_active=False)
    own_refresh(place.agency_id)
    assert status("vera", case) == 200


def test_the_excluded_get_what_a_case_that_is_not_there_gives(case, cast):
    keep_out(case, user=cast["bob"])
    bob = client_of("bob")
    for path in ("", "access/", "conflicts/", "tier/", "lead-agency/", "share/", "notes/add/"):
        there, absent = (bob.get(f"/cases/{ref}/{path}") for ref in (case.ref, ABSENT))
        assert (there.status_code, there.content) == (absent.status_code, absent.content), path
    assert case.ref not in text(bob.get("/cases/"))
    assert case.ref not in text(bob.get("/cases/?q=market"))
    assert case.ref not in text(bob.get("/"))


def test_somebody_declares_a_conflict_of_their_own(case, cast):
    page = client_of("bob").post(f"/cases/{case.ref}/conflicts/", {"reason": "My neighbour"}, follow=True)
    assert "You can no longer see this case" in text(page)
    assert status("bob", case) == 404
    assert f"A conflict of interest was declared in {case.ref}" in text(client_of("asha").get("/notices/"))
    [event] = audited("case.conflict_declare")
    assert (event.detail["user"], event.reason) == (cast["bob"].pk, "My neighbour")


def test_what_they_led_and_did_goes_back_to_the_agency(case, cast):
    Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk).update(lead_worker=cast["alice"])
    with acting("alice") as actor:
        task_create(actor=actor, case=case, title="Ring her", agency=agency("POL"), assignee=cast["alice"])
        conflict_declare(actor=actor, case=case, reason="An old friend")
    assert fresh(case).lead_worker is None
    assert case.tasks.get().assignee is None
    assert case.tasks.get().state == "offered"
    assert steps(case.tasks.get()) == [("offered", None, None, None, "")]
    assert status("alice", case) == 404


@pytest.mark.parametrize("declares", [True, False])
def test_a_task_of_somebody_who_is_out_waits_again_and_both_agencies_know(case, cast, declares):
    with acting("alice") as actor:
        task = task_create(
            actor=actor, case=case, title="Change her locks", agency=agency("NNC"), assignee=cast["bob"]
        )
    with acting("bob") as actor:
        task_accept(actor=actor, task=task)
    if declares:
        with acting("bob") as actor:
            conflict_declare(actor=actor, case=case, reason="My neighbour")
    else:
        keep_out(case, user=cast["bob"])
    row = case.tasks.get()
    assert (row.state, row.assignee, row.accepted_at, row.agency.code) == ("offered", None, None, "NNC")
    assert steps(row)[-1] == ("offered", None, None, None, "")
    words = f"{task.ref} in {case.ref} waits again for somebody to do it"
    for told in ("alice", "donna"):
        assert (words in text(client_of(told).get("/notices/"))) == (told == "alice")
    contacts = [user.email.partition("@")[0] for user in points_of_contact("NNC")]
    assert contacts
    for name in contacts:
        assert words in text(client_of(name).get("/notices/")), name
        assert "My neighbour" not in text(client_of(name).get(f"/tasks/{task.ref}/"))
    assert task.ref not in text(client_of("bob").get("/notices/"))
    assert (
        not Notice.objects.unscoped(reason="the row itself").filter(user=cast["bob"], text__contains="waits").exists()
    )


def points_of_contact(code: str):
    return [
        place.user for place in Membership.objects.filter(agency__code=code, is_active=True, roles__contains=["spoc"])
    ]


def test_who_works_for_an_excluded_agency_too_does_nothing_there_any_more(case, cast):
    give(case, "VSS", Level.CONTRIBUTE)
    Membership.objects.create(user=cast["vera"], agency=agency("NNC"), roles=["strategic"])
    with acting("alice") as actor:
        task_create(actor=actor, case=case, title="Ring her", agency=agency("VSS"), assignee=cast["vera"])
    keep_out(case, agency=agency("NNC"))
    row = case.tasks.get()
    assert (row.state, row.assignee, row.agency.code) == ("offered", None, "VSS")


def test_a_case_whose_lead_worker_is_out_stands_in_the_triage_inbox(case, cast):
    case = reclassify(case, "hate_incident")
    assert case.lead_worker == cast["alice"]
    with acting("alice") as actor:
        conflict_declare(actor=actor, case=case, reason="An old friend")
    with acting("asha") as actor:
        [row] = [one for one in inbox(actor=actor).rows if one.case.pk == case.pk]
    assert row.unworked


def test_what_an_excluded_agency_was_to_do_goes_back_to_who_asked_or_leads(case, cast):
    give(case, "VSS", Level.CONTRIBUTE)
    with acting("viola") as actor:
        asked = task_create(actor=actor, case=case, title="Change her locks", agency=agency("NNC"))
    with acting("bob") as actor:
        own = task_create(actor=actor, case=case, title="Ring her", agency=agency("NNC"))
    keep_out(case, agency=agency("NNC"))
    for task, code, told in ((asked, "VSS", "viola"), (own, "POL", "donna")):
        row = case.tasks.get(pk=task.pk)
        assert (row.agency.code, row.state, row.assignee, row.due_at) == (code, "offered", None, task.due_at)
        assert f"{task.ref} in {case.ref} came back" in text(client_of(told).get("/notices/"))
        assert steps(row) == [("offered", None, None, code, "")]
    assert f"Offered again to {agency('VSS').name}" in text(client_of("viola").get(f"/tasks/{asked.ref}/"))
    assert task.ref not in text(client_of("bob").get("/notices/"))
    assert len(audited("task.return")) == 2


def test_a_lead_agency_of_one_side_gets_nothing_that_was_asked_of_the_other(cast):
    case = case_of("viola")
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "PROB", Level.CONTRIBUTE)
    with acting("bob") as actor:
        task = task_create(actor=actor, case=case, title="See him weekly", agency=agency("PROB"))
    for code in ("NNC", "PROB"):
        keep_out(case, "viola", agency=agency(code))
    row = case.tasks.get()
    assert (row.agency.code, row.state, row.closed_at is not None) == ("PROB", "withdrawn", True)
    assert steps(row) == [("withdrawn", None, None, None, row.outcome)]
    assert task.ref not in text(client_of("viola").get("/notices/"))


def test_an_exclusion_ends_with_a_reason(case, cast):
    exclusion = keep_out(case, user=cast["bob"])
    with acting("asha") as actor:
        exclusion_end(actor=actor, case=case, uid=exclusion.uid, reason="He moved away")
    assert status("bob", case) == 200
    assert audited("case.exclusion_end")[0].reason == "He moved away"


def test_the_lead_agency_moves_its_case_before_it_leaves(case, cast):
    with pytest.raises(RuleError) as refused:
        keep_out(case, agency=agency("POL"))
    assert refused.value.field == "who"
    with acting("asha") as actor:
        lead_transfer(
            actor=actor,
            case=case,
            version=fresh(case).version,
            agency=agency("WNC"),
            reason="An officer is named in it",
        )
    keep_out(case, "wendy", agency=agency("POL"))
    assert (status("alice", case), status("asha", case), status("walt", case)) == (404, 404, 200)
    assert fresh(case).lead_agency.code == "WNC"


def test_the_same_exclusion_twice_is_one(case, cast):
    assert keep_out(case, user=cast["bob"]).pk == keep_out(case, user=cast["bob"]).pk


def test_nobody_locks_the_last_door(case, cast):
    rows = Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk)
    rows.update(tier=Tier.RESTRICTED)
    name_person(case, cast["asha"], Level.MANAGE)
    with acting("asha") as actor, pytest.raises(RuleError, match="Nobody else"):
        conflict_declare(actor=actor, case=case, reason="An old friend")


def test_only_who_decides_for_the_lead_agency(case, cast):
    give(case, "NNC", Level.MANAGE, source_ref="again")
    with pytest.raises(ForbiddenError):
        keep_out(case, "beth", user=cast["walt"])
    assert "Who is kept out" not in text(client_of("bob").get(f"/cases/{case.ref}/conflicts/"))


@pytest.mark.parametrize("path", ["conflicts/add/", "lead-agency/"])
def test_readers_and_strangers(case, path):
    assert_forbidden(f"/cases/{case.ref}/{path}", "bob")
    assert_unknown_is_404(f"/cases/{{ref}}/{path}", case)


def test_the_page_keeps_somebody_out_and_lets_them_in(case, cast):
    asha = client_of("asha")
    sent = {"who": "person", "person": str(cast["bob"].pk), "reason": "His cousin"}
    assert "They are kept out" in text(asha.post(f"/cases/{case.ref}/conflicts/add/", sent, follow=True))
    page = asha.get(f"/cases/{case.ref}/conflicts/")
    assert "His cousin" in text(page)
    uid = case.exclusions.get().uid
    ended = asha.post(f"/cases/{case.ref}/conflicts/{uid}/end/", {"reason": "A mistake"}, follow=True)
    assert "let in again" in text(ended)
    assert status("bob", case) == 200


def test_bad_input_stays_on_the_page(case):
    page = client_of("asha").post(f"/cases/{case.ref}/conflicts/add/", {"who": "person", "reason": "Why not"})
    assert page.status_code == 200
    assert "Select person" in text(page)
    assert "Why not" in page.content.decode()


# --- Another lead agency ------------------------------------------------------------------------------


def test_moving_a_case(case):
    sent = {"agency": "WNC", "keep": "no", "reason": "She lives in the west", "version": case.version}
    page = client_of("asha").post(f"/cases/{case.ref}/lead-agency/", sent, follow=True)
    assert "leads" in text(page)
    assert (status("alice", case), status("wendy", case), status("bob", case)) == (404, 200, 200)
    assert set(case.clocks.values_list("lead_agency__code", flat=True)) == {"WNC"}
    assert f"{case.ref} is now your agency's to lead" in text(client_of("wendy").get("/notices/")).replace("’", "'")


def test_who_gives_a_case_away_may_go_on_reading(case):
    sent = {"agency": "WNC", "keep": "yes", "reason": "She lives in the west", "version": case.version}
    client_of("asha").post(f"/cases/{case.ref}/lead-agency/", sent)
    assert (status("alice", case), status("wendy", case)) == (200, 200)


def test_an_agency_with_a_conflict_is_refused_like_any_that_cannot_lead(case):
    keep_out(case, agency=agency("WNC"))
    said = set()
    for code in ("WNC", "PROB"):
        with acting("asha") as actor, pytest.raises(RuleError) as refused:
            lead_transfer(actor=actor, case=case, version=fresh(case).version, agency=agency(code), reason="Why not")
        said.add((refused.value.message, refused.value.field))
    assert len(said) == 1


def test_the_lead_worker_declares_a_conflict_though_a_share_has_run_out(case, cast):
    """Past an end the second wall asks the grants themselves, and the exclusion with them."""
    rows = Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk)
    rows.update(lead_worker=cast["alice"], access_ends_at=database_now() - dt.timedelta(minutes=1))
    with acting("alice") as actor:
        conflict_declare(actor=actor, case=fresh(case), reason="A neighbour")
    assert fresh(case).lead_worker is None
    assert status("alice", case) == 404


def test_a_case_moves_though_a_share_has_run_out(case):
    """Nobody has swept since: the services bring the case up to date before they end a grant of their own."""
    rows = Case.objects.unscoped(reason="the test arranges the row").filter(pk=case.pk)
    rows.update(access_ends_at=database_now() - dt.timedelta(minutes=1))
    with acting("asha") as actor:
        terms = {"version": fresh(case).version, "agency": agency("WNC"), "reason": "She lives in the west"}
        lead_transfer(actor=actor, case=case, keep=False, **terms)
    assert (status("walt", case), status("alice", case)) == (200, 404)


def namesake_lines(name: str, case: Case, page: str = "conflicts/") -> list[str]:
    """Whom the page asks about, by the links that keep them out."""
    return re.findall(
        r"conflicts/add/\?person=(\d+)", client_of(name).get(f"/cases/{case.ref}/{page}").content.decode()
    )


def test_who_is_called_like_somebody_in_the_case_is_asked_about(case, cast):
    bob = str(cast["bob"].pk)
    given, family = cast["bob"].name.split()
    assert namesake_lines("asha", case) == []
    victim_set(case, given_name=family.upper(), family_name=given)
    assert namesake_lines("asha", case) == [bob]
    with acting("asha") as actor:
        assert namesakes(actor, case_get(actor=actor, ref=case.ref))[0].agency == agency("NNC").name
    # Who does not decide is told nothing of staff.
    assert namesake_lines("alice", case) == []
    page = client_of("asha").get(f"/cases/{case.ref}/conflicts/add/?person={bob}").content.decode()
    assert f'value="{bob}" selected' in page
    keep_out(case, user=cast["bob"])
    assert namesake_lines("asha", case) == []


def test_a_name_that_is_not_shown_is_not_compared(cast):
    given, family = cast["bob"].name.split()
    named = PerpetratorData(status="named", given_name=given, family_name=family)
    case = case_of("alice", classification="crime_suspected", perpetrators=[named])
    assert namesake_lines("asha", case) == []
    reveal(case, "asha", "subject_identity")
    assert namesake_lines("asha", case) == [str(cast["bob"].pk)]
