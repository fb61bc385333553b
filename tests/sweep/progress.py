"""The planted county, further: what moves a case on, its closing, and the people beside victims and alleged perpetrators."""

from __future__ import annotations

import datetime as dt

from incidents.services.case import case_triage
from incidents.services.closing import ClosingData, case_close, case_reopen
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.pause import clock_pause
from incidents.services.progress import (
    ReferralData,
    action_plan_record,
    key_event_record,
    support_referral_record,
    update_agreement_record,
)
from incidents.services.ties import tie_add
from kernel import clock
from tests.cast import acting, cast_get
from tests.sweep.further import assess
from tests.sweep.plant import Garden


def progress_plant(garden: Garden) -> None:
    """A referral, a plan, updates, events of both sides and a pause; people of each side; a case closed and reopened."""
    key = "team"
    case, now = garden.case(key), clock.now()
    with acting("alice") as alice:
        service = garden.word(key, "contact", "SupportReferral.service")
        sent = ReferralData(wished=True, service=f"{service} Counselling", sent_at=now)
        referral = support_referral_record(actor=alice, case=case, data=sent)
        words = f"A camera, {garden.word(key, 'contact', 'ActionPlan.text')}, by Friday."
        plan = action_plan_record(actor=alice, case=case, text=words, agreed_at=now)
        update_agreement_record(actor=alice, case=case, every_days=5, agreed_at=now)
        row = case.clocks.get(kind="K7", outcome="")
        clock_pause(
            actor=alice,
            case=case,
            clock_id=row.pk,
            reason="victim_request",
            until=clock.today() + dt.timedelta(days=4),
        )
    garden.add("clock", key, ref=case.ref, pk=row.pk)
    for sort, made in (("referral", referral), ("plan", plan)):
        garden.add("added", key, ref=case.ref, sort=sort, mark=str(made.uid))
        garden.add("dated", key, ref=case.ref, sort=sort, uid=made.uid)
    garden.add("strikable", key, ref=case.ref, sort="plan", uid=plan.uid)
    for by, code in (("bob", "NNC"), ("viola", "VSS"), ("petra", "PROB")):
        with acting(by) as actor:
            note = f"At noon, {garden.word(key, 'note', 'KeyEvent.note', code)}."
            event = key_event_record(actor=actor, case=case, kind="hearing", happened_at=now, note=note)
        garden.add("added", key, ref=case.ref, sort="event", mark=str(event.uid))
        garden.add("dated", key, ref=case.ref, sort="event", uid=event.uid)
        garden.add("strikable", key, ref=case.ref, sort="event", uid=event.uid)
    _people(garden, key)
    _closing(garden, "plain")


def _people(garden: Garden, key: str) -> None:
    case, new = garden.case(key), garden.canaries
    witness = InvolvedData(
        role="witness",
        given_name=garden.word(key, "contact", "InvolvedPerson.given_name"),
        family_name=garden.word(key, "contact", "InvolvedPerson.family_name"),
        date_of_birth=new.date(key, "near", "InvolvedPerson.date_of_birth"),
        contact=new.phone(key, "victim_contact", "InvolvedPerson.contact"),
        address=f"7 {garden.word(key, 'victim_contact', 'InvolvedPerson.address')} Row",
        notes=f"On the bus, {garden.word(key, 'contact', 'InvolvedPerson.notes')}",
    )
    reporter = InvolvedData(
        role="reporter",
        family_name=garden.word(key, "reporter_identity", "InvolvedPerson.family_name"),
        contact=new.phone(key, "reporter_identity", "InvolvedPerson.contact"),
        notes=garden.word(key, "reporter_identity", "InvolvedPerson.notes"),
    )
    professional = InvolvedData(
        role="professional", organisation=f"{garden.word(key, 'text', 'InvolvedPerson.organisation')} School"
    )
    household = InvolvedData(
        role="subject_household", family_name=garden.word(key, "subject_identity", "InvolvedPerson.family_name")
    )
    for by, data in (("alice", witness), ("alice", reporter), ("hana", professional), ("petra", household)):
        with acting(by) as actor:
            made = involved_add(actor=actor, case=case, data=data)
        garden.add("involved", key, ref=case.ref, uid=made.pk)
    victim = case.parties.filter(victim__isnull=False).first().victim.ref
    subject = case.parties.filter(perpetrator__isnull=False).first().perpetrator.ref
    with acting("alice") as alice:
        tie = tie_add(actor=alice, case=case, kind="lives_with", first=victim, second=subject)
    garden.add("tie", key, ref=case.ref, uid=tie.pk)
    garden.add("home", key, ref=case.ref, who=victim)


def _closing(garden: Garden, key: str) -> None:
    case = garden.case(key)
    with acting("amir") as amir:
        case_triage(
            actor=amir,
            case=case,
            version=case.version,
            priority=case.priority,
            classification=case.classification,
            lead_worker=cast_get()["amir"],
        )
    assess(garden, key, "amir")
    with acting("amir") as amir:
        data = ClosingData(reason="R1", note=f"She feels safe, {garden.word(key, 'contact', 'CaseClosure.note')}")
        case_close(actor=amir, case=case, version=garden.case(key).version, data=data)
        why = f"It began again, {garden.word(key, 'decision', 'CaseClosure.reopened_reason', 'POL')}"
        case_reopen(actor=amir, case=case, version=garden.case(key).version, reason=why)
