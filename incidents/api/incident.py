"""`POST /api/v1/incidents/`: a machine logs a report."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import idempotent
from incidents.api import doors
from incidents.api.warnings import names_sent, names_told, names_warned
from incidents.forms.names import SUMMARY_READ
from incidents.models import Incident
from incidents.rules.names import Naming
from incidents.selectors.incident import incident_logged
from incidents.selectors.people import agency_for
from incidents.serializers.incident import IncidentIn, IncidentLoggedOut
from incidents.services.incident import incident_log
from kernel.api import ActorView, sent
from kernel.errors import ForbiddenError


class IncidentsView(ActorView):
    """Log an incident."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        if not self.actor.agency_ids:
            raise ForbiddenError("Your role does not log incidents.")
        ref = sent(request).get("case")
        self.case = doors.case_to(self.actor, ref, "add") if isinstance(ref, str) and ref.strip() else None

    @extend_schema(request=IncidentIn, responses={201: IncidentLoggedOut}, operation_id="incident_log")
    def post(self, request: Request) -> Response:
        """Logs a report for the caller's agency: opens a case, or joins the open one in `case`. A name
        in `summary` is taken, and told in `warnings`."""
        incoming = IncidentIn(data=request.data)
        incoming.is_valid(raise_exception=True)

        def make() -> Incident:
            agency = agency_for(self.actor.agency_ids[0])
            return incident_log(actor=self.actor, agency=agency, data=incoming.to_data(), case=self.case)

        incident = idempotent(
            request, self.actor, make, identify=lambda i: i.ref, find=lambda ref: incident_logged(self.actor, ref)
        )
        sent = incoming.validated_data
        warnings = names_warned(sent, {"summary": SUMMARY_READ}, lambda: self._names(sent))
        return Response(IncidentLoggedOut(incident, context={"warnings": warnings}).data, status=201)

    def _names(self, report: dict[str, Any]) -> Naming:
        """What the report names itself, and whom the caller is shown in the case that it joins."""
        return names_sent(report) + (names_told(self.actor, self.case) if self.case is not None else Naming())
