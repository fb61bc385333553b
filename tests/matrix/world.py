"""The planted world of the permission matrix: one of everything, so that every route has something to be refused.

Case A is led by the police and shared with North Northamptonshire Council (contribute), Voice and Probation (view);
Larkfield Homes knows that it exists (signpost) and asks for access; a share with the fire service was recalled. Case B
is the police's alone, with a name in quarantine, and is proposed to the meeting of the north; an override of its
victim's wish waits.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from agencies.models import Membership, Notice
from agencies.services.sign_in import form_keep
from hasbag.models import AgendaItem, AgendaProposal, Meeting, Pack
from hasbag.services.item import item_add
from hasbag.services.meeting import meeting_create
from hasbag.services.pack import pack_request
from incidents.models import (
    AccessRequest,
    Breach,
    Case,
    CaseGrant,
    ClassificationProposal,
    Clock,
    Contact,
    Cover,
    DipItem,
    Evidence,
    Incident,
    IncidentDraft,
    InvolvedPerson,
    Letter,
    Note,
    OnlineAccount,
    PersonTie,
    RiskAssessment,
    SavedSearch,
    SubjectReport,
    Task,
    TaskComment,
    WishOverride,
)
from incidents.selectors.access_request import signpost_get
from incidents.selectors.case_list import CaseCriteria
from incidents.services.access_request import access_ask
from incidents.services.classification import classification_propose
from incidents.services.contact import ContactData, contact_log
from incidents.services.cover import cover_set
from incidents.services.draft import draft_start
from incidents.services.evidence import EvidenceData, SentFile, evidence_add
from incidents.services.evidence_work import evidence_process
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.letter_templates import TemplateData, template_add
from incidents.services.letters import LetterData, letter_write
from incidents.services.note import note_add
from incidents.services.override import OverrideCase, override_ask
from incidents.services.progress import update_agreement_record
from incidents.services.recall import share_recall
from incidents.services.redaction import evidence_redact
from incidents.services.reports import report_tie
from incidents.services.risk import assessment_submit
from incidents.services.saved_search import search_save
from incidents.services.share import ShareTerms, share_give
from incidents.services.task import task_create
from incidents.services.task_comment import comment_add
from incidents.services.ties import tie_add
from kernel import clock
from kernel.models import AuditEvent
from kernel.pages import Box
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests import files
from tests.cast import acting, age, agency, cast_get, log_incident_as
from victims.models import Victim
from victims.services import VictimData

_ANSWERS = dict.fromkeys("A1 A2 A3 A4 A5 B1 B2 B3 C1 C2 C3 C4 C5 D1 D2 D3 D4 D5 D6 E1 E2 E3 F1 F2 F3".split(), 0)
_SAFE = {"S1": False, "S2": False, "S3": False}
_WHY = "the planted world of the permission matrix"


@dataclass
class World:
    """References and keys of what was planted."""

    case: Case
    incident: Incident
    hidden: Case
    victim: Victim
    perpetrator: AllegedPerpetrator
    report: SubjectReport
    account: OnlineAccount
    task: Task
    comment: TaskComment
    share: CaseGrant
    assessment: RiskAssessment
    draft: IncidentDraft
    meeting: Meeting
    item: AgendaItem
    proposal: AgendaProposal
    pack: Pack
    notice: Notice
    member: Membership
    kept: uuid.UUID
    override: WishOverride
    request: AccessRequest
    breach: Breach
    sampled: DipItem
    evidence: Evidence
    search: SavedSearch
    note: Note
    contact: Contact
    letter: Letter
    second: ClassificationProposal
    act: uuid.UUID
    cover: Cover
    clock: Clock
    person: InvolvedPerson
    tie: PersonTie
    paper: Evidence


def world_plant() -> World:
    """Plant it, through the services, as the people concerned."""
    incident = log_incident_as(
        "alice",
        classification="crime_suspected",
        victims=[VictimData(given_name="Farida", family_name="Mirza", district="E07000153", phone="07700 900123")],
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    case = incident.case
    with acting("alice") as alice:
        terms = {"purpose": "Joint response", "gateway": "cda_s115"}
        covers = ("victim_contact", "subject_identity", "health")
        share = share_give(
            actor=alice, case=case, agency=agency("NNC"), level="contribute", field_groups=covers, **terms
        )
        for code, level in (("VSS", "view"), ("PROB", "view"), ("RSL1", "signpost")):
            share_give(actor=alice, case=case, agency=agency(code), level=level, **terms)
        note = note_add(actor=alice, case=case, text="Spoke with the stallholder.")
        said = ContactData(at=clock.now(), method="phone", direction="inbound", note="She rang.")
        contact = contact_log(actor=alice, case=case, data=said)
        assessment = assessment_submit(actor=alice, case=case, answers=_ANSWERS, safety=_SAFE, version="HIRA-1")
        due = clock.now() + dt.timedelta(days=3)
        task = task_create(actor=alice, case=case, title="Visit the market", agency=agency("NNC"), due_at=due)
        comment = comment_add(actor=alice, task=task, text="She is in on Mondays.")
        draft = draft_start(
            actor=alice, agency=agency("POL"), uid=uuid.uuid4(), key="what", answers={"narrative": "He shouted again."}
        )
    age(note)
    age(contact)
    hidden = log_incident_as(
        "alice",
        victims=[VictimData(given_name="Ida", family_name="Holm", wish_share_support="no")],
        perpetrators=[PerpetratorData(given_name="Lee", family_name="Garth")],
    ).case
    with acting("beth") as beth:
        meeting = meeting_create(actor=beth, area="north", starts_at=clock.now() + dt.timedelta(days=21))
        item = item_add(actor=beth, meeting=meeting, case_ref=case.ref)
        pack = pack_request(actor=beth, meeting=meeting)
    proposal = AgendaProposal.objects.create(
        meeting=meeting, case=hidden, lead_agency=hidden.lead_agency, criteria=["high"]
    )
    override, request, breach = _sharing(case, hidden)
    event = AuditEvent.objects.filter(action="incident.log").earliest("pk")
    sampled = DipItem.objects.create(
        agency=agency("POL"), month=dt.date(2026, 10, 1), event_id=event.pk, due_on=dt.date(2026, 11, 30)
    )
    notice = Notice.objects.create(user=cast_get()["alice"], key="matrix", kind="task", text="A task is due", url="/")
    return World(
        case=case,
        incident=incident,
        hidden=hidden,
        victim=Victim.objects.unscoped(reason=_WHY).get(access__case_id=case.pk),
        perpetrator=AllegedPerpetrator.objects.unscoped(reason=_WHY).get(access__case_id=case.pk),
        report=SubjectReport.objects.unscoped(reason=_WHY).get(case=hidden),
        account=_account(incident),
        task=task,
        comment=comment,
        share=share,
        assessment=assessment,
        draft=draft,
        meeting=meeting,
        item=item,
        proposal=proposal,
        pack=pack,
        notice=notice,
        member=Membership.objects.get(user=cast_get()["alice"]),
        kept=form_keep(user_id=cast_get()["alice"].pk, path="/", fields={"text": ["He shouted again."]}),
        override=override,
        request=request,
        breach=breach,
        sampled=sampled,
        evidence=_picture(case),
        search=_search(),
        note=note,
        contact=contact,
        letter=_letter(case),
        second=_second(case),
        act=_tied(case, incident),
        cover=_cover(),
        clock=_pausable(case),
        person=(person := _witness(case)),
        tie=_tie(case, person),
        paper=_paper(case),
    )


def _pausable(case: Case) -> Clock:
    """The clock of the next update to the victim."""
    with acting("alice") as alice:
        update_agreement_record(actor=alice, case=case, every_days=5, agreed_at=clock.now())
    return case.clocks.get(kind="K7", outcome="")


def _account(incident: Incident) -> OnlineAccount:
    """An account that posted it."""
    return OnlineAccount.objects.create(incident=incident, case=incident.case, handle="@quill")


def _witness(case: Case) -> InvolvedPerson:
    """Somebody who saw it."""
    with acting("alice") as alice:
        return involved_add(actor=alice, case=case, data=InvolvedData(role="witness", given_name="Joan"))


def _tie(case: Case, person: InvolvedPerson) -> PersonTie:
    """The witness lives with the victim."""
    victim = Victim.objects.unscoped(reason=_WHY).get(access__case_id=case.pk)
    with acting("alice") as alice:
        return tie_add(actor=alice, case=case, kind="lives_with", first=str(person.pk), second=victim.ref)


def _paper(case: Case) -> Evidence:
    """A PDF's redacted copy, shown to its own agency so far."""
    with NamedTemporaryFile() as file, acting("alice") as alice:
        file.write(files.pdf())
        file.flush()
        sent = SentFile(Path(file.name), "letter.pdf", Path(file.name).stat().st_size)
        said = EvidenceData("A letter", "The victim", clock.now() - dt.timedelta(hours=1))
        [whole] = evidence_add(actor=alice, case=case, data=said, files=[sent])
        boxes = [Box(1, 0, 0, 50, 50)]
        return evidence_redact(actor=alice, case=case, evidence=whole, boxes=boxes, description="A letter, covered")


