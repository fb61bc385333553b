"""An agency's own templates of letters and messages: a change is a new version, what was written keeps its own.

The county's are nobody's to change; information governance confirms that a translation of theirs was checked
(docs/decisions/0028-checked-translations.md).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from incidents.choices import LetterKind
from incidents.models import LetterTemplate
from incidents.rules.letters import BODY_LIMIT, template_error
from incidents.scoping.letters import checks_county_templates, template_agencies
from incidents.selectors.recipients import ENGLISH
from incidents.services.common import text_check
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_wait
from kernel.errors import ForbiddenError, RuleError
from victims.choices import Language

_CHANGED = "Somebody else changed this template meanwhile. Open it again and check what it says now."


@dataclass(frozen=True)
class TemplateData:
    """A wording in one language. `checked_by` is who speaks the language and read it, after `translated_by`."""

    kind: str
    name: str
    language: str
    body: str
    safety: bool = False
    machine_made: bool = False
    translated_by: str = ""
    checked: bool = False
    checked_by: str = ""
    checked_on: dt.date | None = None


def template_add(
    *, actor: Actor, agency_id: int, data: TemplateData, translation_of: LetterTemplate | None = None
) -> LetterTemplate:
    """A new template of an agency, or a translation of one of its own or of the county's, which then is the same wording
    in another language. Raises ForbiddenError for whoever is not its point of contact, deputy or manager; RuleError
    beside what is wrong.
    """
    _may(actor, agency_id)
    if translation_of is not None:
        _check_translation(translation_of, agency_id, data)
    with transaction.atomic():
        # Two who add one at one agency, or one who clicks twice, do so in turn.
        advisory_wait(f"letter-templates:{agency_id}")
        if translation_of is None:
            _check_new(actor, agency_id, data)
        topic = translation_of.topic if translation_of else uuid.uuid4()
        made = _insert(topic, 1, agency_id, actor, _checked(data))
        audit.record(actor, "template.add", made, detail=_detail(made))
        return made


def template_change(*, actor: Actor, template: LetterTemplate, data: TemplateData) -> LetterTemplate:
    """The next version of a template, which takes the place of this one; letters keep the version that they were written
    from. Raises as `template_add`, and RuleError where it is no longer the version in use.
    """
    _may(actor, template.agency_id)
    if (data.kind, data.language) != (template.kind, template.language):
        raise RuleError("A new version keeps its kind and its language.", "language")
    with transaction.atomic():
        clean = _checked(data)
        _retire(actor, template)
        made = _insert(template.topic, template.version + 1, template.agency_id, actor, clean)
        audit.record(actor, "template.change", made, detail=_detail(made))
        return made


def template_retire(*, actor: Actor, template: LetterTemplate) -> None:
    """Offer a template no more. What was written from it stays. Raises as `template_change`."""
    _may(actor, template.agency_id)
    with transaction.atomic():
        _retire(actor, template)
        audit.record(actor, "template.retire", template, detail=_detail(template))


def template_check(
    *, actor: Actor, template: LetterTemplate, translated_by: str, checked_by: str, checked_on: dt.date
) -> LetterTemplate:
    """Confirm that somebody who speaks the language checked a translation of the county's: from then on it is offered.

    Raises ForbiddenError for whoever is not of information governance and for what is no translation of the county's;
    RuleError beside what is wrong, for one that is no longer in use, and where it was confirmed meanwhile.
    """
    if not checks_county_templates(actor) or template.agency_id is not None or template.language == ENGLISH:
        raise ForbiddenError("Information governance confirms the county’s translations.")
    names = {"translated_by": (translated_by, "Who translated it"), "checked_by": (checked_by, "Who checked it")}
    said = {field: text_check(text, name=name, field=field, limit=120) for field, (text, name) in names.items()}
    if said["checked_by"].casefold() == said["translated_by"].casefold():
        raise RuleError("Somebody else than who translated it has to check it.", "checked_by")
    if checked_on > clock.today():
        raise RuleError("The day on which it was checked must be in the past.", "checked_on")
    with transaction.atomic():
        rows = LetterTemplate.objects.visible_to(actor).filter(pk=template.pk, active=True, checked=False)
        if not rows.update(checked=True, checked_on=checked_on, **said):
            raise RuleError(_CHANGED)
        template.refresh_from_db()
        audit.record(actor, "template.check", template, detail=_detail(template))
        return template


def _check_translation(source: LetterTemplate, agency_id: int, data: TemplateData) -> None:
    if source.agency_id not in (None, agency_id):
        raise RuleError("Translate a template of your own agency, or one of the county’s.", "language")
    if data.language == source.language:
        raise RuleError("Select the language into which you translated it.", "language")
    if data.kind != source.kind:
        raise RuleError("A translation is for the same kind of message.", "kind")


def _check_new(actor: Actor, agency_id: int, data: TemplateData) -> None:
    own = LetterTemplate.objects.visible_to(actor).filter(agency_id=agency_id, active=True)
    if own.filter(name__iexact=data.name.strip(), kind=data.kind, language=data.language).exists():
        raise RuleError("Your agency has a template with this name already. Choose another name.", "name")


def _may(actor: Actor, agency_id: int | None) -> None:
    if agency_id is None or agency_id not in template_agencies(actor):
        raise ForbiddenError("An agency’s points of contact and managers keep its templates.")


def _retire(actor: Actor, template: LetterTemplate) -> None:
    if not LetterTemplate.objects.visible_to(actor).filter(pk=template.pk, active=True).update(active=False):
        raise RuleError(_CHANGED)


def _checked(data: TemplateData) -> TemplateData:
    """What may be kept. Raises RuleError beside its field."""
    if data.kind not in LetterKind.values:
        raise RuleError("Choose from the list what it is.", "kind")
    if data.language not in Language.values:
        raise RuleError("Choose a language from the list.", "language")
    name = text_check(data.name, name="Name", field="name", limit=80)
    body = text_check(data.body, name="Text", field="body", limit=BODY_LIMIT).replace("\r\n", "\n")
    if error := template_error(body, data.kind):
        raise RuleError(error, "body")
    if data.safety and data.machine_made:
        raise RuleError("Text that says how to stay safe is never a machine’s translation.", "machine_made")
    translated = data.language != ENGLISH
    translator = text_check(
        data.translated_by,
        name="Who translated it",
        field="translated_by",
        limit=120,
        required=translated and data.checked and not data.machine_made,
    )
    by = text_check(data.checked_by, name="Who checked it", field="checked_by", limit=120, required=data.checked)
    if data.checked and (data.checked_on is None or data.checked_on > clock.today()):
        raise RuleError("Enter the day on which it was checked.", "checked_on")
    on = data.checked_on if data.checked else None
    facts = asdict(data) | {
        "name": name,
        "body": body,
        "translated_by": translator if translated else "",
        "checked_by": by if data.checked else "",
        "checked_on": on,
    }
    return TemplateData(**facts)


def _insert(topic: uuid.UUID, version: int, agency_id: int | None, actor: Actor, data: TemplateData) -> LetterTemplate:
    made = LetterTemplate(
        topic=topic,
        version=version,
        agency_id=agency_id,
        created_by_id=actor.user_id,
        created_at=clock.now(),
        **asdict(data),
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if version > 1:
            raise RuleError(_CHANGED) from error
        raise RuleError("There is a template in this language already. Change that one.", "language") from error
    return made


def _detail(template: LetterTemplate) -> dict[str, object]:
    return {"template": str(template.uid), "version": template.version, "language": template.language}


def needs_check(template: LetterTemplate) -> bool:
    """Whether a translation waits to be checked before it is offered. No query."""
    return template.language != ENGLISH and not template.checked
