"""A closing, a triage decision, a handover and a recorded crime, taken back within a minute (docs/decisions/0033)."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Notice
from incidents.choices import Level, TaskState
from incidents.choices.changes import DecisionKind
from incidents.models import Case, CaseClosure, ClassificationChange, Clock, JustDecided, Task, TaskStep
from incidents.selectors.crime import crime_reference
from incidents.selectors.undo import just_decided
from incidents.services.allocation import case_handover
from incidents.services.case import case_triage, case_update
from incidents.services.closing import ClosingData, case_close
from incidents.services.contact import ContactData, contact_log
from incidents.services.crime import crime_record
from incidents.services.decision_keep import CASE_FIELDS
from incidents.services.exclusion import exclusion_set
from incidents.services.risk import assessment_submit
from incidents.services.task import task_create
from incidents.services.undo import just_added_undo
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import SAFE, answers, audited, case_of, fresh, give, text
from tests.incidents.test_tier import change

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
# What a decision changes of a clock and leaves, save the moment at which a deadline was set.
_CLOCK = ("id", "kind", "incident_id", "due_at", "amber_at", "met_at", "outcome", "closed_at", "level", "paused_at")


def picture(case: Case, *, but: tuple[str, ...] = ()) -> dict:
    clocks = Clock.objects.unscoped(reason=WHY).filter(case=case).exclude(kind__in=but).order_by("pk")
    tasks = Task.objects.unscoped(reason=WHY).filter(case=case).order_by("pk")
    return {
        "case": Case.objects.unscoped(reason=WHY)
        .filter(pk=case.pk)
        .values(*CASE_FIELDS, "agency_ids", "user_ids")
        .get(),
        "clocks": list(clocks.values(*_CLOCK)),
        "tasks": list(tasks.values("state", "outcome", "assignee_id", "agency_id", "closed_at", "accepted_at")),
    }


def close(case: Case) -> None:
    with acting("alice") as actor:
        case_close(actor=actor, case=case, version=fresh(case).version, data=ClosingData(reason="R1"))


def triage(case: Case, name: str = "alice", **given) -> None:
    terms = {"priority": "P1", "classification": "crime_suspected", "lead_worker": cast_get()["amir"]} | given
    with acting(name) as actor:
        case_triage(actor=actor, case=case, version=fresh(case).version, reason="A threat", **terms)


def hand(case: Case) -> None:
    with acting("alice") as actor:
        case_handover(actor=actor, case=case, version=fresh(case).version, to=cast_get()["amir"], note="Ring her")


def crime(case: Case) -> None:
    with acting("alice") as actor:
        crime_record(actor=actor, case=case, version=fresh(case).version, crime_reference="26000111222")


ACTS = {
    DecisionKind.CLOSED: close,
    DecisionKind.TRIAGED: triage,
    DecisionKind.HANDED: hand,
    DecisionKind.CRIME: crime,
}


def ready(kind: DecisionKind) -> Case:
    """A case of the police's that is ready for a decision of this kind."""
    case = case_of("alice")
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "PROB", Level.CONTRIBUTE)
    if kind in (DecisionKind.CLOSED, DecisionKind.HANDED):
        triage(case, classification="hate_incident", priority="P2", lead_worker=cast_get()["alice"])
    if kind == DecisionKind.CLOSED:
        with acting("alice") as actor:
            assessment_submit(actor=actor, case=fresh(case), answers=answers(), safety=SAFE)
    return fresh(case)


@pytest.fixture(params=ACTS, ids=[kind.value for kind in ACTS])
def kind(request, cast) -> DecisionKind:
    return request.param


def kept(case: Case, kind: DecisionKind) -> JustDecided:
    return JustDecided.objects.unscoped(reason=WHY).filter(case=case, kind=kind).latest("at")


def undo(case: Case, kind: DecisionKind, name: str = "alice") -> None:
    row = kept(case, kind)
    with acting(name) as actor:
        just_added_undo(actor=actor, case=fresh(case), row=row)