def _search() -> SavedSearch:
    """A search that Alice keeps to herself."""
    with acting("alice") as alice:
        criteria = CaseCriteria(status=("new",))
        return search_save(actor=alice, agency_id=agency("POL").pk, name="New ones", criteria=criteria)


def _letter(case: Case) -> Letter:
    """An email text that Alice wrote from her own agency's template."""
    with acting("asha") as asha:
        data = TemplateData("email", "Thanks", "en", "Dear {{recipient_name}}, thank you.")
        template = template_add(actor=asha, agency_id=asha.agency_ids[0], data=data)
    victim = Victim.objects.unscoped(reason=_WHY).get(access__case_id=case.pk)
    with acting("alice") as alice:
        return letter_write(actor=alice, case=case, data=LetterData(victim.ref, template.uid))


def _second(case: Case) -> ClassificationProposal:
    """What Alice proposes, and a second person decides."""
    with acting("alice") as alice:
        held = Case.objects.visible_to(alice).get(pk=case.pk)
        return classification_propose(
            actor=alice, case=held, version=held.version, to="not_hate", reason="A dispute about parking"
        )


def _tied(case: Case, first: Incident) -> uuid.UUID:
    """Two reports of one event."""
    again = log_incident_as("alice", case=case, victims=[], narrative="He shouted again.")
    with acting("alice") as alice:
        held = Case.objects.visible_to(alice).get(pk=case.pk)
        terms = {"incident": again.ref, "other": first.ref, "version": held.version, "reason": "Both saw it"}
        return report_tie(actor=alice, case=held, **terms)[0].act


