"""Writes to victims. A victim is only ever made or changed on behalf of a case, by the incidents' services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import IntegrityError, connection, transaction

from agencies.models import Agency
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation
from kernel.plausible import birth_problem
from kernel.references import reference_make
from kernel.words import has_hidden_characters
from victims.choices import Language, Wish, WorkerGender, YesNoUnknown
from victims.models import Victim, VictimSensitive
from victims.registries import VictimChange, VictimChanged, victim_changed
from victims.rules import windows_parse
from victims.selectors import may_contact, victim_get

_TRIES = 5
SENSITIVE_LIMIT = 2000


@dataclass(frozen=True)
class VictimData:
    """What is recorded of a victim; with `ref` an existing record that the actor may see, and nothing else."""

    ref: str = ""
    organisation: str = ""
    given_name: str = ""
    family_name: str = ""
    date_of_birth: dt.date | None = None
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    district: str = ""
    needs: str = ""
    language: str = Language.ENGLISH
    language_other: str = ""
    interpreter_needed: bool = False
    interpreter_note: str = ""
    safe_channels: list[str] = field(default_factory=list)
    safe_to_leave_message: str = YesNoUnknown.NOT_ASKED
    safe_to_say_who: str = YesNoUnknown.NOT_ASKED
    letters_safe: str = YesNoUnknown.NOT_ASKED
    code_word: str = ""
    do_not_contact: list[dict[str, Any]] = field(default_factory=list)
    unsafe_people: str = ""
    shared_device: bool = False
    alternative_contact: str = ""
    preferred_worker: str = WorkerGender.NO_PREFERENCE
    wish_share_police: str = Wish.NOT_ASKED
    wish_share_council: str = Wish.NOT_ASKED
    wish_share_support: str = Wish.NOT_ASKED
    wishes_how: str = ""

    @property
    def reachable(self) -> bool:
        """Whether there is anybody to reach at all: an existing record, a name, or a way to make contact."""
        return bool(
            self.ref
            or self.organisation
            or self.given_name
            or self.family_name
            or self.phone
            or self.email
            or self.address
        )


FIELDS = tuple(f.name for f in fields(VictimData) if f.name != "ref")
WISHES = ("wish_share_police", "wish_share_council", "wish_share_support")


def victim_find(*, actor: Actor, ref: str) -> Victim:
    """The existing victim that the actor named and may see. Raises RuleError otherwise, the same for absent ones."""
    victim = Victim.objects.visible_to(actor).filter(ref=ref).first()
    if victim is None:
        raise RuleError(f"There is no victim {ref} that you may use. Check the reference.", "victims")
    return victim


def victim_add(*, actor: Actor, agency: Agency, data: VictimData, case_id: int) -> Victim:
    """Record a new victim for a case. Its access rows follow when the case's access is rebuilt."""
    _check_born(data.date_of_birth)
    values = {name: getattr(data, name) for name in FIELDS}
    if any(values[name] != Wish.NOT_ASKED for name in WISHES):
        values |= {"wishes_at": clock.now(), "wishes_by_id": actor.user_id}
    victim = _insert(agency, values)
    audit.record(
        actor,
        "victim.add",
        victim,
        operation=AuditOperation.COLLECTION,
        after={name: value for name, value in values.items() if value and name in FIELDS},
        case_id=case_id,
    )
    return victim


def _insert(agency: Agency, values: dict[str, Any]) -> Victim:
    for _ in range(_TRIES):
        victim = Victim(ref=reference_make("HV", clock.now().year), recorded_by_agency=agency, **values)
        try:
            with transaction.atomic():
                victim.save(force_insert=True)
        except IntegrityError:
            continue
        return victim
    raise RuntimeError("No free reference for a victim was found.")


# --- Changing a record ---------------------------------------------------------------------------

SAFE_CONTACT = (
    "language language_other interpreter_needed interpreter_note safe_channels safe_to_leave_message safe_to_say_who"
    " letters_safe code_word do_not_contact unsafe_people shared_device alternative_contact preferred_worker".split()
)
_REACHING = frozenset({*SAFE_CONTACT, "phone", "email", "address", "postcode"})
_NAMES = frozenset({"organisation", "given_name", "family_name"})


def victim_change(*, actor: Actor, victim: Victim, version: int, changes: Mapping[str, Any]) -> Victim:
    """Change a victim's details, safe contact or wishes. Old and new values go to the history.

    For those who need to contact the victim: raises ForbiddenError for others, StaleError with the record as it
    stands where somebody saved first, RuleError for a field that is none or windows that are no times.

    A wish that now says no may take the record from the actor's own agency (docs/decisions/0029).
    """
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise RuleError(f"This cannot be changed: {', '.join(sorted(unknown))}.")
    _check_windows(changes.get("do_not_contact", []))
    _check_born(changes.get("date_of_birth"))
    with transaction.atomic():
        # What somebody is called, and what follows from a wish, is written to all of their cases: these first, as everywhere.
        with connection.cursor() as cursor:
            cursor.execute("select hatecase_case_hold(null, false, %s::uuid[])", [[victim.pk]])
        held = Victim.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=victim.pk)
        if not may_contact(victim_get(actor=actor, ref=held.ref)):
            raise ForbiddenError("Only those who need to contact the victim may change the record.")
        if held.version != version:
            raise StaleError("Somebody else changed this record while you were working on it.", held)
        wanted = {name: value for name, value in changes.items() if getattr(held, name) != value}
        if not wanted:
            return held
        _check_allowed(held, wanted)
        before = {name: getattr(held, name) for name in wanted}
        for name, value in wanted.items():
            setattr(held, name, value)
        stamped = _stamp(actor, held, wanted)
        held.save(update_fields=[*wanted, *stamped])
        if _NAMES & wanted.keys():
            with connection.cursor() as cursor:
                cursor.execute("select hatecase_victim_search_refresh(%s)", [held.pk])
        audit.record(actor, "victim.change", held, before=before, after=wanted)
        victim_changed(VictimChanged(actor, held, _what(wanted.keys()), before))
        return held


