"""What changes in a case is told once to everybody who may know of it, and to nobody else (docs/domain.md §5.4, §8.2)."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import Level, Tier
from incidents.choices.changes import ChangeKind, TaskStepKind
from incidents.choices.involved import TieKind
from incidents.models import CaseChange, TaskStep
from incidents.rules.audit_words import _WORDS
from incidents.selectors.case_page import case_get
from incidents.selectors.chronology import chronology
from incidents.selectors.chronology_words import WORDS
from incidents.selectors.task import task_get
from incidents.selectors.task_steps import task_steps
from incidents.services import task as tasks
from incidents.services.allocation import case_deputy_set, case_handover
from incidents.services.case import case_update
from incidents.services.classification import classification_propose
from incidents.services.exclusion import exclusion_end, exclusion_set
from incidents.services.involved import InvolvedData, involved_add, involved_change, involved_end
from incidents.services.pause import clock_go_on, clock_pause
from incidents.services.people import party_perpetrator_add, party_victim_add
from incidents.services.progress import update_agreement_record
from incidents.services.task_comment import comment_add
from incidents.services.tier import tier_change, tier_for_meeting
from incidents.services.ties import tie_add, tie_end
from incidents.services.transfer import lead_transfer
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, log_incident_as
from tests.incidents.casework import case_of, fresh, give, victim_of
from tests.incidents.moving import join, undo
from victims.selectors import victim_get
from victims.services import VictimData, sensitive_add, victim_change

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"


@pytest.fixture
def case(cast):
    case = case_of("alice")
    for code in ("NNC", "PROB", "VSS"):
        give(case, code, Level.CONTRIBUTE)
    return case


def told(name, case, kind=""):
    """The titles of the chronology, oldest first, as one of the cast reads them."""
    with acting(name) as actor:
        found = chronology(actor=actor, case=case_get(actor=actor, ref=case.ref), kind=kind)
        return [entry.title for entry in reversed(found.entries)]


def changed(name, case):
    return told(name, case, "change")


def do(name, service, case, **values):
    with acting(name) as actor:
        return service(actor=actor, case=fresh(case), **values)


def update(case, name="alice", **changes):
    return do(name, case_update, case, version=fresh(case).version, changes=changes, priority_reason="Calmer now")


# --- The case itself ------------------------------------------------------------------------------


def test_every_field_of_a_case_is_told_to_each_side(case, cast):
    update(case, priority="P1")
    update(case, summary="Neighbours shout")
    update(case, status="triage")
    update(case, lead_worker=cast["amir"])
    do("asha", case_deputy_set, case, version=fresh(case).version, deputy=cast["alice"])
    for name in ("alice", "bob", "petra", "vera"):
        words = changed(name, case)
        assert sum(one.startswith("Priority: Urgent (P1)") for one in words) == 1, (name, words)
        assert "Summary changed" in words
        assert any(one.startswith("Status: ") and "(before: " in one for one in words)
        assert f"Lead worker: {cast['amir'].name}" in words
        assert f"Deputy: {cast['alice'].name}" in words


def test_nothing_is_told_of_what_did_not_change(case):
    update(case, summary=fresh(case).summary)
    assert changed("alice", case) == []


def test_a_join_that_raises_the_priority_tells_it_once_and_its_undoing_once_more(case):
    other = case_of("alice", priority="P1", priority_reason="He came back with a knife")
    calm = fresh(case).priority
    assert calm != "P1"
    moves = join(other, case)
    assert fresh(case).priority == "P1"
    raised = [one for one in changed("bob", case) if one.startswith("Priority: ")]
    assert len(raised) == 1
    undo(moves)
    assert fresh(case).priority == calm
    assert len([one for one in changed("bob", case) if one.startswith("Priority: ")]) == 2


def test_an_incident_that_raises_the_priority_tells_it_once(case):
    log_incident_as("alice", case=fresh(case), priority="P1", priority_reason="He came back with a knife")
    assert fresh(case).priority == "P1"
    assert sum(one.startswith("Priority: Urgent (P1)") for one in changed("alice", case)) == 1


def test_a_deputy_who_takes_the_case_over_is_told_to_be_deputy_no_more(case, cast):
    update(case, lead_worker=cast["alice"])
    do("alice", case_deputy_set, case, version=fresh(case).version, deputy=cast["amir"])
    do("alice", case_handover, case, version=fresh(case).version, to=cast["amir"], note="Ring her on Monday")
    rows = CaseChange.objects.unscoped(reason=WHY).filter(case=case, kind=ChangeKind.DEPUTY).order_by("pk")
    assert list(rows.values_list("person_id", flat=True)) == [cast["amir"].pk, None]
    do("amir", case_handover, case, version=fresh(case).version, to=cast["alice"], note="Back again")
    assert rows.count() == 2


def test_a_meeting_that_opens_the_case_wider_is_told_once(case):
    for _ in range(2):
        do("asha", tier_for_meeting, case, meeting_ref="HM-26-000000")
    assert [one[:23] for one in changed("bob", case)] == ["Who can open the case: "]


def test_a_new_lead_agency_is_told(case):
    do("asha", lead_transfer, case, version=fresh(case).version, agency=agency("NNC"), reason="Theirs", keep=True)
    assert changed("bob", case) == [f"Lead agency: {agency('NNC').name}"]


def test_who_can_open_it_is_told_to_who_still_can(case, cast):
    named = {cast["alice"].pk, cast["asha"].pk}
    do("asha", tier_change, case, version=fresh(case).version, tier=Tier.OWN, reason="Sensitive", people=named)
    assert [one[:23] for one in changed("alice", case)] == ["Who can open the case: "]


def test_a_conflict_is_told_to_deciders_of_the_lead_agency_alone(case, cast):
    kept = do("asha", exclusion_set, case, reason="Related", user=cast["nora"])
    assert changed("asha", case) == [ChangeKind.CONFLICT.label]
    do("asha", exclusion_end, case, uid=kept.uid, reason="Over")
    assert ChangeKind.CONFLICT_ENDED.label in changed("asha", case)
    for name in ("alice", "bob", "nora", "beth", "vera", "petra"):
        assert changed(name, case) == [], name


def test_a_proposal_is_told_to_triagers_of_the_lead_agency_alone(case):
    do("asha", classification_propose, case, version=fresh(case).version, to="not_hate", reason="A private quarrel")
    assert any(one.startswith(ChangeKind.PROPOSED.label) for one in changed("asha", case))
    for name in ("bob", "vera", "petra"):
        assert changed(name, case) == [], name


# --- People ---------------------------------------------------------------------------------------


def test_people_are_told_to_who_may_know_their_side(case):
    witness = do("alice", involved_add, case, data=InvolvedData(role="witness", given_name="Wanda"))
    household = do("alice", involved_add, case, data=InvolvedData(role="subject_household", notes="A brother"))
    data = InvolvedData(role="witness", given_name="Wendy")
    do("alice", involved_change, case, uid=witness.pk, version=1, data=data)
    do("alice", involved_end, case, uid=witness.pk)
    added, ended = ChangeKind.PERSON_ADDED.label, ChangeKind.PERSON_ENDED.label
    assert changed("alice", case) == [added, added, ChangeKind.PERSON_CHANGED.label, ended]
    assert changed("vera", case) == [added, ChangeKind.PERSON_CHANGED.label, ended]
    assert changed("petra", case) == [added]
    assert household.side == "perpetrator"


def test_a_tie_across_the_sides_is_told_to_nobody_of_one(case):
    one = do("alice", involved_add, case, data=InvolvedData(role="witness", given_name="Wanda"))
    other = do("alice", involved_add, case, data=InvolvedData(role="subject_household", notes="A brother"))
    tie = do("alice", tie_add, case, kind=TieKind.values[0], first=str(one.pk), second=str(other.pk))
    do("alice", tie_end, case, uid=tie.pk)
    assert changed("alice", case)[2:] == [ChangeKind.TIE_ADDED.label, ChangeKind.TIE_ENDED.label]
    assert len(changed("vera", case)) == len(changed("petra", case)) == 1


def test_who_adds_somebody_of_the_other_side_is_not_told_of_it(case):
    incident = case.incidents.get()
    data = VictimData(given_name="Second")
    do("alice", party_victim_add, case, incident=incident, agency=fresh(case).lead_agency, data=data)
    do(
        "vera",
        party_perpetrator_add,
        case,
        incident=incident,
        agency=agency("VSS"),
        data=PerpetratorData(description="A man"),
    )
    assert changed("alice", case) == [ChangeKind.VICTIM_ADDED.label, ChangeKind.SUBJECT_ADDED.label]
    assert changed("vera", case) == [ChangeKind.VICTIM_ADDED.label]
    assert changed("petra", case) == [ChangeKind.SUBJECT_ADDED.label]


def test_a_changed_safe_contact_is_told_in_every_case_of_the_victim(case, cast):
    victim = victim_of(case)
    other = case_of("alice", victims=(VictimData(ref=victim.ref),))
    give(other, "WNC", Level.VIEW)
    do("asha", exclusion_set, other, reason="Related", user=cast["alice"])
    with acting("alice") as alice:
        record = victim_get(actor=alice, ref=victim.ref)
        changes = {"letters_safe": "no", "wish_share_police": "no", "given_name": "Anna"}
        victim_change(actor=alice, victim=record, version=record.version, changes=changes)
    labels = {ChangeKind.SAFE_CONTACT.label, ChangeKind.WISHES.label, ChangeKind.VICTIM_DETAILS.label}
    for name in ("alice", "bob", "vera"):
        assert set(changed(name, case)) == labels, name
    assert changed("petra", case) == []
    assert set(changed("walt", other)) == labels
    # Who changed it may not go there: nobody is told who it was.
    with acting("walt") as walt:
        assert set(CaseChange.objects.visible_to(walt).filter(case=other).values_list("by_id", flat=True)) == {None}


def test_what_is_extra_sensitive_is_never_told(case):
    with acting("alice") as alice:
        sensitive_add(actor=alice, victim=victim_of(case), group="health", text="Asthma")
    assert changed("alice", case) == changed("bob", case) == []


def test_a_pause_and_agreed_updates_are_told_to_who_may_know_victims(case):
    do("alice", update_agreement_record, case, every_days=5, agreed_at=clock.now())
    running = case.clocks.get(kind="K6") if case.clocks.filter(kind="K6").exists() else case.clocks.get(kind="K5")
    until = clock.today() + dt.timedelta(days=3)
    do("alice", clock_pause, case, clock_id=running.pk, reason="victim_request", until=until)
    do("alice", clock_go_on, case, clock_id=running.pk)
    assert len(changed("vera", case)) == 3
    assert "Updates agreed with the victim: every 5 working days" in changed("vera", case)
    assert changed("petra", case) == []


# --- The second wall ------------------------------------------------------------------------------


def test_the_second_wall_holds_alone(case, cast):
    do("alice", involved_add, case, data=InvolvedData(role="witness", given_name="Wanda"))
    do("asha", exclusion_set, case, reason="Related", user=cast["nora"])
    for name, kinds in (("vera", {"person_added"}), ("petra", set()), ("asha", {"person_added", "conflict"})):
        with acting(name):
            rows = CaseChange.objects.unscoped(reason=WHY).filter(case=case)
            assert set(rows.values_list("kind", flat=True)) == kinds, name
    with acting("walt"):
        assert not CaseChange.objects.unscoped(reason=WHY).filter(case=case).exists()


def test_nobody_edits_what_was_told(case):
    update(case, priority="P1")
    with acting("alice"):
        rows = CaseChange.objects.unscoped(reason=WHY)
        assert rows.update(kind="summary") == 0
        assert rows.delete()[0] == 0


# --- Steps of tasks -------------------------------------------------------------------------------


def ask(case, code="NNC", by="alice", **values):
    with acting(by) as actor:
        return tasks.task_create(actor=actor, case=fresh(case), title="Visit Smith", agency=agency(code), **values)


def step(name, verb, task, **values):
    with acting(name) as actor:
        return getattr(tasks, f"task_{verb}")(actor=actor, task=task, **values)


def test_every_step_of_a_task_stays_with_its_words(case, cast):
    task = ask(case)
    step("bob", "decline", task, reason="Not our tenant")
    step("alice", "offer", task, agency=agency("NNC"))
    step("bob", "accept", task)
    step("beth", "reassign", task, assignee=cast["nora"])
    step("alice", "reword", task, title="Visit twice before Friday")
    step("nora", "start", task)
    with acting("bob") as bob:
        comment_add(actor=bob, task=task, text="On my way")
    step("nora", "complete", task, achieved="Seen twice")
    with acting("alice") as alice:
        rows = task_steps(actor=alice, task=task_get(actor=alice, ref=task.ref))
    assert [row.title for row in rows] == [
        "Declined",
        f"Offered again to {agency('NNC').name}",
        "Accepted",
        f"Given to {cast['nora'].name}",
        "Reworded",
        "In progress",
        "Done",
    ]
    assert [row.words for row in rows if row.words] == ["Not our tenant", "Visit Smith", "Seen twice"]
    words = told("alice", case, "task")
    assert len(words) == 9
    assert f"Comment on task {task.ref}" in words


def test_steps_of_the_other_sides_agency_are_absent(case):
    task = ask(case, "PROB")
    step("petra", "decline", task, reason="He is not ours")
    step("alice", "offer", task, agency=agency("NNC"))
    with acting("vera") as vera:
        rows = task_steps(actor=vera, task=task_get(actor=vera, ref=task.ref))
        assert not TaskStep.objects.visible_to(vera).exclude(task=task).exists()
    assert [row.title for row in rows] == [f"Offered again to {agency('NNC').name}"]
    assert not any("declined" in one for one in told("vera", case, "task"))


# --- Nothing is forgotten -------------------------------------------------------------------------

TOLD = {
    "access.grant": "shared",
    "case.ask_back": "asked",
    "case.close": "closed",
    "case.close_undo": "reopened",
    "case.conflict_declare": ChangeKind.CONFLICT,
    "case.crime": "classification",
    "case.crime_undo": "classification",
    "case.deputy": ChangeKind.DEPUTY,
    "case.exclusion": ChangeKind.CONFLICT,
    "case.exclusion_end": ChangeKind.CONFLICT_ENDED,
    "case.hand_on": ChangeKind.LEAD_WORKER,
    "case.handover": "handover",
    "case.handover_undo": ChangeKind.LEAD_WORKER,
    "case.hate_factor": "classification",
    "case.join": "moved",
    "case.outcome_sent": ChangeKind.OUTCOME_SENT,
    "case.recall": "unshared",
    "case.reopen": "reopened",
    "case.share": "shared",
    "case.split": "moved",
    "case.succession": ChangeKind.LEAD_AGENCY,
    "case.tier": ChangeKind.TIER,
    "case.transfer": ChangeKind.LEAD_AGENCY,
    "case.triage": "classification",
    "case.triage_undo": "classification",
    "case.unshare": "unshared",
    "case.update": ChangeKind.PRIORITY,
    "case.wish_end": "unshared",
    "classification.confirm": "classification",
    "classification.propose": ChangeKind.PROPOSED,
    "classification.refuse": ChangeKind.PROPOSAL_REFUSED,
    "classification.withdraw": ChangeKind.PROPOSAL_TAKEN_BACK,
    "clock.pause": ChangeKind.CLOCK_PAUSED,
    "clock.resume": ChangeKind.CLOCK_RESUMED,
    "contact.correct": "corrected",
    "contact.log": "contact",
    "contact.strike": "contact",
    "contact.undo": "contact",
    "event.correct": "corrected",
    "event.log": "event",
    "event.strike": ChangeKind.EVENT_STRUCK,
    "event.undo": ChangeKind.EVENT_TAKEN_BACK,
    "evidence.add": "evidence",
    "evidence.correct": "corrected",
    "evidence.redact": "evidence",
    "evidence.release": "released",
    "evidence.withdraw": "withdrawn",
    "handover.strike": "handover",
    "incident.correct": "corrected",
    "incident.set_right": "corrected",
    "incident.duplicate": ChangeKind.SAME_INCIDENT,
    "incident.join": "incident",
    "incident.log": "incident",
    "incident.move": "moved",
    "incident.move_undo": "parted",
    "involved.add": ChangeKind.PERSON_ADDED,
    "involved.change": ChangeKind.PERSON_CHANGED,
    "involved.end": ChangeKind.PERSON_ENDED,
    "letter.record": "contact",
    "meeting.release": "shared",
    "meeting.release_end": "unshared",
    "note.add": "note",
    "note.strike": "note",
    "note.undo": "note",
    "party.add": ChangeKind.VICTIM_ADDED,
    "perpetrator.add": ChangeKind.SUBJECT_ADDED,
    "perpetrator.name": ChangeKind.SUBJECT_NAMED,
    "plan.agree": "plan",
    "plan.correct": "corrected",
    "plan.strike": ChangeKind.PLAN_STRUCK,
    "plan.undo": ChangeKind.PLAN_TAKEN_BACK,
    "referral.correct": "corrected",
    "risk.assess": "risk",
    "support.refer": "referral",
    "support.strike": ChangeKind.REFERRAL_STRUCK,
    "support.undo": ChangeKind.REFERRAL_TAKEN_BACK,
    "task.accept": TaskStepKind.ACCEPTED,
    "task.comment": TaskStepKind.COMMENTED,
    "task.comment_strike": ChangeKind.COMMENT_STRUCK,
    "task.complete": TaskStepKind.DONE,
    "task.create": "asked",
    "task.decline": TaskStepKind.DECLINED,
    "task.offer": TaskStepKind.OFFERED,
    "task.reassign": TaskStepKind.GIVEN,
    "task.return": TaskStepKind.OFFERED,
    "task.reopen": TaskStepKind.REOPENED,
    "task.reword": TaskStepKind.REWORDED,
    "task.start": TaskStepKind.STARTED,
    "task.withdraw": TaskStepKind.WITHDRAWN,
    "tie.add": ChangeKind.TIE_ADDED,
    "tie.end": ChangeKind.TIE_ENDED,
    "updates.agree": ChangeKind.UPDATES,
    "updates.strike": ChangeKind.UPDATES_STRUCK,
    "updates.undo": ChangeKind.UPDATES_TAKEN_BACK,
    "victim.add": "incident",
    "victim.change": ChangeKind.SAFE_CONTACT,
}
"""How each audited change of a case is told: a source of the chronology, or a kind of change or step."""

EXCUSED = {
    "victim.sensitive_add": "health, trans or immigration status: not even that something is recorded",
    "victim.sensitive_change": "health, trans or immigration status: not even that something is recorded",
    "quarantine.": "names that no reader of the case may know of",
    "breach.": "for information governance and who decides for the lead agency, on a page of its own",
    "access.": "between who asks and the lead agency; what is granted is told as a share",
    "case.override_": "within the agency that shares; the share itself is told",
    "case.emergency_": "for who answers for the case, who get a notice and a page to review it",
    "case.duty_check": "that the lead agency opened the report: a clock says so",
    "case.restricted_view": "a read, told to information governance",
    "case.share_warn": "nothing changed yet: when a share ends stands on it from the first",
    "case.refer": "that a meeting is to see it stands on the case's page; its release is told as a share",
    "meeting.": "a meeting's own business; what it is shown is told as a share",
    "task.comment_undo": "the page of the task says that one was taken back",
    "online.": "how a record stands of what was posted and under which account: the incident shows it (decision 26)",
    "letter.write": "a draft of one agency",
    "letter.strike": "of one agency; the contact that it became is struck with it, which is told",
    "letter.print": "not sent yet: recording it as sent is told as a contact",
    "evidence.scan": "the scanner's, on the file's own log",
    "evidence.copy": "a copy for the viewer, on the file's own log",
    "risk.draft": "one person's unfinished answers",
    "work.hand_on": "each case that it touched is told by itself",
    "agreement.succession": "each case that it touched is told by itself",
    "reminder.": "nothing changed", "notice.": "one person's own", "search.": "one person's own",
    "fields.": "one person's look", "draft.": "no case yet", "account.": "no case", "agreement.": "no case",
    "audit.": "no case", "configuration.": "no case", "county.": "no case", "cover.": "no case", "figures.": "no case",
    "form.": "no case", "pack.": "a copy of what is told", "page.": "a read", "person.": "no case", "postcodes.": "no case", "team.": "a read",
    "template.": "no case", "token.": "no case",
    "case.export": "a read", "case.list": "a read", "case.partner_search": "a read", "case.people_read": "a read",
    "case.print": "a read", "case.read": "a read", "case.search": "a read", "case.signpost_read": "a read",
    "evidence.download": "a read", "evidence.original": "a read", "evidence.read": "a read", "evidence.view": "a read",
    "incident.read": "a read", "letter.download": "a read", "perpetrator.read": "a read", "task.read": "a read",
    "victim.read": "a read", "victim.search": "a read",
}  # fmt: skip
"""Audited actions that no chronology tells, by name or by beginning, and why."""


def test_every_audited_change_is_told_or_excused():
    for action in _WORDS:
        excuses = [name for name in EXCUSED if action == name or (name[-1] in "._" and action.startswith(name))]
        assert (action in TOLD) or excuses, f"{action} is neither told nor excused"
    assert set(TOLD) <= set(_WORDS)
    sources = {str(one) for one in TOLD.values()}
    assert sources <= {*WORDS, *ChangeKind.values, *TaskStepKind.values}


def test_every_kind_of_change_has_an_action():
    named = {str(one) for one in TOLD.values()}
    beside = {"status", "summary", "lead_worker", "wishes", "victim_details"}
    assert set(ChangeKind.values) <= named | beside
    assert set(TaskStepKind.values) <= named