def _cover() -> Cover:
    """Alice is away, and Amir stands in for her."""
    cast, today = cast_get(), clock.today()
    with acting("alice") as alice:
        people = {"away": cast["alice"], "covering": cast["amir"]}
        return cover_set(actor=alice, agency=agency("POL"), starts_on=today, ends_on=today, **people)


def _picture(case: Case) -> Evidence:
    """A picture that Bob added, with its copy: his own file to him, another agency's to those who lead the case."""
    with NamedTemporaryFile() as file, acting("bob") as bob:
        file.write(files.jpeg())
        file.flush()
        sent = SentFile(Path(file.name), "front door.jpg", Path(file.name).stat().st_size)
        said = EvidenceData("Paint on the door", "A neighbour", clock.now() - dt.timedelta(hours=1))
        [evidence] = evidence_add(actor=bob, case=case, data=said, files=[sent])
    evidence_process(evidence_id=evidence.pk)
    return Evidence.objects.unscoped(reason=_WHY).get(pk=evidence.pk)


def _sharing(case: Case, hidden: Case) -> tuple[WishOverride, AccessRequest, Breach]:
    """An override that waits, a request for access, and the breach of a recalled share."""
    terms = {"purpose": "Joint response", "gateway": "cda_s115"}
    with acting("charlie") as charlie:
        signpost = signpost_get(actor=charlie, ref=case.ref)
        assert signpost is not None
        request = access_ask(actor=charlie, signpost=signpost, **terms)
    with acting("alice") as alice:
        wrong = share_give(actor=alice, case=case, agency=agency("FIRE"), level="view", **terms)
        share_recall(actor=alice, case=case, uid=wrong.uid, reason="Chosen by mistake")
        voice = ShareTerms(agency=agency("VSS"), level="view", **terms)
        why = OverrideCase("serious_harm", "He waits outside her flat.", victim_told=True)
        override = override_ask(actor=alice, case=hidden, terms=voice, why=why)
    return override, request, Breach.objects.unscoped(reason=_WHY).get(case=case)