def _what(names: Collection[str]) -> frozenset[VictimChange]:
    """What of the record the changed fields belong to."""
    wishes = {*WISHES, "wishes_how"}
    kinds = {VictimChange.SAFE_CONTACT: _REACHING, VictimChange.WISHES: wishes}
    found = {kind for kind, fields_of in kinds.items() if fields_of & set(names)}
    return frozenset(found | ({VictimChange.DETAILS} if set(names) - _REACHING - wishes else set()))


def victim_read(*, actor: Actor, victim: Victim) -> None:
    """Record that somebody consulted a victim's record. One query."""
    audit.record(actor, "victim.read", victim, operation=AuditOperation.CONSULTATION)


def _check_windows(rows: Any) -> None:
    try:
        windows_parse(rows)
    except ValueError as error:
        raise RuleError(str(error), "do_not_contact") from error


def _check_allowed(held: Victim, wanted: Mapping[str, Any]) -> None:
    """A refusal that becomes a yes is never overwritten without a word of how it was said (docs/domain.md §6.7)."""
    allowed = [name for name in WISHES if wanted.get(name) == Wish.YES and Wish(getattr(held, name)).blocks]
    if allowed and not str(wanted.get("wishes_how") or "").strip():
        raise RuleError(
            "They said no before. Enter how they told you that this may be shared now, and when.", "wishes_how"
        )


def _check_born(day: dt.date | None) -> None:
    if day is not None and (problem := birth_problem(day, clock.today())):
        raise RuleError(f"{problem}.", "date_of_birth")


def _stamp(actor: Actor, victim: Victim, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The version, the time, and with new wishes who took them and when; answers the fields to save."""
    victim.version += 1
    victim.updated_at = clock.now()
    if not wanted.keys() & {*WISHES, "wishes_how"}:
        return ("version", "updated_at")
    victim.wishes_at, victim.wishes_by_id = clock.now(), actor.user_id
    return ("version", "updated_at", "wishes_at", "wishes_by")


# --- What is extra-sensitive ---------------------------------------------------------------------


def sensitive_add(*, actor: Actor, victim: Victim, group: str, text: str) -> None:
    """Record something in an extra-sensitive group without reading what is there: it stands below it.

    For those who may need to contact the victim. Raises ForbiddenError for others, RuleError for an empty or over-long
    text. Four queries.
    """
    words = _sensitive_text(text)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select hatecase_sensitive_add(%s, %s, %s, %s, %s)",
                [victim.pk, group, words, actor.agency_ids[0] if actor.agency_ids else 0, clock.now()],
            )
            if not cursor.fetchone()[0]:
                raise ForbiddenError("Only those who need to contact the victim may change the record.")
        audit.record(
            actor, "victim.sensitive_add", victim, operation=AuditOperation.COLLECTION, detail={"group": group}
        )


def sensitive_change(*, actor: Actor, victim: Victim, group: str, text: str, version: int) -> VictimSensitive:
    """Change what is recorded in an extra-sensitive group, for who has it open; what it said before is kept with it.

    Raises RuleError where it is not open (any more), StaleError with the row where somebody saved first.
    """
    words = _sensitive_text(text)
    with transaction.atomic():
        rows = VictimSensitive.objects.visible_to(actor).select_for_update(of=("self",))
        held = rows.filter(victim_id=victim.pk, group=group).first()
        if held is None:
            raise RuleError("This was hidden again before you saved. Show it again, then save your change.", "text")
        if held.version != version:
            raise StaleError("Somebody else changed this while you were working on it.", held)
        if held.text == words:
            return held
        held.earlier, held.text = [*held.earlier, held.text], words
        held.recorded_by_id, held.updated_at, held.version = actor.user_id, clock.now(), held.version + 1
        held.save(update_fields=["earlier", "text", "recorded_by", "updated_at", "version"])
        audit.record(actor, "victim.sensitive_change", victim, detail={"group": group})
        return held


def _sensitive_text(text: str) -> str:
    words = text.strip()
    if not words:
        raise RuleError("Enter what is to be recorded.", "text")
    if len(words) > SENSITIVE_LIMIT:
        raise RuleError(f"It must be {SENSITIVE_LIMIT:,} characters or fewer.", "text")
    if has_hidden_characters(words):
        raise RuleError("It has hidden characters that cannot be kept.", "text")
    return words
