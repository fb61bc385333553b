"""`GET /api/v1/indicators/`: the county's published figures for a machine."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.api import ActorView
from strategy.scoping import require_reader
from strategy.selectors.indicators import indicators
from strategy.serializers import IndicatorsIn, IndicatorsOut
from strategy.services import figures_read


class IndicatorsView(ActorView):
    """Published counts of incidents."""

    @extend_schema(parameters=[IndicatorsIn], responses={200: IndicatorsOut}, operation_id="indicators_list")
    def get(self, request: Request) -> Response:
        """Incidents of whole months by strand, district, month or lead agency, with small counts hidden.

        Figures are made once a day. Months that have none are left out: `period_from` and `period_to` say what is
        covered. A sum is `[c]` where any month of it is hidden.
        """
        require_reader(self.actor)
        wanted = IndicatorsIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        found = indicators(actor=self.actor, **wanted.validated_data)
        shown = {name: str(value) for name, value in wanted.validated_data.items()}
        figures_read(actor=self.actor, action="figures.api", shown=shown)
        return Response(IndicatorsOut(found).data)
