"""Meetings, their agenda and briefing packs by machine."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.api import idempotent
from agencies.choices import Area
from hasbag.models import AgendaItem, Meeting, Pack
from hasbag.selectors.meeting import item_get, meeting_get, meeting_page
from hasbag.selectors.meeting_api import meetings_from
from hasbag.selectors.pack import pack_for_download, pack_row
from hasbag.serializers import (
    ItemIn,
    ItemOut,
    ItemRemoveIn,
    MeetingIn,
    MeetingOut,
    MeetingRowOut,
    PackIn,
    PackOut,
)
from hasbag.services.item import item_add, item_remove
from hasbag.services.meeting import meeting_create, require_area_chair, require_chair
from hasbag.services.pack import pack_downloaded, pack_request, require_may_ask
from hasbag.services.reading import meeting_read
from incidents.selectors.case_api import agency_by_code
from kernel.api import PAGE_SIZE, ActorView, cursor_of, page_of, sent
from kernel.cursor import Cursor


class PdfRenderer(BaseRenderer):
    """Lets a client ask for application/pdf; the file itself is answered by the view."""

    media_type = "application/pdf"
    format = "pdf"
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return JSONRenderer().render(data)


_REMOVED = "Taken off by the chair"
_PAGE = inline_serializer(
    "MeetingPage", {"results": MeetingRowOut(many=True), "next": serializers.URLField(allow_null=True)}
)


class MeetingsView(ActorView):
    def admit(self, request: Request, **kwargs: Any) -> None:
        area = sent(request).get("area")
        require_area_chair(self.actor, str(area) if area in Area.values else "")

    @extend_schema(
        operation_id="meeting_list", responses=_PAGE, parameters=[OpenApiParameter("cursor", OpenApiTypes.STR)]
    )
    def get(self, request: Request) -> Response:
        """The meetings of the caller's agencies, latest first."""
        rows = meetings_from(self.actor, cursor_of(request), PAGE_SIZE + 1)
        page = rows[:PAGE_SIZE]
        following = Cursor(page[-1].starts_at, page[-1].pk) if len(rows) > PAGE_SIZE else None
        return Response(page_of(request, MeetingRowOut(page, many=True).data, following))

    @extend_schema(operation_id="meeting_create", request=MeetingIn, responses={201: MeetingOut})
    def post(self, request: Request) -> Response:
        """Calls a meeting. The system chooses the agenda within moments: read it until `agenda_state` is `chosen`."""
        incoming = MeetingIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        meeting = idempotent(
            request,
            self.actor,
            lambda: meeting_create(actor=self.actor, **incoming.validated_data),
            identify=lambda made: made.ref,
            find=lambda ref: found(lambda: meeting_get(self.actor, ref), Meeting),
        )
        return Response(_whole(self.actor, meeting.ref), status=201)


class MeetingView(ActorView):
    @extend_schema(operation_id="meeting_read", responses=MeetingOut)
    def get(self, request: Request, ref: str) -> Response:
        """A meeting with the lines of its agenda that the caller may see."""
        return Response(_whole(self.actor, ref))


