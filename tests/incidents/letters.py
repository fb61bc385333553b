"""What the tests of letters and messages do: find a template, write, print, and see what is offered."""

from __future__ import annotations

from agencies.models import User
from incidents.models import Case, Letter, LetterTemplate
from incidents.selectors.letters import offers
from incidents.selectors.recipients import recipient_get
from incidents.services.letter_templates import TemplateData, template_add
from incidents.services.letters import LetterData, letter_print, letter_write
from tests.cast import acting
from tests.incidents.casework import (
    case_of,
    fresh,
    victim_of,
)

WHY = "the test looks at all rows"


def case_to_write_in() -> Case:
    """A case that a witness reported to Alice; she, Bob and Vera have a phone at work, which letters name."""
    case = case_of("alice", reporter_kind="witness", reporter_name="Quentin Hale", reporter_contact="01632 960123")
    for name in ("alice", "bob", "vera"):
        User.objects.filter(email__startswith=f"{name}@").update(phone="01632 960555")
    return case


def template(name, language="en", kind="letter") -> LetterTemplate:
    rows = LetterTemplate.objects.unscoped(reason=WHY).filter(language=language, kind=kind, active=True)
    return rows.get(name=name) if name else rows.get()


ACK, UPDATE = "Acknowledgement of a report", "How things stand"


def write(case, name="alice", *, what=ACK, kind="letter", to=None, **more) -> Letter:
    data = LetterData(to or victim_of(case).ref, template(what, kind=kind).uid, **more)
    with acting(name) as actor:
        return letter_write(actor=actor, case=case, data=data)


def printed(case, letter, name="alice") -> Letter:
    with acting(name) as actor:
        return letter_print(actor=actor, letter=letter)


def own(keeper="asha", **more) -> LetterTemplate:
    values = {"kind": "letter", "name": "Our own", "language": "en", "body": "Dear {{recipient_name}}"} | more
    with acting(keeper) as actor:
        return template_add(actor=actor, agency_id=actor.agency_ids[0], data=TemplateData(**values))


def offered(case, name="alice") -> dict[str, str]:
    with acting(name) as actor:
        one = recipient_get(actor, case, victim_of(case).ref)
        assert one is not None
        return {o.template.name: o.sentence for o in offers(actor, fresh(case), one)}
