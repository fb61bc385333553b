"""One case with a canary in every field that somebody writes, planted through the real services."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from incidents.choices import FieldGroup
from incidents.models import Case, Incident, OnlineAccount
from incidents.services.allocation import case_handover
from incidents.services.contact import ContactData, contact_log
from incidents.services.fields import group_reveal
from incidents.services.incident import StrandData
from incidents.services.note import note_add
from incidents.services.online import PostData
from incidents.services.online_account import AccountData
from incidents.services.share import share_give
from incidents.services.task import task_create, task_decline, task_offer
from incidents.services.task_comment import comment_add
from kernel import clock
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, log_incident_as
from tests.sweep.canaries import Canaries
from victims.models import Victim
from victims.services import VictimData, sensitive_add

WHY = "the sweep plants what it then looks for"
SENSITIVE = ("trans_status", "health", "immigration_status")


@dataclass(frozen=True)
class Record:
    """Something that an address can name: the case it belongs to, and the arguments of an address that lead to it."""

    kind: str
    case: str
    args: dict[str, Any] = field(hash=False, compare=False)
    name: str = ""


@dataclass
class Garden:
    """What was planted: cases by name, records by kind, and the canaries in them."""

    canaries: Canaries = field(default_factory=Canaries)
    cases: dict[str, Case] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)

    def add(self, kind: str, case: str, **args: Any) -> None:
        """Remember a record by which routes will be asked."""
        row = Record(kind, case, args, f"{kind} {len(self.records.get(kind, ()))} of {case or 'nothing'}")
        self.records.setdefault(kind, []).append(row)

    def case(self, key: str) -> Case:
        """A case as it stands now, whoever may see it."""
        return Case.objects.unscoped(reason=WHY).select_related("lead_agency").get(pk=self.cases[key].pk)

    def word(self, case: str, kind: str, where: str, *of: str) -> str:
        """A new word for a field."""
        return self.canaries.word(case, kind, where, *of)


# --- A case ---------------------------------------------------------------------------------------------


def case_plant(
    garden: Garden,
    key: str,
    by: str,
    *,
    names: str = "kept",
    wishes: dict[str, str] | None = None,
    organisation: bool = False,
    **overrides: Any,
) -> Case:
    """Log a report with a canary in every field. `names` says what becomes of the alleged perpetrator's: *kept* where a
    crime is suspected, *spoken* where the report itself says it as well, *quarantine* where none may be kept.
    """
    writer = agency_of(by)
    data = _incident(garden, key, names, organisation, writer) | overrides
    data["victims"] = [replace(data["victims"][0], **(wishes or {}))]
    incident = log_incident_as(by, **data)
    garden.cases[key] = incident.case
    _remember(garden, key, incident, writer)
    if names != "quarantine" and by in _WRITERS:
        _sensitive(garden, key, by)
    return incident.case


_WRITERS = frozenset({"alice", "asha", "bob", "walt", "charlie", "hana"})


def _incident(garden: Garden, key: str, names: str, organisation: bool, writer: str) -> dict[str, Any]:
    victim, spoken = _victim(garden, key, organisation, writer), ""
    perpetrator = _perpetrator(garden, key, names)
    if names == "spoken":
        spoken = f" She knows him as {perpetrator.family_name}."
    new = garden.canaries
    return {
        "classification": None if names == "quarantine" else "crime_suspected",
        # Not what the rule suggests, so that the reason is kept.
        "priority": "P2" if names == "quarantine" else "P3",
        "priority_reason": f"He is {garden.word(key, 'text', 'Incident.priority_set_reason')}.",
        "summary": f"Abuse at a stall, {garden.word(key, 'text', 'Case.summary')}",
        "narrative": f"{garden.word(key, 'text', 'Incident.narrative')} was shouted at {victim.organisation or victim.family_name}.{spoken}",
        "place_type": "home",
        "location": f"Flat 9, {garden.word(key, 'victim_contact', 'Incident.location')} Court",
        "postcode": new.postcode(key, "victim_contact", "Incident.postcode"),
        "post": _post(garden, key),
        "account": _account(garden, key, names),
        "strands": [StrandData("OTH", other=garden.word(key, "text", "Characteristic.other"))],
        "reporter_kind": "witness",
        "reporter_name": garden.word(key, "reporter_identity", "Incident.reporter_name"),
        "reporter_contact": new.phone(key, "reporter_identity", "Incident.reporter_contact"),
        "victims": [victim],
        "perpetrators": [perpetrator],
    }


def _post(garden: Garden, key: str) -> PostData:
    """A post whose free words are texts of the case; who was tagged is told with the victims."""
    return PostData(
        platform="other",
        platform_other=garden.word(key, "text", "OnlinePost.platform_other"),
        audience=f"A group of 300, {garden.word(key, 'text', 'OnlinePost.audience')}",
        tagged=garden.word(key, "tagged", "OnlinePost.tagged"),
        told=True,
        told_on=garden.canaries.date(key, "text", "OnlinePost.told_on"),
        told_ref=garden.word(key, "text", "OnlinePost.told_ref"),
    )


def _account(garden: Garden, key: str, names: str) -> AccountData:
    """Who posted it: an alleged perpetrator's identity, kept or in the quarantine."""
    aside = names == "quarantine"
    kind, model = (
        ("quarantine", "SubjectReport.subject_as_reported") if aside else ("subject_identity", "OnlineAccount")
    )
    found = "subject_identity" if not aside else kind

    def word(name: str) -> str:
        return garden.word(key, found, f"{model}.{name}")

    return AccountData(
        handle=f"@{word('handle')}",
        display_name=word("display_name"),
        profile_url=f"https://x.example/{word('profile_url')}",
        post_id=word("post_id"),
        urls=(f"https://x.example/{word('urls')}",),
    )


