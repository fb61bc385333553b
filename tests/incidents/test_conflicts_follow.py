"""A conflict of interest goes with the matter: into cases that are joined, split off, and that incidents are moved to,
and back again (docs/domain.md §5.5)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import Level
from incidents.models import Case, CaseExclusion, Incident
from incidents.selectors.incident_move import move_preview
from incidents.services.access import database_now
from incidents.services.exclusion import conflict_declare, exclusion_end, exclusion_set
from incidents.services.note import note_add
from incidents.services.share import share_give
from incidents.services.task import task_create
from incidents.services.transfer import lead_transfer
from kernel.errors import RuleError
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, fresh, give, text
from tests.incidents.moving import WHY, join, move, sent, split, undo

pytestmark = pytest.mark.django_db

COUSIN = "His cousin lives there"


def two_incidents() -> Case:
    case = case_of("alice", narrative="Paint on the gate.")
    log_incident_as("alice", case=case)
    return fresh(case)


@pytest.fixture
def pair(cast):
    """Two cases of the police's that the council works too; one of its people is kept out of the first."""
    pair = two_incidents(), case_of("alice", narrative="Eggs thrown.")
    for case in pair:
        give(case, "NNC", Level.CONTRIBUTE)
    keep_out(pair[0], user=cast["bob"])
    return pair


def keep_out(case: Case, name: str = "asha", **whom) -> CaseExclusion:
    with acting(name) as actor:
        return exclusion_set(actor=actor, case=case, reason=COUSIN, **whom)


def first(case: Case) -> Incident:
    return Incident.objects.unscoped(reason=WHY).filter(case=case).order_by("pk").first()


def kept(case: Case) -> list[tuple]:
    rows = CaseExclusion.objects.unscoped(reason=WHY).filter(case=case, ended_at=None)
    return sorted(rows.values_list("user__email", "agency__code", "reason", "declared", "set_by", "created_at"))


def status(name: str, case: Case) -> int:
    return client_of(name).get(f"/cases/{case.ref}/").status_code


ACTS = {
    "joined": lambda case, other: (join(case, other), other),
    "moved to": lambda case, other: (move(first(case), other), other),
    "split from": lambda case, _: split(case, first(case))[::-1],
}


@pytest.mark.parametrize("act", ACTS)
def test_who_is_kept_out_of_one_case_is_kept_out_of_the_other(pair, act):
    case, other = pair
    _, result = ACTS[act](case, other)
    assert kept(result) == kept(case) != []
    assert [status(name, result) for name in ("bob", "beth", "alice")] == [404, 200, 200]
    assert result.ref not in text(client_of("bob").get("/cases/?q=Paint"))
    with acting("bob"):
        assert not Case.objects.unscoped(reason="the second wall alone").filter(pk=result.pk).exists()


@pytest.mark.parametrize("act", ["joined", "moved to"])
def test_an_agency_is_kept_out_though_it_was_shared_with_before_and_after(pair, act):
    case, other = pair
    give(other, "VSS", Level.CONTRIBUTE)
    keep_out(case, agency=agency("VSS"))
    with acting("viola") as actor:
        task = task_create(actor=actor, case=other, title="Ring her", agency=agency("VSS"))
    ACTS[act](case, other)
    assert [status(name, other) for name in ("viola", "bob", "beth")] == [404, 404, 200]
    give(other, "VSS", Level.MANAGE, source_ref="again")
    assert status("viola", other) == 404
    # What it was to do comes back to who leads, as when it is kept out by hand.
    task.refresh_from_db()
    assert task.agency.code == "POL"
    assert len(audited("case.exclusion")) >= 4


def test_the_case_that_is_left_has_the_conflicts_of_both(pair, cast):
    case, other = pair
    keep_out(other, user=cast["beth"])
    join(case, other)
    assert {row[0] for row in kept(other)} == {cast["bob"].email, cast["beth"].email}
    assert {row[0] for row in kept(case)} == {cast["bob"].email}


def test_who_led_it_there_leads_it_no_more(pair, cast):
    case, other = pair
    rows = Case.objects.unscoped(reason="the test arranges the row").filter(pk=other.pk)
    rows.update(lead_worker=cast["bob"], deputy=cast["bob"])
    join(case, other)
    assert (fresh(other).lead_worker_id, fresh(other).deputy_id) == (None, None)
    notices = text(client_of("asha").get("/notices/"))
    assert f"{other.ref}: somebody is kept out because of a conflict of interest" in notices
    assert other.ref not in text(client_of("bob").get("/notices/"))


# --- The agency that leads the other case -------------------------------------------------------------


