"""Plain builders for tests of meetings: assessed cases, meetings, and the worker's part done in this process."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from pypdf import PdfReader

from agencies.models import Agency
from hasbag import services
from hasbag.models import AgendaItem, AgendaProposal, Meeting, Pack
from hasbag.printing import pack_html
from hasbag.rules import pack_freeze_at
from hasbag.services.pack import recipient_actor
from incidents.choices import VictimPresence
from incidents.data import CURRENT_TOOL
from incidents.models import Case, CaseExclusion, CaseGrant, RiskAssessment, RiskTool
from incidents.services.access import access_rebuild, grant_create
from incidents.services.clock import holidays_all
from incidents.services.risk import assessment_submit
from kernel import clock
from kernel.actors import system_actor
from kernel.identity import acting_as
from perpetrators.services import PerpetratorData
from tests.cast import acting, log_incident_as

HIGH = {"A1": 5, "A2": 2, "A4": 2, "A5": 3, "B1": 3, "B2": 3, "B3": 2, "C1": 3, "C2": 1, "C3": 2, "D1": 2, "D3": 2}
MEDIUM = {"A1": 3, "A2": 2, "A4": 2, "A5": 2, "B1": 2, "B3": 2, "C1": 2, "D1": 1, "D3": 1}
STANDARD = {"A1": 1, "A2": 2}
SUBJECT = PerpetratorData(
    status="named", given_name="Dwayne", family_name="Hackforth", description="Lives two doors down"
)
SYSTEM = system_actor("a test does the worker's part")
WHY = "a test looks at every row"


def assess_case(
    name: str, case: Case, given: dict[str, Any], *, at: dt.datetime | None = None, **more: Any
) -> RiskAssessment:
    """An assessment by the real service: all 25 answers are nought but for the given ones."""
    tool = RiskTool.objects.get(version=CURRENT_TOOL).definition
    with acting(name) as actor:
        made = assessment_submit(
            actor=actor,
            case=case,
            answers={item["id"]: 0 for item in tool["items"]} | given | more,
            safety={question["id"]: False for question in tool["safety"]},
            victim_present=VictimPresence.PHONE,
        )
    if at is not None:
        RiskAssessment.objects.unscoped(reason=WHY).filter(pk=made.pk).update(assessed_at=at)
    case.refresh_from_db()
    return made


def case_of(name: str, given: dict[str, Any] | None = None, **overrides: Any) -> Case:
    """A case logged by one of the cast, assessed by the same person where answers are given."""
    case = log_incident_as(name, **overrides).case
    if given is not None:
        assess_case(name, case, given)
    return case


def meeting_of(name: str = "beth", *, days: int = 21, area: str = "north", codes: str = "") -> Meeting:
    """A meeting called by a chair, some days from now; with these members, else the area's."""
    members = None
    if codes:
        members = list(Agency.objects.filter(code__in=codes.split()).values_list("pk", flat=True))
    with acting(name) as actor:
        return services.meeting_create(
            actor=actor, area=area, starts_at=clock.now() + dt.timedelta(days=days), venue="Room 2", agency_ids=members
        )


def hold(meeting: Meeting) -> Meeting:
    """The meeting was held an hour ago."""
    Meeting.objects.unscoped(reason=WHY).filter(pk=meeting.pk).update(starts_at=clock.now() - dt.timedelta(hours=1))
    meeting.refresh_from_db()
    return meeting


def freeze_of(meeting: Meeting) -> dt.datetime:
    """When the meeting's agenda freezes."""
    return pack_freeze_at(meeting.starts_at, holidays_all())


def choose(meeting: Meeting) -> Any:
    """The worker chooses the agenda."""
    return services.agenda_choose(actor=SYSTEM, meeting_id=meeting.pk)


def meeting_chosen(codes: str = "NNC POL VSS PROB FIRE") -> Meeting:
    """A meeting of these members, whose agenda the worker has chosen."""
    meeting = meeting_of(codes=codes)
    choose(meeting)
    return meeting


def items(meeting: Meeting) -> list[AgendaItem]:
    """Every row of the agenda, whoever may see it."""
    return list(AgendaItem.objects.unscoped(reason=WHY).filter(meeting=meeting).order_by("pk"))


def proposals(meeting: Meeting) -> list[AgendaProposal]:
    """Every proposal, whoever may see it."""
    return list(AgendaProposal.objects.unscoped(reason=WHY).filter(meeting=meeting).order_by("pk"))


def release(name: str, meeting: Meeting, **terms: Any) -> AgendaItem:
    """The lead agency releases the one case that was proposed."""
    (proposal,) = proposals(meeting)
    with acting(name) as actor:
        return services.proposal_release(actor=actor, proposal=proposal, **terms)


def share(case: Case, code: str, level: str = "view", **more: Any) -> CaseGrant:
    """A grant to an agency."""
    grant = grant_create(case=case, agency=Agency.objects.get(code=code), level=level, source="share", **more)
    access_rebuild([case.pk])
    return grant


def exclude(case: Case, **who: Any) -> None:
    """A conflict of interest: `user=` or `agency=`."""
    CaseExclusion.objects.create(case=case, reason="Knows the family", **who)
    access_rebuild([case.pk])


def grants(case: Case) -> dict[str, str]:
    """The agencies with a grant that has not ended, and its level, by code."""
    rows = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, ended_at=None)
    return dict(rows.values_list("agency__code", "level"))


def readers(case: Case, *names: str) -> dict[str, bool]:
    """Who of these sees the case, by the first wall and by the bare table behind the second."""
    seen = {}
    for name in names:
        with acting(name) as actor:
            first = Case.objects.visible_to(actor).filter(pk=case.pk).exists()
            with connection.cursor() as cursor:
                cursor.execute("select count(*) from incidents_case where id = %s", [case.pk])
                second = cursor.fetchone()[0] == 1
        assert first == second, name
        seen[name] = first
    return seen


def without_token(content: bytes) -> str:
    """A page without what changes with every answer: the token, and the seconds until the sign-in ends."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|data-seconds="\d+"', "", content.decode())


def pack_of(name: str, meeting: Meeting, code: str = "", *, make: bool = True) -> Pack:
    """A pack asked for by one of the cast, and made."""
    with acting(name) as actor:
        agency = Agency.objects.get(code=code) if code else None
        pack = services.pack_request(actor=actor, meeting=meeting, agency=agency)
    if make:
        assert services.pack_make(pack_id=pack.pk)
        pack.refresh_from_db()
    return pack


def pack_words(name: str, meeting: Meeting, code: str = "") -> str:
    """What would be printed for one of the cast: everything that goes to the printer, unseen attributes included."""
    pack = pack_of(name, meeting, code, make=False)
    with acting_as(recipient_actor(pack)) as reader:
        html, _ = pack_html(reader, pack, made_at=clock.now())
    return " ".join(re.sub(r"</?(strong|span|em|a|br)\b[^>]*>", " ", unescape(html)).split())


def pack_file(pack: Pack) -> Path:
    """Where a made pack lies."""
    return Path(settings.MEDIA_ROOT) / "packs" / pack.file_name


def pack_texts(pack: Pack) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(pack_file(pack)).pages]


def pack_text(pack: Pack) -> str:
    """The text of the whole pack, its lines joined."""
    return " ".join(" ".join(pack_texts(pack)).split())