def _victim(garden: Garden, key: str, organisation: bool, writer: str) -> VictimData:
    new, contact = garden.canaries, "victim_contact"
    called = ("organisation",) if organisation else ("given_name", "family_name")
    return VictimData(
        **{name: garden.word(key, "victim", f"Victim.{name}", *_of(name, writer)) for name in called},
        date_of_birth=new.date(key, "near", "Victim.date_of_birth"),
        phone=new.phone(key, contact, "Victim.phone"),
        email=new.email(key, contact, "Victim.email"),
        address=f"7 {garden.word(key, contact, 'Victim.address')} Row",
        postcode=new.postcode(key, contact, "Victim.postcode"),
        needs=f"A chair, {garden.word(key, 'near', 'Victim.needs')}",
        language="other",
        language_other=garden.word(key, "victim", "Victim.language_other"),
        interpreter_needed=True,
        interpreter_note=garden.word(key, "near", "Victim.interpreter_note"),
        code_word=garden.word(key, contact, "Victim.code_word"),
        unsafe_people=garden.word(key, "near", "Victim.unsafe_people"),
        alternative_contact=garden.word(key, contact, "Victim.alternative_contact"),
        wish_share_support="yes",
        wishes_how=garden.word(key, "victim_wishes", "Victim.wishes_how"),
    )


def agency_of(name: str) -> str:
    """The code of somebody's agency."""
    return str(cast_get()[name].memberships.get().agency.code)


def _of(name: str, writer: str) -> tuple[str, ...]:
    """The narrative names the victim by this, in its writer's own words."""
    return () if name == "given_name" else (writer,)


def _perpetrator(garden: Garden, key: str, names: str) -> PerpetratorData:
    kind = {"kept": "subject_identity", "spoken": "subject_spoken", "quarantine": "quarantine"}[names]
    # The parts of what was reported are looked for by their own names.
    model = "SubjectReport.subject_as_reported" if names == "quarantine" else "AllegedPerpetrator"
    return PerpetratorData(
        status="named",
        given_name=garden.word(key, kind if names != "spoken" else "subject_identity", f"{model}.given_name"),
        family_name=garden.word(key, kind, f"{model}.family_name"),
        date_of_birth=garden.canaries.date(
            key, "quarantine" if names == "quarantine" else "subject_identity", f"{model}.date_of_birth"
        ),
        description=garden.word(key, "subject", "AllegedPerpetrator.description"),
    )


def _remember(garden: Garden, key: str, incident: Incident, writer: str) -> None:
    """The references of what a report made, as records and as canaries of their own."""
    case = incident.case
    garden.canaries.reference(case.ref, key, "ref", "Case.ref")
    garden.add("case", key, ref=case.ref)
    garden.canaries.reference(incident.ref, key, "text_ref", "Incident.ref")
    garden.add("incident", key, ref=case.ref, incident=incident.ref)
    for victim in Victim.objects.unscoped(reason=WHY).filter(access__case_id=case.pk):
        garden.canaries.reference(victim.ref, key, "victim_ref", "Victim.ref", writer)
        garden.add("victim", key, ref=victim.ref)
    for person in AllegedPerpetrator.objects.unscoped(reason=WHY).filter(access__case_id=case.pk):
        garden.canaries.reference(person.ref, key, "subject_ref", "AllegedPerpetrator.ref", writer)
        garden.add("perpetrator", key, ref=person.ref)
    for account in OnlineAccount.objects.unscoped(reason=WHY).filter(incident=incident):
        garden.add("account", key, ref=case.ref, incident=incident.ref, uid=account.pk)
    for report in case.subject_reports.all():
        garden.add("report", key, ref=case.ref, report=report.pk)