@pytest.fixture
def theirs(cast):
    """A case of the council's that the police manage."""
    case = case_of("bob")
    give(case, "POL", Level.MANAGE)
    return case


@pytest.mark.parametrize("whole", [True, False])
def test_ownership_moves_first_where_the_lead_agency_would_be_kept_out(pair, theirs, whole):
    case, _ = pair
    keep_out(case, agency=agency("NNC"))

    def go(name: str) -> str:
        with pytest.raises(RuleError) as refused:
            join(case, theirs, name) if whole else move(first(case), theirs, name)
        return str(refused.value.message)

    told, untold = go("asha"), go("alice")
    assert f"{agency('NNC').name}, which leads {theirs.ref}, is kept out of {case.ref}" in told
    assert agency("NNC").name not in untold
    assert "kept out" not in untold
    assert kept(theirs) == []
    assert status("bob", theirs) == 200
    with acting("beth") as actor:
        terms = {"version": fresh(theirs).version, "reason": "A conflict", "keep": False}
        lead_transfer(actor=actor, case=theirs, agency=agency("POL"), **terms)
    join(case, theirs, "asha")
    assert status("bob", theirs) == 404


def test_who_may_not_know_is_refused_as_where_named_people_alone_open_it(pair, theirs):
    """One sentence for both, so that it does not say that it is a conflict of interest."""
    from incidents.rules.moving import CaseFacts, MoveFacts, move_refusal

    here, there = (CaseFacts(ref, "open", "restricted", "hate_incident", 2) for ref in ("HC-1", "HC-2"))
    assert move_refusal(MoveFacts(here, there, widens=True)) == move_refusal(MoveFacts(here, there, lead_out=True))


# --- Parted again -------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["joined", "moved to"])
def test_parted_each_has_its_own_and_what_was_said_meanwhile(pair, cast, act):
    case, other = pair
    before = kept(case)
    moves, _ = ACTS[act](case, other)
    keep_out(other, user=cast["beth"])
    undo(moves)
    assert {row[0] for row in kept(case)} == {cast["bob"].email, cast["beth"].email}
    assert set(before) < set(kept(case))
    assert {row[0] for row in kept(other)} == {cast["beth"].email}
    assert (status("bob", case), status("beth", case)) == (404, 404)
    assert (status("bob", other), status("beth", other)) == (200, 404)


def test_who_was_let_in_meanwhile_stays_out_of_the_case_that_it_was_said_of(pair, cast):
    case, other = pair
    moves = join(case, other)
    [copy] = CaseExclusion.objects.unscoped(reason=WHY).filter(case=other, ended_at=None)
    with acting("asha") as actor:
        exclusion_end(actor=actor, case=other, uid=copy.uid, reason="He moved away")
    assert status("bob", other) == 200
    undo(moves)
    assert (status("bob", case), status("bob", other)) == (404, 200)


def test_what_was_written_meanwhile_is_not_shown_to_who_was_kept_out_then(pair):
    case, other = pair
    moves = join(case, other)
    with acting("alice") as actor:
        note_add(actor=actor, case=fresh(other), text="His cousin was seen at the gate.")
    undo(moves)
    assert (status("bob", case), status("bob", other)) == (404, 404)


def test_a_split_that_is_undone_keeps_both(pair, cast):
    case, _ = pair
    new, moves = split(case, first(case))
    keep_out(new, user=cast["beth"])
    undo(moves)
    for one in (case, new):
        assert {row[0] for row in kept(one)} == {cast["bob"].email, cast["beth"].email}
        assert (status("bob", one), status("beth", one)) == (404, 404)


def test_parting_waits_where_the_agency_that_leads_is_kept_out_since(pair, cast):
    case, other = pair
    give(case, "WNC", Level.MANAGE)
    give(other, "WNC", Level.MANAGE)
    moves = move(first(case), other)
    with acting("asha") as actor:
        terms = {"version": fresh(other).version, "reason": "It is theirs", "keep": True}
        lead_transfer(actor=actor, case=other, agency=agency("WNC"), **terms)
    give(case, "NNC", Level.MANAGE, source_ref="again")
    give(other, "NNC", Level.MANAGE, source_ref="again")
    keep_out(other, "wendy", agency=agency("POL"))
    with pytest.raises(RuleError, match=f"{agency('POL').name}, which leads {case.ref}, is kept out"):
        undo(moves, "wendy")
    with pytest.raises(RuleError, match="as the two stand"):
        undo(moves, "beth")


# --- Said after the cases were joined -----------------------------------------------------------------


