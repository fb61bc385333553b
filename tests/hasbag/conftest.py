"""Fixtures of the briefing pack: a case with everything in it, and its pack as printed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from io import BytesIO

import pytest
from pypdf import PdfReader

from agencies.models import Agency
from hasbag import services
from hasbag.models import Meeting, Pack
from incidents.models import Case
from incidents.services.incident import StrandData
from incidents.services.note import note_add
from incidents.services.task import task_create
from kernel import clock
from tests.cast import Cast, acting
from tests.hasbag.builders import (
    HIGH,
    STANDARD,
    SUBJECT,
    assess_case,
    case_of,
    choose,
    meeting_of,
    pack_file,
    pack_of,
    pack_texts,
)
from victims.services import VictimData

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


@pytest.fixture
def rich(cast: Cast) -> tuple[Case, Meeting]:
    """A council's high-risk case of a suspected crime with everything in it, before a meeting to come."""
    return rich_case()


def rich_case() -> tuple[Case, Meeting]:
    """The same, for a fixture that keeps what it made of it."""
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
        """All of it, its lines joined."""
        return " ".join(" ".join(self.pages).split())


_printed: list[Printed] = []


@pytest.fixture
def printed(cast: Cast) -> Printed:
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
