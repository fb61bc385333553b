"""Letters and messages: which templates are offered to whom, what they say once merged, and what was written."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from agencies.models import User
from incidents.choices import ContactMethod, FieldGroup, LetterKind, ReporterKind
from incidents.models import Case, Incident, Letter, LetterTemplate, Party
from incidents.rules import letters as rules
from incidents.rules.safe_contact import contact_problems, safe_contact_of
from incidents.selectors.fields import field_access
from kernel import clock
from kernel.actors import Actor
from kernel.when import date_text
from kernel.working_days import local_date
from victims.choices import Language
from victims.models import Victim
from victims.selectors import language_text, victim_filtered

REPORTER = "reporter"
ENGLISH = Language.ENGLISH.value


@dataclass(frozen=True)
class Recipient:
    """Somebody to whom may be written: a victim, or whoever reported. What the reader is not shown is not in it."""

    key: str
    name: str
    language: str = ENGLISH
    language_label: str = "English"
    address: str = ""
    victim: Victim | None = None
    asks_for_none: bool = False


@dataclass(frozen=True)
class Offer:
    """A template as it is offered to one recipient, and what has to be said about its language."""

    template: LetterTemplate
    sentence: str
    machine: str


@dataclass(frozen=True)
class Preview:
    """A letter or message as it would be written now."""

    offer: Offer
    recipient: Recipient
    body: str
    address: str
    unmerged: list[str]
    problems: tuple[str, ...]

    @property
    def asks_message(self) -> bool:
        """Whether the writer has something to add."""
        return "message" in rules.fields_in(self.offer.template.body)

    @property
    def kind(self) -> LetterKind:
        """What it is."""
        return LetterKind(self.offer.template.kind)


def recipients(actor: Actor, case: Case) -> list[Recipient]:
    """To whom the actor may write in a case from `case_get`: its victims, and whoever reported where they are shown
    who that was. Two queries.
    """
    shown = field_access(actor, case).shown
    parties = Party.objects.visible_to(actor).filter(case_id=case.pk, victim__isnull=False).select_related("victim")
    people = {party.victim_id: party.victim for party in parties.order_by("created_at", "pk") if party.victim}
    found = [_victim(victim_filtered(victim, shown), victim) for victim in people.values()]
    reporter = _reporter(actor, case) if FieldGroup.REPORTER_IDENTITY in shown else None
    return [*found, reporter] if reporter else found


def _victim(told: Victim, victim: Victim) -> Recipient:
    lines = [told.address, told.postcode]
    address = "\n".join(part.strip() for line in lines if line for part in line.split(","))
    return Recipient(
        key=victim.ref,
        name=victim.display_name,
        language=victim.language,
        language_label=language_text(victim),
        address=address,
        victim=told,
    )


def _reporter(actor: Actor, case: Case) -> Recipient | None:
    rows = Incident.objects.visible_to(actor).filter(case_id=case.pk).exclude(reporter_name="")
    latest = rows.exclude(reporter_kind=ReporterKind.VICTIM).order_by("-received_at").first()
    if latest is None:
        return None
    return Recipient(key=REPORTER, name=latest.reporter_name, asks_for_none=latest.reporter_no_contact)


def recipient_get(actor: Actor, case: Case, key: str) -> Recipient | None:
    """One of the recipients of a case; None where there is no such for the actor. Two queries."""
    return next((one for one in recipients(actor, case) if one.key == key), None)


def offers(actor: Actor, recipient: Recipient) -> list[Offer]:
    """The templates for somebody, by name: in their language where somebody has checked the translation, else in
    English. One query.
    """
    rows = LetterTemplate.objects.visible_to(actor).filter(
        Q(language=ENGLISH) | Q(language=recipient.language, checked=True), active=True
    )
    best: dict[uuid.UUID, LetterTemplate] = {}
    for row in rows:
        if row.topic not in best or row.language != ENGLISH:
            best[row.topic] = row
    return sorted((_offer(row, recipient) for row in best.values()), key=lambda o: (o.template.kind, o.template.name))


def _offer(row: LetterTemplate, recipient: Recipient) -> Offer:
    sentence = rules.language_sentence(recipient.language, row.language, recipient.language_label)
    return Offer(row, sentence, machine_sentence(row))


def machine_sentence(row: LetterTemplate) -> str:
    """The label of a machine's translation; "" for what a person wrote. No query."""
    if not row.machine_made:
        return ""
    return f"A machine translated this. {row.checked_by} checked it." if row.checked else "A machine translated this."


