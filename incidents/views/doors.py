"""What every page of a case begins with: the methods it takes, who may see the case, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from agencies.services.sign_in import sign_in_shorten
from incidents.choices import Tier
from incidents.choices.changes import DecisionKind
from incidents.models import Case
from incidents.selectors.case_page import Abilities, abilities, case_get
from incidents.selectors.undo import just_decided
from incidents.services.watch import case_watch
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.references import reference_normalise

View = Callable[..., HttpResponseBase]
Result = TypeVar("Result")


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    return request.actor  # type: ignore[attr-defined]


def reads(view: View) -> View:
    """A page that only shows: GET and HEAD."""
    return _page(view, ["GET", "HEAD"])


def asks(view: View) -> View:
    """A page with a form: GET and HEAD show it, POST sends it."""
    return _page(view, ["GET", "HEAD", "POST"])


def sends(view: View) -> View:
    """A button on another page: POST alone."""
    return _page(view, ["POST"])


def _page(view: View, methods: list[str]) -> View:
    """A record that is not there, or not for the asker, is 404; a service that refuses the asker's role is 403."""

    @require_http_methods(methods)
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ForbiddenError as error:
            raise PermissionDenied from error

    return answer


def case_or_404(request: HttpRequest, ref: str) -> Case:
    """The case of a page, with the asker's level. Raises Http404, the same for out of scope and for absent."""
    try:
        case = case_get(actor=actor_of(request), ref=reference_normalise(ref, "HC") or "")
    except Case.DoesNotExist as error:
        raise Http404 from error
    request.record = case  # type: ignore[attr-defined]
    case_open(request, case)
    return case


def case_open(request: HttpRequest, case: Case) -> None:
    """A page shows something of a case: of a RESTRICTED one information governance is told (§5.4), and the sign-in ends
    sooner from now on when it is not used (docs/domain.md §8.6). No query for any other case.
    """
    case_watch(actor=actor_of(request), case=case)
    if case.tier == Tier.RESTRICTED:
        sign_in_shorten(sign_in=getattr(request, "sign_in", None))


def case_to(request: HttpRequest, ref: str, ability: str) -> tuple[Case, Abilities]:
    """The case of a page on which something is done. Raises PermissionDenied where the asker may see but not act."""
    case = case_or_404(request, ref)
    can = abilities(actor_of(request), case)
    if not getattr(can, ability):
        raise PermissionDenied
    return case, can


def attempt(
    form: Any,
    act: Callable[[], Result],
    fields: Mapping[str, str] | None = None,
    through: type[RuleError] = StaleError,
) -> Result | None:
    """What a service answers for a valid form that was sent; None otherwise, and where it refuses.

    The refusal then stands beside its field (`fields` maps the service's names to the form's). A ForbiddenError and
    the kind named by `through` are raised on: they are pages of their own.
    """
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        return act()
    except (ForbiddenError, through):
        raise
    except RuleError as error:
        field = error.field or ""
        form.add_rule_error(RuleError(error.message, (fields or {}).get(field, field)))
        return None


def just_added_offer(words: str, case_ref: str, kind: str, key: object) -> SafeString:
    """The same of what `incidents/services/undo.py` takes back."""
    return undo_offer(words, "incidents:just_added", case_ref, kind, str(key))


def decided_offer(request: HttpRequest, words: str, case: Case, kind: DecisionKind) -> SafeString | str:
    """What is said of a decision about a case, with the link to take it back while that can be done."""
    kept = just_decided(actor=actor_of(request), case=case, kind=kind)
    return words if kept is None else just_added_offer(words, case.ref, "decision", kept.uid)


def undo_offer(words: str, route: str, *arguments: Any) -> SafeString:
    """What is said of something that its author may take back for a minute, with the link to do so."""
    link = '{}. <a class="govuk-notification-banner__link" href="{}">Undo</a> within a minute.'
    return format_html(link, words, reverse(route, args=arguments))
