"""What the tests of repairs do: write a note or a contact, find the way to its repair, and read the case."""

from __future__ import annotations

import datetime as dt

from incidents.choices import Level
from incidents.models import Case, Contact, Note
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from kernel import clock
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, give, text, victim_of

WORDS = "Zebedee rang about the other family."
WHY = "the test looks at all rows"


def old_case() -> Case:
    """A case of the police about what happened sixty days ago; the council and one agency of each side add to it."""
    case = case_of("alice", occurred_from=clock.now() - dt.timedelta(days=60))
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    return case


def note(case, name="alice", words=WORDS) -> Note:
    with acting(name) as actor:
        return note_add(actor=actor, case=case, text=words)


def contact(case, name="alice", **more) -> Contact:
    values = {"at": clock.now(), "method": "phone", "victim": victim_of(case).ref, "note": WORDS} | more
    with acting(name) as actor:
        return contact_log(actor=actor, case=case, data=ContactData(**values))


def path(case, row, verb) -> str:
    return f"/cases/{case.ref}/{'notes' if isinstance(row, Note) else 'contacts'}/{row.uid}/{verb}/"


def pages(name, case) -> str:
    client = client_of(name)
    return text(client.get(f"/cases/{case.ref}/")) + text(client.get(f"/cases/{case.ref}/?show=note"))
