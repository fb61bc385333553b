"""Cases by machine: the list, the whole case, and its change."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.choices import District
from incidents.api import doors
from incidents.api.warnings import Warned, names_told, names_warned
from incidents.choices import Band, CaseStatus, Classification, Priority, Strand
from incidents.forms.names import HISTORY_READ, SUMMARY_READ
from incidents.models import Case
from incidents.selectors import case_api
from incidents.selectors.case_list import CaseCriteria
from incidents.selectors.case_page import CasePage
from incidents.serializers.case import (
    CaseChangedOut,
    CaseOut,
    CasePageOut,
    CasePatchIn,
    CaseRowOut,
    CrimeIn,
    SignpostOut,
)
from incidents.services.case import case_triage, case_update
from incidents.services.crime import crime_record
from incidents.services.reading import case_list_read, case_read
from incidents.services.watch import case_watch
from kernel.api import ActorView, PlainField, sent
from kernel.errors import RuleError
from kernel.references import reference_normalise

IF_MATCH = OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True)


class CaseFilters(serializers.Serializer):
    """The filters of the list, as the contract names them."""

    q = PlainField(max_length=200, required=False, allow_blank=True)
    status = serializers.MultipleChoiceField(choices=CaseStatus.choices, required=False)
    classification = serializers.MultipleChoiceField(choices=Classification.choices, required=False)
    priority = serializers.MultipleChoiceField(choices=Priority.choices, required=False)
    strand = serializers.MultipleChoiceField(choices=Strand.choices, required=False)
    district = serializers.ChoiceField(District.choices, required=False)
    band = serializers.ChoiceField([*Band.choices, ("none", "Not yet assessed")], required=False)
    received_from = serializers.DateField(required=False)
    received_to = serializers.DateField(required=False)
    lead = PlainField(max_length=12, required=False, help_text="The lead agency's code.")

    def criteria(self) -> CaseCriteria:
        """The filters as the selector takes them. Raises RuleError for an agency that is none."""
        values: dict[str, Any] = dict(self.validated_data)
        lead = values.pop("lead", "")
        return CaseCriteria(
            q=values.get("q", ""),
            status=tuple(sorted(values.get("status", ()))),
            classification=tuple(sorted(values.get("classification", ()))),
            priority=tuple(sorted(values.get("priority", ()))),
            strand=tuple(sorted(values.get("strand", ()))),
            district=values.get("district", ""),
            band=values.get("band", ""),
            received_from=values.get("received_from"),
            received_to=values.get("received_to"),
            lead_id=case_api.agency_by_code(lead).pk if lead else None,
        )


class CasesView(ActorView):
    """The cases that the caller may see."""

    @extend_schema(
        operation_id="case_list",
        parameters=[CaseFilters, OpenApiParameter("before", OpenApiTypes.STR, description="From `next`.")],
        responses=CasePageOut,
    )
    def get(self, request: Request) -> Response:
        """A page of cases, newest first. `next` leads to the page after it."""
        filters = CaseFilters(data=request.query_params)
        filters.is_valid(raise_exception=True)
        before = request.query_params.get("before", "")
        if before and reference_normalise(before, "HC") is None:
            raise serializers.ValidationError({"before": ["Take this from the link in next."]})
        page = case_list_read(actor=self.actor, criteria=filters.criteria(), before=before)
        return Response(
            {
                "results": CaseRowOut(page.cases, many=True, context={"actor": self.actor}).data,
                "next": _following(request, page.older),
                "count": page.count,
                "more": page.more,
                "signposts": SignpostOut(page.signposts, many=True).data,
            }
        )


def _following(request: Request, older: str) -> str | None:
    if not older:
        return None
    query = request.query_params.copy()
    query["before"] = older
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


class PreconditionRequired(APIException):
    """A change that does not say which version it started from."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Send the case's ETag as If-Match, so that nobody's change is lost."


