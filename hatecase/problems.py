"""Errors of the API as RFC 9457 problem documents. A record out of scope and an absent one answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from agencies.idempotency import KeyReusedError
from kernel.errors import AbsentError, ForbiddenError, RuleError, StaleError

MEDIA_TYPE = "application/problem+json"
_ABSENT = "There is nothing here that you may see."


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception of a view into a problem document; None (a 500) for what nobody foresaw."""
    status, detail, extra = _meaning(error)
    if status is None:
        return None
    if transaction.get_connection().in_atomic_block and status >= 500:
        set_rollback()
    response = Response(problem(status, detail, **extra), status=status, content_type=MEDIA_TYPE)
    if isinstance(error, exceptions.APIException):
        challenge, wait = getattr(error, "auth_header", None), getattr(error, "wait", None)
        if challenge:
            response["WWW-Authenticate"] = challenge
        if wait:
            response["Retry-After"] = str(int(wait))
    return response


def problem(status: int, detail: str, **extra: Any) -> dict[str, Any]:
    """The members of a problem document."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **extra}


def _meaning(error: Exception) -> tuple[int | None, str, dict[str, Any]]:
    if isinstance(error, Http404 | AbsentError):
        return 404, _ABSENT, {}
    if isinstance(error, PermissionDenied):
        return 403, "You may not do this.", {}
    if isinstance(error, KeyReusedError):
        return 409, error.message, {}
    if isinstance(error, StaleError):
        return 412, error.message, {}
    if isinstance(error, ForbiddenError):
        return 403, error.message, {}
    if isinstance(error, RuleError):
        return 400, error.message, {"errors": {error.field: [error.message]}} if error.field else {}
    if isinstance(error, exceptions.ValidationError):
        return 400, "Some of what was sent is not right. See errors.", {"errors": _fields(error.detail)}
    if isinstance(error, exceptions.NotFound):
        return 404, _ABSENT, {}
    if isinstance(error, exceptions.APIException):
        return error.status_code, str(error.detail), {}
    return None, "", {}


def _fields(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        return {str(name): _fields(value) for name, value in detail.items()}
    if isinstance(detail, list):
        return [_fields(value) for value in detail]
    return str(detail)


def problem_page(request: HttpRequest, status: int, detail: str = _ABSENT) -> JsonResponse:
    """The same for addresses under /api/ that no view answers."""
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)
