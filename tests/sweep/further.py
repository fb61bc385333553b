"""The planted county, further: a meeting with its packs, and what belongs to one person alone."""

from __future__ import annotations

import datetime as dt
import uuid

from agencies.models import Membership, Notice
from agencies.services.sign_in import form_keep
from hasbag.models import AgendaItem, AgendaProposal, Meeting, Pack
from hasbag.services.item import item_add, item_remove
from hasbag.services.meeting import meeting_create
from hasbag.services.pack import pack_make, pack_request
from hasbag.services.release import case_refer, item_release, proposal_refuse
from incidents.data import tool_load
from incidents.models import DipItem
from incidents.selectors.case_list import CaseCriteria
from incidents.services.cover import cover_set
from incidents.services.draft import draft_start
from incidents.services.risk import assessment_submit, risk_draft_save
from incidents.services.saved_search import search_save
from kernel import clock
from kernel.models import AuditEvent
from tests.cast import acting, agency, cast_get
from tests.sweep.plant import WHY, Garden, case_plant, note

DAY = dt.timedelta(days=1)
_SAFE = {"S1": False, "S2": False, "S3": False}


def assess(garden: Garden, key: str, by: str) -> None:
    """An assessment, and another one that is begun."""
    case, items = garden.cases[key], {item["id"]: 0 for item in tool_load()["items"]}
    with acting(by) as actor:
        made = assessment_submit(actor=actor, case=case, answers=items, safety=_SAFE, version="HIRA-1")
        risk_draft_save(actor=actor, case=case, answers={"A1": 1})
    garden.add("assessment", key, ref=case.ref, uid=made.uid)


def meeting_plant(garden: Garden) -> None:
    """A council's case released to a meeting and printed for its members; another one is kept from it."""
    key = "hasbag"
    case = case_plant(garden, key, "bob")
    note(garden, key, "bob", "NNC")
    assess(garden, key, "bob")
    codes = "NNC POL VSS PROB FIRE".split()
    with acting("beth") as beth:
        members = [agency(code).pk for code in codes]
        meeting = meeting_create(actor=beth, area="north", starts_at=clock.now() + 21 * DAY, agency_ids=members)
        reason = f"It grows, {garden.word(key, 'agenda', 'AgendaItem.reason')}"
        item = item_add(actor=beth, meeting=meeting, case_ref=case.ref, reason=reason)
        item_release(actor=beth, item=item)
        other = item_add(actor=beth, meeting=meeting, case_ref=garden.cases["health"].ref)
        removed = f"Not now, {garden.word('health', 'agenda', 'AgendaItem.removed_reason')}"
        item_remove(actor=beth, item=other, reason=removed)
    assert garden.case(key).tier == "hasbag"
    for grant in garden.case(key).grants.filter(source="meeting"):
        garden.add("grant", key, ref=case.ref, uid=grant.uid)
    garden.add("meeting", "", ref=meeting.ref)
    for row in AgendaItem.objects.unscoped(reason=WHY).filter(meeting=meeting).select_related("case"):
        garden.add("item", _key(garden, row.case_id), ref=meeting.ref, uid=row.uid)
    _proposals(garden, meeting)
    _packs(garden, meeting)


def _proposals(garden: Garden, meeting: Meeting) -> None:
    for key in ("quarantine", "plain"):
        case = garden.case(key)
        row = AgendaProposal.objects.create(
            meeting=meeting, case=case, lead_agency=case.lead_agency, criteria=["high"]
        )
        garden.add("proposal", key, uid=row.uid)
        if key == "plain":
            with acting("asha") as asha:
                reason = garden.word(key, "proposal", "AgendaProposal.reason", "POL")
                proposal_refuse(actor=asha, proposal=row, reason=reason)
    with acting("asha") as asha:
        reason = garden.word("team", "referral", "Referral.reason", "POL")
        case_refer(actor=asha, case=garden.case("team"), area="north", reason=reason)


