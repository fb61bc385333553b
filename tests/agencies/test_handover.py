"""Handing on: who stays keeps their named places in cases, and every case says in its own history what happened."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Membership
from agencies.services import people as service
from incidents.choices import Level
from incidents.models import Case, CasePerson, RiskDraft, RiskTool
from incidents.services import task as tasks
from incidents.services.access import access_rebuild
from kernel.errors import RuleError
from kernel.models import AuditEvent, History
from tests.cast import acting, agency, cast_get, client_of, log_incident_as

pytestmark = pytest.mark.django_db
LOOK = "the test looks at the row"


def place(name: str, code: str = "POL") -> Membership:
    return Membership.objects.get(user__email__startswith=f"{name}@", agency__code=code)


def do(verb: str, name: str = "alice", code: str = "POL", /, **values):
    with acting("ada" if code == "POL" else "adam") as actor:
        return getattr(service, verb)(actor=actor, membership=place(name, code), **values)


def case_led_by(name: str) -> Case:
    case = log_incident_as("alice").case
    Case.objects.unscoped(reason=LOOK).filter(pk=case.pk).update(lead_worker=cast_get()[name])
    return case


def restricted_to(*names: str) -> Case:
    case = log_incident_as("alice").case
    Case.objects.unscoped(reason=LOOK).filter(pk=case.pk).update(tier="restricted")
    for name in names:
        case.people.create(
            user=cast_get()[name],
            level=Level.MANAGE,
            rank=4,
            reason="Known to staff",
            starts_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1),
        )
    access_rebuild([case.pk])
    return case


def sees(name: str, case: Case) -> bool:
    with acting(name) as actor:
        return Case.objects.visible_to(actor).filter(pk=case.pk).exists()


def events(case: Case) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="case.hand_on", case_id=case.pk))


def test_who_stays_keeps_their_place_in_a_restricted_case(cast):
    case_led_by("alice")
    restricted = restricted_to("alice", "asha")
    do("work_hand_on", to=cast["amir"])
    assert sees("alice", restricted)
    assert not CasePerson.objects.unscoped(reason=LOOK).exclude(ended_at=None).exists()
    assert events(restricted) == []


def test_who_stays_may_be_the_only_one_in_a_restricted_case(cast):
    led, restricted = case_led_by("alice"), restricted_to("alice")
    page = client_of("ada").get(f"/people/{place('alice').pk}/hand-on/").content.decode()
    assert "restricted case" not in page, "it is theirs and cannot be handed on"
    assert [(one.label, one.count) for one in do("work_hand_on", to=cast["amir"])] == [("open case", 1)]
    led.refresh_from_db()
    assert led.lead_worker == cast["amir"]
    assert sees("alice", restricted)
    person = client_of("ada").get(f"/people/{place('alice').pk}/").content.decode()
    assert "1 restricted case that nobody else can open" in person
    assert "Hand on their work" not in person
    with pytest.raises(RuleError, match="Nobody else can open 1 restricted case"):
        do("person_close")


def test_who_leaves_loses_it_and_the_case_says_so(cast):
    restricted = restricted_to("alice", "asha")
    do("person_close")
    assert not sees("alice", restricted)
    assert sees("asha", restricted)
    (event,) = events(restricted)
    assert (event.subject_type, event.subject_id, event.subject_ref) == (
        "incidents.case",
        str(restricted.pk),
        restricted.ref,
    )
    assert event.detail["place"] == [restricted.pk]
    assert (event.actor_id, event.detail["from"], event.detail["leaving"]) == (
        cast["ada"].pk,
        cast["alice"].pk,
        True,
    )


def test_who_leaves_one_agency_of_two_keeps_it(cast):
    restricted = restricted_to("alice")
    Membership.objects.create(user=cast["alice"], agency=agency("NNC"), roles=["caseworker"])
    do("person_close")
    assert sees("alice", restricted)
    with pytest.raises(RuleError, match="Nobody else can open 1 restricted case"):
        do("person_close", "alice", "NNC")


def test_each_case_that_is_touched_has_an_event_of_its_own(cast):
    led, asked, both = case_led_by("alice"), log_incident_as("amir").case, case_led_by("alice")
    with acting("amir") as actor:
        made = [
            tasks.task_create(
                actor=actor, case=case, title="Fit a chain", agency=agency("POL"), assignee=cast["alice"]
            )
            for case in (asked, both)
        ]
    untouched = log_incident_as("amir").case
    half = RiskDraft.objects.create(case=asked, author=cast["alice"], tool=RiskTool.objects.first())
    do("work_hand_on", to=cast["amir"])
    found = {case.ref: event for case in (led, asked, both) for event in events(case)}
    assert AuditEvent.objects.filter(action="case.hand_on").count() == len(found) == 3
    assert events(untouched) == []
    assert list(led.changes.values_list("kind", "person_id")) == [("lead_worker", cast["amir"].pk)]
    assert not asked.changes.exists()
    assert list(made[0].steps.values_list("kind", "person_id")) == [("given", cast["amir"].pk)]
    assert (found[led.ref].detail["case"], found[led.ref].detail["task"]) == ([led.pk], [])
    assert (found[asked.ref].detail["task"], found[asked.ref].detail["assessment"]) == ([made[0].pk], [half.pk])
    assert (found[both.ref].detail["case"], found[both.ref].detail["task"]) == ([both.pk], [made[1].pk])
    assert (found[led.ref].fields, found[asked.ref].fields) == (["lead_worker"], [])
    change = History.objects.get(case_id=led.pk, field="lead_worker")
    assert (change.subject_type, change.old, change.new) == ("incidents.case", cast["alice"].pk, cast["amir"].pk)


def test_a_case_that_the_colleague_may_not_see_says_that_nobody_leads_it(cast):
    case = case_led_by("alice")
    RiskDraft.objects.create(case=case, author=cast["alice"], tool=RiskTool.objects.first())
    case.exclusions.create(user=cast["amir"], reason="A relative")
    access_rebuild([case.pk])
    do("work_hand_on", to=cast["amir"])
    (event,) = events(case)
    assert len(event.detail["dropped"]) == 1
    assert History.objects.get(case_id=case.pk, field="lead_worker").new is None
