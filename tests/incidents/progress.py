"""What the tests of clocks do in a case: speak with the victim, refer, plan, log an event, pause; on days of December 2026."""

from __future__ import annotations

import datetime as dt

from incidents.models import Clock
from incidents.services import pause as pausing
from incidents.services import progress
from incidents.services.contact import ContactData, contact_log
from incidents.services.risk import assessment_submit
from kernel.clock import LONDON
from tests.cast import acting
from tests.incidents.casework import SAFE, answers


def london(day: int, hour: int = 17, minute: int = 0, month: int = 12) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=LONDON)


TUESDAY = london(1, 10)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def clocks(case, kind: str) -> list[Clock]:
    return list(case.clocks.filter(kind=kind).order_by("starts_at", "pk"))


def the(case, kind: str) -> Clock:
    [row] = clocks(case, kind)
    return row


def assess(case, name: str = "alice", **given):
    with acting(name) as actor:
        return assessment_submit(actor=actor, case=case, answers=answers(**given), safety=SAFE)


def speak(case, moment: dt.datetime, name: str = "alice", **values):
    with acting(name) as actor:
        return contact_log(actor=actor, case=case, data=ContactData(at=moment, method="phone", **values))


def event(case, moment: dt.datetime, name: str = "alice", **values):
    with acting(name) as actor:
        return progress.key_event_record(
            actor=actor, case=case, kind=values.pop("kind", "release"), happened_at=moment, **values
        )


def refer(case, name: str = "alice", **values):
    values.setdefault("wished", True)
    if values["wished"]:
        values.setdefault("agency", "VSS")
        values.setdefault("sent_at", TUESDAY)
    with acting(name) as actor:
        return progress.support_referral_record(actor=actor, case=case, data=progress.ReferralData(**values))


def agree(case, days, moment: dt.datetime):
    with acting("alice") as actor:
        return progress.update_agreement_record(actor=actor, case=case, every_days=days, agreed_at=moment)


def plan(case, moment: dt.datetime = TUESDAY, **values):
    values.setdefault("text", "A camera by Friday; the school by Monday.")
    with acting("alice") as actor:
        return progress.action_plan_record(actor=actor, case=case, agreed_at=moment, **values)


def pause(case, kind: str, until: dt.date, reason: str = "victim_request", name: str = "alice", **values):
    with acting(name) as actor:
        return pausing.clock_pause(
            actor=actor, case=case, clock_id=the(case, kind).pk, reason=reason, until=until, **values
        )