def _sensitive(garden: Garden, key: str, by: str) -> None:
    with acting(by) as actor:
        victim = Victim.objects.visible_to(actor).get(access__case_id=garden.cases[key].pk)
        for group in SENSITIVE:
            # The health service changes this one later; what it said before is shown to nobody.
            past = (key, group) == ("health", "health")
            words = garden.word(key, "nobody" if past else group, f"VictimSensitive.{'earlier' if past else 'text'}")
            sensitive_add(actor=actor, victim=victim, group=group, text=f"{words} is recorded")


# --- What is done in it ---------------------------------------------------------------------------------


def share(
    garden: Garden, key: str, by: str, code: str, level: str, groups: tuple[str, ...] | None = None, **when: Any
):
    """Share a case, with canaries in the terms."""
    guardian = garden.word(key, "terms", "CaseGrant.caldicott_guardian", code) if code == "HLTH" else ""
    with acting(by) as actor:
        grant = share_give(
            actor=actor,
            case=garden.cases[key],
            agency=agency(code),
            level=level,
            purpose=garden.word(key, "terms", "CaseGrant.purpose", code),
            necessity=garden.word(key, "terms", "CaseGrant.necessity", code),
            gateway="cda_s115",
            field_groups=groups,
            caldicott_guardian=guardian,
            **when,
        )
    garden.add("grant", key, ref=garden.cases[key].ref, uid=grant.uid)
    return grant


def note(garden: Garden, key: str, by: str, code: str) -> None:
    """A note of somebody who works for an agency."""
    with acting(by) as actor:
        note_add(actor=actor, case=garden.cases[key], text=f"Rang, {garden.word(key, 'note', 'Note.text', code)}.")


def task(garden: Garden, key: str, by: str, asks: str, does: str, assignee: str = "") -> Any:
    """A task that one agency asks of another."""
    with acting(by) as actor:
        made = task_create(
            actor=actor,
            case=garden.cases[key],
            title=f"Visit {garden.word(key, 'task', 'Task.title', asks, does)}",
            detail=garden.word(key, "task", "Task.detail", asks, does),
            agency=agency(does),
            assignee=cast_get()[assignee] if assignee else None,
            due_at=clock.now() + dt.timedelta(days=3),
        )
    garden.canaries.reference(made.ref, key, "task", "Task.ref", asks, does)
    garden.add("task", key, ref=made.ref)
    return made


def decline(garden: Garden, key: str, by: str, code: str) -> None:
    """A task that an agency declined, with a reason that stays when it is offered to the council again."""
    with acting("alice") as alice:
        made = task_create(actor=alice, case=garden.cases[key], title="Visit twice", agency=agency(code))
    garden.add("task", key, ref=made.ref)
    with acting(by) as actor:
        task_decline(
            actor=actor, task=made, reason=f"Not ours, {garden.word(key, 'step', 'TaskStep.text', code, 'POL', 'NNC')}"
        )
    with acting("alice") as alice:
        task_offer(actor=alice, task=made, agency=agency("NNC"))


def comment(garden: Garden, key: str, task: Any, by: str, code: str, *parts: str) -> None:
    """What somebody of an agency says about a task between two others, or its own."""
    with acting(by) as actor:
        words = garden.word(key, "comment", "TaskComment.text", code, *parts)
        made = comment_add(actor=actor, task=task, text=f"Went there, {words}.")
    garden.add("strikable", key, ref=garden.cases[key].ref, sort="comment", uid=made.uid)


def handover(garden: Garden, key: str, by: str, to: str, code: str) -> None:
    """A case is given to a colleague, with a note."""
    case = garden.case(key)
    with acting(by) as actor:
        note = f"Knows of it, {garden.word(key, 'note', 'Handover.note', code)}."
        case_handover(actor=actor, case=case, version=case.version, to=cast_get()[to], note=note)
        made = case.handovers.get(by_id=actor.user_id)
    garden.add("strikable", key, ref=case.ref, sort="handover", uid=made.uid)


def contact(garden: Garden, key: str, by: str, *, reporter: bool = False) -> None:
    """A contact with the victim or the reporter, outside the safe ways in an emergency."""
    kind = "contact_reporter" if reporter else "contact"
    data = ContactData(
        at=clock.now() - dt.timedelta(minutes=20),
        method="phone",
        with_reporter=reporter,
        note=garden.word(key, kind, "Contact.note"),
        emergency_reason=garden.word(key, kind, "Contact.emergency_reason"),
    )
    with acting(by) as actor:
        contact_log(actor=actor, case=garden.cases[key], data=data)


def reveal(garden: Garden, key: str, by: str, code: str, *groups: str) -> None:
    """Open groups of fields to one person, with a reason that is a canary."""
    with acting(by) as actor:
        for group in groups:
            reason = garden.word(key, "audit", "Reveal.reason", code)
            group_reveal(actor=actor, case=garden.cases[key], group=FieldGroup(group), reason=f"To ring, {reason}")
