"""A name in a text where none belongs is asked about once, and only one that the writer is shown (docs/domain.md §5.4)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.http import QueryDict

from incidents.choices import Level
from incidents.forms.case import CaseEditForm
from incidents.forms.names import names_asked
from incidents.models import Case
from incidents.rules.names import Naming
from incidents.selectors.case_page import case_get
from incidents.selectors.names import names_on_record
from incidents.services.task import task_create
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, day_parts, fresh, give_all, moment_parts, reveal, text
from tests.incidents.evidence import form as evidence_form
from tests.incidents.evidence import shelf_use
from tests.incidents.intake_pages import Report
from tests.incidents.test_names_kept_out import day

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(status="named", given_name="Darren", family_name="Pikestaff", relationship="neighbour")
ASKED = "This contains the name “Mirza”."


@pytest.fixture
def case(cast, settings, tmp_path) -> Case:
    """A suspected crime with both sides named, which alice works; the northern council manages it as well."""
    shelf_use(settings, tmp_path)
    case = case_of(
        "alice",
        perpetrators=[NAMED],
        classification="crime_suspected",
        reporter_kind="witness",
        reporter_name="Quentin Hale",
    )
    give_all(case, "NNC", Level.MANAGE)
    return case


def a_task(case: Case) -> str:
    with acting("alice") as actor:
        return task_create(actor=actor, case=case, title="Ring her", agency=agency("POL")).ref


def at(tail: str) -> Callable[[Case], str]:
    return lambda case: f"/cases/{case.ref}/{tail}"


def edit(case: Case) -> dict[str, Any]:
    return {"version": case.version, "priority": case.priority, "status": case.status}


def event(case: Case) -> dict[str, Any]:
    return {"kind": "release", **moment_parts("happened_at")}


def task(case: Case) -> dict[str, Any]:
    return {"agency": agency("POL").pk, **day_parts("due_on", day(9))}


def with_version(**values: Any) -> Callable[[Case], dict[str, Any]]:
    return lambda case: {"version": case.version, "step": "save", **values}


DOORS: dict[str, tuple[Callable[[Case], str], Callable[[Case], dict[str, Any]], str]] = {
    "summary": (at("edit/"), edit, "summary"),
    "task title": (at("tasks/add/"), task, "title"),
    "task reworded": (lambda c: f"/tasks/{a_task(c)}/reword/", lambda c: {}, "title"),
    "comment": (lambda c: f"/tasks/{a_task(c)}/comment/", lambda c: {}, "text"),
    "evidence": (at("evidence/add/"), lambda c: evidence_form(), "description"),
    "key event": (at("key-event/"), event, "note"),
    "proposal": (at("classification/propose/"), with_version(to="not_hate"), "reason"),
    "crime": (at("classification/crime/"), with_version(crime_reference="26000123456"), "reason"),
}


@pytest.mark.parametrize("door", DOORS)
def test_it_is_asked_once_and_may_stay(case, door):
    where, rest, field = DOORS[door]
    url, alice = where(case), client_of("alice")
    said = {"submission_id": str(uuid.uuid4()), field: "Ring Ms Mirza’s sister"}
    first = alice.post(url, rest(fresh(case)) | said)
    page = text(first)
    assert first.status_code == 200
    assert ASKED in page
    assert "Take it out, or tick that it stays" in page
    assert "“Mirza” stays" in page
    assert "Ring Ms Mirza’s sister" in first.content.decode(), "what was typed is kept"
    assert alice.post(url, rest(fresh(case)) | said | {"names_kept": ["Mirza"]}).status_code == 302


@pytest.mark.parametrize("door", DOORS)
def test_without_the_name_nothing_is_asked(case, door):
    where, rest, field = DOORS[door]
    sent = rest(fresh(case)) | {"submission_id": str(uuid.uuid4()), field: "Ring her sister"}
    assert client_of("alice").post(where(case), sent).status_code == 302


def test_what_stays_is_what_was_asked_about(case):
    """Another name, typed with the old answer still ticked, is asked about in its turn."""
    alice, url = client_of("alice"), f"/cases/{case.ref}/edit/"
    sent = edit(fresh(case)) | {"summary": "Mirza and Pikestaff", "names_kept": ["Mirza"]}
    assert "This contains the names “Mirza” and “Pikestaff”." in text(alice.post(url, sent))
    assert alice.post(url, sent | {"names_kept": ["Mirza", "Pikestaff"]}).status_code == 302
    assert fresh(case).summary == "Mirza and Pikestaff"


def test_a_summary_that_is_left_as_it_stands_is_asked_about_once(case):
    alice, url = client_of("alice"), f"/cases/{case.ref}/edit/"
    named = {"summary": "Mirza since May"}
    assert alice.post(url, edit(case) | named | {"names_kept": ["Mirza"]}).status_code == 302
    assert alice.post(url, edit(fresh(case)) | named | {"priority": "P1"}).status_code == 302
    assert fresh(case).priority == "P1"


def test_an_answer_that_nobody_asked_for_is_no_field(case):
    sent = edit(fresh(case)) | {"summary": "Abuse since May", "names_kept": ["Nobody"]}
    assert client_of("alice").post(f"/cases/{case.ref}/edit/", sent).status_code == 302


# --- Only names that the writer is shown -------------------------------------------------------------


def told(name: str, case: Case) -> set[str]:
    """The single names that somebody would be asked about."""
    with acting(name) as actor:
        naming = names_on_record(actor, case_get(actor=actor, ref=case.ref))
    return {one for one in (*naming.names, *naming.marks) if one and " " not in one}


@pytest.mark.parametrize(
    ("name", "code", "level", "known"),
    [
        ("alice", "", "", {"Farida", "Mirza", "Darren", "Pikestaff"}),
        ("bob", "", "", {"Farida", "Mirza"}),
        ("vera", "VSS", Level.CONTRIBUTE, {"Farida", "Mirza"}),
        ("petra", "PROB", Level.CONTRIBUTE, set()),
    ],
)
def test_nobody_is_asked_about_a_name_that_is_hidden_from_them(case, name, code, level, known):
    """Bob has not said why he needs to know who did it; Voice never knows it, and probation never the victim."""
    if code:
        give_all(case, code, level)
    assert told(name, case) == known


def test_who_has_said_why_is_asked(case):
    reveal(case, "bob", "subject_identity")
    assert told("bob", case) == {"Farida", "Mirza", "Darren", "Pikestaff"}


def test_a_reporter_is_asked_about_by_who_has_opened_it_alone(case):
    with acting("alice") as actor:
        before = names_on_record(actor, case_get(actor=actor, ref=case.ref)).names
    reveal(case, "alice", "reporter_identity")
    with acting("alice") as actor:
        after = names_on_record(actor, case_get(actor=actor, ref=case.ref)).names
    assert set(after) - set(before) == {"Quentin Hale"}


def test_a_name_that_waits_in_the_quarantine_is_no_question(cast):
    case = case_of("alice", perpetrators=[NAMED])
    assert told("alice", case) == {"Farida", "Mirza"}


def test_a_page_that_only_shows_asks_for_no_names(case):
    """The names are looked up for a page that was sent with words, and for no other."""

    def never() -> Naming:
        raise AssertionError("nothing was typed")

    case.summary_shown = case.summary  # type: ignore[attr-defined]
    for sent in (None, QueryDict("summary="), QueryDict("priority=P1")):
        form = names_asked(CaseEditForm(sent, case=case), never)
        assert "names_kept" not in form.fields


# --- The forms ---------------------------------------------------------------------------------------


def form_classes() -> Iterator[type[forms.BaseForm]]:
    root = Path(__file__).parents[2]
    for path in sorted((root / "incidents/forms").rglob("*.py")):
        module = import_module(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, forms.BaseForm) and found.__module__ == module.__name__:
                yield found


ELSEWHERE = {
    "AddWhoForm.description": "refused with the name that is typed beside it, and with what waits in the quarantine",
    "CoverForm.note": "of no case",
    "DipSignForm.note": "of no case",
    "EraseNameForm.reason": "refused with what waits in the quarantine",
    "ExportForm.purpose": "of no case",
    "FactsForm.addition": "an account: victims may be named in it, and who did it where the case keeps names",
    "PurposeForm.purpose": "of a paper, read in the audit",
    "SearchChangeForm.name": "of no case",
    "SearchForm.name": "of no case",
    "WhatForm.narrative": "an account: the page on which everything is checked warns of who did it",
    "WhoForm.description": "refused with the name that is typed beside it",
}
"""Fields that ask for no names and are checked in another way, or name no case."""


def test_a_field_that_wants_no_names_asks_about_them():
    wants = ("names out", "without names", "without a name", "without the name", "leave out the names", "name nobody",
             "do not name people", "not names", "names from cases")  # fmt: skip
    asks = set()
    for form in form_classes():
        for name, field in form.base_fields.items():
            if any(words in str(field.help_text).lower() for words in wants) and name not in getattr(
                form, "names_out", {}
            ):
                asks.add(f"{form.__name__}.{name}")
    assert asks == set(ELSEWHERE)


# --- As it is logged ---------------------------------------------------------------------------------

WHO = {"who": {"status": "named", "given_name": "Darren", "family_name": "Pikestaff", "relationship": "neighbour"}}


@pytest.mark.parametrize("said", ["Mirza", "Farida", "Pikestaff"])
def test_a_summary_that_names_somebody_of_the_report_is_asked_about(cast, said):
    report = Report(client_of("alice"))
    report.key_all(**WHO, priority={"summary_line": ""})
    page = report.send("priority", summary_line=f"Abuse of {said} since May")
    assert page.status_code == 200
    assert f"This contains the name “{said}”. A summary is read by every agency" in text(page)
    assert report.send("priority", summary_line="Abuse since May").status_code == 302
    kept = {"summary_line": f"Abuse of {said} since May", "names_kept": [said], "crime": "yes"}
    assert report.send("priority", **kept).status_code == 302
    assert "Check your answers" in text(report.client.get(f"{report.path}check/"))


def test_a_name_that_comes_in_later_is_asked_about_before_the_report_is_sent(cast):
    report = Report(client_of("alice"))
    report.key_all(priority={"summary_line": "Abuse by Pikestaff"})
    assert report.client.get(f"{report.path}check/").status_code == 200
    report.send("who/1", **WHO["who"])
    asked = report.client.get(f"{report.path}check/", follow=True)
    assert "This contains the name “Pikestaff”." in text(asked)


def test_a_name_that_will_be_put_aside_cannot_be_logged_in_a_text(cast):
    report = Report(client_of("alice"))
    report.key_all(**WHO, what={"narrative": "Pikestaff shouted at her."})
    page = text(report.client.get(f"{report.path}check/"))
    assert "The name will be put aside, so it cannot stand in the text." in page
    sent = text(report.client.post(f"{report.path}check/"))
    assert "Take out “Pikestaff”: this case keeps nothing yet that says who an alleged perpetrator is." in sent
    report.send("what", narrative="The neighbour shouted at her.")
    assert report.client.post(f"{report.path}check/").status_code == 302
