"""A case as one page: what stands on it for whom, what reading it does, and how much it costs."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from incidents.choices import Level
from incidents.models import CaseExclusion, Contact, Note, Task
from incidents.services.access import access_rebuild
from incidents.services.note import note_add
from incidents.services.risk import assessment_submit
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import (
    SAFE,
    answers,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    give,
    reclassify,
    reveal,
    text,
    victim_of,
    victim_set,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(
    status="named",
    given_name="Dean",
    family_name="Quill",
    description="A man with a red van",
    relationship="neighbour",
)
NARRATIVE = "Dean Quill shouted at Farida Mirza of 14 Larch Walk, Kettering. Her number is 07700 900123."


@pytest.fixture
def case(cast):
    """A suspected crime with everything on it that some reader may not know."""
    case = case_of(
        "alice",
        narrative=NARRATIVE,
        classification="crime_suspected",
        perpetrators=[QUILL],
        reporter_kind="on_behalf",
        reporter_name="Sadia Anwar",
        reporter_contact="01632 960444",
        summary="Farida Mirza and Dean Quill",
    )
    victim_set(case, code_word="Bluebell", needs="Hearing aid", email="farida@mirza.example")
    return case


def page_of(case, name: str = "alice", query: str = "") -> str:
    response = client_of(name).get(f"/cases/{case.ref}/{query}")
    assert response.status_code == 200
    return text(response)


# --- What stands on it ----------------------------------------------------------------------------------


def test_the_lead_agency_reads_everything(case):
    page = page_of(case)
    for words in (
        case.ref, "Suspected crime", "Not assessed", "Race or ethnicity", "Northamptonshire Police", "Nobody yet",
        "Farida Mirza", "07700 900123", "farida@mirza.example", "14 Larch Walk, Kettering, NN16 8AB", "Hearing aid",
        "Dean Quill", "neighbour", "Somebody other than the victim", "Market Street", "Race or ethnicity: Pakistani",
        "First contact with the victim", "Running", "due", "The risk has not been assessed yet", "No tasks",
        "Lead agency", "Classification: Suspected crime",
    ):  # fmt: skip
        assert words in page, words


def test_safe_contact_comes_before_any_telephone_number(case):
    page = page_of(case)
    assert page.index("Before you contact Farida Mirza") < page.index("07700 900123")


def test_a_reader_is_not_told_how_to_reach_the_victim(case):
    give(case, "NNC", Level.VIEW)
    html = client_of("bob").get(f"/cases/{case.ref}/").content.decode().replace(NARRATIVE, "")
    for hidden in ("07700 900123", "farida@mirza.example", "14 Larch Walk", "Bluebell", "Hearing aid"):
        assert hidden not in html, hidden
    assert "shown to those who need to make contact" in html


def test_a_contributor_is_told_for_a_reason(case):
    give(case, "NNC", Level.CONTRIBUTE)
    page = page_of(case, "bob")
    assert "Hearing aid" in page
    for hidden in ("14 Larch Walk, Kettering, NN16 8AB", "Bluebell", "farida@mirza.example"):
        assert hidden not in page, hidden
    reveal(case, "bob", "victim_contact")
    page = page_of(case, "bob")
    assert "14 Larch Walk, Kettering, NN16 8AB" in page
    assert "Bluebell" in page


@pytest.mark.parametrize("level", [Level.VIEW, Level.CONTRIBUTE, Level.MANAGE])
def test_the_reporter_is_the_lead_agencys_secret(case, level):
    give(case, "NNC", level)
    html = client_of("bob").get(f"/cases/{case.ref}/").content.decode()
    assert "Sadia Anwar" not in html
    assert "01632 960444" not in html


@pytest.mark.parametrize("level", [Level.VIEW, Level.CONTRIBUTE, Level.MANAGE])
def test_a_victim_service_never_learns_who_the_alleged_perpetrator_is(case, level):
    give(case, "VSS", level)
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="DEAN was seen with Mr Quill’s brother. Quilling is his hobby.")
    html = client_of("vera").get(f"/cases/{case.ref}/").content.decode()
    shown = html.replace("Quilling", "")
    assert "Quill" not in shown
    assert "DEAN" not in shown
    assert "Alleged perpetrators" not in shown
    assert "[not shown] [not shown] shouted at Farida Mirza" in shown
    assert "Quilling is his hobby" in html
    assert "HA-" not in shown


@pytest.mark.parametrize("level", [Level.VIEW, Level.CONTRIBUTE, Level.MANAGE])
def test_a_programme_provider_never_learns_who_the_victim_is(case, level):
    give(case, "PROB", level)
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="Farida moved to 3 Elm Court yesterday.")
    log_contact(case, note="She is staying with her aunt.")
    html = client_of("petra").get(f"/cases/{case.ref}/").content.decode()
    for hidden in (
        "Farida", "Mirza", "Larch Walk", "07700 900123", "Elm Court", "Market Street", "aunt", "Sadia", "HV-",
        "Bluebell", "Hearing aid",
    ):  # fmt: skip
        assert hidden not in html, hidden
    reveal(case, "petra", "subject_identity")
    assert "Dean Quill" in page_of(case, "petra")


def log_contact(case, **values) -> None:
    Contact(
        case=case,
        victim=victim_of(case),
        at=clock.now(),
        method="phone",
        direction="outbound",
        result="two_way",
        **values,
    ).save()


def test_one_side_is_not_told_of_the_other_sides_agencies(case):
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.CONTRIBUTE)
    with acting("petra") as actor:
        note_add(actor=actor, case=case, text="He came to his appointment.")
    Task(
        ref="HT-26-AAAAAA",
        case=case,
        title="Tell the court",
        agency=agency("PROB"),
        due_at=clock.now(),
        state="offered",
    ).save()
    page = page_of(case, "vera")
    for hidden in ("Probation", "appointment", "Tell the court"):
        assert hidden not in page, hidden
    assert "Voice" not in page_of(case, "petra")
    assert "He came to his appointment." in page_of(case, "petra")
    assert "Probation Service" in page_of(case)


def test_a_name_recorded_in_another_case_stays_there(case, cast):
    person = case.parties.get(perpetrator__isnull=False).perpetrator
    other = case_of("alice", classification="crime_suspected", perpetrators=[PerpetratorData(ref=person.ref)])
    reclassify(other, "hate_incident")
    page = page_of(other)
    assert "A man with a red van" in page
    assert "Quill" not in page


def test_a_repeat_victim_is_marked_for_those_who_may_know_victims(case):
    give(case, "PROB", Level.VIEW)
    assert "Repeat victim" not in page_of(case)
    log_incident_as("alice", case=case, victims=[VictimData(ref=victim_of(case).ref)])
    assert "Repeat victim" in page_of(case)
    assert "Repeat victim" not in page_of(case, "petra")


def test_the_terms_of_a_share_are_for_who_manages_and_whom_it_is_for(case):
    give(case, "VSS", Level.VIEW, purpose="Support after the assault", gateway="cda_s115")
    give(case, "RSL1", Level.VIEW, purpose="The tenancy", gateway="cda_s115")
    assert "Purpose: Support after the assault" in page_of(case)
    page = page_of(case, "vera")
    assert "Purpose: Support after the assault" in page
    assert "Larkfield Homes" in page
    assert "The tenancy" not in page


@pytest.mark.parametrize(
    ("level", "offered", "not_offered"),
    [
        (Level.VIEW, [], ["Add a note", "Log a contact", "Assess the risk", "Add a task", "Edit", "Share with"]),
        (Level.CONTRIBUTE, ["Add a note", "Log a contact", "Assess the risk", "Add a task"], ["Edit", "Share with"]),
        (Level.MANAGE, ["Add a note", "Edit", "Share with another agency"], ["Confirm the triage"]),
    ],
)
def test_what_is_offered_follows_the_level(case, level, offered, not_offered):
    give(case, "NNC", level)
    page = page_of(case, "bob")
    for words in offered:
        assert words in page, words
    for words in not_offered:
        assert words not in page, words


def test_nothing_but_markup_of_our_own_in_hostile_text(case):
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="<script>alert(1)</script><img src=x onerror=alert(2)>")
    html = client_of("alice").get(f"/cases/{case.ref}/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert " style=" not in html
    assert "onclick" not in html


# --- The chronology ---------------------------------------------------------------------------------------


def test_it_merges_everything_newest_first(case):
    log_contact(case)
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="Officer attended.")
        assessment_submit(actor=actor, case=case, answers=answers(), safety=SAFE)
    page = page_of(case)
    order = [
        page.index(w)
        for w in ("Risk assessed: Standard", "Officer attended.", "In touch with the victim", "reported by phone")
    ]
    assert order == sorted(order)


def test_it_can_be_narrowed_to_one_kind(case):
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="Officer attended.")
    page = page_of(case, query="?show=note")
    assert "Officer attended." in page
    assert "reported by phone" not in page
    assert "Nothing here yet" in page_of(case, query="?show=contact")
    assert "reported by phone" in page_of(case, query="?show=nonsense")


def test_a_kind_that_the_reader_is_not_told_of_is_empty(case):
    give(case, "PROB", Level.VIEW, purpose="Supervision", gateway="cda_s115")
    assert "Nothing here yet" in client_of("petra").get(f"/cases/{case.ref}/?show=contact").content.decode()


@pytest.mark.parametrize("place", [0, 9, 77])
def test_a_mark_from_elsewhere_is_as_none(case, place):
    mark = f"20200101T000000.000000~{place}~1"
    assert "reported by phone" in page_of(case, query=f"?show=incident&older={mark}")


def entries(case, query: str) -> tuple[list[str], dict[str, str]]:
    """The notes on one page of the chronology, and where Newer and Older lead."""
    html = client_of("alice").get(f"/cases/{case.ref}/{query}").content.decode()
    section = html[html.index('id="chronology"') :]
    links = dict(re.findall(r'govuk-pagination__(prev|next)"><a [^>]*href="([^"#]+)', section))
    return re.findall(r"entry number (\d+)", section), {
        k: "?" + v.split("?")[1].replace("&amp;", "&") for k, v in links.items()
    }


def test_it_is_paged_both_ways_without_loss_even_when_all_happened_at_once(case):
    at = clock.now()
    Note.objects.bulk_create(Note(case=case, text=f"entry number {n}", at=at) for n in range(60))
    Contact.objects.bulk_create(
        Contact(case=case, victim=victim_of(case), at=at, method="phone", direction="outbound", result="attempt",
                note=f"entry number {n}")
        for n in range(60, 100)
    )  # fmt: skip
    seen: list[str] = []
    query, pages = "", 0
    while True:
        found, links = entries(case, query)
        seen += found
        pages += 1
        if "next" not in links:
            break
        query = links["next"]
    assert sorted(map(int, seen)) == list(range(100))
    assert pages == 5
    back: list[str] = []
    while "prev" in links:
        found, links = entries(case, links["prev"])
        back = found + back
    assert back == seen[: len(back)]
    assert len(back) == 100


@pytest.mark.parametrize("mark", ["nonsense", "20261122T000000.000000~x~1", "%00", "a~b~c~d"])
def test_a_mark_that_is_none_shows_the_newest(case, mark):
    assert "reported by phone" in page_of(case, query=f"?older={mark}&incidents_older={mark}")


# --- Reading it -----------------------------------------------------------------------------------------


def test_reading_is_recorded(case):
    client_of("alice").get(f"/cases/{case.ref}/")
    [event] = audited("case.read")
    assert (event.operation, event.subject_ref, event.case_id) == ("consultation", case.ref, case.pk)


def test_who_may_not_see_it_leaves_no_reading(case):
    client_of("walt").get(f"/cases/{case.ref}/")
    assert not audited("case.read")


@pytest.fixture
def urgent(cast):
    """An urgent report that a machine passed on: nobody has looked yet."""
    return case_of("alice", by_hand=False, triage_answers={"danger_now": True})


def test_the_lead_agencys_first_look_meets_the_duty_check_once(urgent):
    give(urgent, "NNC", Level.MANAGE)
    client_of("bob").get(f"/cases/{urgent.ref}/")
    assert clock_of(urgent, "K0").met_at is None
    client_of("asha").get(f"/cases/{urgent.ref}/")
    first = clock_of(urgent, "K0").met_at
    assert clock_of(urgent, "K0").outcome == "met"
    client_of("alice").get(f"/cases/{urgent.ref}/")
    assert clock_of(urgent, "K0").met_at == first
    assert len(audited("case.duty_check")) == 1


# --- What it costs ----------------------------------------------------------------------------------------


def grow(case, size: int) -> None:
    """Much of everything that a case can hold."""
    now, asker = clock.now(), User.objects.first()
    for n in range(12):
        log_incident_as("alice", case=case, victims=[VictimData(given_name=f"Guest {n}")], perpetrators=[])
    Note.objects.bulk_create(
        Note(case=case, text=f"Note {n}", at=now - dt.timedelta(minutes=n), agency=agency("POL")) for n in range(size)
    )
    Contact.objects.bulk_create(
        Contact(case=case, victim=victim_of(case), at=now, method="phone", direction="outbound", result="attempt")
        for _ in range(size)
    )
    Task.objects.bulk_create(
        Task(ref=f"HT-26-{n:06d}", case=case, title="Do it", agency=agency("POL"), due_at=now, asked_by=asker,
             submission_id=uuid.uuid4())
        for n in range(size)
    )  # fmt: skip
    for code in ("WNC", "RSL1", "FIRE", "HLTH", "NREC", "YJS"):
        give(case, code, Level.VIEW)
    with acting("alice") as actor:
        for _ in range(3):
            assessment_submit(actor=actor, case=case, answers=answers(), safety=SAFE)


def test_a_page_costs_at_most_fifteen_queries_whatever_its_size(case):
    client = client_of("alice")
    path = f"/cases/{case.ref}/"
    small = queries_beyond(client, path)
    grow(case, 300)
    assert queries_beyond(client, path) == small
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    # The walls' own statements of the tests are not the page's: a request of a server has one transaction.
    own = [
        q["sql"]
        for q in captured
        if not q["sql"].startswith(
            ("SAVEPOINT", "RELEASE", "ROLLBACK", "select current_user", 'UPDATE "agencies_signin"')
        )
    ]
    restores = [sql for sql in own if sql.startswith("select set_config('role'")]
    assert len(own) - len(restores) + 1 <= 15


@pytest.mark.parametrize("name", ["vera", "petra", "bob"])
def test_a_page_costs_the_same_for_everybody_it_is_shared_with(case, name):
    for code in ("VSS", "PROB", "NNC"):
        give(case, code, Level.CONTRIBUTE)
    grow(case, 30)
    assert queries_beyond(client_of(name), f"/cases/{case.ref}/") <= 10


def test_long_lists_are_cut_and_paged(case):
    grow(case, 30)
    page = client_of("alice").get(f"/cases/{case.ref}/").content.decode()
    assert page.count('class="hc-incident"') == 5
    assert "incidents_older=" in page
    assert "The chronology has the older ones." in page


# --- Shapes -----------------------------------------------------------------------------------------------


def test_shapes(case):
    assert_unknown_is_404("/cases/{ref}/", case)
    assert_methods(f"/cases/{case.ref}/", "alice", "post", "put", "patch", "delete")


def test_a_reference_is_forgiven_its_spelling(case):
    assert client_of("alice").get(f"/cases/{case.ref.lower()}/").status_code == 200


@pytest.mark.parametrize("who", ["user", "agency"])
def test_an_exclusion_gives_the_same_404_as_an_absent_case(case, cast, who):
    give(case, "NNC", Level.MANAGE)
    assert client_of("bob").get(f"/cases/{case.ref}/").status_code == 200
    conflict = {"user": cast["bob"]} if who == "user" else {"agency": agency("NNC")}
    CaseExclusion(case=case, reason="Related", **conflict).save()
    access_rebuild([case.pk])
    assert_unknown_is_404("/cases/{ref}/", case, "bob")


@pytest.mark.parametrize("name", ["sam", "ines", "greta", "admin", "ada"])
def test_roles_without_cases_find_nothing(case, name):
    assert client_of(name).get(f"/cases/{case.ref}/").status_code == 404


def test_nobody_is_asked_to_sign_in(case):
    response = Client().get(f"/cases/{case.ref}/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