def test_everything_stands_as_it_stood(kind):
    case = ready(kind)
    before = picture(case)
    ACTS[kind](case)
    assert picture(case) != before
    undo(case, kind)
    # The closure contact stays with the closing that was taken back, and asks for nothing.
    assert picture(case, but=("K11",)) == before
    assert {row.outcome for row in Clock.objects.unscoped(reason=WHY).filter(case=case, kind="K11")} <= {
        "not_applicable"
    }
    undo(case, kind)
    assert picture(case, but=("K11",)) == before


def test_the_page_offers_it_and_says_what_is_not_taken_back(kind):
    case = ready(kind)
    ACTS[kind](case)
    with acting("alice") as actor:
        assert just_decided(actor=actor, case=case, kind=kind).uid == kept(case, kind).uid
    alice, path = client_of("alice"), f"/cases/{case.ref}/undo/decision/{kept(case, kind).uid}/"
    page = text(alice.get(path))
    assert f"Take back this {kind.label.lower()}?" in page
    assert "Notices and e-mails that went out are not taken back" in page
    assert "Alice Morgan" in page
    assert f"{kind.label} taken back" in text(alice.post(path, {}, follow=True))


def test_nobody_else_takes_it_back(kind):
    case = ready(kind)
    ACTS[kind](case)
    path = f"/cases/{case.ref}/undo/decision/{kept(case, kind).uid}/"
    for name in ("asha", "bob", "walt"):
        assert client_of(name).get(path).status_code == 404
    with pytest.raises(ForbiddenError):
        undo(case, kind, "asha")
    with acting("asha"):
        assert not JustDecided.objects.unscoped(reason="the second wall alone").exists()


def test_after_a_minute_it_stands(kind, settings):
    case = ready(kind)
    ACTS[kind](case)
    settings.HATECASE_NOW = (clock.now() + dt.timedelta(seconds=61)).isoformat()
    with pytest.raises(RuleError, match="minute"):
        undo(case, kind)
    with acting("alice") as actor:
        assert just_decided(actor=actor, case=case, kind=kind) is None


def test_where_somebody_saved_the_case_since_it_stands(kind):
    case = ready(kind)
    ACTS[kind](case)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(version=fresh(case).version + 1)
    with pytest.raises(RuleError, match="Somebody has changed the case since"):
        undo(case, kind)


def test_history_tells_both(kind):
    case = ready(kind)
    ACTS[kind](case)
    undo(case, kind)
    rows = ClassificationChange.objects.unscoped(reason=WHY).filter(case=case).order_by("pk")
    rows = list(rows.values_list("after", flat=True))
    page = text(client_of("alice").get(f"/cases/{case.ref}/"))
    if kind == DecisionKind.CLOSED:
        closure = CaseClosure.objects.unscoped(reason=WHY).get(case=case)
        assert closure.reopened_reason.startswith("Taken back at once")
        assert "Case closed" in page
        assert "Case opened again" in page
    elif kind == DecisionKind.HANDED:
        assert "Handed over from Alice Morgan to Amir Qureshi" in page
        assert "Lead worker: Alice Morgan" in page
    else:
        assert rows[-1] == "undetermined"
        assert len(rows) == 2
    [event] = audited(
        {"handed": "case.handover_undo", "closed": "case.close_undo", "crime": "case.crime_undo"}.get(
            kind, "case.triage_undo"
        )
    )
    assert event.case_id == case.pk


def notices(name: str, case: Case) -> list[str]:
    return list(
        Notice.objects.unscoped(reason=WHY)
        .filter(user=cast_get()[name], case_id=case.pk)
        .values_list("text", flat=True)
    )


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        (DecisionKind.TRIAGED, "amir", "not yours to lead after all"),
        (DecisionKind.HANDED, "amir", "not handed over to you after all"),
        (DecisionKind.CRIME, "asha", "took back at once that a crime is recorded"),
    ],
)
def test_who_was_told_is_told(cast, kind, name, says):
    case = ready(kind)
    ACTS[kind](case)
    before = len(notices(name, case))
    undo(case, kind)
    assert [said for said in notices(name, case) if says in said]
    assert len(notices(name, case)) == before + 1


