"""What an agency of one side reads and changes in a case: never a name of the other (docs/domain.md §5.3, §5.4)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from incidents.choices import Level
from incidents.services.case import case_update
from incidents.services.risk import assessment_submit
from incidents.services.share import share_give
from incidents.services.task import task_create
from kernel.errors import RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import SAFE, answers, audited, case_of, fresh, give, text

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A man with a red van")


def edit(case) -> str:
    return f"/cases/{case.ref}/edit/"


def edit_data(case, **values) -> dict:
    now = fresh(case)
    kept = {"version": now.version, "priority": now.priority, "status": now.status, "priority_reason": ""}
    return kept | values


NAMED = "Dean Quill shouted at Farida Mirza."


@pytest.fixture(params=[("petra", "PROB", "Farida Mirza"), ("viola", "VSS", "Dean Quill")])
def one_sided(request, cast):
    """A case whose summary names both sides, who manages it for one side, and the name kept from them."""
    who, code, hidden = request.param
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL], summary=NAMED)
    give(case, code, Level.MANAGE)
    return case, who, hidden


def test_a_one_sided_agency_edits_a_case_without_reading_the_other_side(one_sided):
    case, who, hidden = one_sided
    page = client_of(who).get(edit(case))
    family = hidden.split()[1]
    assert page.status_code == 200
    assert family not in page.content.decode()
    assert "[not shown]" in text(page)
    assert "so you cannot change it" in text(page)
    assert "summary" not in page.context["form"].fields
    sent = edit_data(case, priority="P1", summary="Somebody shouted.")
    assert client_of(who).post(edit(case), sent).status_code == 302
    assert (fresh(case).summary, fresh(case).priority) == (NAMED, "P1")


def test_both_versions_are_shown_without_the_other_side(one_sided):
    case, who, hidden = one_sided
    answer = client_of(who).post(edit(case), edit_data(case, version=0, summary="What I typed."))
    assert answer.status_code == 409
    assert hidden.split()[1] not in answer.content.decode()
    assert "What I typed." in text(answer)


def test_a_summary_with_hidden_names_is_neither_lost_nor_guessed(one_sided):
    case, who, hidden = one_sided
    with acting(who) as actor:
        shown = NAMED.replace(hidden, "[not shown] [not shown]")
        kept = case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": f"{shown}\r\n"})
        assert kept.summary == NAMED
        # The very text is refused like any other: an answer must not tell that the guess was right.
        for guess in (NAMED, NAMED.replace(hidden, "Somebody Else"), ""):
            with pytest.raises(RuleError) as refused:
                case_update(actor=actor, case=case, version=fresh(case).version, changes={"summary": guess})
            assert refused.value.field == "summary"
    assert fresh(case).summary == NAMED


def test_a_one_sided_agency_changes_a_summary_that_hides_nothing_from_it(cast):
    case = case_of("alice", summary="Shouting at the market.")
    give(case, "VSS", Level.MANAGE)
    assert client_of("viola").post(edit(case), edit_data(case, summary="Shouting at the bus stop.")).status_code == 302
    assert fresh(case).summary == "Shouting at the bus stop."


# --- Tasks ----------------------------------------------------------------------------------------


@pytest.fixture
def shared(cast):
    """A suspected crime on which the council, Voice and Probation work together."""
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL])
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    return case


def ask(case, who, code, title="Write to the landlord"):
    with acting(who) as actor:
        return task_create(actor=actor, case=case, agency=agency(code), title=title)


STEPS = ("", "accept/", "decline/", "complete/", "withdraw/", "reassign/", "offer/", "reword/")


@pytest.mark.parametrize(
    ("reader", "asker", "doer"),
    [
        ("viola", "alice", "PROB"),
        ("viola", "petra", "NNC"),
        ("petra", "alice", "VSS"),
        ("petra", "viola", "NNC"),
    ],
)
def test_a_task_of_the_other_side_is_as_if_it_were_not_there(shared, reader, asker, doer):
    task = ask(shared, asker, doer)
    client = client_of(reader)
    for step in STEPS:
        for method in ("get", "post"):
            hidden = getattr(client, method)(f"/tasks/{task.ref}/{step}")
            absent = getattr(client, method)(f"/tasks/HT-26-ZZZZZZ/{step}")
            assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content), step
    assert client.get(f"/tasks/{task.ref}/").status_code == 404
    found = client.get("/cases/", {"q": task.ref})
    assert shared.ref not in text(found)
    page = client.get(f"/cases/{shared.ref}/")
    assert task.ref not in page.content.decode()
    assert "Write to the landlord" not in text(page)
    assert not audited("task.read")


@pytest.mark.parametrize(
    ("reader", "asker", "doer"),
    [
        ("viola", "alice", "VSS"),
        ("viola", "alice", "NNC"),
        ("petra", "petra", "NNC"),
        ("bob", "alice", "PROB"),
        ("alice", "viola", "NNC"),
    ],
)
def test_a_task_of_ones_own_or_of_no_side_is_there(shared, reader, asker, doer):
    task = ask(shared, asker, doer)
    client = client_of(reader)
    assert client.get(f"/tasks/{task.ref}/").status_code == 200
    assert shared.ref in text(client.get("/cases/", {"q": task.ref}))
    assert task.ref in client.get(f"/cases/{shared.ref}/").content.decode()


@pytest.mark.parametrize(("who", "code", "other"), [("viola", "PROB", "YJS"), ("petra", "VSS", "NREC")])
def test_whether_the_other_side_works_in_a_case_cannot_be_asked(shared, who, code, other):
    client, name = client_of(who), agency(code).name
    form = client.get(reverse("incidents:task_add", args=[shared.ref])).context["form"]
    offered = dict(form.fields["agency"].choices).values()
    assert agency("NNC").name in offered
    assert name not in offered
    assert agency(other).name not in offered
    said = []
    with acting(who) as actor:
        for asked in (code, other):
            with pytest.raises(RuleError) as refused:
                task_create(actor=actor, case=shared, agency=agency(asked), title="Write a letter")
            said.append(refused.value.message.replace(agency(asked).name, "them"))
    assert said[0] == said[1]
    assert name not in text(client.get(reverse("incidents:note_add", args=[shared.ref])))


def test_the_lead_agency_can_be_asked_whatever_its_side(cast):
    case = case_of("viola", victims=[], district="E07000153")
    assert case.lead_agency.code == "VSS"
    give(case, "PROB", Level.CONTRIBUTE)
    assert ask(case, "petra", "VSS").agency.code == "VSS"


def test_ones_own_words_are_reworded_as_they_were_written(shared):
    task = ask(shared, "viola", "NNC", title="Tell Dean Quill to stay away")
    client, path = client_of("viola"), f"/tasks/{task.ref}/reword/"
    assert client.get(path).context["form"]["title"].value() == "Tell Dean Quill to stay away"
    assert client.post(path, {"title": "Tell him to stay away", "detail": "By letter"}).status_code == 302
    task.refresh_from_db()
    assert (task.title, task.detail) == ("Tell him to stay away", "By letter")


# --- Who told, and who works there ------------------------------------------------------------------


def test_who_took_the_report_is_not_told_to_the_other_side(cast):
    case = case_of("tom", victims=[], district="E07000154")
    give(case, "PROB", Level.MANAGE)
    give(case, "NNC", Level.VIEW)
    page = text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "Harbour" not in page
    assert "Tom Adeyemi" not in page
    assert "How it was reported" in page
    council = text(client_of("bob").get(f"/cases/{case.ref}/"))
    assert "Harbour" in council
    assert "Tom Adeyemi" in council


def test_people_of_the_other_side_are_not_named(cast):
    case = case_of("alice")
    give(case, "PROB", Level.VIEW)
    give(case, "VSS", Level.MANAGE)
    with acting("viola") as viola:
        assessment_submit(actor=viola, case=case, answers=answers(), safety=SAFE, version="HIRA-1")
        share_give(actor=viola, case=case, agency=agency("HLTH"), level="view", purpose="Support", gateway="cda_s115")
    assert "Viola Banda" not in text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "Viola Banda" in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_a_reporter_is_not_told_to_a_lead_agency_that_may_not_know_victims(cast):
    case = case_of(
        "petra", victims=[], reporter_kind="witness", reporter_name="Ines Orta", reporter_contact="0808 157 0123"
    )
    assert case.lead_agency.code == "PROB"
    page = text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "Orta" not in page
    assert "0808" not in page
