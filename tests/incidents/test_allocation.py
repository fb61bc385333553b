"""Who works a case: handover with a note, the deputy, and several cases at once."""

from __future__ import annotations

import pytest

from agencies.choices import Role
from agencies.models import Membership, Notice
from incidents.choices import Level
from incidents.models import Case, Handover
from incidents.services.access import access_rebuild
from incidents.services.allocation import ChosenCase, case_deputy_set, case_handover, cases_reassign
from incidents.services.case import lead_worker_assign
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditEvent
from tests.budget import queries_beyond
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import assert_forbidden, assert_unknown_is_404, case_of, fresh, give, text
from tests.incidents.moving import split
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast) -> Case:
    """A case that Alice works."""
    case = case_of(victims=[VictimData(given_name="Farida", family_name="Mirza", phone="07700 900123")])
    return lead(case, cast["alice"])


def lead(case, worker):
    Case.objects.unscoped(reason="arrange the worker").filter(pk=case.pk).update(lead_worker=worker)
    return fresh(case)


def hand(name, case, to, note="Ring her on Monday", version=None):
    with acting(name) as actor:
        return case_handover(actor=actor, case=case, version=version or case.version, to=to, note=note)


def told():
    rows = Notice.objects.unscoped(reason="the test looks").filter(kind__in=["handover", "deputy"])
    return [(row.user.email.partition("@")[0], row.kind) for row in rows.select_related("user")]


def handovers():
    return Handover.objects.unscoped(reason="the test looks")


def test_handed_over_it_has_a_new_worker_a_note_and_a_trace(case, cast):
    hand("alice", case, cast["amir"])
    assert fresh(case).lead_worker == cast["amir"]
    row = handovers().get()
    assert (row.from_user, row.to_user, row.by, row.note) == (
        cast["alice"], cast["amir"], cast["alice"], "Ring her on Monday",
    )  # fmt: skip
    assert told() == [("amir", "handover")]
    event = AuditEvent.objects.get(action="case.handover")
    assert event.subject_ref == case.ref
    page = text(client_of("amir").get(f"/cases/{case.ref}/"))
    assert "Handed over from Alice Morgan to Amir Qureshi" in page
    assert "Ring her on Monday" in page


