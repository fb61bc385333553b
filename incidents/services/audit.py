"""Reading the audit with its own trace, and the monthly sample: picked once, signed off by somebody else (§8.2).

Rules: docs/domain.md §8.2 (the log serves to verify that processing was lawful, and for nothing else).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import MD5, Concat

from agencies.models import Agency
from agencies.scoping import actor_for_id, governs, supervised
from agencies.services.notice import NoticeData, notices_create, notices_missing
from incidents.choices import DipOutcome
from incidents.models import DipItem, DipSample
from incidents.rules import audit as rules
from incidents.selectors import audit as selectors
from incidents.selectors.audience import decider_ids, governance_ids
from incidents.selectors.audit import DipRow, EventCriteria, EventPage, OftenRow
from incidents.services.reading import words_digest
from kernel import audit, clock
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError
from kernel.identity import acting_as
from kernel.models import AuditEvent, AuditOperation

_OWN = "Somebody else must sign off what you did yourself."


def events_read(*, actor: Actor, view: str, criteria: EventCriteria, mark: str = "") -> EventPage:
    """A page of everybody's events, for information governance. Raises ForbiddenError for anybody else."""
    _require_governance(actor)
    page = selectors.events_page(criteria, mark=mark)
    _record(actor, view, criteria)
    return page


def staff_events_read(*, actor: Actor, agency: Agency, criteria: EventCriteria, mark: str = "") -> EventPage:
    """A page of an agency's own staff's events, for a supervisor. Raises ForbiddenError for anybody else."""
    if agency.pk not in supervised(actor):
        raise ForbiddenError(
            "Only a manager, a point of contact or their deputy reads the events of an agency’s staff."
        )
    page = selectors.staff_page(agency, criteria, mark=mark)
    _record(actor, "staff", criteria, {"agency": agency.code})
    return page


def own_name_read(*, actor: Actor, criteria: EventCriteria, mark: str = "") -> EventPage:
    """Who opened a record with their own name, or searched for it. No name comes near the audit: digests are compared.

    Raises ForbiddenError for anybody but information governance.
    """
    _require_governance(actor)
    own = [(pk, *digest) for pk, name in selectors.staff_names() for digest in _own_digests(name, settings.AUDIT_KEY)]
    page = selectors.own_name_page(criteria, own, mark=mark)
    _record(actor, "own_name", criteria)
    return page


@lru_cache(maxsize=4096)
def _own_digests(name: str, key: str | bytes) -> tuple[tuple[str, bool], ...]:
    """The digests of what somebody of the staff might type to find themself, and whether each is of the whole name.

    Kept from page to page: a county has a thousand of them. `key` is the audit's, with which the digests change.
    """
    return tuple((words_digest(words), whole) for words, whole in rules.own_names(name).items())


def often_read(*, actor: Actor, criteria: EventCriteria, threshold: int) -> list[OftenRow]:
    """The records that many people looked at. Raises ForbiddenError for anybody but information governance."""
    _require_governance(actor)
    rows = selectors.often_looked_at(criteria, threshold)
    _record(actor, "often", criteria, {"threshold": threshold})
    return rows


def _require_governance(actor: Actor) -> None:
    if not governs(actor):
        raise ForbiddenError("Only information governance reads the audit of all agencies.")


def _record(actor: Actor, view: str, criteria: EventCriteria, more: dict[str, Any] | None = None) -> None:
    asked = {
        "about": criteria.ref,
        "user": criteria.user_id,
        "of_agency": criteria.agency_id,
        "operations": list(criteria.operations),
        "since": criteria.since.isoformat() if criteria.since else None,
        "until": criteria.until.isoformat() if criteria.until else None,
    }
    detail = {"view": view, **{name: value for name, value in asked.items() if value}, **(more or {})}
    audit.record(actor, "audit.read", operation=AuditOperation.CONSULTATION, detail=detail)


# --- The monthly sample ---------------------------------------------------------------------------


def dips_read(
    *,
    actor: Actor,
    agency_id: int | None = None,
    month: dt.date | None = None,
    is_open: bool | None = None,
    mark: str = "",
) -> tuple[list[DipRow], str]:
    """A page of the sample as far as the actor may know of it, and the mark of the next one."""
    found = selectors.dip_page(agency_id=agency_id, month=month, is_open=is_open, mark=mark)
    audit.record(actor, "audit.read", operation=AuditOperation.CONSULTATION, detail={"view": "sample"})
    return found


def dip_read(*, actor: Actor, item_id: int) -> DipRow:
    """One event of the sample. Raises DipItem.DoesNotExist where the actor may not know of it."""
    row = selectors.dip_get(item_id)
    audit.record(
        actor, "audit.read", operation=AuditOperation.CONSULTATION, detail={"view": "sample", "item": item_id}
    )
    return row


