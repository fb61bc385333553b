"""The referral to a support service (K5): met by a referral of a victim of its incident, and not due where none of them
wants one (docs/domain.md §3.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable
from dataclasses import dataclass

from django.db.models import QuerySet

from incidents.choices import ClockKind
from incidents.models import Case, Clock, SupportReferral
from incidents.rules.clocks import minute_of
from incidents.services.clock import MET, NOT_APPLICABLE, REFUSALS
from incidents.services.clock_met import Hangs, met_anew, waits
from incidents.services.incident_victims import Victims, victims_of
from kernel import clock
from victims.models import Victim


@dataclass(frozen=True)
class Sent:
    """One referral that was sent: for whom, and when."""

    victim: Hashable
    at: dt.datetime


def sent_of(case: Case) -> list[Sent]:
    """The referrals of a case that stand. One query."""
    rows = case.supportreferral_rows.filter(struck_at=None, sent_at__isnull=False).order_by("sent_at")
    return [Sent(row.victim_id, row.sent_at) for row in rows if row.sent_at is not None]


def support_clocks(case: Case, hangs: Hangs = waits) -> list[str]:
    """Work out K5 of a case from the referrals on record, as far as it may change. Three queries, and one or more for
    each clock that does."""
    return support_clocks_by(case, victims_of(case), sent_of(case), hangs)


def support_clocks_by(case: Case, victims: Victims, sent: Collection[Sent], hangs: Hangs) -> list[str]:
    """The same from given referrals, in order."""
    said = []
    for running in _clocks(case).exclude(outcome=NOT_APPLICABLE).select_related("incident"):
        whose, since = victims.of(running.incident), minute_of(running.starts_at)
        first = next((one.at for one in sent if one.at >= since and one.victim in whose), None)
        met_at = None if first is None else max(first, running.starts_at)
        if met_at != running.met_at and hangs(running, met_at):
            said.append(met_anew(case, running, met_at, MET if met_at else ""))
    return said


def support_refused(case: Case) -> None:
    """K5 ends for the incidents of which no victim wants a referral any more: one that was late by then stays missed.
    Five queries."""
    now = clock.now()
    unwanted = _unwanted(case, _clocks(case).filter(met_at=None).exclude(outcome=NOT_APPLICABLE))
    open_ones = _clocks(case).filter(pk__in=unwanted)
    open_ones.filter(due_at__gt=now).update(outcome=NOT_APPLICABLE, closed_at=now)
    open_ones.filter(closed_at=None).update(closed_at=now)


def support_wanted_again(case: Case, since: dt.datetime) -> None:
    """K5 runs on where a refusal that was taken back had stopped it since a moment, and somebody may want a referral.
    Five queries."""
    stopped = _clocks(case).filter(met_at=None, closed_at__gte=since, due_at__isnull=False)
    unwanted = _unwanted(case, stopped)
    stopped.exclude(pk__in=unwanted).update(outcome="", closed_at=None)


def _clocks(case: Case) -> QuerySet[Clock]:
    return case.clocks.filter(kind=ClockKind.K5)


def _unwanted(case: Case, rows: QuerySet[Clock]) -> list[int]:
    """Of these clocks those of incidents of which every victim has said no. Three queries."""
    victims = victims_of(case)
    no = _refusing(case, victims.everybody)
    return [row.pk for row in rows.select_related("incident") if victims.of(row.incident) <= no]


def _refusing(case: Case, victims: Collection[Hashable]) -> set[Hashable]:
    """Who of the victims wants no referral: by their latest word about one, else by the wish on record. Two queries."""
    words = SupportReferral.objects.unscoped(reason="what the victims of the case that the service holds said")
    said = words.filter(case=case, struck_at=None).order_by("created_at", "pk").values_list("victim_id", "wished")
    wishes = Victim.objects.unscoped(reason="the wishes of the victims of the case that the service holds")
    on_record: dict[Hashable, bool] = {
        victim: wish not in REFUSALS
        for victim, wish in wishes.filter(pk__in=list(victims)).values_list("pk", "wish_share_support")
    }
    latest = on_record | dict(said)
    return {victim for victim in victims if latest.get(victim) is False}
