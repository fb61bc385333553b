"""Which record of a person an agency writes on: one that it knows already, or a new one under its own spelling.

With the record come needs, safe contact and wishes about sharing (docs/domain.md §6.7, §10.4).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hatecase.county.dice import Dice, References, Table
from hatecase.county.people import Person, Record, first_values, variant_values
from hatecase.county.words import listed, parts
from incidents.rules.sharing import Wishes
from victims.choices import ContactMethod, Wish, WorkerGender, YesNoUnknown

_SAME_RECORD = 0.86
_WISHES = {
    "wish_share_police": Table(((Wish.YES, 66), (Wish.NOT_ASKED, 26), (Wish.NO, 7), (Wish.WITHDRAWN, 1))),
    "wish_share_council": Table(((Wish.YES, 62), (Wish.NOT_ASKED, 32), (Wish.NO, 5), (Wish.WITHDRAWN, 1))),
    "wish_share_support": Table(((Wish.YES, 52), (Wish.NOT_ASKED, 36), (Wish.NO, 11), (Wish.WITHDRAWN, 1))),
}
_HOW = ("By telephone", "In person", "On the form", "Through an interpreter", "By email")
_WINDOWS: tuple[list[dict[str, Any]], ...] = (
    [{"days": ["0", "1", "2", "3", "4"], "from": "07:00", "to": "12:00"}],
    [{"days": [], "from": "20:00", "to": "08:00"}],
    [{"days": ["5", "6"], "from": "00:00", "to": "00:00"}],
    [{"days": ["4"], "from": "11:30", "to": "15:00"}],
)
_CHANNELS = (
    [ContactMethod.PHONE, ContactMethod.TEXT],
    [ContactMethod.TEXT, ContactMethod.EMAIL],
    [ContactMethod.PHONE, ContactMethod.IN_PERSON],
    [ContactMethod.PHONE, ContactMethod.TEXT, ContactMethod.EMAIL, ContactMethod.VIDEO],
)


def record_for(person: Person, agency: str, on: date, references: References, dice: Dice) -> tuple[Record, bool]:
    """The record that an agency writes on, and whether it is new.

    An agency that knows the person's last case mostly finds the record there; one that does not makes its own, with
    other spellings: two records of one person, for matching to find.
    """
    known = [record for record in person.records if record.agency == agency or agency in person.known_to]
    if known and dice.chance(_SAME_RECORD):
        return known[-1], False
    first = not person.records
    values, differences = (first_values(person, on, dice), ()) if first else variant_values(person, on, dice)
    values |= _safe_contact(dice) | _needs(person, dice)
    said = {name: dice.draw(table).value for name, table in _WISHES.items()}
    values |= said
    if any(value != Wish.NOT_ASKED for value in said.values()):
        values["wishes_how"] = dice.pick(_HOW)
    record = Record(references.next("HV", on.year), dice.uid(), agency, values, differences)
    person.records.append(record)
    return record, True


def wishes_of(record: Record) -> Wishes:
    """A record's wishes as the sharing rule takes them."""
    return Wishes(*(record.values[name] for name in _WISHES))


def _safe_contact(dice: Dice) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if dice.chance(0.55):
        values["safe_channels"] = [method.value for method in dice.pick(_CHANNELS)]
        values["safe_to_leave_message"] = dice.pick((YesNoUnknown.YES, YesNoUnknown.YES, YesNoUnknown.NO)).value
        values["safe_to_say_who"] = dice.pick((YesNoUnknown.YES, YesNoUnknown.NO, YesNoUnknown.NOT_ASKED)).value
        values["letters_safe"] = dice.pick((YesNoUnknown.YES, YesNoUnknown.NO, YesNoUnknown.NOT_ASKED)).value
    if dice.chance(0.13):
        values["do_not_contact"] = dice.pick(_WINDOWS)
    if dice.chance(0.05):
        values["code_word"] = dice.pick(listed("working", "code word"))
        values["unsafe_people"] = dice.pick(parts("working")["unsafe"])
        values["shared_device"] = dice.chance(0.5)
    if dice.chance(0.1):
        line = dice.pick(parts("working")["alternative"])
        values["alternative_contact"] = line.format(d3=f"{dice.whole(0, 999):03d}")
    if dice.chance(0.08):
        values["preferred_worker"] = dice.pick((WorkerGender.WOMAN, WorkerGender.WOMAN, WorkerGender.MAN)).value
    return values


def _needs(person: Person, dice: Dice) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if person.vulnerability and dice.chance(0.6):
        values["needs"] = dice.pick(parts("working")["needs"])
    if person.language != "en" and dice.chance(0.5):
        values["interpreter_note"] = dice.pick(parts("working")["interpreter"])
    return values