class CaseAnswer(ActorView):
    """What answers with a case whole."""

    def page(self, ref: str) -> CasePage:
        """The case as its page shows it. Raises Http404."""
        try:
            page = case_read(actor=self.actor, ref=reference_normalise(ref, "HC") or "")
        except Case.DoesNotExist:
            raise Http404 from None
        case_watch(actor=self.actor, case=page.case)
        return page

    def whole(self, page: CasePage, warnings: Warned | None = None) -> Response:
        """The answer, with its ETag; after a change with what the caller should know of it."""
        shown = CaseOut if warnings is None else CaseChangedOut
        notes, shares = case_api.notes(self.actor, page.case), case_api.shares(self.actor, page.case)
        context = {"notes": notes, "shares": shares, "warnings": warnings}
        return Response(shown(page, context=context).data, headers={"ETag": f'"{page.case.version}"'})

    def warned(self, case: Case, sent: dict[str, Any]) -> Warned:
        """The names in what was sent where none belong."""
        return names_warned(sent, _READERS, lambda: names_told(self.actor, case))


_READERS = {"summary": SUMMARY_READ, "reason": HISTORY_READ}


class CaseView(CaseAnswer):
    """One case."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        ability = "triage" if "classification" in sent(request) else "change"
        self.case = doors.case_to(self.actor, kwargs["ref"], ability)

    @extend_schema(operation_id="case_read", responses=CaseOut)
    def get(self, request: Request, ref: str) -> Response:
        """A case whole, as far as the caller may see it. The ETag is for If-Match."""
        return self.whole(self.page(ref))

    @extend_schema(operation_id="case_change", request=CasePatchIn, responses=CaseChangedOut, parameters=[IF_MATCH])
    def patch(self, request: Request, ref: str) -> Response:
        """Changes the case, if the caller started from its present version; 412 otherwise, and nothing is lost.
        A name in `summary` or in the `reason` of a classification is taken, and told in `warnings`."""
        incoming = CasePatchIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        held: Any = self.case
        sent, stood = dict(incoming.validated_data), held.summary_shown
        self._change(self.case, _version(request, self.case), dict(sent))
        if str(sent.get("summary", "")).split() == stood.split():
            # A name that stands there already was told before.
            sent.pop("summary", None)
        if "classification" not in sent:
            # Only a classification keeps a reason.
            sent.pop("reason", None)
        return self.whole(self.page(self.case.ref), self.warned(self.case, sent))

    def _change(self, case: Case, version: int, wanted: dict[str, Any]) -> None:
        if "lead_worker" in wanted:
            wanted["lead_worker"] = case_api.colleague_by_email(wanted["lead_worker"], case.lead_agency, "lead_worker")
        if "classification" in wanted:
            self._triage(case, version, wanted)
            return
        reason = wanted.pop("priority_reason", "")
        wanted.pop("reason", None)
        wanted.pop("crime_reference", None)
        case_update(actor=self.actor, case=case, version=version, changes=wanted, priority_reason=reason)

    def _triage(self, case: Case, version: int, wanted: dict[str, Any]) -> None:
        left = {name: wanted[name] for name in ("summary", "status") if name in wanted}
        if left:
            raise RuleError("Send the classification apart from other changes.", "classification")
        worker = wanted.get("lead_worker") or case.lead_worker
        if worker is None:
            raise RuleError(
                "Name the lead worker: triage confirms priority, classification and who leads.", "lead_worker"
            )
        case_triage(
            actor=self.actor,
            case=case,
            version=version,
            priority=wanted.get("priority", case.priority),
            classification=wanted["classification"],
            lead_worker=worker,
            reason=wanted.get("reason", ""),
            priority_reason=wanted.get("priority_reason", ""),
            crime_reference=wanted.get("crime_reference", ""),
        )


class CrimeView(CaseAnswer):
    """The crime of a case, which the police record whichever agency leads."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case = doors.case_to(self.actor, kwargs["ref"], "record_crime")

    @extend_schema(operation_id="case_crime", request=CrimeIn, responses=CaseChangedOut, parameters=[IF_MATCH])
    def post(self, request: Request, ref: str) -> Response:
        """Records the crime with its reference, or corrects the reference; the same again changes nothing. A name in
        `reason` is taken, and told in `warnings`."""
        incoming = CrimeIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        version = _version(request, self.case)
        crime_record(actor=self.actor, case=self.case, version=version, **incoming.validated_data)
        return self.whole(self.page(self.case.ref), self.warned(self.case, incoming.validated_data))


def _version(request: Request, case: Case) -> int:
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise PreconditionRequired
    if header == "*":
        return case.version
    text = header.removeprefix("W/").strip('"')
    return int(text) if text.isdigit() and len(text) < 10 else -1
