"""The briefing pack: what is in it, and only what its recipient may see."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from pypdf import PdfReader

from agencies.models import Agency, Membership
from hasbag.printing import STATEMENT
from incidents.models import Task
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.note import note_add
from incidents.services.task import task_create
from incidents.services.ties import tie_add
from kernel import clock
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    SUBJECT,
    case_of,
    choose,
    hold,
    meeting_of,
    pack_file,
    pack_of,
    pack_text,
    pack_texts,
    pack_words,
    share,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

# --- What is in it ---------------------------------------------------------------------------------------------


def test_a_pack_holds_what_the_meeting_needs(printed):
    case, meeting, pack, text = printed.case, printed.meeting, printed.pack, printed.text
    for expected in (
        "HASBAG, North Northamptonshire",
        meeting.ref,
        "Room 2",
        "Beth Oyelaran, North Northamptonshire Council",
        pack.ref,
        "Destroy by",
        "Attendance and apologies",
        "Bob Wickens",
        STATEMENT[0][:60],
        "Declarations of interest",
        "Action log",
        "Fit a camera",
        "Agenda",
        case.ref,
        "New high-risk cases",
        "Why it is here. High risk.",
        "Abuse from a neighbour, growing worse",
        "The victim’s voice",
        "Farida Mirza",
        "support services yes",
        "Urdu",
        "A chair with arms",
        "Friday, midday to 3pm",
        "Severe: thoughts of self-harm or suicide, or cannot cope",
        "Race or ethnicity: Pakistani; Religion or belief: Muslim",
        "perceived as hate by: the victim",
        "Suspected crime",
        "Dwayne Hackforth",
        "Eggs at the window",
        "camera",
        "rising",
        "T3",
        "Read, add, change and share: North Northamptonshire Council",
        "12 of 16",
        "Who sees the case",
        "Options, decision and actions",
        "Decision and why",
        "Next review of the risk",
    ):
        assert expected in text, expected
    assert "Not done 3" in text


def test_what_fell_due_a_moment_ago_is_late_in_the_pack_as_on_the_page(cast):
    case = case_of("bob", HIGH)
    with acting("bob") as bob:
        task = task_create(actor=bob, case=case, title="Fit a camera", agency=Agency.objects.get(code="NNC"))
    Task.objects.unscoped(reason="set up the test").filter(pk=task.pk).update(due_at=clock.now())
    meeting = meeting_of()
    choose(meeting)
    words = pack_words("bob", meeting)
    assert "1 overdue" in words
    assert re.search(r"<td class=\"state\">Not done</td><td class=\"number\">today<", words)
    assert "Not done, overdue since today" in words


def test_a_pack_never_holds_addresses_numbers_or_sources(printed):
    for secret in (
        "Larch Walk",
        "NN16 8AB",
        "07700 900123",
        "farida@home.example",
        "Bluebell",
        "Cousin Omar",
        "Laila",
        "Winifred",
        "01632 960111",
        "1961",
    ):
        assert secret not in printed.text, secret


def test_every_page_is_marked_and_names_its_recipient(printed):
    pack, pages = printed.pack, printed.pages
    assert len(pages) == pack.pages >= 6
    for number, text in enumerate(pages, start=1):
        assert text.count("OFFICIAL-SENSITIVE") >= 2, number
        for expected in ("For North Northamptonshire Council", "Beth Oyelaran", f"Copy {pack.ref}", "Made "):
            assert expected in text, (number, expected)
        assert f"Page {number} of {len(pages)}" in text


def test_a_pack_is_a_tagged_document_with_a_title_and_bookmarks(printed):
    case, pack, reader = printed.case, printed.pack, printed.reader
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert (root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("en-GB", True)
    assert reader.metadata.title.startswith(f"Briefing pack {pack.ref}: HASBAG, North Northamptonshire")
    assert "pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_data().decode()
    titles = [entry.title for entry in _flat(reader.outline)]
    assert any(case.ref in title for title in titles)
    assert "Action log" in titles


def _flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from _flat(entry)
        else:
            yield entry


NAMES = ("Zażółć Gęślą", "فاطمة الزهراء", "મીના પટેલ", "ਗੁਰਪ੍ਰੀਤ ਕੌਰ", "রহিমা খাতুন")


def test_names_print_in_the_scripts_of_the_county(cast):
    people = [VictimData(given_name=name.partition(" ")[0], family_name=name.partition(" ")[2]) for name in NAMES]
    case_of("bob", HIGH, victims=people)
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    pack = pack_of("beth", meeting)
    fonts = {font for page in PdfReader(pack_file(pack)).pages for font in _fonts(page)}
    for script in ("Arabic", "Gujarati", "Gurmukhi", "Bengali"):
        assert any(script in font for font in fonts), (script, fonts)
    # Shaping re-orders the letters of some scripts: every one of them has to be there.
    text = pack_text(pack)
    for name in NAMES:
        assert set(name) <= set(text), name


def _fonts(page) -> set[str]:
    return {font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()}


def test_an_empty_agenda_makes_a_pack_too(cast):
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    pack = pack_of("beth", meeting)
    assert (pack.case_ids, "There is no case on the agenda" in pack_text(pack)) == ([], True)


def test_a_review_shows_what_happened_since_the_last_meeting(cast):
    case = case_of("bob", HIGH)
    with acting("bob") as actor:
        old = note_add(actor=actor, case=case, text="Before everything")
        type(old).objects.visible_to(actor).filter(pk=old.pk).update(at=clock.now() - dt.timedelta(days=3))
    earlier = meeting_of(days=1, codes="NNC POL")
    choose(earlier)
    hold(earlier)
    with acting("bob") as actor:
        note_add(actor=actor, case=case, text="After the meeting")
    meeting = meeting_of(days=30, codes="NNC POL")
    choose(meeting)
    text = pack_words("beth", meeting)
    assert "Since the meeting on" in text
    assert ("After the meeting" in text, "Before everything" in text) == (True, False)


# --- Only what the recipient may see ---------------------------------------------------------------------------


def test_a_case_that_the_recipient_may_not_see_leaves_no_trace(rich):
    case, meeting = rich
    share(case, "POL")
    secret = case_of("bob", HIGH, summary="Canary of the council", victims=[VictimData(given_name="Zuleika")])
    choose(meeting)
    pack = pack_of("alice", meeting)
    assert pack.case_ids == [case.pk]
    text = pack_text(pack)
    for canary in (secret.ref, "Canary of the council", "Zuleika"):
        assert canary not in text
    assert "Cases in this copy 1" in text
    assert secret.ref in pack_words("beth", meeting)


def test_a_victim_service_never_reads_who_the_alleged_perpetrator_is(rich):
    case, meeting = rich
    with acting("bob") as actor:
        note_add(actor=actor, case=case, text="Mr Hackforth denied it on the doorstep.")
    share(case, "VSS")
    text = pack_words("vera", meeting)
    assert "Farida Mirza" in text
    for secret in ("Dwayne", "Hackforth", "two doors down"):
        assert secret not in text, secret
    assert "Alleged perpetrators are not shown to Voice." in text


def test_a_programme_side_never_reads_who_the_victim_is(rich):
    case, meeting = rich
    with acting("bob") as actor:
        note_add(actor=actor, case=case, text="Mrs Mirza is afraid to go out.")
    share(case, "PROB")
    text = pack_words("petra", meeting)
    assert "Dwayne Hackforth" in text
    for secret in ("Farida", "Mirza", "Urdu", "A chair with arms", "Severe: thoughts", "Larch", "afraid to go out"):
        assert secret not in text, secret
    assert "Victims are not shown to Probation Service" in text


def test_who_may_only_read_gets_no_safe_contact_and_no_needs(rich):
    case, meeting = rich
    share(case, "POL", "view")
    text = pack_words("alice", meeting)
    assert "Farida Mirza" in text
    for secret in ("A chair with arms", "12:00 to 15:00"):
        assert secret not in text, secret


def test_a_name_that_may_not_be_kept_prints_as_described(cast):
    case_of("bob", HIGH, perpetrators=[SUBJECT])
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    text = pack_words("beth", meeting)
    assert "Lives two doors down (as described; not named)" in text
    assert "Hackforth" not in text


def test_the_chair_may_ask_for_another_agency_and_it_is_read_as_that_agency(rich):
    case, meeting = rich
    pack = pack_of("beth", meeting, "FIRE")
    assert (pack.recipient.code, pack.requested_by_agency.code, pack.case_ids) == ("FIRE", "NNC", [])
    assert case.ref not in pack_text(pack)
    assert all("Copy for the agency" in text for text in pack_texts(pack))


def test_a_person_of_two_agencies_reads_as_the_recipient_alone(rich):
    case, meeting = rich
    vera = Membership.objects.get(user__email="vera@voice.example").user
    Membership.objects.create(user=vera, agency=Agency.objects.get(code="NNC"), roles=["caseworker"])
    assert case.ref not in pack_words("vera", meeting, "VSS")
    share(case, "VSS")
    text = pack_words("vera", meeting, "VSS")
    assert (case.ref in text, "Hackforth" in text) == (True, False)


# --- Further people --------------------------------------------------------------------------------------------


def _household(case):
    """A child who lives with the victim, a witness, and somebody who lives with the alleged perpetrator."""
    with acting("bob") as bob:
        people = {
            role: involved_add(
                actor=bob, case=case, data=InvolvedData(role=role, contact="01632 960777", notes="Ask softly", **name)
            )
            for role, name in (
                ("child", {"given_name": "Pip", "family_name": "Mirza"}),
                ("witness", {"given_name": "Odette", "family_name": "Quillfeather"}),
                ("reporter", {"given_name": "Winona", "family_name": "Ashgrove"}),
                ("subject_household", {"given_name": "Gwendoline", "family_name": "Brandreth"}),
            )
        }
        first = case.parties.get(victim__isnull=False).victim.ref
        tie_add(actor=bob, case=case, kind="lives_with", first=first, second=str(people["child"].pk))


def test_a_pack_says_who_lives_with_whom_and_how_to_reach_nobody(rich):
    case, meeting = rich
    _household(case)
    text = pack_words("beth", meeting)
    for said in ("Pip Mirza", "Lives with Pip Mirza", "Odette Quillfeather (witness)", "Gwendoline Brandreth"):
        assert said in text, said
    for secret in ("960777", "Ask softly", "Ashgrove"):
        assert secret not in text, secret


def test_a_pack_has_the_further_people_of_its_side_alone(rich):
    case, meeting = rich
    _household(case)
    for code in ("VSS", "PROB"):
        share(case, code)
    victims, subjects = pack_words("vera", meeting), pack_words("petra", meeting)
    assert "Odette Quillfeather" in victims
    assert "Brandreth" not in victims
    for secret in ("Quillfeather", "Pip", "Mirza", "Ashgrove"):
        assert secret not in subjects, secret