def preview(
    *, actor: Actor, case: Case, recipient: Recipient, template_uid: uuid.UUID, message: str = ""
) -> Preview | None:
    """What a template says to somebody, with what is known and shown; None where it is not offered. Three queries."""
    offer = next((one for one in offers(actor, recipient) if one.template.uid == template_uid), None)
    if offer is None:
        return None
    values = _values(actor, case, recipient, offer.template, message)
    body = rules.merge(offer.template.body, {name: values[name] or rules.gap(name) for name in rules.MERGE_FIELDS})
    kind = LetterKind(offer.template.kind)
    unmerged = rules.missing(offer.template.body, values)
    if kind == LetterKind.LETTER and not recipient.address:
        unmerged = list(dict.fromkeys([*unmerged, "address"]))
    return Preview(offer, recipient, body, recipient.address, unmerged, safety_problems(recipient, kind.method))


def _values(actor: Actor, case: Case, recipient: Recipient, template: LetterTemplate, message: str) -> dict[str, str]:
    worker = User.objects.filter(pk=actor.user_id or 0).first()
    english = template.language == ENGLISH
    today, received = clock.today(), local_date(case.received_at)
    return {
        "recipient_name": recipient.name,
        "address": recipient.address,
        "case_ref": case.ref,
        "agency_name": actor.agency_names[0] if actor.agency_names else "",
        "lead_agency": case.lead_agency.name,
        "worker_name": actor.name,
        "worker_phone": worker.phone if worker else "",
        "worker_email": actor.email,
        # Words of dates are English; in another language they stand in figures.
        "today": date_text(today) if english else f"{today:%d.%m.%Y}",
        "received_on": date_text(received) if english else f"{received:%d.%m.%Y}",
        "message": message.strip(),
    }


def safety_problems(recipient: Recipient, method: str, at: Any = None) -> tuple[str, ...]:
    """Why writing to somebody in this way, at this moment, is not safe (docs/domain.md §10.4). No query."""
    if recipient.victim is None:
        return ("Whoever reported asked not to be contacted.",) if recipient.asks_for_none else ()
    victim = recipient.victim
    shared = rules.shared_problem(
        method, shared=victim.shared_device, reaching=(ContactMethod.EMAIL, ContactMethod.TEXT)
    )
    return (*contact_problems(safe_contact_of(victim), at or clock.now(), method), *shared)


# --- What was written ------------------------------------------------------------------------------


@dataclass(frozen=True)
class LetterView:
    """A letter for one reader: its words only for who is shown how to reach whom it went to."""

    row: Letter
    readable: bool


def letters_of(actor: Actor, case: Case) -> list[Letter]:
    """What the actor's agency wrote in a case, latest first, without its words. One query."""
    rows = Letter.objects.visible_to(actor).filter(case_id=case.pk).select_related("template", "created_by", "contact")
    return list(rows.defer("pdf", "body", "address", "recipient")[:100])


def letter_view(*, actor: Actor, case: Case, uid: uuid.UUID) -> LetterView:
    """One letter in a case from `case_get`. Raises Letter.DoesNotExist. One query."""
    rows = Letter.objects.visible_to(actor).filter(case_id=case.pk)
    row = rows.select_related("template", "agency", "victim", "created_by", "contact", "case").get(uid=uid)
    shown = field_access(actor, case).shown
    group = FieldGroup.VICTIM_CONTACT if row.victim_id else FieldGroup.REPORTER_IDENTITY
    hidden = (bool(row.address) or not row.victim_id) and group not in shown
    return LetterView(row, not hidden)


# --- Templates -------------------------------------------------------------------------------------


def templates(actor: Actor) -> list[LetterTemplate]:
    """The templates in use: the county's, and those of the actor's agencies, by name. One query."""
    rows = LetterTemplate.objects.visible_to(actor).filter(active=True).select_related("agency")
    return list(rows.order_by("name", "kind", "language")[:300])


def template_get(*, actor: Actor, uid: uuid.UUID) -> LetterTemplate:
    """One version of a template. Raises LetterTemplate.DoesNotExist. One query."""
    found: LetterTemplate = (
        LetterTemplate.objects.visible_to(actor).select_related("agency", "created_by").get(uid=uid)
    )
    return found


def template_versions(*, actor: Actor, template: LetterTemplate) -> list[LetterTemplate]:
    """Every version of a wording in its language, latest first. One query."""
    rows = LetterTemplate.objects.visible_to(actor).filter(topic=template.topic, language=template.language)
    return list(rows.select_related("created_by").order_by("-version"))
