"""Evidence by machine: the files of a case, adding one, one with its custody log, and the ways out."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import idempotent
from incidents.api import doors
from incidents.api.warnings import names_told, names_warned
from incidents.choices import EvidenceKind, EvidenceOrigin, Level
from incidents.downloads import file_response
from incidents.forms.evidence import sent_file
from incidents.forms.names import FILE_READ
from incidents.models import Case, Evidence
from incidents.scoping import takes_original, withdraws_evidence
from incidents.selectors.case_page import abilities
from incidents.selectors.evidence import EvidenceView as Told
from incidents.selectors.evidence import custody_log, evidence_get, evidence_list, evidence_told
from incidents.serializers.evidence import EvidenceAddedOut, EvidenceIn, EvidenceOut, EvidenceWholeOut, ReasonIn
from incidents.services import evidence as services
from incidents.services.reading import case_part_read
from kernel.actors import Actor
from kernel.api import ActorView
from kernel.errors import AbsentError, ForbiddenError, RuleError
from kernel.files import path_digest


class AnyFileRenderer(JSONRenderer):
    """Lets a caller ask for any kind of file; errors are JSON all the same."""

    media_type = "*/*"
    format = "file"


class EvidencesView(ActorView):
    """The files of a case."""

    parser_classes = [MultiPartParser]

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case = doors.case_to(self.actor, kwargs["ref"], "add")

    @extend_schema(operation_id="evidence_list", responses=EvidenceOut(many=True))
    def get(self, request: Request, ref: str) -> Response:
        """The files that the caller may know of, newest first, two hundred at most."""
        case = doors.case_or_404(self.actor, ref)
        case_part_read(actor=self.actor, case=case, part="evidence")
        return Response(EvidenceOut(evidence_list(actor=self.actor, case=case), many=True).data)

    @extend_schema(
        operation_id="evidence_add",
        request={"multipart/form-data": EvidenceIn},
        responses={201: EvidenceAddedOut},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Adds a file. It is read whole before it is kept; what is not taken is refused with a sentence.
        A name in `description` is taken, and told in `warnings`."""
        incoming = EvidenceIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        data = dict(incoming.validated_data)
        sent = sent_file(data.pop("file"))

        def make() -> Evidence:
            said = services.EvidenceData(**data)
            try:
                [added] = services.evidence_add(
                    actor=self.actor, case=self.case, data=said, files=[sent], origin=EvidenceOrigin.API
                )
            except RuleError as error:
                field = "file" if error.field == services.FIELD else error.field
                raise type(error)(error.message, field) from None
            return added

        words = {**{name: str(value) for name, value in data.items()}, "name": sent.name}
        evidence = idempotent(
            request,
            self.actor,
            make,
            identify=lambda made: str(made.uid),
            find=lambda uid: _get(self.actor, self.case, uuid.UUID(uid)),
            body=json.dumps(words, sort_keys=True).encode() + path_digest(sent.path).encode(),
        )
        warnings = names_warned(data, {"description": FILE_READ}, lambda: names_told(self.actor, self.case))
        row = _get(self.actor, self.case, evidence.uid)
        context = _context(self.actor, self.case, row) | {"warnings": warnings}
        told = evidence_told(self.actor, self.case, row)
        return Response(EvidenceAddedOut(told, context=context).data, status=201)


class _ItemView(ActorView):
    """One file of a case, as the caller may know it now."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case, self.view = _item(self.actor, kwargs["ref"], kwargs["uid"])
        self.allow()

    def allow(self) -> None:
        """Raise ForbiddenError for who may know of the file but not do this."""
        raise NotImplementedError


class EvidenceView(ActorView):
    @extend_schema(operation_id="evidence_read", responses=EvidenceWholeOut)
    def get(self, request: Request, ref: str, uid: uuid.UUID) -> Response:
        """One file's record with its custody log."""
        case = doors.case_or_404(self.actor, ref)
        evidence = _get(self.actor, case, uid)
        services.evidence_read(actor=self.actor, case=case, evidence=evidence)
        return Response(_whole(self.actor, case, uid))


_FILE = {(200, kind): OpenApiTypes.BINARY for kind in sorted({kind.media_type for kind in EvidenceKind})}
"""A file goes out as what it was found to be."""


class FileView(ActorView):
    renderer_classes = [AnyFileRenderer, JSONRenderer]

    @extend_schema(operation_id="evidence_download", responses=_FILE)
    def get(self, request: Request, ref: str, uid: uuid.UUID) -> FileResponse:
        """The file: for the agency that added it as it came, for others a picture without its location."""
        case, view = _item(self.actor, ref, uid)
        return file_response(services.evidence_download(actor=self.actor, case=case, evidence=view.row))


class OriginalView(_ItemView):
    renderer_classes = [AnyFileRenderer, JSONRenderer]

    def allow(self) -> None:
        if not takes_original(self.actor, self.case, self.view.row):
            raise ForbiddenError("Only managers and points of contact of the lead agency can have the original.")

    @extend_schema(
        operation_id="evidence_original",
        request=ReasonIn,
        responses=_FILE,
    )
    def post(self, request: Request, ref: str, uid: uuid.UUID) -> FileResponse:
        """The original of a file, location and all, for who decides for the lead agency; with a reason."""
        incoming = ReasonIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        return file_response(
            services.evidence_original(
                actor=self.actor, case=self.case, evidence=self.view.row, **incoming.validated_data
            )
        )


class WithdrawView(_ItemView):
    def allow(self) -> None:
        works = abilities(self.actor, self.case).level.covers(Level.CONTRIBUTE)
        if not (works and withdraws_evidence(self.actor, self.case, self.view.row)):
            raise ForbiddenError("Only the agency that added the file and the lead agency can withdraw it.")

    @extend_schema(operation_id="evidence_withdraw", request=ReasonIn, responses=EvidenceWholeOut)
    def post(self, request: Request, ref: str, uid: uuid.UUID) -> Response:
        """Withdraws a file: nobody opens it any more, its record stays."""
        incoming = ReasonIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        services.evidence_withdraw(actor=self.actor, case=self.case, evidence=self.view.row, **incoming.validated_data)
        return Response(_whole(self.actor, self.case, uid))


def _item(actor: Actor, ref: str, uid: uuid.UUID) -> tuple[Case, Told]:
    case = doors.case_or_404(actor, ref)
    return case, evidence_told(actor, case, _get(actor, case, uid))


def _get(actor: Actor, case: Case, uid: uuid.UUID) -> Evidence:
    try:
        return evidence_get(actor=actor, case=case, uid=uid)
    except Evidence.DoesNotExist:
        raise AbsentError from None


def _whole(actor: Actor, case: Case, uid: uuid.UUID) -> dict[str, Any]:
    row = _get(actor, case, uid)
    return dict(EvidenceWholeOut(evidence_told(actor, case, row), context=_context(actor, case, row)).data)


def _context(actor: Actor, case: Case, row: Any) -> dict[str, Any]:
    return {"custody": custody_log(actor=actor, case=case, evidence=row)}
