"""To whom may be written in a case: its victims, people further of the victim's side, professionals, whoever reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agencies.choices import Side
from incidents.choices import ContactMethod, FieldGroup, ReporterKind
from incidents.choices.involved import InvolvedRole, TieKind
from incidents.models import Case, Incident, InvolvedPerson, Party
from incidents.rules import letters as rules
from incidents.rules.living import home_problems
from incidents.rules.safe_contact import contact_problems, safe_contact_of
from incidents.selectors.fields import field_access
from incidents.selectors.homes import at_risk_at_home
from incidents.selectors.involved import person_hidden, person_name
from kernel import clock
from kernel.actors import Actor
from victims.choices import Language
from victims.models import Victim
from victims.selectors import Row, age_of, language_text, safe_contact_rows, victim_filtered

REPORTER = "reporter"
ENGLISH = Language.ENGLISH.value
OF_THE_HOME = (InvolvedRole.GUARDIAN, InvolvedRole.HOUSEHOLD)
"""Who is reached at a victim's home, or for a victim: the victim's rules about safe contact hold for them too."""
_WRITTEN_TO = (*OF_THE_HOME, InvolvedRole.WITNESS, InvolvedRole.REPORTER, InvolvedRole.PROFESSIONAL)


@dataclass(frozen=True)
class Recipient:
    """Somebody to whom may be written; what the reader is not shown is not in it. `victim` is whom it goes to, or by way
    of `person` for whom; `guarded` are the victims whose rules about safe contact hold, `stands` what they are. Of whoever
    reported no address is kept (`asks_address`): the writer gives one, and `near` are the victims who may live there.
    """

    key: str
    name: str
    language: str = ENGLISH
    language_label: str = "English"
    address: str = ""
    victim: Victim | None = None
    person: InvolvedPerson | None = None
    guarded: tuple[Victim, ...] = ()
    stands: str = ""
    asks_for_none: bool = False
    shares_home: bool = False
    under_16: bool = False
    asks_address: bool = False
    near: tuple[Recipient, ...] = ()


@dataclass(frozen=True)
class SafeFirst:
    """What has to be known of a victim before anybody writes to them, or by way of somebody to them."""

    name: str
    known_as: str
    safe_contact: list[Row]
    home_warning: str = ""


def safe_first(recipient: Recipient) -> list[SafeFirst]:
    """The rules of safe contact that hold for a recipient, and what was not asked. No query."""
    rows = [(victim, safe_contact_rows(victim)) for victim in recipient.guarded]
    return [SafeFirst(victim.display_name, victim.ref, said) for victim, said in rows if said]


def recipients(actor: Actor, case: Case) -> list[Recipient]:
    """To whom the actor may write in a case from `case_get`, a parent or guardian before a victim under 16; whoever
    reported where they are shown who that was. Three queries.
    """
    shown = field_access(actor, case).shown
    parties = Party.objects.visible_to(actor).filter(case_id=case.pk, victim__isnull=False).select_related("victim")
    people = {party.victim_id: party.victim for party in parties.order_by("created_at", "pk") if party.victim}
    at_risk = at_risk_at_home(case)
    victims = [_victim(victim_filtered(victim, shown), victim, str(key) in at_risk) for key, victim in people.items()]
    told = {key: victim_filtered(victim, shown) for key, victim in people.items()}
    reports = _reports(actor, case) if FieldGroup.REPORTER_IDENTITY in shown else []
    further = [_asked_for_none(one, reports) for one in _further(actor, case, shown, told, at_risk)]
    reporter = [_reporter(reports[0], victims)] if reports else []
    return [*_guardians_first(victims, further), *reporter]


def recipient_get(actor: Actor, case: Case, key: str) -> Recipient | None:
    """One of the recipients of a case; None where there is no such for the actor. Three queries."""
    return next((one for one in recipients(actor, case) if one.key == key), None)


def _victim(told: Victim, victim: Victim, shares_home: bool) -> Recipient:
    age = age_of(victim.date_of_birth)
    return Recipient(
        key=victim.ref,
        name=victim.display_name,
        language=victim.language,
        language_label=language_text(victim),
        address=address_lines(told.address, told.postcode),
        victim=told,
        guarded=(told,),
        shares_home=shares_home,
        under_16=age is not None and age < rules.BY_WAY_OF_GUARDIAN,
    )


def address_lines(*parts: str | None) -> str:
    """An address as it stands on a letter, one part of it on each line."""
    return "\n".join(line.strip() for part in parts if part for line in part.split(",") if line.strip())


def _further(
    actor: Actor, case: Case, shown: frozenset[FieldGroup], victims: Mapping[Any, Victim], at_risk: frozenset[str]
) -> list[Recipient]:
    rows = InvolvedPerson.objects.visible_to(actor).filter(case_id=case.pk, ended_at=None, role__in=_WRITTEN_TO)
    return [
        _person(case, person, shown, victims, at_risk)
        for person in rows.order_by("created_at", "pk")
        if not person_hidden(case, person.role, shown)
    ]


def _person(
    case: Case,
    person: InvolvedPerson,
    shown: frozenset[FieldGroup],
    victims: Mapping[Any, Victim],
    at_risk: frozenset[str],
) -> Recipient:
    role = InvolvedRole(person.role)
    reports = role is InvolvedRole.REPORTER
    reach = person.side != Side.VICTIM or reports or FieldGroup.VICTIM_CONTACT in shown
    together = _tied(case, person, victims, TieKind.LIVES_WITH)
    # Where nothing is said of how they stand to whom, the rules of every victim hold.
    guarded = (_tied(case, person, victims) or tuple(victims.values())) if role in OF_THE_HOME else together
    home = next(iter(together), None)
    ward = next(iter(guarded), None) if role is InvolvedRole.GUARDIAN else None
    return Recipient(
        key=str(person.pk),
        name=person_name(person),
        language=ward.language if ward else ENGLISH,
        language_label=language_text(ward) if ward else "English",
        address=(address_lines(person.address) or (address_lines(home.address, home.postcode) if home else ""))
        if reach
        else "",
        victim=ward,
        person=person,
        guarded=guarded,
        stands=str(role.label).lower(),
        shares_home=str(person.pk) in at_risk,
    )


def _tied(case: Case, person: InvolvedPerson, victims: Mapping[Any, Victim], *kinds: str) -> tuple[Victim, ...]:
    """The victims to whom somebody stands in one of these ways, or in any."""
    me = str(person.pk)
    keys = {
        str(row[f"{other}_victim"])
        for row in getattr(case, "tie_rows", [])
        for end, other in (("from", "to"), ("to", "from"))
        if str(row[f"{end}_involved"]) == me and (not kinds or row["kind"] in kinds)
    }
    return tuple(victim for key, victim in victims.items() if str(key) in keys)


def _guardians_first(victims: list[Recipient], further: list[Recipient]) -> list[Recipient]:
    """Who is asked first: for a victim under 16 their parent or guardian."""
    found: list[Recipient] = []
    for one in victims:
        if one.under_16 and one.victim is not None:
            found += [person for person in further if person.victim == one.victim and person not in found]
        found.append(one)
    return [*found, *(person for person in further if person not in found)]


def _reports(actor: Actor, case: Case) -> list[Incident]:
    """The reports that somebody else than the victim made, under a name, latest first."""
    rows = Incident.objects.visible_to(actor).filter(case_id=case.pk).exclude(reporter_name="")
    return list(rows.exclude(reporter_kind=ReporterKind.VICTIM).order_by("-received_at"))


def _asked_for_none(one: Recipient, reports: Sequence[Incident]) -> Recipient:
    """Somebody further, who may be one of those who reported and asked not to be contacted."""
    refused = {row.reporter_name.casefold() for row in reports if row.reporter_no_contact}
    return replace(one, asks_for_none=one.name.casefold() in refused)


def _reporter(latest: Incident, victims: Sequence[Recipient]) -> Recipient:
    return Recipient(
        key=REPORTER,
        name=latest.reporter_name,
        stands="who reported it",
        asks_for_none=latest.reporter_no_contact,
        asks_address=True,
        near=tuple(victims),
    )


def posted_to(recipient: Recipient, address: str) -> Recipient:
    """A recipient at an address that the writer gave. Where its postcode is a victim's, as the writer is shown it, that
    victim's rules about safe contact hold, and who lives with whom. No query.
    """
    if not (recipient.asks_address and address):
        return recipient
    here = [one for one in recipient.near if one.victim and _says(address, one.victim.postcode)]
    return replace(
        recipient,
        address=address,
        guarded=tuple(victim for one in here for victim in one.guarded),
        shares_home=any(one.shares_home for one in here),
    )


def _says(address: str, postcode: str | None) -> bool:
    """Whether an address has this postcode, however it is spaced."""
    wanted, said = ("".join(words.split()).upper() for words in (postcode or "", address))
    return bool(wanted) and wanted in said


def safety_problems(recipient: Recipient, method: str, at: Any = None) -> tuple[str, ...]:
    """Why writing to somebody in this way, at this moment, is not safe (docs/domain.md §10.4). No query."""
    if recipient.asks_for_none:
        return ("Whoever reported asked not to be contacted.",)
    found = [
        problem
        for victim in recipient.guarded
        for problem in (
            *contact_problems(safe_contact_of(victim), at or clock.now(), method),
            *rules.shared_problem(
                method, shared=victim.shared_device, reaching=(ContactMethod.EMAIL, ContactMethod.TEXT)
            ),
        )
    ]
    if recipient.person is None and recipient.victim is not None:
        found += rules.age_problem(age_of(recipient.victim.date_of_birth))
    return tuple(dict.fromkeys([*found, *home_problems(method, shares_home=recipient.shares_home)]))
