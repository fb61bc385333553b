"""What every answer keeps: headers that hold personal pages out of shared caches, and the time of those that find nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers


class PrivatePagesMiddleware:
    """Every page is private and is not stored, unless the view said otherwise itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response


def nothing_found(response: HttpResponse) -> HttpResponse:
    """Mark an answer that finds nothing without being a 404: it takes as long as one."""
    response.finds_nothing = True  # type: ignore[attr-defined]
    return response


class NothingFoundMiddleware:
    """What is hidden and what is not there are answered after the same time (docs/decisions/0037-nothing-found-takes-its-time.md):
    no sooner than `NOTHING_FOUND_SECONDS` after the question came.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        until = time.monotonic() + settings.NOTHING_FOUND_SECONDS
        response = self.get_response(request)
        if response.status_code == 404 or getattr(response, "finds_nothing", False):
            time.sleep(max(0.0, until - time.monotonic()))
        return response
