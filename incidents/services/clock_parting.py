"""The clocks of two cases that were one for a while, once they are parted: each by what is on record of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from incidents.choices import ClockKind
from incidents.models import Case, Clock, RiskAssessment
from incidents.rules.clocks import minute_of
from incidents.services.clock import MET, NOT_APPLICABLE
from incidents.services.clock_met import Hangs, met_anew
from incidents.services.contact_clocks import BY_CONTACT, Records, contact_clocks, records_of, spoken_of
from incidents.services.support_clock import sent_of, support_clocks_by
from incidents.services.update_clock import updates_by


def clocks_after_parting(one: Case, other: Case, changed: Collection[int], *, knows: bool) -> None:
    """Work out K1, K3, K4, K5, K7 and K8 of both cases anew, as far as they were met while the two were one (`changed`).

    Theirs are the contacts and referrals on their own record, but for those of a victim of the other one alone; and those
    of their own victims on the other one's, which stay where they were written. For who may not know victims (`knows`)
    only what does not hang on them. Ten queries, and one or more for each clock that changes.
    """
    records = {case.pk: records_of(case) for case in (one, other)}
    sent = {case.pk: sent_of(case) for case in (one, other)}

    def hangs(running: Clock, met_at: dt.datetime | None) -> bool:
        return running.pk in changed

    for case, apart in ((one, other), (other, one)):
        mine, theirs = records[case.pk], records[apart.pk]
        left = _left(mine, theirs)
        contact_clocks(case, left, hangs, kinds=BY_CONTACT if knows else (ClockKind.K1,))
        _assessed(case, hangs)
        if knows:
            updates_by(case, spoken_of(left.told), hangs)
            joint = sorted([*sent[case.pk], *sent[apart.pk]], key=lambda row: row.at)
            support_clocks_by(case, mine.victims, joint, hangs)


def _left(mine: Records, theirs: Records) -> Records:
    """What is left of what was said, told by whose victims they are."""
    own, others = mine.victims.everybody, theirs.victims.everybody
    left = [row for row in mine.told if row.victim in own or row.victim not in others]
    joint = [row for row in theirs.told if row.victim is not None and row.victim in own]
    return Records(sorted([*left, *joint], key=lambda row: row.at), mine.victims)


def _assessed(case: Case, hangs: Hangs) -> None:
    """The risk assessments of a case stay with it: K4 by the first since it started. Two queries."""
    rows = RiskAssessment.objects.unscoped(reason="the assessments of the case that the service holds")
    done = sorted(rows.filter(case=case).values_list("assessed_at", flat=True))
    for running in case.clocks.filter(kind=ClockKind.K4).exclude(outcome=NOT_APPLICABLE):
        first = next((at for at in done if at >= minute_of(running.starts_at)), None)
        met_at = None if first is None else max(first, running.starts_at)
        if met_at != running.met_at and hangs(running, met_at):
            met_anew(case, running, met_at, MET if met_at else "")