# --- Tasks of a closed case ---------------------------------------------------------------------------


def test_a_task_that_the_closer_does_not_know_of_is_open_again(cast):
    """The council's case, which a victim service leads, is closed over a task of probation's, of which it is not told."""
    case = case_of("viola")
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "PROB", Level.CONTRIBUTE)
    with acting("viola") as actor:
        case_triage(
            actor=actor,
            case=case,
            version=fresh(case).version,
            priority="P2",
            classification="hate_incident",
            lead_worker=cast["viola"],
            reason="As told",
        )
        assessment_submit(actor=actor, case=fresh(case), answers=answers(), safety=SAFE)
    with acting("bob") as actor:
        task = task_create(actor=actor, case=fresh(case), title="See him weekly", agency=agency("PROB"))
    before = picture(case)
    with acting("viola") as actor:
        case_close(actor=actor, case=case, version=fresh(case).version, data=ClosingData(reason="R1"))
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN
    undo(case, DecisionKind.CLOSED, "viola")
    assert picture(case, but=("K11",)) == before
    steps = TaskStep.objects.unscoped(reason=WHY).filter(task=task).values_list("kind", flat=True)
    assert list(steps)[-2:] == ["withdrawn", "reopened"]
    assert [said for said in notices("petra", case) if "is open again" in said]
    assert len(audited("task.reopen")) == 1


def test_what_the_victim_was_told_meanwhile_counts(cast):
    case = ready(DecisionKind.CLOSED)
    close(case)
    with acting("alice") as actor:
        contact_log(actor=actor, case=fresh(case), data=ContactData(at=clock.now(), method="phone"))
    undo(case, DecisionKind.CLOSED)
    assert case.clocks.get(kind="K3").outcome == "met"


# --- What changed meanwhile ---------------------------------------------------------------------------


def test_who_is_kept_out_since_does_not_get_the_case_back(cast):
    case = ready(DecisionKind.HANDED)
    hand(case)
    with acting("asha") as asha:
        exclusion_set(actor=asha, case=fresh(case), user=cast["alice"], reason="Her cousin")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast["amir"])
    row = kept(case, DecisionKind.HANDED)
    assert client_of("alice").get(f"/cases/{case.ref}/undo/decision/{row.uid}/").status_code == 404


def test_a_colleague_who_is_kept_out_since_does_not_get_it_back_by_anothers_undo(cast):
    case = ready(DecisionKind.HANDED)
    with acting("asha") as asha:
        case_handover(actor=asha, case=case, version=fresh(case).version, to=cast["amir"], note="Ring her")
        exclusion_set(actor=asha, case=fresh(case), user=cast["alice"], reason="Her cousin")
    undo(case, DecisionKind.HANDED, "asha")
    assert fresh(case).lead_worker_id is None


def test_a_case_for_its_own_people_follows(cast):
    case = ready(DecisionKind.HANDED)
    change(case, "own", "asha")
    with acting("asha") as asha:
        case_handover(actor=asha, case=case, version=fresh(case).version, to=cast["amir"], note="Ring her")
    assert client_of("alice").get(f"/cases/{case.ref}/").status_code == 404
    undo(case, DecisionKind.HANDED, "asha")
    assert client_of("alice").get(f"/cases/{case.ref}/").status_code == 200
    assert client_of("amir").get(f"/cases/{case.ref}/").status_code == 404


def test_a_corrected_reference_is_the_one_before_again(cast):
    case = ready(DecisionKind.CRIME)
    crime(case)
    with acting("alice") as actor:
        crime_record(actor=actor, case=case, version=fresh(case).version, crime_reference="26000999999")
    undo(case, DecisionKind.CRIME)
    assert fresh(case).classification == "crime_recorded"
    assert crime_reference(fresh(case)) == "26000111222"


def test_a_second_decision_stands_in_the_way_of_the_first(cast):
    case = ready(DecisionKind.TRIAGED)
    triage(case)
    with acting("alice") as actor:
        case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": "Threats at the stall"})
    with pytest.raises(RuleError, match="changed the case since"):
        undo(case, DecisionKind.TRIAGED)
