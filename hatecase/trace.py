"""What no page may forget: that somebody consulted it, and that somebody was refused a record (docs/domain.md §8.2).

The services record what they do; most reads have a service of their own, whose event says more than this one can. A page
that recorded no reading by itself is recorded here, so that a new page cannot be left out. It stands inside the
request's transaction: the event is written under the asker's identity, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from hasbag.models import Meeting, Pack
from incidents.models import Case, Incident, Task
from kernel import audit
from kernel.actors import ANONYMOUS, Actor
from kernel.models import AuditOperation
from kernel.references import reference_normalise
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim

READING = frozenset({AuditOperation.CONSULTATION.value, AuditOperation.DISCLOSURE.value})
SHOWN = frozenset({200, 409})
REFUSED = frozenset({403, 404})

WITHOUT_PERSONAL_DATA = {
    "accessibility": "a text",
    "account_*": "one's own sign-in",
    "admin:*": "configuration, with a record of its own",
    "agencies:invite": "staff",
    "agencies:notice*": "one's own notices, which name references and no people",
    "agencies:people": "staff",
    "agencies:person*": "staff",
    "api:schema": "the API's own description",
    "hasbag:meeting_new": "an empty form",
    "hasbag:meetings": "times and places",
    "hasbag:pack_state": "how far a pack is, asked every few seconds by a page that was recorded",
    "health-*": "machines",
    "help": "a text",
    "incidents:governance": "a list of links",
    "incidents:governance_record": "an empty form; what it finds is recorded as reading the audit",
    "incidents:governance_users": "staff",
    "incidents:letter_template*": "an agency's wording, without people",
    "mfa_*": "one's own sign-in",
    "openid_connect*": "one's own sign-in",
    "privacy": "a text",
    "single_sign_on*": "one's own sign-in",
    "socialaccount*": "one's own sign-in",
    "strategy:*": "figures, with a record of their own",
}
"""Pages that need no trace, by the name of their route (or, with a star, how it begins), and why."""

_RECORDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "HC": (Case, ("ref",)),
    "HI": (Incident, ("ref", "case_id")),
    "HV": (Victim, ("ref",)),
    "HA": (AllegedPerpetrator, ("ref",)),
    "HT": (Task, ("ref", "case_id")),
    "HM": (Meeting, ("ref",)),
    "HK": (Pack, ("ref",)),
}


class TraceMiddleware:
    """Records a page that was shown and recorded nothing, and a record that was refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.listening() as heard:
            response = self.get_response(request)
        actor: Actor = getattr(request, "actor", ANONYMOUS)
        if actor.user_id is not None and request.resolver_match is not None:
            _trace(request, response.status_code, actor, heard)
        return response


def _trace(request: HttpRequest, status: int, actor: Actor, heard: Iterable[str]) -> None:
    match = request.resolver_match
    page = match.view_name if match is not None else ""
    ref = reference_of(match.kwargs.values()) if match is not None else ""
    if status in REFUSED and ref:
        # Nothing of the record itself, not even whether there is one: the same event for what is hidden and what is not.
        detail = {"page": page, "status": status, "method": request.method or ""}
        audit.record(actor, "access.refused", operation=AuditOperation.ACCESS, subject_ref=ref, detail=detail)
    elif status in SHOWN and not needs_no_trace(page) and not _recorded(request, set(heard)):
        audit.record(
            actor,
            "page.read",
            _record_of(request, actor, ref),
            operation=AuditOperation.CONSULTATION,
            subject_ref=ref,
            detail={"page": page},
        )


def _recorded(request: HttpRequest, heard: set[str]) -> bool:
    """Whether the page left its trace: a reading where it only shows, anything at all where something was sent."""
    return bool(heard & READING) if request.method in ("GET", "HEAD") else bool(heard)


def needs_no_trace(page: str) -> bool:
    """Whether a page, by the name of its route, shows nobody's personal data but staff's."""
    return any(page.startswith(name[:-1]) if name.endswith("*") else page == name for name in WITHOUT_PERSONAL_DATA)


def reference_of(values: Iterable[Any]) -> str:
    """The first reference among the arguments of an address; nothing where there is none."""
    found = (reference_normalise(value) for value in values if isinstance(value, str))
    return next((ref for ref in found if ref), "")


def _record_of(request: HttpRequest, actor: Actor, ref: str) -> Any:
    """The record that a reference names, as far as it may be seen: the event then says whose case it was.

    No query where the page has put it into `request.record`, one otherwise.
    """
    known = getattr(request, "record", None)
    if known is not None and known.ref == ref:
        return known
    model, names = _RECORDS.get(ref[:2], (None, ()))
    return model.objects.visible_to(actor).only("pk", *names).filter(ref=ref).first() if model else None
