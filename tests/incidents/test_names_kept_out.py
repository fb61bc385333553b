"""A name that is put aside does not come back through another text of the case (docs/domain.md §1.4).

Who may read it in the quarantine, or told it, is refused beside the field. Nobody else is: a refusal would tell them that
a guessed name is right.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from agencies.services.token import token_create
from incidents.choices import Level
from incidents.models import Case, Incident, Note, SubjectReport, Task
from incidents.rules.sharing import share_last_day
from incidents.services.note import note_add
from incidents.services.online_account import AccountData
from incidents.services.task import task_create
from kernel import clock
from kernel.actors import system_actor
from kernel.errors import RuleError
from perpetrators.services import PerpetratorData
from tests import files
from tests.cast import acting, agency, cast_get, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, day_parts, fresh, give, moment_parts, text, victim_of
from tests.incidents.evidence import form as evidence_form
from tests.incidents.evidence import shelf_use, upload
from victims.services import VictimData

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(
    status="named", given_name="Darren", family_name="Pikestaff", description="A neighbour", relationship="neighbour"
)
SAID = "It was Pikestaff’s brother again."
REFUSED = "Take out “Pikestaff”: this case keeps nothing yet that says who an alleged perpetrator is."


@pytest.fixture
def case(cast, settings, tmp_path) -> Case:
    """Alice's case with a name in quarantine, which the northern council manages as well."""
    shelf_use(settings, tmp_path)
    case = case_of("alice", perpetrators=[NAMED])
    give(case, "NNC", Level.MANAGE)
    return case


def day(days: int) -> dt.date:
    return (clock.now() + dt.timedelta(days=days)).date()


def the_task(case: Case) -> Task:
    """A task that the writer's agency has asked of itself."""
    if (found := case.tasks.order_by("pk").first()) is not None:
        return found
    with acting("alice") as actor:
        return task_create(actor=actor, case=case, title="Ring her", agency=agency("POL"))


def a_note(case: Case) -> Note:
    with acting("alice") as actor:
        return note_add(actor=actor, case=case, text="She rang.")


def of_case(tail: str) -> Callable[[Case], str]:
    return lambda case: f"/cases/{case.ref}/{tail}"


def of_incident(tail: str) -> Callable[[Case], str]:
    return lambda case: f"/cases/{case.ref}/incidents/{case.incidents.get().ref}/{tail}"


def of_task(tail: str) -> Callable[[Case], str]:
    return lambda case: f"/tasks/{the_task(case).ref}/{tail}"


def facts(case: Case) -> dict[str, Any]:
    row = case.incidents.get()
    return {
        "version": case.version,
        "place_type": "street",
        "location": row.location,
        "district": row.district_id,
        "behaviours": row.behaviours,
        "online": "no",
        "strands": ["RAC"],
        "sub_RAC": ["pakistani"],
        "cause": "told",
        "reason": "She rang",
    }


def edit(case: Case) -> dict[str, Any]:
    return {"version": case.version, "summary": "", "priority": case.priority, "status": case.status}


def triage(case: Case) -> dict[str, Any]:
    return {
        "version": case.version,
        "priority": case.priority,
        "classification": "hate_incident",
        "lead_worker": cast_get()["alice"].pk,
    }


def task(case: Case) -> dict[str, Any]:
    return {"title": "Fit a door chain", "agency": agency("POL").pk, **day_parts("due_on", day(9))}


def share(case: Case) -> dict[str, Any]:
    terms = {"agency": "VSS", "level": "view", "purpose": "Support", "necessity": "To call", "gateway": "cda_s115"}
    return terms | day_parts("ends_on", share_last_day(clock.today_real()))


def contact(case: Case) -> dict[str, Any]:
    said = {"whom": victim_of(case).ref, "method": "phone", "direction": "outbound", "result": "two_way"}
    return said | moment_parts("at")


def plain(**values: Any) -> Callable[[Case], dict[str, Any]]:
    return lambda case: {"version": case.version, **values}


