"""Contacts with victims and reporters: two-way or attempts, and the clocks they meet (docs/domain.md §3.3, §10.4)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction

from incidents.choices import ContactDirection, ContactMethod, ContactResult, Level, ReporterKind
from incidents.models import Case, Contact, Party
from incidents.rules.living import home_problems
from incidents.rules.safe_contact import contact_problems, safe_contact_of
from incidents.scoping import in_case
from incidents.selectors.homes import at_risk_now
from incidents.services.closure_contact import contact_still_due
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.contact_clocks import clocks_after_contact
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.plausible import contact_problem
from kernel.when import moment_text
from victims.models import Victim

NOTE_LIMIT = 4000
REASON_LIMIT = 300


@dataclass(frozen=True)
class ContactData:
    """A contact as it happened. `victim` is a reference; `with_reporter` says that it was with who reported.

    With neither, it was with whoever reported where it acknowledges the report, and with the case's first victim
    otherwise. `emergency_reason` lets through what the safe-contact rules would stop. `elsewhere` says that it went to
    somebody else than the victim, whose home and rules were asked of before.
    """

    at: dt.datetime
    method: str
    direction: str = ContactDirection.OUTBOUND
    result: str = ContactResult.TWO_WAY
    victim: str = ""
    with_reporter: bool = False
    acknowledgement: bool = False
    note: str = ""
    emergency_reason: str = ""
    elsewhere: bool = False


def contact_log(*, actor: Actor, case: Case, data: ContactData, submission_id: uuid.UUID | None = None) -> Contact:
    """Log a contact. An acknowledgement to the reporter meets K1, a two-way contact with the victim K3; three
    attempts on three days by two methods close K3 as attempted. A two-way contact with the victim also renews K7 and
    meets K8 and, in a closed case, the contact that K11 asks for; in a closed case it is logged for K11 alone.

    The same `submission_id` twice gives the first contact. Raises ForbiddenError below contribute and for those who
    may not know victims; RuleError for a time to come or before the first report, and for an outbound contact that the victim's safe-contact
    rules forbid, unless there is an emergency with a reason.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
        contact_still_due(held)
        if not in_case(actor, held).sees_victims:
            raise ForbiddenError("Your agency does not make contact with victims.")
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, Contact, held, submission_id)
        if earlier is not None:
            return earlier
        _check(data)
        contact_check_received(held, data.at, "at")
        victim, with_reporter = _whom(actor, held, data)
        if victim is not None:
            _check_safe(actor, held, victim, data)
        contact = Contact(
            submission_id=submission_id,
            case=held,
            victim=victim,
            with_reporter=with_reporter,
            at=data.at,
            method=data.method,
            direction=data.direction,
            result=data.result,
            acknowledgement=data.acknowledgement,
            note=case_words(actor, held, data.note, name="Note", field="note", limit=NOTE_LIMIT, required=False),
            emergency_reason=case_words(
                actor,
                held,
                data.emergency_reason,
                name="Reason",
                field="emergency_reason",
                limit=REASON_LIMIT,
                required=False,
            ),
            by_id=actor.user_id,
            agency_id=agency_acting(actor, held),
            created_at=clock.now(),
        )
        insert_once(contact)
        clocks_after_contact(held, contact)
        case_touch(held)
        _record(actor, held, contact)
        return contact


def _check(data: ContactData) -> None:
    if data.at > clock.now() + dt.timedelta(minutes=1):
        raise RuleError("When it happened must be in the past.", "at")
    for value, choices, field in (
        (data.method, ContactMethod, "method"),
        (data.direction, ContactDirection, "direction"),
        (data.result, ContactResult, "result"),
    ):
        if value not in choices.values:
            raise RuleError(f"Choose the {field} from the list.", field)
    if data.direction == ContactDirection.INBOUND and data.result == ContactResult.ATTEMPT:
        raise RuleError("When they got in touch with us, it is not an attempt to reach them.", "result")


def contact_check_received(case: Case, at: dt.datetime, field: str) -> None:
    """A contact about a case is none before its first report came in. Raises RuleError. One query."""
    received = case.incidents.order_by("received_at").values_list("received_at", flat=True).first()
    if received is not None and contact_problem(at, received):
        raise RuleError(f"The report came in on {moment_text(received)}: the contact cannot be earlier.", field)


def _whom(actor: Actor, case: Case, data: ContactData) -> tuple[Victim | None, bool]:
    """Whom the contact was with: a victim, whoever reported, or both in one person."""
    victims = _victims(actor, case)
    reported = _victim_reported(case)
    if data.victim:
        if data.victim not in victims:
            raise RuleError("Choose a victim of this case.", "victim")
        if data.acknowledgement and not reported:
            raise RuleError(
                "The victim did not report this: an acknowledgement goes to whoever did.", "acknowledgement"
            )
        return victims[data.victim], data.with_reporter or data.acknowledgement
    first = next(iter(victims.values()), None)
    if data.with_reporter or data.acknowledgement:
        return (first if reported and not data.elsewhere else None), True
    if first is None:
        raise RuleError("Say with whom the contact was: there is no victim in this case yet.", "victim")
    return first, False


def _victims(actor: Actor, case: Case) -> dict[str, Victim]:
    """The victims of a case by reference, whoever came into it first at the head. One query."""
    parties = Party.objects.visible_to(actor).filter(case=case, victim__isnull=False).select_related("victim")
    return {party.victim.ref: party.victim for party in parties.order_by("created_at", "pk")}


def _victim_reported(case: Case) -> bool:
    """Whether the latest report came from the victim."""
    latest = case.incidents.order_by("-received_at").values_list("reporter_kind", flat=True).first()
    return latest == ReporterKind.VICTIM


def _check_safe(actor: Actor, case: Case, victim: Victim, data: ContactData) -> None:
    problems: tuple[str, ...] = ()
    if data.direction == ContactDirection.OUTBOUND:
        shares_home = not data.elsewhere and str(victim.pk) in at_risk_now(actor, case)
        problems = (*safe_problems(victim, data), *home_problems(data.method, shares_home=shares_home))
    if problems and not data.emergency_reason.strip():
        sentence = " ".join(problems)
        raise RuleError(f"{sentence} If it was an emergency, say why.", "emergency_reason")


def safe_problems(victim: Victim, data: ContactData) -> tuple[str, ...]:
    """Why this contact is not safe, as sentences (docs/domain.md §10.4). No query."""
    return contact_problems(safe_contact_of(victim), data.at, data.method)


def _record(actor: Actor, case: Case, contact: Contact) -> None:
    detail = {
        "case": case.ref,
        "method": contact.method,
        "result": contact.result,
        "emergency": bool(contact.emergency_reason),
    }
    audit.record(
        actor,
        "contact.log",
        contact,
        operation=AuditOperation.COLLECTION,
        detail=detail,
        reason=contact.emergency_reason,
    )
