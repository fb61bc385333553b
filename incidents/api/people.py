"""Victims and alleged perpetrators by machine. Each read is an event of its own."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.selectors import person_api
from incidents.serializers.person import PerpetratorOut, VictimOut
from incidents.services.fields import perpetrator_fields, victim_fields
from kernel import audit
from kernel.api import ActorView
from kernel.models import AuditOperation


class VictimView(ActorView):
    @extend_schema(operation_id="victim_read", responses=VictimOut)
    def get(self, request: Request, ref: str) -> Response:
        """A victim, for those who may see one of their cases from the victim side."""
        found = person_api.victim_or_absent(self.actor, ref)
        audit.record(self.actor, "victim.read", found, operation=AuditOperation.CONSULTATION)
        return Response(VictimOut(person_api.victim_whole(self.actor, found, victim_fields(self.actor, found))).data)


class PerpetratorView(ActorView):
    @extend_schema(operation_id="perpetrator_read", responses=PerpetratorOut)
    def get(self, request: Request, ref: str) -> Response:
        """An alleged perpetrator, for those who may see one of their cases from that side."""
        found = person_api.perpetrator_or_absent(self.actor, ref)
        audit.record(self.actor, "perpetrator.read", found, operation=AuditOperation.CONSULTATION)
        fields = perpetrator_fields(self.actor, found)
        return Response(PerpetratorOut(person_api.perpetrator_whole(self.actor, found, fields)).data)