DOORS: dict[str, tuple[str, Callable[[Case], str], Callable[[Case], dict[str, Any]], str]] = {
    "note": ("alice", of_case("notes/add/"), plain(), "text"),
    "summary": ("alice", of_case("edit/"), edit, "summary"),
    "why the priority changes": ("alice", of_case("edit/"), lambda c: edit(c) | {"priority": "P1"}, "priority_reason"),
    "triage": ("alice", of_case("triage/"), triage, "reason"),
    "ask back": ("alice", of_case("triage/ask/"), lambda c: {"agency": "POL"}, "question"),
    "task title": ("alice", of_case("tasks/add/"), task, "title"),
    "task detail": ("alice", of_case("tasks/add/"), task, "detail"),
    "task reworded": ("alice", of_task("reword/"), plain(title="Ring her"), "detail"),
    "task done": ("alice", of_task("done/"), plain(), "achieved"),
    "task withdrawn": ("alice", of_task("withdraw/"), plain(), "reason"),
    "comment": ("alice", of_task("comment/"), plain(), "text"),
    "contact": ("alice", of_case("contacts/add/"), contact, "note"),
    "action plan": ("alice", of_case("action-plan/"), lambda c: moment_parts("agreed_at"), "text"),
    "key event": ("alice", of_case("key-event/"), lambda c: {"kind": "release"} | moment_parts("happened_at"), "note"),
    "evidence": ("alice", of_case("evidence/add/"), lambda c: evidence_form(), "description"),
    "where evidence came from": ("alice", of_case("evidence/add/"), lambda c: evidence_form(), "source"),
    "what is added": ("alice", of_incident("facts/"), facts, "addition"),
    "how a fact was found": ("alice", of_incident("facts/"), facts, "reason"),
    "proposal": ("alice", of_case("classification/propose/"), plain(to="not_hate", step="save"), "reason"),
    "crime": ("alice", of_case("classification/crime/"), plain(crime_reference="26000123456", step="save"), "reason"),
    "share": ("asha", of_case("share/"), share, "purpose"),
    "why this much": ("asha", of_case("share/"), share, "necessity"),
    "tier": ("asha", of_case("tier/"), plain(tier="own", step="save"), "reason"),
    "handover": ("asha", of_case("handover/"), lambda c: {"version": c.version, "to": cast_get()["amir"].pk}, "note"),
    "conflict": (
        "asha",
        of_case("conflicts/add/"),
        lambda c: {"who": "person", "person": cast_get()["bob"].pk},
        "reason",
    ),
    "further person": ("alice", of_case("involved/add/"), plain(role="witness", given_name="Ann"), "notes"),
    "described": (
        "alice",
        of_case("people/add-alleged-perpetrator/"),
        lambda c: {"incident": c.incidents.get().ref, "status": "described", "relationship": "stranger"},
        "description",
    ),
    "note struck": ("alice", lambda c: f"/cases/{c.ref}/notes/{a_note(c).uid}/strike/", plain(), "reason"),
    "referred to a meeting": ("asha", lambda c: f"/hasbag/refer/{c.ref}/", plain(area="north"), "reason"),
    "name erased": (
        "alice",
        lambda c: f"/cases/{c.ref}/quarantine/{the_report(c).pk}/erase/",
        plain(),
        "reason",
    ),
}
"""Where words about a case are typed: who, the page, what else it is sent, and the field."""


def the_report(case: Case) -> SubjectReport:
    return SubjectReport.objects.unscoped(reason="the test reads the quarantine").get(case=case)


@pytest.mark.parametrize("door", DOORS)
def test_who_knows_the_name_is_refused_beside_the_field(case, door):
    name, where, rest, field = DOORS[door]
    url = where(case)
    given = {"submission_id": str(uuid.uuid4()), **rest(fresh(case)), field: SAID}
    before = fresh(case).version
    page = client_of(name).post(url, given)
    assert page.status_code == 200, page.get("Location")
    assert REFUSED in text(page)
    assert f"id_{field}-error" in page.content.decode() or f'href="#id_{field}"' in page.content.decode()
    assert "Pikestaff’s brother" in page.content.decode(), "what was typed is kept"
    assert fresh(case).version == before


@pytest.mark.parametrize("door", DOORS)
def test_the_same_page_takes_another_name(case, door):
    """So that each refusal above is for the name, and for nothing else that was sent."""
    name, where, rest, field = DOORS[door]
    given = {"submission_id": str(uuid.uuid4()), **rest(fresh(case)), field: "It was the neighbour’s brother again."}
    assert client_of(name).post(where(case), given).status_code == 302


@pytest.mark.parametrize("said", ["DARREN did it", "Pike\u00adstaff", "the Pikestaffs", "Darren's dog", "pikestaff"])
def test_however_it_is_written(case, said):
    page = client_of("alice").post(f"/cases/{case.ref}/notes/add/", {"text": said})
    assert "this case keeps nothing yet" in text(page)


@pytest.mark.parametrize("said", ["Farida rang", "The pikes in the pond", "A neighbour did it"])
def test_what_is_no_such_name_is_taken(case, said):
    assert client_of("alice").post(f"/cases/{case.ref}/notes/add/", {"text": said}).status_code == 302


def test_a_name_that_a_victim_has_as_well_is_theirs(cast):
    victim = VictimData(given_name="Ann", family_name="Pikestaff", phone="07700 900123")
    case = case_of("alice", perpetrators=[NAMED], victims=[victim])
    alice, where = client_of("alice"), f"/cases/{case.ref}/notes/add/"
    assert alice.post(where, {"text": "Ms Pikestaff rang"}).status_code == 302
    assert "Take out “Darren”:" in text(alice.post(where, {"text": "Darren Pikestaff rang"}))


