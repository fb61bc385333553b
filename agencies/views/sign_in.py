"""Staying signed in, and forms that came after the end of a sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from agencies import selectors
from agencies.choices import SignInEnd
from agencies.models import KeptForm
from agencies.services import sign_in as services
from agencies.sessions import ENDED_KEY, KEPT_FIELD, SESSION_KEY, typed_of

_LONG = 60


@dataclass(frozen=True)
class Typed:
    """One thing that was typed, as the page shows it again; `words` where a person wrote it, not chose it."""

    name: str
    label: str
    value: str
    words: bool
    rows: int


@require_http_methods(["GET", "HEAD", "POST"])
def stay(request: HttpRequest) -> HttpResponse:
    """How long the sign-in still lasts. Asked by POST it begins anew, by GET it does not."""
    return JsonResponse({"seconds": services.seconds_left(request.sign_in)})  # type: ignore[attr-defined]


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """The page's script hands over what was typed, just before time is up: it is kept, and the sign-in ends."""
    path, fields = typed_of(request)
    kept = services.form_keep(user_id=request.sign_in.user_id, path=path, fields=fields) if fields else None  # type: ignore[attr-defined]
    services.sign_in_close(pk=request.session[SESSION_KEY], because=SignInEnd.IDLE)
    request.session.flush()
    request.session[ENDED_KEY] = SignInEnd.IDLE.value
    return redirect_to_login(reverse("account_kept", args=[kept]) if kept else path)


@require_http_methods(["GET", "HEAD", "POST"])
def kept(request: HttpRequest, pk: str) -> HttpResponse:
    """What one had typed, to send again or to throw away."""
    actor = request.actor  # type: ignore[attr-defined]
    try:
        found = selectors.kept_form(actor=actor, pk=pk)
    except KeptForm.DoesNotExist:
        raise Http404 from None
    if request.method == "POST":
        services.form_forget(actor=actor, pk=str(found.pk))
        return redirect("/")
    typed = [one for name, values in services.kept_fields(found).items() for one in _typed(name, values)]
    context = {
        "kept": found,
        "kept_field": KEPT_FIELD,
        "typed": [one for one in typed if one.words],
        "chosen": [one for one in typed if not one.words],
    }
    return render(request, "account/kept.html", context)


def _typed(name: str, values: list[str]) -> list[Typed]:
    label = name.rpartition("-")[2].replace("_", " ").strip().capitalize() or "Text"
    return [Typed(name, label, value, " " in value.strip(), 2 + len(value) // _LONG) for value in values]
