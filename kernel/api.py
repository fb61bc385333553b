"""What every API view and serializer shares: the actor, plain text, keyset pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from kernel.actors import ANONYMOUS, Actor
from kernel.cursor import Cursor
from kernel.forms.text import has_hidden_characters

PAGE_SIZE = 25


class ActorView(APIView):
    """An API view. `self.actor` is who asks, as on pages.

    Whoever may not act is refused before anything that was sent is judged: `admit` runs ahead of every method that
    writes.
    """

    @property
    def actor(self) -> Actor:
        return getattr(self.request._request, "actor", ANONYMOUS)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, by what right; and for a method that writes whether they may."""
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        if request.method not in SAFE_METHODS and method in self.http_method_names and hasattr(self, method):
            self.admit(request, **kwargs)

    def admit(self, request: Request, **kwargs: Any) -> None:
        """Raise AbsentError for what the caller may not see, ForbiddenError for what they may see but not do.

        Every view that writes says it for itself; a view that does not refuses everybody.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say who may write.")


def sent(request: Request) -> Mapping[str, Any]:
    """What was sent, before it is judged: nothing where it is no object."""
    return request.data if isinstance(request.data, Mapping) else {}


class PlainField(serializers.CharField):
    """Text without NUL bytes, control characters or marks that reverse the reading direction."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if has_hidden_characters(text):
            raise ValidationError("Remove the hidden characters from this text and send it again.")
        return text


class MomentField(serializers.DateTimeField):
    """A moment of these centuries: a slip such as the year 202 is refused, and so is what no calendar can show."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        moment: dt.datetime = super().to_internal_value(value)
        if not 1900 <= moment.year <= 2200:
            raise ValidationError("The year must be between 1900 and 2200.")
        return moment


def cursor_of(request: Request) -> Cursor:
    """The cursor in `?cursor=`; the start of the list without one. Raises ValidationError for a broken one."""
    try:
        return Cursor.parse(request.query_params.get("cursor", ""))
    except ValueError:
        raise ValidationError({"cursor": ["This cursor is not valid. Start again without it."]}) from None


def page_of(request: Request, results: Iterable[Any], following: Cursor | None) -> dict[str, Any]:
    """`{"results": […], "next": url|null}`: the next address keeps the filters of this one."""
    link = None
    if following is not None:
        query = {k: v for k, v in request.query_params.items() if k != "cursor"} | {"cursor": following.text()}
        link = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
    return {"results": list(results), "next": link}
