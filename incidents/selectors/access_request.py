"""Signposts by their reference, and requests for access (docs/domain.md §5.5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from incidents.choices import LEVEL_RANK, Level, RequestState
from incidents.models import AccessMessage, AccessRequest, Case, CaseAccess
from incidents.scoping import CaseLevel, in_case
from incidents.selectors.audience import ContactPoint, contact_points
from incidents.selectors.text import text_shown, written_by
from kernel.actors import Actor
from kernel.errors import AbsentError


@dataclass(frozen=True)
class SignpostPage:
    """What an agency that only knows of a case is told: reference, lead agency, whom to ask, and its own request."""

    access: CaseAccess
    ref: str
    lead_agency: str
    contacts: list[ContactPoint]
    request: AccessRequest | None
    messages: list[AccessMessage]

    @property
    def may_ask(self) -> bool:
        """Whether a new request can be made."""
        return self.request is None or not RequestState(self.request.state).is_open

    @property
    def question(self) -> bool:
        """Whether the lead agency waits for an answer."""
        return self.request is not None and self.request.state == RequestState.QUESTION


def signpost_get(*, actor: Actor, ref: str) -> CaseAccess | None:
    """The row of a case that the actor's agency only knows to exist; None for any other reference. One query."""
    rows = CaseAccess.objects.visible_to(actor).filter(case_ref=ref, agency_id__in=actor.agency_ids)
    rows = rows.annotate(rank_now=CaseLevel("case_id")).filter(rank_now=LEVEL_RANK[Level.SIGNPOST])
    found: CaseAccess | None = rows.select_related("lead_agency").order_by("pk").first()
    return found


def signpost_page(*, actor: Actor, access: CaseAccess) -> SignpostPage:
    """The small page of a signposted case. Three queries."""
    rows = AccessRequest.objects.visible_to(actor).filter(case_id=access.case_id, agency_id__in=actor.agency_ids)
    latest = rows.order_by("-asked_at").first()
    return SignpostPage(
        access=access,
        ref=access.case_ref,
        lead_agency=access.lead_agency.name,
        contacts=contact_points([access.lead_agency_id]),
        request=latest,
        messages=_messages(latest),
    )


def request_get(*, actor: Actor, case: Case, uid: uuid.UUID) -> AccessRequest:
    """A request about a case that the actor's agency leads. Raises AbsentError. One query."""
    rows = case.access_requests.select_related("agency", "asked_by", "decided_by").filter(pk=uid)
    rows = rows.annotate(purpose_shown=_purpose_for(actor, case))
    found = rows.first() if case.lead_agency_id in actor.agency_ids else None
    if found is None:
        raise AbsentError
    return found


def request_messages(*, actor: Actor, case: Case, asked: AccessRequest) -> list[AccessMessage]:
    """What was said about a request, oldest first, without names that its reader may not know. One query."""
    rows = asked.messages.select_related("agency").annotate(text_shown=_text_for(actor, case))
    return list(rows.order_by("at"))


def requests_of(*, actor: Actor, case: Case) -> list[AccessRequest]:
    """The requests about a case for who leads it, open ones first; none for others. One query."""
    if case.lead_agency_id not in actor.agency_ids:
        return []
    rows = case.access_requests.select_related("agency", "asked_by").annotate(purpose_shown=_purpose_for(actor, case))
    return list(rows.order_by(F("decided_at").desc(nulls_first=True)))


def requests_own(*, actor: Actor, case_id: int) -> list[AccessRequest]:
    """The requests of the actor's own agencies about a case, the latest first. One query."""
    rows = AccessRequest.objects.visible_to(actor).filter(case_id=case_id, agency_id__in=actor.agency_ids)
    return list(rows.annotate(purpose_shown=F("purpose")).select_related("agency").order_by("-asked_at"))


def request_own(*, actor: Actor, uid: uuid.UUID, case_id: int | None = None) -> AccessRequest:
    """One request of the actor's own agencies. Raises AbsentError. One query."""
    rows = AccessRequest.objects.visible_to(actor).filter(pk=uid, agency_id__in=actor.agency_ids)
    rows = rows.annotate(purpose_shown=F("purpose"))
    found = (rows if case_id is None else rows.filter(case_id=case_id)).select_related("agency").first()
    if found is None:
        raise AbsentError
    return found


def with_messages(*, actor: Actor, case: Case | None, rows: Iterable[AccessRequest]) -> list[AccessRequest]:
    """The requests, each with `said`: what was said about it, oldest first, as its reader may know it. One query.

    `case` is given for the lead agency; the agency that asked reads what was written to it.
    """
    found = list(rows)
    said: dict[uuid.UUID, list[AccessMessage]] = {row.pk: [] for row in found}
    for message in (
        AccessMessage.objects.visible_to(actor)
        .filter(request_id__in=said)
        .select_related("agency")
        .annotate(text_shown=_text_for(actor, case))
        .order_by("at")
    ):
        said[message.request_id].append(message)
    for row in found:
        row.said = said[row.pk]  # type: ignore[attr-defined]
    return found


def _text_for(actor: Actor, case: Case | None) -> Any:
    if case is None:
        return F("text")
    reader = in_case(actor, case)
    return text_shown(reader, F("request__case_id"), F("text"), written_by(reader, "agency"))


def _purpose_for(actor: Actor, case: Case) -> Any:
    reader = in_case(actor, case)
    return text_shown(reader, F("case_id"), F("purpose"), written_by(reader, "agency"))


def _messages(asked: AccessRequest | None) -> list[AccessMessage]:
    """For the agency that asked, to whom both sides' words were written."""
    return list(asked.messages.select_related("agency").annotate(text_shown=F("text")).order_by("at")) if asked else []
