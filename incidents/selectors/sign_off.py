"""What waits in cases for a second signature or a review: overrides, requests, emergency openings, breaches, names to be
erased."""

from __future__ import annotations

import datetime as dt

from django.db.models import DateField, F, Func, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from agencies.choices import Role
from incidents.choices import BreachState, Classification, OverrideState, ProposalState, RequestState
from incidents.models import (
    AccessRequest,
    Breach,
    ClassificationProposal,
    EmergencyAccess,
    SubjectReport,
    WishOverride,
)
from incidents.scoping import DECIDERS, TRIAGERS, agencies_as, may_judge_breaches
from kernel import clock
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.panels import Panel
from kernel.sign_offs import SignOffKind, Waiting, sign_off_register, sign_off_rows, sign_offs_pressing

ERASED_SOON = 7
"""So many days before it is erased a name in quarantine stands in the queue."""
SHOWN = 5


class _ErasedSoon(Func):
    """The last day of erasure that is near at a moment; in the database, as the query is prepared."""

    template = f"((%(expressions)s at time zone '{LONDON.key}')::date + {ERASED_SOON})"
    output_field = DateField()


def overrides(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Overrides of a wish that somebody else of the actor's agency has asked for."""
    decides = agencies_as(actor, *DECIDERS)
    if not decides:
        return None
    rows = WishOverride.objects.visible_to(actor).filter(
        state=OverrideState.WAITING, expires_at__gt=now, from_agency_id__in=decides
    )
    rows = rows.exclude(asked_by_id=actor.user_id)
    return sign_off_rows("override", rows, key=F("pk"), ref=F("case__ref"), who=F("agency__name"), at=F("expires_at"))


def requests(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Requests for access to cases that the actor's agency leads."""
    decides = agencies_as(actor, *DECIDERS)
    if not decides:
        return None
    rows = AccessRequest.objects.visible_to(actor).filter(state=RequestState.OPEN, case__lead_agency_id__in=decides)
    return sign_off_rows("access", rows, key=F("pk"), ref=F("case__ref"), who=F("agency__name"), at=F("expires_at"))


def openings(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Emergency openings by somebody else that nobody has reviewed."""
    if not actor.has_role(*DECIDERS, Role.GOVERNANCE):
        return None
    rows = EmergencyAccess.objects.visible_to(actor).filter(reviewed_at=None).exclude(user_id=actor.user_id or 0)
    who = Coalesce(F("user__name"), F("lead_agency__name"))
    return sign_off_rows("emergency", rows, key=F("uid"), ref=F("case_ref"), who=who, at=F("review_due_at"))


def breaches(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Breaches on which nobody has decided, with the end of their 72 hours, for those who decide on them."""
    if not may_judge_breaches(actor):
        return None
    rows = Breach.objects.visible_to(actor).filter(state=BreachState.OPEN)
    return sign_off_rows("breach", rows, key=F("pk"), ref=F("case_ref"), who=F("agency__name"), at=F("due_at"))


def names(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Names in quarantine that are erased within a week."""
    if not agencies_as(actor, *TRIAGERS):
        return None
    rows = SubjectReport.objects.visible_to(actor).filter(erase_on__lte=_ErasedSoon(Value(now)))
    ref = F("case__ref")
    return sign_off_rows("quarantine", rows, key=F("pk"), ref=ref, who=F("incident__ref"), at=F("erase_on"))


def classifications(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Classifications that a colleague proposes and a second person decides."""
    if not agencies_as(actor, *TRIAGERS):
        return None
    rows = ClassificationProposal.objects.visible_to(actor).filter(state=ProposalState.WAITING, expires_at__gt=now)
    rows = rows.exclude(proposed_by_id=actor.user_id or 0)
    return sign_off_rows("second", rows, key=F("uid"), ref=F("case__ref"), who=F("to"), at=F("expires_at"))


def _classification(one: Waiting) -> tuple[str, str]:
    words = f"“{Classification(one.who).label}” was proposed"
    return words, reverse("incidents:classification_decide", args=[one.ref, one.key])


def _override(one: Waiting) -> tuple[str, str]:
    return f"Override a wish for {one.who}", reverse("incidents:override", args=[one.ref, one.key])


def _request(one: Waiting) -> tuple[str, str]:
    return f"{one.who} asks for access", reverse("incidents:access_request", args=[one.ref, one.key])


def _opening(one: Waiting) -> tuple[str, str]:
    return f"Opened in an emergency by {one.who}", reverse("incidents:emergency_opening", args=[one.key])


def _breach(one: Waiting) -> tuple[str, str]:
    return f"Decide on a breach: a share with {one.who}", reverse("incidents:breach", args=[one.key])


def _name(one: Waiting) -> tuple[str, str]:
    return f"A name in quarantine from {one.who}", reverse("incidents:quarantine", args=[one.ref])


def register() -> None:
    """Put the kinds of this app into the queue, when the app starts."""
    kinds = (
        SignOffKind("override", "Override of a wish", "Expires", overrides, _override),
        SignOffKind("access", "Request for access", "Expires", requests, _request),
        SignOffKind("emergency", "Emergency access to review", "Due", openings, _opening, due=True),
        SignOffKind("breach", "Breach to decide on", "Due", breaches, _breach, due=True),
        SignOffKind("second", "Classification to confirm", "Expires", classifications, _classification),
        SignOffKind("quarantine", "Name to be erased", "Erased", names, _name),
    )
    for order, kind in enumerate(kinds):
        sign_off_register(kind, order=order)


def work_sign_offs(actor: Actor, subject: object) -> Panel | None:
    """My work: how much waits for the actor, and the most pressing. One query, none for who never decides."""
    # A meeting's proposals have a panel of their own, which says what is asked.
    found, count = sign_offs_pressing(actor, clock.now(), SHOWN, without=("release",))
    if not found:
        return None
    return Panel("incidents/parts/waiting_work.html", {"rows": found, "count": count})
