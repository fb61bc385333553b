"""Letters and messages: which templates are offered to whom, what they say once merged, and what was written."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q

from agencies.choices import Side
from agencies.models import User
from incidents.choices import CaseStatus, FieldGroup, LetterKind
from incidents.models import Case, Letter, LetterTemplate
from incidents.rules import letters as rules
from incidents.selectors.fields import field_access
from incidents.selectors.recipients import ENGLISH, Recipient, address_lines, posted_to, safety_problems
from kernel import clock
from kernel.actors import Actor
from kernel.when import date_text
from kernel.working_days import local_date


@dataclass(frozen=True)
class Offer:
    """A template as it is offered to one recipient, what has to be said about its language, and why it does not fit."""

    template: LetterTemplate
    sentence: str
    machine: str
    unfit: str = ""


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
    def asks_address(self) -> bool:
        """Whether the writer has to say where it goes."""
        return self.recipient.asks_address and self.says_address

    @property
    def says_address(self) -> bool:
        """Whether an address stands in it."""
        return self.kind == LetterKind.LETTER or "address" in rules.fields_in(self.offer.template.body)

    @property
    def kind(self) -> LetterKind:
        """What it is."""
        return LetterKind(self.offer.template.kind)


def offers(actor: Actor, case: Case, recipient: Recipient) -> list[Offer]:
    """The templates for somebody, by name: in their language where somebody has checked the translation, else in
    English; an agency's own wording before the county's of the same topic; what does not fit the case last. One query.
    """
    rows = LetterTemplate.objects.visible_to(actor).filter(
        Q(language=ENGLISH) | Q(language=recipient.language, checked=True), active=True
    )
    best: dict[uuid.UUID, LetterTemplate] = {}
    for row in sorted(rows, key=lambda row: (row.language != ENGLISH, row.agency_id is not None)):
        best[row.topic] = row
    closed = not CaseStatus(case.status).is_open
    found = (_offer(row, recipient, closed=closed) for row in best.values())
    return sorted(found, key=lambda o: (bool(o.unfit), o.template.kind, o.template.name))


def _offer(row: LetterTemplate, recipient: Recipient, *, closed: bool) -> Offer:
    sentence = rules.language_sentence(recipient.language, row.language, recipient.language_label)
    reached = bool(recipient.address) or recipient.asks_address
    unfit = rules.fit_problem(row.topic, row.kind, closed=closed, address=reached)
    return Offer(row, sentence, machine_sentence(row), unfit)


def machine_sentence(row: LetterTemplate) -> str:
    """The label of a machine's translation; "" for what a person wrote. No query."""
    if not row.machine_made:
        return ""
    return f"A machine translated this. {row.checked_by} checked it." if row.checked else "A machine translated this."


def preview(
    *, actor: Actor, case: Case, recipient: Recipient, template_uid: uuid.UUID, message: str = "", address: str = ""
) -> Preview | None:
    """What a template says to somebody, with what is known and shown, at the `address` that the writer gives where none is
    kept; None where it is not offered. Three queries.
    """
    offer = next((one for one in offers(actor, case, recipient) if one.template.uid == template_uid), None)
    if offer is None:
        return None
    recipient = posted_to(recipient, address_lines(*address.splitlines()))
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
    row = rows.select_related("template", "agency", "victim", "involved", "created_by", "contact", "case").get(uid=uid)
    needed = _needed(row)
    return LetterView(row, not needed - field_access(actor, case).shown)


def _needed(row: Letter) -> set[FieldGroup]:
    """The groups of fields with which the words of a letter are shown: who reported is a source, an address is the
    victim's or of their side, unless it is a professional's own.
    """
    if row.to_reporter:
        return {FieldGroup.REPORTER_IDENTITY}
    person = row.involved
    own = person is not None and person.side != Side.VICTIM and row.address == address_lines(person.address)
    return {FieldGroup.VICTIM_CONTACT} if row.address and not own else set()


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


def template_languages(*, actor: Actor, template: LetterTemplate) -> list[LetterTemplate]:
    """The same wording in other languages, as it is in use: the county's, and of one's own agencies. One query."""
    rows = LetterTemplate.objects.visible_to(actor).filter(topic=template.topic, active=True).exclude(pk=template.pk)
    return list(rows.exclude(language=template.language).select_related("agency").order_by("language", "agency_id"))


def template_versions(*, actor: Actor, template: LetterTemplate) -> list[LetterTemplate]:
    """Every version of a wording in its language, latest first. One query."""
    rows = LetterTemplate.objects.visible_to(actor).filter(
        topic=template.topic, language=template.language, agency_id=template.agency_id
    )
    return list(rows.select_related("created_by").order_by("-version"))
