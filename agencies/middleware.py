"""One transaction a request, with the identity of who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from agencies.scoping import actor_for
from kernel.actors import ANONYMOUS, Actor
from kernel.files import undone_on_failure
from kernel.identity import acting_as, identity_set
from kernel.references import reference_find

# Health checks and static files neither need nor get a transaction.
_PLAIN = ("/health/", "/static/")


class IdentityMiddleware:
    """Opens the transaction, tells PostgreSQL who asks, puts `request.actor`, rolls back what failed.

    The API names its user later, by bearer token: it calls `identity_set` again (agencies.api_auth).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_PLAIN):
            request.actor = ANONYMOUS  # type: ignore[attr-defined]
            return self.get_response(request)
        try:
            with undone_on_failure(), transaction.atomic():
                request.actor = actor_for(request.user)  # type: ignore[attr-defined]
                with _identity(request.actor, by_key=bool(reference_find(request.path))):  # type: ignore[attr-defined]
                    response = self.get_response(request)
                    if response.status_code >= 500:
                        raise _RollBack(response)
        except _RollBack as failed:
            return failed.response
        return response


@contextmanager
def _identity(actor: Actor, *, by_key: bool) -> Iterator[None]:
    if settings.DATABASE_ROLE == "app":
        identity_set(actor, by_key=by_key)
        yield
    else:
        # A process with wider rights (tests, a developer's shell) takes the application's role for the request.
        with acting_as(actor, by_key=by_key):
            yield


class _RollBack(Exception):
    """Carries a failed response out of the transaction, so that nothing of it is saved."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response
