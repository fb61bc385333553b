"""What every page of meetings starts with: who asks, and the record that they may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods

from hasbag import selectors, services
from hasbag.models import Meeting
from kernel.actors import Actor
from kernel.errors import ForbiddenError

View = Callable[..., HttpResponseBase]


def page(*methods: str) -> Callable[[View], View]:
    """A page for people who work cases, by these methods (GET and HEAD unless named).

    What the actor may not see is not found, with the body of what is not there; what they may see but not do is
    forbidden.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not actor_of(request).agency_ids:
                raise Http404
            try:
                return view(request, *args, **kwargs)
            except ObjectDoesNotExist:
                raise Http404 from None
            except ForbiddenError as error:
                raise PermissionDenied(error.message) from None

        return require_http_methods(methods or ["GET", "HEAD"])(guarded)

    return decorate


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    return request.actor  # type: ignore[attr-defined]


def meeting_of(request: HttpRequest, ref: str) -> Meeting:
    """The meeting of this page. Raises Meeting.DoesNotExist."""
    return selectors.meeting_get(actor_of(request), ref)


def require_chair(request: HttpRequest, meeting: Meeting) -> None:
    """Pages that only the chair opens. Raises ForbiddenError."""
    services.meeting.require_chair(actor_of(request), meeting)
