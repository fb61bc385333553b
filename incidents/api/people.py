"""Victims and alleged perpetrators by machine. Each read is an event of its own."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.selectors.person_api import perpetrator_whole, victim_whole
from incidents.serializers.person import PerpetratorOut, VictimOut
from kernel import audit
from kernel.api import ActorView
from kernel.models import AuditOperation


class VictimView(ActorView):
    @extend_schema(operation_id="victim_read", responses=VictimOut)
    def get(self, request: Request, ref: str) -> Response:
        """A victim, for those who may see one of their cases from the victim side."""
        whole = victim_whole(self.actor, ref)
        audit.record(self.actor, "victim.read", whole["victim"], operation=AuditOperation.CONSULTATION)
        return Response(VictimOut(whole).data)


class PerpetratorView(ActorView):
    @extend_schema(operation_id="perpetrator_read", responses=PerpetratorOut)
    def get(self, request: Request, ref: str) -> Response:
        """An alleged perpetrator, for those who may see one of their cases from that side."""
        whole = perpetrator_whole(self.actor, ref)
        audit.record(self.actor, "perpetrator.read", whole["person"], operation=AuditOperation.CONSULTATION)
        return Response(PerpetratorOut(whole).data)