def dip_sign(*, actor: Actor, item_id: int, outcome: str, note: str = "") -> DipItem:
    """Sign off one event of the sample: once, by a supervisor of that agency or information governance, never one's own.

    Raises DipItem.DoesNotExist, ForbiddenError for one's own event, RuleError.
    """
    note = note.strip()
    if outcome not in DipOutcome.values:
        raise RuleError("Select what you found.", "outcome")
    if DipOutcome(outcome).needs_note and not note:
        raise RuleError("Enter what you asked and what you learnt.", "note")
    with transaction.atomic():
        item = DipItem.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=item_id, outcome="").first()
        if item is None:
            # Raises where the actor may not know of it at all.
            selectors.dip_get(item_id)
            raise RuleError("This event was signed off already.")
        if selectors.dip_get(item_id).own:
            raise ForbiddenError(_OWN)
        item.outcome, item.note = outcome, note
        item.signed_by_id, item.signed_at = actor.user_id, clock.now_real()
        item.save(update_fields=["outcome", "note", "signed_by", "signed_at"])
        audit.record(actor, "audit.sign_off", item, detail={"outcome": outcome, "event": item.event_id})
        return item


def dips_pick(*, actor: Actor) -> int:
    """Pick the sample of every month that is over and every agency that has none yet; answers how many events.

    For the worker. Which events: those with the lowest digest of their own HMAC, whose key is not in the database, so
    that nobody can foresee or steer it and a second run would pick the same. One run at a time; a unique row keeps each
    month and agency to one sample.
    """
    with transaction.atomic():
        first = AuditEvent.objects.order_by("at").values_list("at", flat=True).first()
        if first is None or not advisory_lock("audit-sample"):
            return 0
        # An hour's grace: what began before midnight has committed by then.
        today = (clock.now_real() - dt.timedelta(hours=1)).astimezone(LONDON).date()
        months = rules.months_whole(today, first.astimezone(LONDON).date())
        made = set(DipSample.objects.unscoped(reason="the monthly sample").values_list("agency_id", "month"))
        return sum(
            _pick(actor, agency, month)
            for month in months
            for agency in Agency.objects.order_by("pk")
            if (agency.pk, month) not in made
        )


def dips_remind(*, actor: Actor) -> int:
    """Tell who may sign off, and information governance, of a month's sample that was not signed off in time; answers how
    many notices. For the worker. Each is told once, and only of what they can open themselves: that something is hidden
    from a supervisor is not to be told by a reminder of it.
    """
    with transaction.atomic():
        if not advisory_lock("audit-sample-late"):
            return 0
        today = clock.today()
        late = DipItem.objects.unscoped(reason="samples that were not signed off").filter(outcome="", due_on__lt=today)
        made = sum(_tell_late(*row) for row in late.order_by().values_list("agency_id", "month").distinct())
        if made:
            audit.record(actor, "audit.sample_late", detail={"count": made})
        return made


def _tell_late(agency_id: int, month: dt.date) -> int:
    agency = Agency.objects.get(pk=agency_id)
    key = f"sample:{agency_id}:{month:%Y-%m}"
    people = {*decider_ids(agency_id), *governance_ids()}
    text = f"The audit sample of {month:%B %Y} of {agency.name} was not signed off in time"
    return notices_create(
        NoticeData(user_id, key, "sample", text, "/governance/samples/")
        for user_id, _ in sorted(notices_missing((one, key) for one in people))
        if _sees_late(user_id, agency_id, month)
    )


def _sees_late(user_id: int, agency_id: int, month: dt.date) -> bool:
    with acting_as(actor_for_id(user_id)) as person:
        mine = DipItem.objects.visible_to(person).filter(agency_id=agency_id, month=month, outcome="")
        return bool(mine.exists())


def _pick(actor: Actor, agency: Agency, month: dt.date) -> int:
    starts = dt.datetime.combine(month, dt.time(), LONDON)
    ends = dt.datetime.combine(rules.month_after(month), dt.time(), LONDON)
    events = AuditEvent.objects.filter(
        at__gte=starts, at__lt=ends, actor_agencies__contains=[agency.pk], actor_id__isnull=False
    ).exclude(operation=AuditOperation.ACCESS)
    population = events.count()
    wanted = rules.sample_size(population)
    lot = MD5(Concat(F("hmac"), Value(f"|{agency.pk}|{month.isoformat()}")))
    picked = list(events.annotate(lot=lot).order_by("lot", "pk").values_list("pk", flat=True)[:wanted])
    sample = DipSample(agency=agency, month=month, population=population, picked=len(picked))
    sample.save(force_insert=True)
    DipItem.objects.bulk_create(
        [
            DipItem(agency=agency, month=month, event_id=event_id, due_on=rules.sample_due(month))
            for event_id in sorted(picked)
        ]
    )
    audit.record(
        actor,
        "audit.sample",
        sample,
        operation=AuditOperation.COLLECTION,
        detail={"agency": agency.code, "count": wanted},
    )
    return len(picked)