def test_who_does_not_know_it_learns_nothing(case):
    """The right guess and the wrong one are answered alike, and both are stored."""
    bob, where = client_of("bob"), f"/cases/{case.ref}/notes/add/"
    for said in (SAID, "It was Brimble’s brother again."):
        assert bob.post(where, {"text": said}).status_code == 302
    stored = Note.objects.unscoped(reason="the test looks at the rows").filter(case=case)
    assert {note.text for note in stored} == {SAID, "It was Brimble’s brother again."}


def test_who_told_it_knows_it_and_their_colleagues_do_not(cast):
    cast["amir"].memberships.update(roles=["caseworker"])
    cast["ada"].memberships.update(roles=["caseworker"])
    case = case_of("amir", perpetrators=[NAMED])
    assert case.lead_agency.code == "POL"
    with acting("amir") as actor, pytest.raises(RuleError, match="Take out “Pikestaff”"):
        note_add(actor=actor, case=case, text=SAID)
    give(case, "NNC", Level.CONTRIBUTE)
    with acting("bob") as actor:
        note_add(actor=actor, case=case, text=SAID)


def test_an_agency_that_may_not_read_the_quarantine_of_its_own_case_knows_what_it_told(cast):
    case = case_of("nadia", perpetrators=[NAMED])
    assert case.lead_agency.side == "victim"
    with acting("nadia") as actor, pytest.raises(RuleError, match="Take out “Pikestaff”"):
        note_add(actor=actor, case=case, text=SAID)


def test_the_name_of_a_file_is_a_text_too(case):
    sent = evidence_form(upload(files.jpeg(), "pikestaff_2.jpg"))
    assert "Take out “Pikestaff”" in text(client_of("alice").post(f"/cases/{case.ref}/evidence/add/", sent))


def test_once_it_is_erased_it_is_a_name_like_any_other(case):
    assert client_of("alice").post(f"/cases/{case.ref}/quarantine/{the_report(case).pk}/erase/", {"reason": "Wrong"})
    assert client_of("alice").post(f"/cases/{case.ref}/notes/add/", {"text": SAID}).status_code == 302


def test_where_the_case_keeps_names_a_text_may_hold_them(cast):
    case = case_of("alice", perpetrators=[NAMED], classification="crime_suspected")
    assert client_of("alice").post(f"/cases/{case.ref}/notes/add/", {"text": SAID}).status_code == 302


def test_the_decision_that_puts_a_name_aside_does_not_say_it(cast):
    case = case_of("alice", perpetrators=[NAMED], classification="crime_suspected")
    page = client_of("alice").post(f"/cases/{case.ref}/triage/", triage(case) | {"reason": SAID})
    assert REFUSED in text(page)
    assert fresh(case).classification == "crime_suspected"
    assert not audited("quarantine.add")


def test_an_account_that_waits_is_not_named_either(cast):
    case = case_of(
        "alice", online=True, account=AccountData(handle="pikestaff_88", urls=("https://chirp.example/p/1",))
    )
    alice, where = client_of("alice"), f"/cases/{case.ref}/notes/add/"
    assert "Take out “pikestaff_88”" in text(alice.post(where, {"text": "Posted by @Pikestaff_88."}))
    assert "chirp.example" in text(alice.post(where, {"text": "See chirp.example/p/1"}))


# --- As it is logged ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("narrative", {"narrative": SAID}),
        ("location", {"location": "Outside Pikestaff’s house"}),
        ("summary", {"summary": "Pikestaff since May"}),
        (
            "description",
            {"perpetrators": [PerpetratorData(status="named", family_name="Pikestaff", description=SAID)]},
        ),
    ],
)
def test_a_report_does_not_say_what_it_puts_aside(cast, field, values):
    with pytest.raises(RuleError, match="Take out “Pikestaff”") as refused:
        log_incident_as("vera", **({"perpetrators": [NAMED]} | values))
    assert refused.value.field in (field, "perpetrators")
    assert not Incident.objects.unscoped(reason="the test counts").exists()


def test_a_report_of_a_crime_may(cast):
    log_incident_as("alice", perpetrators=[NAMED], narrative=SAID, classification="crime_suspected")


def test_a_report_that_joins_a_case_does_not_say_what_waits_there(case):
    with pytest.raises(RuleError, match="Take out “Pikestaff”"):
        log_incident_as("alice", case=case, narrative=SAID)
    log_incident_as("bob", case=case, narrative=SAID)


# --- By machine --------------------------------------------------------------------------------------


def test_a_machine_is_answered_with_the_field(case):
    _, secret = token_create(actor=system_actor("a test of the API"), user=cast_get()["alice"])
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_ACCEPT="application/json")
    answer = client.post(f"/api/v1/cases/{case.ref}/notes/", {"text": SAID}, format="json")
    assert answer.status_code == 400
    assert "Take out “Pikestaff”" in answer.json()["errors"]["text"][0]
