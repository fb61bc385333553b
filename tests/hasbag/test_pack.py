"""The briefing pack: what is in it, what is not, who may have it, and the worker that makes it."""

from __future__ import annotations

import datetime as dt
import hashlib
import stat
import threading
from dataclasses import dataclass
from io import BytesIO

import pytest
from django.db import connection
from pypdf import PdfReader

from agencies.models import Agency, Membership
from hasbag import selectors, services
from hasbag.choices import PackState
from hasbag.models import Meeting, Pack
from hasbag.printing import STATEMENT
from hasbag.services import pack as making
from incidents.models import Case, CaseGrant
from incidents.services.access import access_rebuild
from incidents.services.incident import StrandData
from incidents.services.note import note_add
from incidents.services.task import task_create
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from kernel.pdf import PdfError, pdf_make
from perpetrators.services import PerpetratorData
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    STANDARD,
    WHY,
    assess_case,
    case_of,
    choose,
    exclude,
    hold,
    meeting_of,
    pack_file,
    pack_of,
    pack_text,
    pack_texts,
    pack_words,
    release,
    share,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

VICTIM = VictimData(
    given_name="Farida",
    family_name="Mirza",
    date_of_birth=dt.date(1961, 3, 4),
    phone="07700 900123",
    email="farida@home.example",
    address="14 Larch Walk, Kettering",
    postcode="NN16 8AB",
    needs="A chair with arms",
    language="ur",
    interpreter_needed=True,
    code_word="Bluebell",
    unsafe_people="Cousin Omar",
    alternative_contact="Sister Laila 07700 900456",
    do_not_contact=[{"days": ["4"], "from": "12:00", "to": "15:00"}],
    wish_share_police="yes",
    wish_share_support="yes",
)
SUBJECT = PerpetratorData(
    status="named", given_name="Dwayne", family_name="Hackforth", description="Lives two doors down"
)


@pytest.fixture
def rich(cast):
    """A council's high-risk case of a suspected crime with everything in it, before a meeting to come."""
    return rich_case()


def rich_case():
    case = case_of(
        "bob",
        None,
        victims=[VICTIM],
        perpetrators=[SUBJECT],
        classification="crime_suspected",
        summary="Abuse from a neighbour, growing worse",
        narrative="Eggs at the window, then shouting at the gate.",
        place_type="home",
        location="14 Larch Walk",
        postcode="NN16 8AB",
        reporter_kind="witness",
        reporter_name="Winifred Pollard",
        reporter_contact="01632 960111",
        strands=[StrandData("RAC", "pakistani"), StrandData("REL", "muslim")],
    )
    assess_case("bob", case, STANDARD, at=clock.now() - dt.timedelta(days=9))
    assess_case("bob", case, HIGH, D1=4)
    with acting("bob") as actor:
        note_add(actor=actor, case=case, text="Spoke with the housing officer about a camera.")
        task = task_create(actor=actor, case=case, title="Fit a camera", agency=Agency.objects.get(code="NNC"))
        type(task).objects.visible_to(actor).filter(pk=task.pk).update(due_at=clock.now() - dt.timedelta(days=3))
    meeting = meeting_of(codes="NNC POL VSS PROB FIRE")
    choose(meeting)
    return case, meeting


@dataclass
class Printed:
    """The rich case's pack as it was printed for the chair."""

    case: Case
    meeting: Meeting
    pack: Pack
    pages: list[str]
    reader: PdfReader

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pages).split())


_printed: list[Printed] = []


@pytest.fixture
def printed(cast) -> Printed:
    """Printed once for all the tests that only read it."""
    if not _printed:
        case, meeting = rich_case()
        with acting("bob") as actor:
            services.attendance_set(
                actor=actor, meeting=meeting, agency_id=actor.agency_ids[0], state="attending", name="Bob Wickens"
            )
        pack = pack_of("beth", meeting)
        reader = PdfReader(BytesIO(pack_file(pack).read_bytes()))
        _printed.append(Printed(case, meeting, pack, pack_texts(pack), reader))
    return _printed[0]


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
        "Friday, 12:00 to 15:00",
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


# --- Asking ----------------------------------------------------------------------------------------------------


