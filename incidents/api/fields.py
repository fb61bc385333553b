"""Opening hidden groups of fields by machine."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import idempotent
from incidents.api import doors
from incidents.choices import FieldGroup
from incidents.selectors.fields import reveal_get
from incidents.serializers.case import RevealIn, RevealOut
from incidents.services.fields import group_reveal
from kernel.api import ActorView


class RevealsView(ActorView):
    """What of a case is hidden until somebody says why they need it."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case = doors.case_to(self.actor, kwargs["ref"], "look")

    @extend_schema(operation_id="case_reveal", request=RevealIn, responses={201: RevealOut})
    def post(self, request: Request, ref: str) -> Response:
        """Opens a group of fields to the caller for half an hour. Each opening is an event of its own.

        With an Idempotency-Key the same request finds the first opening again, open or closed by now.
        """
        incoming = RevealIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        wanted = incoming.validated_data
        group, reason = FieldGroup(wanted["group"]), wanted["reason"]
        reveal = idempotent(
            request,
            self.actor,
            lambda: group_reveal(actor=self.actor, case=self.case, group=group, reason=reason),
            identify=lambda made: str(made.pk),
            find=lambda pk: reveal_get(self.actor, self.case, pk),
        )
        return Response(RevealOut(reveal).data, status=201)