def _packs(garden: Garden, meeting: Meeting) -> None:
    for by in ("beth", "asha", "petra", "viola"):
        with acting(by) as actor:
            pack = pack_request(actor=actor, meeting=meeting)
        assert pack_make(pack_id=pack.pk)
    for pack in Pack.objects.unscoped(reason=WHY).filter(meeting=meeting).select_related("recipient"):
        garden.add("pack", "", ref=meeting.ref, pack_ref=pack.ref)


def _key(garden: Garden, case_id: int) -> str:
    return next(key for key, case in garden.cases.items() if case.pk == case_id)


# --- What belongs to one person -------------------------------------------------------------------------


def personal_plant(garden: Garden) -> None:
    """Drafts, kept forms, notices, the audit's sample, and an agreement that somebody wants extended."""
    for by, code in (("alice", "POL"), ("tom", "TPRC1"), ("bob", "NNC")):
        words = f"He shouted {garden.word('', 'draft', 'IncidentDraft.answers', by, code)} again."
        with acting(by) as actor:
            draft = draft_start(
                actor=actor, agency=agency(code), uid=uuid.uuid4(), key="what", answers={"narrative": [words]}
            )
        garden.add("draft", "", uid=draft.uid)
    alice = cast_get()["alice"]
    kept = {"text": [garden.word("", "own", "KeptForm.sealed", "alice")]}
    garden.add("kept", "", pk=form_keep(user_id=alice.pk, path="/", fields=kept))
    for by, code, kind in (("alice", "POL", "own"), ("bob", "NNC", "agency_search")):
        _search(garden, by, code, kind)
    told = list(Notice.objects.unscoped(reason=WHY).order_by("pk"))
    for row in told[:: max(1, len(told) // 30)][:30]:
        garden.add("notice", "" if row.case_id is None else _key(garden, row.case_id), pk=row.pk)
    for member in Membership.objects.select_related("user").filter(user__email__startswith="a"):
        garden.add("member", "", pk=member.pk)
        garden.add("user", "", pk=member.user_id)
    _cover(garden)
    _sample(garden)
    for code in ("RSL1", "POL"):
        garden.add("agreement", "", code=code)


def _search(garden: Garden, by: str, code: str, kind: str) -> None:
    """A saved search under a name and with words of its owner's: private, or for their agency."""
    with acting(by) as actor:
        search = search_save(
            actor=actor,
            agency_id=agency(code).pk,
            name=f"All of {garden.word('', kind, 'SavedSearch.name', by, code)}",
            criteria=CaseCriteria(q=garden.word("", kind, "SavedSearch.words", by, code), status=("new",)),
            shared=kind == "agency_search",
        )
    garden.add("search", "", uid=search.uid)


def _cover(garden: Garden) -> None:
    """Somebody of the West's council stands in for a colleague."""
    cast, today = cast_get(), clock.today()
    with acting("walt") as walt:
        away, covering = cast["walt"], cast["wasim"]
        days = {"starts_on": today, "ends_on": today + dt.timedelta(days=3)}
        cover = cover_set(actor=walt, agency=agency("WNC"), away=away, covering=covering, **days)
    garden.add("cover", "", uid=cover.uid)


def _sample(garden: Garden) -> None:
    """The audit's monthly sample of the police: one event of each case, of which one was looked at."""
    for event in AuditEvent.objects.filter(action="incident.log").order_by("pk"):
        key, signed = _key(garden, event.case_id), {}
        if key == "plain":
            words = garden.word(key, "sample", "DipItem.note", "POL")
            signed = {"outcome": "explained", "note": words, "signed_by": cast_get()["asha"], "signed_at": clock.now()}
        item = DipItem.objects.create(
            agency=agency("POL"), month=dt.date(2026, 10, 1), event_id=event.pk, due_on=dt.date(2026, 11, 30), **signed
        )
        garden.add("sample", "", pk=item.pk)