def test_who_may_ask_for_whose_pack(rich):
    _, meeting = rich
    fire, west = Agency.objects.get(code="FIRE"), Agency.objects.get(code="WNC")
    with acting("alice") as actor, pytest.raises(ForbiddenError):
        services.pack_request(actor=actor, meeting=meeting, agency=fire)
    with acting("beth") as actor, pytest.raises(RuleError, match="not a member"):
        services.pack_request(actor=actor, meeting=meeting, agency=west)


# --- Downloading -----------------------------------------------------------------------------------------------


def url(meeting, pack=None) -> str:
    return f"/hasbag/{meeting.ref}/pack.pdf" + (f"?pack={pack.ref}" if pack else "")


def test_the_recipient_downloads_and_it_is_an_audited_disclosure(rich, client_for):
    case, meeting = rich
    pack = pack_of("beth", meeting)
    response = client_for("bob").get(url(meeting, pack))
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == pack.sha256
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{pack.ref}.pdf"'
    assert response["Cache-Control"] == "no-store, private"
    event = AuditEvent.objects.get(action="pack.download")
    assert (event.operation, event.subject_ref, event.detail["cases"]) == ("disclosure", pack.ref, [case.pk])


def test_without_a_reference_the_latest_pack_is_given(rich, client_for):
    _, meeting = rich
    pack_of("beth", meeting)
    latest = pack_of("beth", meeting)
    pack_of("beth", meeting, "POL", make=False)
    response = client_for("bob").get(url(meeting))
    assert f"{latest.ref}.pdf" in response["Content-Disposition"]


def test_nobody_else_downloads_it_and_the_answer_is_that_of_an_absent_one(rich, client_for):
    case, meeting = rich
    pack = pack_of("beth", meeting, "POL")
    own = pack_of("beth", meeting)
    share(case, "FIRE")
    for name, wanted in (("beth", pack), ("frank", own), ("vera", pack), ("sam", own), ("admin", own), ("walt", own)):
        client = client_for(name)
        refused, absent = client.get(url(meeting, wanted)), client.get(url(meeting) + "?pack=HK-26-ZZZZZZ")
        assert (refused.status_code, absent.status_code) == (404, 404), name
        assert _plain(refused) == _plain(absent), name


def _plain(response) -> str:
    from tests.hasbag.builders import without_token

    return without_token(response.content)


def test_an_excluded_colleague_finds_no_pack_at_all(rich, client_for, cast):
    case, meeting = rich
    pack = pack_of("beth", meeting)
    exclude(case, user=cast["bob"])
    client = client_for("bob")
    for address in (url(meeting, pack), url(meeting), f"/hasbag/{meeting.ref}/packs/{pack.ref}/"):
        assert client.get(address).status_code == 404, address
    assert pack.ref not in client.get(f"/hasbag/{meeting.ref}/").content.decode()
    assert client_for("nora").get(url(meeting, pack)).status_code == 200


def test_an_excluded_person_asks_for_a_pack_without_that_case(rich, client_for, cast):
    case, meeting = rich
    exclude(case, user=cast["bob"])
    pack = pack_of("bob", meeting)
    assert pack.case_ids == []
    assert client_for("bob").get(url(meeting, pack)).status_code == 200


def test_an_old_pack_closes_with_the_release(cast, client_for):
    case = case_of("alice", HIGH)
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    release("asha", meeting)
    pack = pack_of("beth", meeting)
    assert client_for("bob").get(url(meeting, pack)).status_code == 200
    moment = clock.now_real()
    given = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, source="meeting")
    given.update(starts_at=moment - dt.timedelta(days=2), until=moment + dt.timedelta(days=1))
    access_rebuild([case.pk])
    assert client_for("bob").get(url(meeting, pack)).status_code == 200
    past = moment - dt.timedelta(seconds=1)
    given.update(until=past)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(access_ends_at=past)
    assert client_for("bob").get(url(meeting, pack)).status_code == 404
    with acting("bob") as actor:
        assert selectors.packs_of_meeting(actor, meeting) == []


def test_others_who_asked_see_the_state_alone(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting, "POL")
    with acting("beth") as actor:
        row = selectors.pack_row(actor, pack.ref)
    assert (row.state, row.downloadable, row.pages, row.sha256, row.made_at) == ("ready", False, None, "", None)
    with acting("alice") as actor:
        row = selectors.pack_row(actor, pack.ref)
    assert (row.downloadable, row.pages, row.sha256) == (True, pack.pages, pack.sha256)
    for name in ("bob", "wendy", "frank"):
        with acting(name) as actor, pytest.raises(Pack.DoesNotExist):
            selectors.pack_row(actor, pack.ref)


