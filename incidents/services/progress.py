"""What moves a case on for the victim: a support referral (K5), a plan agreed (K6), how often to be told (K7), and the
key events of which they are told at once (K8). Rules: docs/domain.md §3.1.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import ClockKind, Level
from incidents.choices.changes import ChangeKind
from incidents.choices.progress import SUPPORT_TYPES, KeyEventKind
from incidents.models import ActionPlan, Case, KeyEvent, Party, SupportReferral, Task, UpdateAgreement
from incidents.rules.victim_clocks import MOST_UPDATE_DAYS
from incidents.scoping import in_case
from incidents.services.change import change_tell
from incidents.services.clock import clock_meet
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.recipients import case_workers
from incidents.services.support_clock import support_clocks, support_refused
from incidents.services.update_clock import update_clock_agreed
from incidents.services.victim_clock import event_clock_start
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.when import moment_text
from victims.models import Victim

SERVICE_LIMIT = 120
PLAN_LIMIT = 8000
EVENT_LIMIT = 2000

Row = TypeVar("Row", SupportReferral, ActionPlan, UpdateAgreement, KeyEvent)


@dataclass(frozen=True)
class ReferralData:
    """A referral as it was sent: to an agency of the directory (its code) or to another service by name; or, with
    `wished` false, that the victim wants none.
    """

    wished: bool
    victim: str = ""
    agency: str = ""
    service: str = ""
    sent_at: dt.datetime | None = None


def support_referral_record(
    *, actor: Actor, case: Case, data: ReferralData, submission_id: uuid.UUID | None = None, task: Task | None = None
) -> SupportReferral:
    """Record that a victim was referred to a support service, which meets K5 of their incidents; or that they want
    none, after which K5 does not apply to incidents of which every victim has said so. `task` is what it was sent by, if any.

    The same `submission_id` twice gives the first one. Raises ForbiddenError below contribute and for those who may not
    know victims, RuleError with the field.
    """

    def make(held: Case) -> SupportReferral:
        row = SupportReferral(victim=_victim(actor, held, data.victim), wished=data.wished, task=task)
        if data.wished:
            row.sent_at = _past(data.sent_at, "sent_at", "When it was sent")
            row.to_agency, row.service = _service(actor, held, data)
        return row

    def follow(held: Case, row: SupportReferral) -> None:
        if row.sent_at is not None:
            support_clocks(held)
        else:
            support_refused(held)

    return _record(actor, case, SupportReferral, submission_id, make, follow, "support.refer")


def action_plan_record(
    *,
    actor: Actor,
    case: Case,
    text: str,
    agreed_at: dt.datetime,
    victim: str = "",
    submission_id: uuid.UUID | None = None,
) -> ActionPlan:
    """Record what was agreed with a victim, which meets K6. Raises as `support_referral_record` does."""

    def make(held: Case) -> ActionPlan:
        return ActionPlan(
            victim=_victim(actor, held, victim),
            text=case_words(actor, held, text, name="What was agreed", field="text", limit=PLAN_LIMIT),
            agreed_at=_past(agreed_at, "agreed_at", "When it was agreed"),
        )

    def follow(held: Case, row: ActionPlan) -> None:
        clock_meet(held, ClockKind.K6, row.agreed_at)

    return _record(actor, case, ActionPlan, submission_id, make, follow, "plan.agree")


def update_agreement_record(
    *,
    actor: Actor,
    case: Case,
    every_days: int | None,
    agreed_at: dt.datetime,
    submission_id: uuid.UUID | None = None,
) -> UpdateAgreement:
    """Record how often the victim wants to be told how things stand, in working days, at most 20; or None: they said in
    writing that they want no routine updates, and K7 does not apply. Raises as `support_referral_record` does.
    """

    def make(held: Case) -> UpdateAgreement:
        if every_days is not None and not 1 <= every_days <= MOST_UPDATE_DAYS:
            raise RuleError(
                f"Updates are given at least every {MOST_UPDATE_DAYS} working days. Enter 1 to {MOST_UPDATE_DAYS}.",
                "every_days",
            )
        return UpdateAgreement(every_days=every_days, agreed_at=_past(agreed_at, "agreed_at", "When it was agreed"))

    def follow(held: Case, row: UpdateAgreement) -> None:
        update_clock_agreed(held, row)
        code = "none" if row.every_days is None else str(row.every_days)
        change_tell(actor, held, ChangeKind.UPDATES, after=code)

    return _record(actor, case, UpdateAgreement, submission_id, make, follow, "updates.agree")


def key_event_record(
    *,
    actor: Actor,
    case: Case,
    kind: str,
    happened_at: dt.datetime,
    note: str = "",
    submission_id: uuid.UUID | None = None,
) -> KeyEvent:
    """Log a key event, which starts K8: the victim is told of it. Who works the case gets a notice at once.

    For everybody who may add to the case, also those who may not know victims: it is they who learn of a release.
    Raises ForbiddenError below contribute, RuleError with the field.
    """

    def make(held: Case) -> KeyEvent:
        if kind not in KeyEventKind.values:
            raise RuleError("Select what happened.", "kind")
        at = _past(happened_at, "happened_at", "When it happened")
        words = case_words(actor, held, note, name="Note", field="note", limit=EVENT_LIMIT, required=False)
        return KeyEvent(kind=kind, happened_at=at, note=words, clock=event_clock_start(held, at))

    def follow(held: Case, row: KeyEvent) -> None:
        started = row.clock
        if started is None or started.due_at is None or started.met_at is not None:
            return
        words = f"{held.ref}: a key event was logged. Tell the victim by {moment_text(started.due_at)}"
        key, path = f"key_event:{row.pk}", f"/cases/{held.ref}/"
        notices_create(
            NoticeData(user_id, key, "key_event", words, path, held.pk)
            for user_id in case_workers(held)
            if user_id != actor.user_id
        )

    return _record(actor, case, KeyEvent, submission_id, make, follow, "event.log", victims=False)


def _record(
    actor: Actor,
    case: Case,
    model: type[Row],
    submission_id: uuid.UUID | None,
    make: Callable[[Case], Row],
    follow: Callable[[Case, Row], None],
    action: str,
    *,
    victims: bool = True,
) -> Row:
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        if victims and not in_case(actor, held).sees_victims:
            raise ForbiddenError("Your agency does not work with the victims of this case.")
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, model, held, submission_id)
        if earlier is not None:
            return earlier
        row = make(held)
        row.submission_id, row.case, row.by_id = submission_id, held, actor.user_id
        row.agency_id, row.created_at = agency_acting(actor, held), clock.now()
        insert_once(row)
        follow(held, row)
        case_touch(held)
        audit.record(actor, action, row, operation=AuditOperation.COLLECTION, detail=_detail(held, row))
        return row


def _detail(case: Case, row: Any) -> dict[str, Any]:
    told = {"kind": getattr(row, "kind", None), "wished": getattr(row, "wished", None)}
    return {"case": case.ref} | {name: value for name, value in told.items() if value is not None}


def _past(at: dt.datetime | None, field: str, name: str) -> dt.datetime:
    if at is None:
        raise RuleError(f"Enter {name[:1].lower()}{name[1:]}.", field)
    if at > clock.now() + dt.timedelta(minutes=1):
        raise RuleError(f"{name} must be in the past.", field)
    return at


def _victim(actor: Actor, case: Case, ref: str) -> Victim:
    parties = Party.objects.visible_to(actor).filter(case=case, victim__isnull=False).select_related("victim")
    victims = {party.victim.ref: party.victim for party in parties.order_by("created_at", "pk")}
    if not victims:
        raise RuleError("There is no victim in this case yet.", "victim")
    if ref and ref not in victims:
        raise RuleError("Choose a victim of this case.", "victim")
    return victims[ref] if ref else next(iter(victims.values()))


def _service(actor: Actor, case: Case, data: ReferralData) -> tuple[Agency | None, str]:
    name = case_words(actor, case, data.service, name="Service", field="service", limit=SERVICE_LIMIT, required=False)
    if data.agency:
        found = Agency.objects.filter(code=data.agency, type__in=SUPPORT_TYPES, is_active=True).first()
        if found is None:
            raise RuleError("Choose a support service from the list.", "agency")
        return found, ""
    if not name:
        raise RuleError("Say to which service the victim was referred.", "service")
    return None, name