def test_the_note_keeps_names_from_the_other_side(case, cast):
    give(case, "NNC", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    hand("alice", case, cast["amir"], "Farida Mirza is afraid of him")
    assert "Farida Mirza is afraid" in text(client_of("bob").get(f"/cases/{case.ref}/"))
    assert "is afraid" not in text(client_of("petra").get(f"/cases/{case.ref}/"))


def test_to_somebody_who_cannot_open_it_nothing_is_done(case, cast):
    case.exclusions.create(user=cast["amir"], reason="A relative")
    access_rebuild([case.pk])
    for outsider in ("amir", "bob", "ada"):
        with pytest.raises(RuleError, match="they cannot open it") as refused:
            hand("alice", case, cast[outsider])
        assert refused.value.field == "to"
    assert fresh(case).lead_worker == cast["alice"]
    assert not handovers().exists()
    assert told() == []


def test_who_neither_works_it_nor_decides_hands_nothing_over(case, cast):
    with pytest.raises(ForbiddenError):
        hand("amir", case, cast["donna"])
    give(case, "NNC", Level.MANAGE)
    with pytest.raises(ForbiddenError):
        hand("beth", case, cast["amir"])
    assert_forbidden(f"/cases/{case.ref}/handover/", "amir")
    assert_forbidden(f"/cases/{case.ref}/deputy/", "beth")


def test_a_decider_hands_over_what_nobody_works(cast):
    case = case_of()
    hand("asha", case, cast["alice"])
    assert fresh(case).lead_worker == cast["alice"]
    assert "Given to Alice Morgan" in text(client_of("alice").get(f"/cases/{case.ref}/"))


@pytest.mark.parametrize("note", ["", "  ", "x" * 4001, "a\u202eb"])
def test_a_note_there_must_be(case, cast, note):
    with pytest.raises(RuleError) as refused:
        hand("alice", case, cast["amir"], note)
    assert refused.value.field == "note"


def test_to_who_works_it_already(case, cast):
    with pytest.raises(RuleError, match="already"):
        hand("asha", case, cast["alice"])


def test_sent_twice_it_is_handed_over_once(case, cast):
    hand("asha", case, cast["amir"])
    hand("asha", case, cast["amir"])
    assert handovers().count() == 1
    assert AuditEvent.objects.filter(action="case.handover").count() == 1


def test_whoever_saved_first_wins(case, cast):
    hand("asha", case, cast["amir"])
    with pytest.raises(StaleError):
        hand("asha", case, cast["donna"], version=case.version)
    assert fresh(case).lead_worker == cast["amir"]


def test_a_case_of_the_own_tier_follows_who_works_it(case, cast):
    Case.objects.unscoped(reason="arrange the tier").filter(pk=case.pk).update(tier="own")
    access_rebuild([case.pk])
    alice = client_of("alice")
    sent = {"version": fresh(case).version, "to": cast["amir"].pk, "note": "Ring her on Monday"}
    done = alice.post(f"/cases/{case.ref}/handover/", sent, follow=True)
    assert done.redirect_chain == [("/", 302)]
    assert alice.get(f"/cases/{case.ref}/").status_code == 404
    assert client_of("amir").get(f"/cases/{case.ref}/").status_code == 200


def test_the_deputy_of_the_own_tier_opens_it_and_no_longer_after(case, cast):
    Case.objects.unscoped(reason="arrange the tier").filter(pk=case.pk).update(tier="own")
    access_rebuild([case.pk])
    assert client_of("amir").get(f"/cases/{case.ref}/").status_code == 404
    for deputy, status in ((cast["amir"], 200), (None, 404)):
        now = fresh(case)
        with acting("asha") as asha:
            case_deputy_set(actor=asha, case=now, version=now.version, deputy=deputy)
        assert client_of("amir").get(f"/cases/{case.ref}/").status_code == status


def test_a_deputy_is_named_and_told_and_becomes_the_worker(case, cast):
    with acting("alice") as alice:
        held = case_deputy_set(actor=alice, case=case, version=case.version, deputy=cast["amir"])
    assert told() == [("amir", "deputy")]
    with acting("asha") as asha, pytest.raises(RuleError, match="is the lead worker") as refused:
        case_deputy_set(actor=asha, case=held, version=held.version, deputy=cast["alice"])
    assert refused.value.field == "deputy"
    hand("asha", fresh(case), cast["amir"])
    assert (fresh(case).lead_worker, fresh(case).deputy) == (cast["amir"], None)


def test_who_leads_is_changed_by_who_hands_over_or_sorts_and_by_nobody_else(case, cast):
    Membership.objects.filter(user=cast["amir"]).update(roles=[Role.CASEWORKER])
    with acting("amir") as amir, pytest.raises(ForbiddenError, match="They, and whoever decides"):
        lead_worker_assign(actor=amir, case=case, version=case.version, worker=cast["amir"])
    path = f"/cases/{case.ref}/lead-worker/"
    assert_forbidden(path, "amir")
    assert path not in client_of("amir").get(f"/cases/{case.ref}/").content.decode()
    assert path in client_of("asha").get(f"/cases/{case.ref}/").content.decode()
    lead(case, None)
    with acting("amir") as amir:
        lead_worker_assign(actor=amir, case=fresh(case), version=case.version, worker=cast["amir"])
    assert fresh(case).lead_worker == cast["amir"]


def test_a_deputy_who_comes_to_lead_is_deputy_no_more(case, cast):
    Case.objects.unscoped(reason="arrange the deputy").filter(pk=case.pk).update(deputy=cast["amir"])
    with acting("asha") as asha:
        lead_worker_assign(actor=asha, case=case, version=case.version, worker=cast["amir"])
    assert (fresh(case).lead_worker, fresh(case).deputy) == (cast["amir"], None)


def test_a_case_that_is_split_off_keeps_its_deputy(case, cast):
    second = log_incident_as("alice", case=case)
    Case.objects.unscoped(reason="arrange the tier").filter(pk=case.pk).update(tier="own", deputy=cast["amir"])
    access_rebuild([case.pk])
    target, _ = split(case, second)
    assert fresh(target).deputy == cast["amir"]
    assert client_of("amir").get(f"/cases/{target.ref}/").status_code == 200


def test_pages_out_of_scope_and_by_stale_edit(case, cast):
    for path in ("/cases/{ref}/handover/", "/cases/{ref}/deputy/"):
        assert_unknown_is_404(path, case)
    asha = client_of("asha")
    wrong = asha.post(f"/cases/{case.ref}/handover/", {"version": case.version, "to": cast["bob"].pk, "note": "x"})
    assert "nobody else can open this case" in text(wrong)
    hand("asha", case, cast["amir"])
    stale = asha.post(
        f"/cases/{case.ref}/handover/", {"version": case.version, "to": cast["donna"].pk, "note": "Typed already"}
    )
    assert stale.status_code == 409
    assert "Typed already" in stale.content.decode()
    done = asha.post(
        f"/cases/{case.ref}/deputy/", {"version": fresh(case).version, "deputy": cast["alice"].pk}, follow=True
    )
    assert "Deputy worker changed" in text(done)
    assert queries_beyond(asha, f"/cases/{case.ref}/") <= 15


# --- Several at once -----------------------------------------------------------------------------


def test_several_cases_go_on_and_each_answers_for_itself(cast):
    cases = [lead(case_of(), cast["alice"]) for _ in range(3)]
    rows = [ChosenCase(case.ref, case.version) for case in cases]
    changed, kept_out, moved = cases
    hand("asha", changed, cast["donna"])
    kept_out.exclusions.create(user=cast["asha"], reason="A relative")
    access_rebuild([kept_out.pk])
    with acting("asha") as asha:
        outcomes = cases_reassign(actor=asha, chosen=rows, to=cast["amir"], reason="Alice moves to Corby")
    found = {one.ref: one.refusal for one in outcomes}
    assert found == {
        changed.ref: "Changed while you were choosing. Nothing was done.",
        kept_out.ref: "You cannot open this case any more.",
        moved.ref: "",
    }
    assert [fresh(case).lead_worker for case in cases] == [cast["donna"], cast["alice"], cast["amir"]]


@pytest.mark.parametrize(
    ("count", "to", "reason", "field"),
    [(0, "amir", "Why", "cases"), (101, "amir", "Why", "cases"), (1, "", "Why", "to"), (1, "amir", " ", "reason")],
)
def test_what_was_sent_must_make_sense(cast, count, to, reason, field):
    rows = [ChosenCase(f"HC-26-{number:06}", 1) for number in range(count)]
    with acting("asha") as asha, pytest.raises(RuleError) as refused:
        cases_reassign(actor=asha, chosen=rows, to=cast.get(to), reason=reason)
    assert refused.value.field == field