# --- The worker ------------------------------------------------------------------------------------------------


def test_the_file_has_a_random_name_and_is_private(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting)
    path = pack_file(pack)
    assert pack.ref not in path.name
    assert len(path.stem) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert hashlib.sha256(path.read_bytes()).hexdigest() == pack.sha256


def test_a_pack_is_made_once(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting)
    name = pack.file_name
    assert not services.pack_make(pack_id=pack.pk)
    pack.refresh_from_db()
    assert (pack.file_name, pack.attempts) == (name, 1)


def test_a_dead_workers_pack_is_taken_over_and_what_it_left_is_removed(rich):
    from hasbag.services.sweep import sweep

    _, meeting = rich
    pack = pack_of("beth", meeting, make=False)
    claimed = making._claim(pack.pk)
    left = making.pack_path(claimed.file_name)
    making._write(claimed.file_name, b"half a pack")
    assert sweep()["pack_make"] == 0
    assert not services.pack_make(pack_id=pack.pk)
    Pack.objects.unscoped(reason=WHY).filter(pk=pack.pk).update(claimed_at=clock.now_real() - making.STALE * 2)
    assert sweep()["pack_make"] == 1
    assert services.pack_make(pack_id=pack.pk)
    assert not left.exists()
    # The dead one comes back to life: its work is thrown away.
    pdf = pdf_make("<title>Late</title><p>Late</p>")
    claimed.file_name = "f" * 32 + ".pdf"
    assert not making._finish(claimed, pdf, [])
    assert not making.pack_path(claimed.file_name).exists()
    pack.refresh_from_db()
    assert (pack.state, pack.attempts) == (PackState.READY, 2)


def test_a_pack_that_kills_its_worker_again_and_again_is_given_up(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting, make=False)
    for _ in range(making.MOST_ATTEMPTS):
        assert making._claim(pack.pk)
        Pack.objects.unscoped(reason=WHY).filter(pk=pack.pk).update(claimed_at=clock.now_real() - making.STALE * 2)
    assert not services.pack_make(pack_id=pack.pk)
    pack.refresh_from_db()
    assert (pack.state, pack.problem) == (PackState.FAILED, making.GAVE_UP)


def test_a_failure_is_a_sentence_and_the_pack_can_be_asked_for_again(rich, monkeypatch, client_for):
    _, meeting = rich
    monkeypatch.setattr(making, "SECONDS", 0.01)
    pack = pack_of("beth", meeting, make=False)
    assert not services.pack_make(pack_id=pack.pk)
    pack.refresh_from_db()
    assert (pack.state, pack.file_name and pack_file(pack).exists()) == (PackState.FAILED, False)
    page = client_for("beth").get(f"/hasbag/{meeting.ref}/packs/{pack.ref}/").content.decode()
    assert "The document is too large to make in one piece. You can ask for it again." in page
    monkeypatch.undo()
    assert pack_of("beth", meeting).state == PackState.READY


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_pack(cast, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    pack = pack_of("beth", meeting, make=False)
    start, made = threading.Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            made.append(services.pack_make(pack_id=pack.pk))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(made) == [False, True]
    assert len(list((tmp_path / "packs").iterdir())) == 1


# --- The door to the printer -----------------------------------------------------------------------------------


def test_the_printer_reaches_neither_network_nor_other_files(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>canary</text></svg>")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "open.svg").write_text(secret.read_text().replace("canary", "shown"))
    html = (
        f"<title>T</title><img alt='a' src='{secret.as_uri()}'><img alt='b' src='http://127.0.0.1:9/x.svg'>"
        f"<img alt='c' src='{inside.as_uri()}/../secret.svg'><img alt='d' src='{inside.as_uri()}/open.svg'>"
    )
    pdf = pdf_make(html, folders=[inside])
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf.content)
    text = PdfReader(path).pages[0].extract_text()
    assert ("shown" in text, "canary" in text) == (True, False)


@pytest.mark.parametrize("limit", [{"megabytes": 40}, {"seconds": 0.05}])
def test_the_printer_stops_at_its_limits(limit):
    with pytest.raises(PdfError) as caught:
        pdf_make("<title>T</title>" + "<p>word</p>" * 2000, **limit)
    assert caught.value.message == "The document is too large to make in one piece."
