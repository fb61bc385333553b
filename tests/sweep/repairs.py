"""The planted county, further: what was struck and corrected, and letters with their templates."""

from __future__ import annotations

import datetime as dt

from incidents.services.contact import ContactData, contact_log
from incidents.services.incident_correct import FactsData, incident_set_right
from incidents.services.letter_templates import TemplateData, template_add
from incidents.services.letters import LetterData, letter_print, letter_write
from incidents.services.note import note_add
from incidents.services.progress import key_event_record
from incidents.services.repair import Corrected, incident_date_correct, note_strike
from incidents.services.strike_later import record_strike
from kernel import clock
from tests.cast import acting
from tests.sweep.plant import Garden
from victims.models import Victim


def repairs_plant(garden: Garden, key: str, by: str, code: str) -> None:
    """A note that stands, one that was struck, a contact, and a date that was corrected."""
    case, word = garden.cases[key], garden.word
    with acting(by) as actor:
        kept = note_add(actor=actor, case=case, text=f"Rang again, {word(key, 'note', 'Note.text', code)}.")
        wrong = note_add(actor=actor, case=case, text=f"Of others, {word(key, 'nobody', 'StruckText.words')}.")
        why = f"The wrong case, {word(key, 'audit', 'StruckText.reason', code)}"
        note_strike(actor=actor, note=wrong, reason=why)
        said = f"Came in, {word(key, 'contact', 'Contact.note')}"
        data = ContactData(at=clock.now(), method="in_person", direction="inbound", note=said)
        contact = contact_log(actor=actor, case=case, data=data)
        incident = case.incidents.order_by("pk").first()
        assert incident is not None
        moment = incident.occurred_from
        reason = f"A slip, {word(key, 'decision', 'FieldCorrection.reason', code)}"
        data_of = Corrected("occurred_from", moment, moment - dt.timedelta(hours=3), reason)
        incident_date_correct(actor=actor, case=case, incident=incident, data=data_of)
        said = f"Of others too, {word(key, 'nobody', 'StruckText.words')}"
        event = key_event_record(actor=actor, case=case, kind="hearing", happened_at=clock.now(), note=said)
        record_strike(actor=actor, case=case, row=event, reason=why)
        # Where it was is said anew and holds the same word: the old and the new place stand in the history.
        facts = FactsData(
            location=f"{incident.location}, at the back",
            addition=f"He came back later, {word(key, 'text', 'FieldCorrection.words_after')}.",
        )
        version = garden.case(key).version
        incident_set_right(
            actor=actor, case=case, incident=incident, version=version, data=facts, cause="told", reason="She rang"
        )
    for row in (kept, wrong):
        garden.add("note", key, ref=case.ref, uid=row.uid)
    garden.add("contact", key, ref=case.ref, uid=contact.uid)


def letters_plant(garden: Garden, key: str, by: str, code: str, keeper: str) -> None:
    """An agency's own template, a letter to the victim that was printed from it, and one that was struck."""
    case, word = garden.cases[key], garden.word
    with acting(keeper) as actor:
        name = f"Ours, {word(key, 'wording', 'LetterTemplate.name', code)}"
        body = f"Dear {{{{recipient_name}}}}, {word(key, 'wording', 'LetterTemplate.body', code)} {{{{message}}}}"
        checker = f"Ewa {word(key, 'wording', 'LetterTemplate.checked_by', code)}"
        data = TemplateData("letter", name, "en", body, checked=True, checked_by=checker, checked_on=clock.today())
        template = template_add(actor=actor, agency_id=actor.agency_ids[0], data=data)
    with acting(by) as actor:
        victim = Victim.objects.visible_to(actor).get(access__case_id=case.pk)
        message = f"We have rung them, {word(key, 'letter', 'Letter.body', code)}"
        # The victim of some of these cases lives with the alleged perpetrator.
        told = LetterData(victim.ref, template.uid, message, "He is away until Monday")
        letter = letter_write(actor=actor, case=case, data=told)
        letter_print(actor=actor, letter=letter)
        of_others = f"Of others, {word(key, 'nobody', 'StruckText.words')}"
        told = LetterData(victim.ref, template.uid, of_others, "He is away until Monday")
        wrong = letter_print(actor=actor, letter=letter_write(actor=actor, case=case, data=told))
        record_strike(actor=actor, case=case, row=wrong, reason="It is about somebody else")
    garden.add("letter", key, ref=case.ref, uid=letter.uid)
    garden.add("template", "", uid=template.uid)
    garden.add("writing", key, ref=case.ref, template=template.uid)
