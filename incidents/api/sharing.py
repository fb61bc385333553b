"""Sharing by machine: a share with its passport, its recall, and requests for access."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import idempotent
from incidents.api import doors
from incidents.api.warnings import names_told, names_warned
from incidents.choices import Gateway, gateway_parse
from incidents.forms.names import RECALL_READ
from incidents.models import AccessRequest, CaseGrant, WishOverride
from incidents.selectors import access_request as selectors
from incidents.selectors import case_api
from incidents.selectors.breach import openings, openings_shown
from incidents.selectors.override import override_get
from incidents.serializers.case import OverrideOut, ShareIn, ShareOut
from incidents.serializers.sharing import (
    AccessAnswerIn,
    AccessAskIn,
    AccessRequestOut,
    AccessRequestsOut,
    RecallIn,
    RecallOut,
)
from incidents.services.access_decision import access_grant, access_question, access_refuse, require_decides
from incidents.services.access_request import access_ask, access_reply
from incidents.services.override import OverrideCase, override_ask
from incidents.services.recall import share_recall
from incidents.services.share import ShareTerms, share_put
from kernel.api import ActorView
from kernel.errors import AbsentError, RuleError
from kernel.references import reference_normalise


def _gateway(text: str) -> Gateway:
    try:
        return gateway_parse(text)
    except ValueError as error:
        raise RuleError(str(error), "gateway") from error


class SharesView(ActorView):
    """Who sees a case."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case = doors.case_to(self.actor, kwargs["ref"], "share")

    @extend_schema(
        operation_id="case_share",
        request=ShareIn,
        responses={201: ShareOut, 202: OpenApiResponse(OverrideOut, "A supervisor has to confirm the override.")},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Shares the case with an agency, for a purpose, by a legal gateway. With `override` against a victim's wish:
        nothing is shared until a supervisor confirms it."""
        incoming = ShareIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        wanted = incoming.validated_data
        gateway = _gateway(wanted["gateway"])
        if wanted.get("override"):
            override = idempotent(
                request,
                self.actor,
                lambda: self._override(wanted, gateway),
                identify=lambda made: str(made.pk),
                find=lambda uid: override_get(actor=self.actor, case=self.case, uid=uuid.UUID(uid)),
            )
            return Response(OverrideOut(override).data, status=202)
        grant = idempotent(
            request,
            self.actor,
            lambda: share_put(actor=self.actor, case=self.case, terms=_terms(wanted, gateway)),
            identify=lambda made: str(made.uid),
            find=lambda uid: case_api.share_get(self.case, uid),
        )
        return Response(ShareOut(grant).data, status=201)

    def _override(self, wanted: dict[str, Any], gateway: Gateway) -> WishOverride:
        why = OverrideCase(**{"not_told_reason": "", **wanted["override"]})
        return override_ask(actor=self.actor, case=self.case, terms=_terms(wanted, gateway), why=why)


def _terms(wanted: dict[str, Any], gateway: Gateway) -> ShareTerms:
    return ShareTerms(
        agency=case_api.agency_by_code(wanted["agency"]),
        level=wanted["level"],
        purpose=wanted["purpose"],
        gateway=gateway.value,
        necessity=wanted.get("necessity", ""),
        field_groups=wanted.get("field_groups"),
        caldicott_guardian=wanted.get("caldicott_guardian", ""),
        starts_at=wanted.get("from"),
        until=wanted.get("until"),
    )


class RecallView(ActorView):
    """A share that was a mistake."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case = doors.case_to(self.actor, kwargs["ref"], "share")
        self.grant = case_api.share_get(self.case, str(kwargs["share"]))

    @extend_schema(operation_id="share_recall", request=RecallIn, responses=RecallOut)
    def post(self, request: Request, ref: str, share: uuid.UUID) -> Response:
        """Withdraws a mistaken share at once, and opens a breach with its 72 hours. Again, it changes nothing. A
        name in `reason` is taken, and told in `warnings`."""
        incoming = RecallIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        # Before: what is recalled may be the share by which the caller reads the case.
        known = names_told(self.actor, self.case)
        grant = idempotent(
            request,
            self.actor,
            lambda: share_recall(actor=self.actor, case=self.case, uid=share, **incoming.validated_data),
            identify=lambda made: str(made.uid),
            find=lambda uid: case_api.share_get(self.case, uid),
        )
        warnings = names_warned(incoming.validated_data, {"reason": RECALL_READ}, lambda: known)
        return Response(RecallOut(_recalled(grant), context={"warnings": warnings}).data)


def _recalled(grant: CaseGrant) -> CaseGrant:
    found = openings_shown(openings(grant.uid))
    grant.opened, grant.opened_more = found.rows, found.more  # type: ignore[attr-defined]
    return grant


class AccessRequestsView(ActorView):
    """Requests for access to a case: of the signposted agency its own, for the lead agency all."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        found = selectors.signpost_get(actor=self.actor, ref=reference_normalise(kwargs["ref"], "HC") or "")
        if found is None:
            raise AbsentError
        self.signpost = found

    @extend_schema(operation_id="access_request_list", responses=AccessRequestsOut)
    def get(self, request: Request, ref: str) -> Response:
        """Whom to ask, and the requests: those of the caller's agency where it only knows that the case exists, all
        of them for the agency that leads it."""
        wanted = reference_normalise(ref, "HC") or ""
        signpost = selectors.signpost_get(actor=self.actor, ref=wanted)
        if signpost is not None:
            page = selectors.signpost_page(actor=self.actor, access=signpost)
            rows = selectors.with_messages(
                actor=self.actor,
                case=None,
                rows=selectors.requests_own(actor=self.actor, case_id=signpost.case_id),
            )
            names = {"ref": page.ref, "lead_agency": page.lead_agency, "contacts": page.contacts}
        else:
            case = doors.case_or_404(self.actor, wanted)
            rows = selectors.with_messages(
                actor=self.actor, case=case, rows=selectors.requests_of(actor=self.actor, case=case)
            )
            names = {"ref": case.ref, "lead_agency": case.lead_agency.name, "contacts": []}
        return Response(AccessRequestsOut({**names, "results": rows}).data)

    @extend_schema(operation_id="access_request_make", request=AccessAskIn, responses={201: AccessRequestOut})
    def post(self, request: Request, ref: str) -> Response:
        """Asks for access to a case of which the caller's agency only knows that it exists."""
        incoming = AccessAskIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        wanted = incoming.validated_data
        gateway = _gateway(wanted["gateway"])
        made = idempotent(
            request,
            self.actor,
            lambda: access_ask(
                actor=self.actor, signpost=self.signpost, purpose=wanted["purpose"], gateway=gateway.value
            ),
            identify=lambda made: str(made.pk),
            find=lambda uid: selectors.request_own(actor=self.actor, uid=uuid.UUID(uid)),
        )
        mine = selectors.request_own(actor=self.actor, uid=made.pk)
        [row] = selectors.with_messages(actor=self.actor, case=None, rows=[mine])
        return Response(AccessRequestOut(row).data, status=201)


class AccessAnswerView(ActorView):
    """What is answered to a request for access."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        """The lead agency decides; who asked replies to a question."""
        ref = reference_normalise(kwargs["ref"], "HC") or ""
        self.signpost = selectors.signpost_get(actor=self.actor, ref=ref)
        if self.signpost is not None:
            self.found = selectors.request_own(actor=self.actor, uid=kwargs["uid"], case_id=self.signpost.case_id)
            return
        self.case = doors.case_to(self.actor, ref, "manages")
        self.found = selectors.request_get(actor=self.actor, case=self.case, uid=kwargs["uid"])
        require_decides(self.actor, self.case)

    @extend_schema(operation_id="access_request_answer", request=AccessAnswerIn, responses=AccessRequestOut)
    def post(self, request: Request, ref: str, uid: uuid.UUID) -> Response:
        """Grants a request on terms, refuses it with a reason, asks a question back; or replies to that question."""
        incoming = AccessAnswerIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        wanted = incoming.validated_data
        idempotent(
            request,
            self.actor,
            lambda: self._answer(wanted),
            identify=lambda made: str(self.found.pk),
            find=lambda uid: self.found,
        )
        return Response(AccessRequestOut(self._shown(uid)).data)

    def _shown(self, uid: uuid.UUID) -> AccessRequest:
        if self.signpost is None:
            again = selectors.request_get(actor=self.actor, case=self.case, uid=uid)
        else:
            again = selectors.request_own(actor=self.actor, uid=uid)
        case = self.case if self.signpost is None else None
        [row] = selectors.with_messages(actor=self.actor, case=case, rows=[again])
        return row

    def _answer(self, wanted: dict[str, Any]) -> Any:
        answer, text = wanted["answer"], wanted.get("text", "")
        if (answer == "reply") is (self.signpost is None):
            raise RuleError("The lead agency grants, refuses or asks; who asked for access replies.", "answer")
        if self.signpost is not None:
            return access_reply(
                actor=self.actor,
                asked=self.found,
                ref=self.signpost.case_ref,
                lead_agency_id=self.signpost.lead_agency_id,
                text=text,
            )
        if answer == "grant":
            return access_grant(actor=self.actor, case=self.case, asked=self.found, terms=self._terms(wanted))
        if answer == "refuse":
            return access_refuse(actor=self.actor, case=self.case, asked=self.found, reason=text)
        return access_question(actor=self.actor, case=self.case, asked=self.found, text=text)

    def _terms(self, wanted: dict[str, Any]) -> ShareTerms:
        return ShareTerms(
            agency=self.found.agency,
            level=wanted["level"],
            purpose=self.found.purpose,
            gateway=self.found.gateway,
            necessity=wanted.get("necessity", ""),
            field_groups=wanted.get("field_groups"),
            caldicott_guardian=wanted.get("caldicott_guardian", ""),
            until=wanted.get("until"),
        )
