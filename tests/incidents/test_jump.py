"""The jump box and quick ways to add: straight to what one may open, and never a hint of anything else."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.services.exclusion import exclusion_set
from incidents.services.task import task_create
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of
from tests.hasbag.builders import meeting_of, without_token
from tests.incidents.casework import ABSENT, assert_methods, audited, case_of, give, text, victim_of

pytestmark = pytest.mark.django_db


def jump(name: str, words: str) -> str:
    response = client_of(name).get("/find/", {"q": words})
    assert response.status_code == 302
    return response.headers["Location"]


@pytest.fixture
def case(cast):
    return case_of("alice", perpetrators=[PerpetratorData(description="A tall man")])


def refs_of(case) -> dict[str, str]:
    """Every reference of a case and the page that it leads to."""
    with acting("alice") as actor:
        task = task_create(
            actor=actor,
            case=case,
            title="Visit",
            agency=agency("POL"),
            due_at=clock.now() + clock.dt.timedelta(days=3),
        )
    person = case.parties.get(perpetrator__isnull=False).perpetrator
    return {
        case.ref: f"/cases/{case.ref}/",
        case.incidents.get().ref: f"/cases/{case.ref}/",
        task.ref: f"/tasks/{task.ref}/",
        victim_of(case).ref: f"/victims/{victim_of(case).ref}/",
        person.ref: f"/perpetrators/{person.ref}/",
    }


def test_a_reference_goes_straight_to_its_record(case):
    for ref, page in refs_of(case).items():
        assert jump("alice", ref) == page
        assert jump("alice", f" {ref.lower().replace('-', ' ')} ") == page
        assert client_of("alice").get(page).status_code == 200


def test_a_hidden_reference_is_answered_like_an_absent_one(case):
    for ref in refs_of(case):
        absent = f"{ref[:6]}ZZZZZZ"
        assert jump("walt", ref) == f"/cases/?q={ref}"
        assert jump("walt", absent) == f"/cases/?q={absent}"
        hidden, nothing = (client_of("walt").get("/find/", {"q": one}, follow=True) for one in (ref, absent))
        assert without_token(hidden.content).replace(ref, "") == without_token(nothing.content).replace(absent, "")


def test_a_reference_that_leads_nowhere_says_whom_to_ask(case):
    for ref in (case.ref, ABSENT):
        page = client_of("walt").get("/cases/", {"q": ref})
        assert "There is no case with this reference that you can open" in text(page)
        assert 'href="/points-of-contact/"' in page.content.decode()
    # A filter may have kept a case away that the asker can open.
    page = text(client_of("alice").get("/cases/", {"q": case.ref, "status": "closed"}))
    assert "that you can open" not in page
    assert "No cases found" in page


def test_the_points_of_contact_are_named_with_how_to_ring_them(cast):
    page = client_of("walt").get("/points-of-contact/")
    spoc = cast["asha"]
    assert f"Northamptonshire Police {spoc.name}" in text(page)
    assert f"mailto:{spoc.email}" in page.content.decode()
    assert client_of("sam").get("/points-of-contact/").status_code == 404


def test_the_other_sides_reference_leads_nowhere(case):
    refs = list(refs_of(case))
    for code in ("VSS", "PROB"):
        give(case, code, Level.VIEW)
    assert jump("vera", refs[4]) == f"/cases/?q={refs[4]}"
    assert jump("petra", refs[3]) == f"/cases/?q={refs[3]}"
    assert jump("petra", refs[4]) == f"/perpetrators/{refs[4]}/"
    assert jump("vera", refs[3]) == f"/victims/{refs[3]}/"


def test_an_excluded_case_and_a_signpost_lead_to_the_search(case):
    give(case, "NNC", Level.SIGNPOST)
    assert jump("bob", case.ref) == f"/cases/?q={case.ref}"
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=case, user=cast_get()["alice"], reason="A neighbour")
    assert jump("alice", case.ref) == f"/cases/?q={case.ref}"


def test_a_meeting_opens_for_its_members(cast):
    meeting = meeting_of(codes="NNC POL")
    assert jump("beth", meeting.ref) == f"/hasbag/{meeting.ref}/"
    assert jump("charlie", meeting.ref) == f"/cases/?q={meeting.ref}"
    assert jump("beth", "HK-26-ZZZZZZ") == "/cases/?q=HK-26-ZZZZZZ"


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("", "/cases/"),
        ("  ", "/cases/"),
        ("market eggs", "/cases/?q=market+eggs"),
        ("HC-26", "/cases/?q=HC-26"),
        ("//evil.example/", "/cases/?q=%2F%2Fevil.example%2F"),
        ("a\x00b", "/cases/?q=a%00b"),
        ("x" * 300, f"/cases/?q={'x' * 101}"),
    ],
)
def test_anything_else_is_searched_for(case, words, path):
    assert jump("alice", words) == path
    assert client_of("alice").get("/find/", {"q": words}, follow=True).status_code == 200


def test_the_search_is_on_record_once_and_without_words(case):
    client_of("alice").get("/find/", {"q": "Zeppelin"}, follow=True)
    [event] = audited("case.search")
    assert "eppelin" not in str(event.detail)


def test_the_box_stands_on_pages_of_who_works_with_cases(case):
    for path in ("/", "/cases/", f"/cases/{case.ref}/", "/tasks/", "/notices/", "/help/"):
        assert 'action="/find/"' in client_of("alice").get(path).content.decode(), path
    for name in ("sam", "admin"):
        assert 'action="/find/"' not in client_of(name).get("/").content.decode()
        assert jump(name, case.ref) == f"/cases/?q={case.ref}"
    assert_methods("/find/", "alice", "post", "put", "delete")


# --- Quick add ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "page"), [("note", "notes"), ("contact", "contacts"), ("task", "tasks")])
def test_something_is_added_to_a_case_by_its_reference(case, what, page):
    client = client_of("alice")
    assert client.get(f"/add/{what}/").status_code == 200
    for ref in (case.ref, case.ref.lower(), case.incidents.get().ref):
        assert client.get(f"/add/{what}/", {"ref": ref}).headers["Location"] == f"/cases/{case.ref}/{page}/add/"


def test_the_menu_names_the_case_that_is_open(case):
    html = client_of("alice").get(f"/cases/{case.ref}/").content.decode()
    assert f'href="/cases/{case.ref}/notes/add/">Note in {case.ref}' in html
    give(case, "NNC", Level.VIEW)
    assert f"Note in {case.ref}" not in client_of("bob").get(f"/cases/{case.ref}/").content.decode()
    assert 'href="/add/note/"' in client_of("alice").get("/").content.decode()


@pytest.mark.parametrize("ref", ["", "nonsense", ABSENT, "HV-26-222222", "a\x00b", "x" * 30])
def test_a_reference_that_leads_nowhere_is_refused(case, ref):
    page = client_of("alice").get("/add/note/", {"ref": ref})
    assert page.status_code == 200
    assert "There is a problem" in text(page)


def test_hidden_and_absent_cases_are_refused_alike(case):
    hidden, absent = (client_of("walt").get("/add/note/", {"ref": ref}) for ref in (case.ref, ABSENT))
    assert without_token(hidden.content).replace(case.ref, "") == without_token(absent.content).replace(ABSENT, "")
    assert "You have no case with this reference" in text(hidden)


def test_other_quick_ways_are_none(case):
    assert client_of("alice").get("/add/share/").status_code == 404
    assert client_of("sam").get("/add/note/").status_code == 404