@pytest.mark.parametrize("said_in", [0, 1])
def test_what_is_said_after_joining_holds_in_both(pair, cast, said_in):
    join(*pair)
    keep_out(pair[said_in], user=cast["beth"])
    assert [status("beth", one) for one in pair] == [404, 404]
    assert [status("alice", one) for one in pair] == [200, 200]


@pytest.mark.parametrize("said_in", [0, 1])
def test_somebody_leaves_both_by_one_declaration(pair, cast, said_in):
    join(*pair)
    rows = Case.objects.unscoped(reason="the test arranges the row").filter(pk=pair[1].pk)
    rows.update(lead_worker=cast["beth"])
    with acting("beth") as actor:
        conflict_declare(actor=actor, case=fresh(pair[said_in]), reason=COUSIN)
    assert [status("beth", one) for one in pair] == [404, 404]
    assert fresh(pair[1]).lead_worker_id is None


def test_it_holds_in_the_other_also_where_who_says_it_cannot_see_that_one(pair, cast):
    """The council reads the case that was joined, and not the one that has its incidents now, until it is shared again."""
    case = pair[0]
    CaseExclusion.objects.unscoped(reason=WHY).all().delete()
    third = case_of("alice")
    join(case, third)
    rows = Case.objects.unscoped(reason="the test arranges the row").filter(pk=third.pk)
    rows.update(lead_worker=cast["bob"])
    assert status("bob", third) == 404
    with acting("bob") as actor:
        conflict_declare(actor=actor, case=fresh(case), reason=COUSIN)
    give(third, "NNC", Level.CONTRIBUTE)
    assert (status("bob", third), status("beth", third)) == (404, 200)
    assert fresh(third).lead_worker_id is None
    assert third.ref in text(client_of("asha").get("/notices/"))
    assert third.pk in {event.case_id for event in audited("case.exclusion")}


def test_an_agency_that_leads_what_was_joined_is_not_kept_out_of_the_empty_case_alone(pair, theirs):
    case, _ = pair
    CaseExclusion.objects.unscoped(reason=WHY).all().delete()
    join(case, theirs)
    with pytest.raises(RuleError, match="joined with another one, which this agency leads"):
        keep_out(case, agency=agency("NNC"))
    assert kept(case) == kept(theirs) == []


def test_nobody_carries_what_somebody_else_said(pair, cast):
    """The narrow function takes along only what the asker has said."""
    from django.db import connection

    case, other = pair
    join(case, other)
    CaseExclusion.objects.unscoped(reason=WHY).filter(case=other).delete()
    uid = CaseExclusion.objects.unscoped(reason=WHY).get(case=case).uid
    with acting("beth"), connection.cursor() as cursor:
        cursor.execute("select hatecase_conflict_joined(%s)", [uid])
        cursor.execute("select hatecase_conflict_joined(%s)", [uuid.uuid4()])
    assert kept(other) == []


# --- Told before it is saved --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["join/", "incidents/{incident}/move/"])
def test_who_decides_is_told_who_will_be_kept_out_and_nobody_else(pair, cast, path):
    case, other = pair
    path = f"/cases/{case.ref}/{path.format(incident=first(case).ref)}"
    told = text(client_of("asha").post(path, sent(case, other, step="preview")))
    assert f"Who will not find {other.ref} any more" in told
    assert cast["bob"].name in told
    untold = text(client_of("alice").post(path, sent(case, other, step="preview")))
    assert "What this changes" in untold
    assert "any more" not in untold
    assert cast["bob"].name not in untold
    keep_out(other, user=cast["bob"])
    assert "any more" not in text(client_of("asha").post(path, sent(case, other, step="preview")))


def test_the_page_that_splits_says_who_is_kept_out_of_the_new_case(pair, cast):
    case, _ = pair
    path = f"/cases/{case.ref}/split/"
    assert f"conflict of interest: {cast['bob'].name}" in text(client_of("asha").get(path))
    assert cast["bob"].name not in text(client_of("alice").get(path))


def test_nobody_gains_by_a_join_beyond_what_its_preview_says(pair, cast):
    """A share that begins later is told as well; whoever is kept out is not among those who gain."""
    case, other = pair
    keep_out(case, agency=agency("VSS"))
    give(other, "VSS", Level.VIEW)
    with acting("asha") as actor:
        terms = {"level": "view", "purpose": "Support", "gateway": "consent"}
        starts = database_now() + dt.timedelta(days=2)
        share_give(actor=actor, case=other, agency=agency("WNC"), starts_at=starts, **terms)
    with acting("alice") as actor:
        gaining = move_preview(actor, fresh(case), fresh(other), whole=True).gaining
    assert [one.name for one in gaining] == [agency("WNC").name]
    assert gaining[0].why.startswith("From ")