class ChairView(ActorView):
    """What the chair alone does to a meeting."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.meeting = found(lambda: meeting_get(self.actor, kwargs["ref"]), Meeting)
        require_chair(self.actor, self.meeting)


class ItemsView(ChairView):
    @extend_schema(operation_id="item_add", request=ItemIn, responses={201: ItemOut})
    def post(self, request: Request, ref: str) -> Response:
        """Puts a case on the agenda, as the chair."""
        incoming = ItemIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        wanted = incoming.validated_data
        item = idempotent(
            request,
            self.actor,
            lambda: item_add(
                actor=self.actor, meeting=self.meeting, case_ref=wanted["case"], reason=wanted.get("reason", "")
            ),
            identify=lambda made: str(made.uid),
            find=lambda uid: found(lambda: item_get(self.actor, self.meeting, uid), AgendaItem),
        )
        lines = meeting_page(self.actor, self.meeting.ref).agenda
        line = next((line for line in lines if line.uid == item.uid), None)
        if line is None:
            raise Http404
        return Response(ItemOut(line).data, status=201)


class ItemView(ActorView):
    def admit(self, request: Request, **kwargs: Any) -> None:
        self.meeting = found(lambda: meeting_get(self.actor, kwargs["ref"]), Meeting)
        self.item = found(lambda: item_get(self.actor, self.meeting, kwargs["item"]), AgendaItem)
        require_chair(self.actor, self.meeting)

    @extend_schema(operation_id="item_remove", request=ItemRemoveIn, responses={204: None})
    def delete(self, request: Request, ref: str, item: uuid.UUID) -> Response:
        """Takes a case off the agenda, as the chair; a reason may come with it."""
        incoming = ItemRemoveIn(data=request.data or {})
        incoming.is_valid(raise_exception=True)
        item_remove(actor=self.actor, item=self.item, reason=incoming.validated_data.get("reason") or _REMOVED)
        return Response(status=204)


class PacksView(ActorView):
    def admit(self, request: Request, **kwargs: Any) -> None:
        self.meeting = found(lambda: meeting_get(self.actor, kwargs["ref"]), Meeting)
        if code := sent(request).get("agency"):
            require_may_ask(self.actor, self.meeting, str(code).strip().upper())

    @extend_schema(operation_id="pack_request", request=PackIn, responses={202: PackOut})
    def post(self, request: Request, ref: str) -> Response:
        """Asks for a briefing pack; the worker makes it."""
        incoming = PackIn(data=request.data or {})
        incoming.is_valid(raise_exception=True)
        code = incoming.validated_data.get("agency")
        pack = idempotent(
            request,
            self.actor,
            lambda: pack_request(
                actor=self.actor, meeting=self.meeting, agency=agency_by_code(code) if code else None
            ),
            identify=lambda made: made.ref,
            find=lambda made: found(lambda: pack_row(self.actor, made), Pack),
        )
        return Response(_pack(request, self.actor, pack.ref), status=202)


class PackView(ActorView):
    @extend_schema(operation_id="pack_read", responses=PackOut)
    def get(self, request: Request, ref: str) -> Response:
        """How far a pack is; once it is ready, its digest, pages and link for whoever may download it."""
        return Response(_pack(request, self.actor, ref))


class PackPdfView(ActorView):
    """The file itself. Pages have a door of their own (hasbag:pack_pdf), which asks again who it is."""

    renderer_classes = [PdfRenderer, JSONRenderer]

    @extend_schema(operation_id="pack_download", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, ref: str) -> FileResponse:
        """Hands the pack over to its recipient agency, checked again at this moment."""
        row = found(lambda: pack_row(self.actor, ref), Pack)
        meeting = found(lambda: meeting_get(self.actor, row.meeting_ref), Meeting)
        pack = found(lambda: pack_for_download(self.actor, meeting, ref), Pack)
        path = pack_downloaded(actor=self.actor, pack=pack)
        return FileResponse(path.open("rb"), as_attachment=True, filename=f"{pack.ref}.pdf")


def found(find: Any, model: Any) -> Any:
    """What `find` answers; Http404 where there is none, or none that the caller may see."""
    try:
        return find()
    except model.DoesNotExist:
        raise Http404 from None


def _whole(actor: Any, ref: str) -> Any:
    page = found(lambda: meeting_read(actor=actor, ref=ref), Meeting)
    return MeetingOut(page.meeting, context={"page": page}).data


def _pack(request: Request, actor: Any, ref: str) -> Any:
    row = found(lambda: pack_row(actor, ref), Pack)

    def link(pack: Any) -> str:
        address = reverse("api:pack-pdf", args=[pack.ref], request=request)
        return str(address)

    return PackOut(row, context={"link": link}).data