def arguments(world: World) -> dict[str, dict[str, Any]]:
    """What each argument of a route is filled with, by route where the general answer does not fit."""
    case = {"ref": world.case.ref}
    meeting = {"ref": world.meeting.ref}
    return {
        "": {
            "ref": world.case.ref,
            "uid": world.draft.uid,
            "step": "what",
            "number": 0,
            "section": "a",
            "incident": world.incident.ref,
            "report": world.report.pk,
            "pk": world.member.user_id,
            "user_id": world.member.user_id,
            "code": "NNC",
            "item": world.item.uid,
            "pack_ref": world.pack.ref,
            "part": "contact",
            "group": "health",
            "uidb36": "1",
            "key": "set-password",
        },
        "incidents:evidence": case | {"uid": world.evidence.uid},
        "api:evidence": case | {"uid": world.evidence.uid},
        "incidents:classification_decide": case | {"uid": world.second.uid},
        "incidents:move_undo": case | {"act": world.act},
        "incidents:share_end": case | {"uid": world.share.uid},
        "incidents:share_recall": case | {"uid": world.share.uid},
        "incidents:override": {"ref": world.hidden.ref, "uid": world.override.pk},
        "incidents:access_": case | {"uid": world.request.pk},
        "incidents:breach": {"uid": world.breach.pk},
        "api:share-recall": case | {"share": world.share.uid},
        "api:access-request": case | {"uid": world.request.pk},
        "incidents:risk": case | {"uid": world.assessment.uid},
        "incidents:note_": case | {"uid": world.note.uid},
        "incidents:contact_": case | {"uid": world.contact.uid},
        "incidents:letter": case | {"uid": world.letter.uid},
        "incidents:letter_template": {"uid": world.letter.template.uid},
        "incidents:letter_write": case | {"template": world.letter.template.uid},
        "incidents:quarantine": {"ref": world.hidden.ref},
        "incidents:name_record": {"ref": world.hidden.ref, "report": world.report.pk},
        "incidents:name_erase": {"ref": world.hidden.ref, "report": world.report.pk},
        "incidents:search_": {"uid": world.search.uid},
        "incidents:quick_add": {"what": "note"},
        "victims:": {"ref": world.victim.ref},
        "perpetrators:": {"ref": world.perpetrator.ref},
        "incidents:task": {"ref": world.task.ref},
        "incidents:record_correct": case | {"sort": "evidence", "uid": world.evidence.uid},
        "incidents:record_strike": case | {"sort": "comment", "uid": world.comment.uid},
        "incidents:just_added": case | {"sort": "task", "mark": world.task.ref},
        "incidents:clock_": case | {"pk": world.clock.pk},
        "incidents:online": case | {"incident": world.incident.ref},
        "incidents:online_account": case | {"incident": world.incident.ref, "uid": world.account.pk},
        "incidents:online_account_add": case | {"incident": world.incident.ref},
        "incidents:involved_": case | {"uid": world.person.pk},
        "incidents:tie_": case | {"uid": world.tie.pk},
        "incidents:household_leave": case | {"who": world.victim.ref},
        "incidents:evidence_page": case | {"uid": world.paper.uid, "number": 1},
        "incidents:evidence_release": case | {"uid": world.paper.uid},
        "incidents:cover_end": {"uid": world.cover.uid},
        "incidents:task_add": case,
        "hasbag:": meeting | {"code": "NNC"},
        "hasbag:proposal": {"uid": world.proposal.uid},
        "hasbag:refer": case,
        "hasbag:item": meeting | {"uid": world.item.uid},
        "api:victim": {"ref": world.victim.ref},
        "api:perpetrator": {"ref": world.perpetrator.ref},
        "api:task-": {"ref": world.task.ref},
        "api:meeting": meeting,
        "api:pack": {"ref": world.pack.ref},
        "incidents:governance_sample": {"pk": world.sampled.pk},
        "agencies:person": {"pk": world.member.pk},
        "agencies:notice": {"pk": world.notice.pk, "notice_id": world.notice.pk},
        "agencies:agreement": {"code": "RSL1"},
        "account_kept": {"pk": world.kept},
        "mfa_": {"pk": 0},
        "openid_connect": {"provider_id": "nowhere"},
    }
