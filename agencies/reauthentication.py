"""Proving once more who one is, before something that matters: an export, an override, an emergency access."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from agencies.services.sign_in import form_keep, recently_confirmed
from agencies.sessions import typed_of

View = Callable[..., HttpResponseBase]


def reauthentication_required(view: View, *, back: Callable[..., str] | None = None) -> View:
    """Let in who signed in, or proved who they are, within the last 5 minutes (docs/domain.md §8.6).

    Others are asked for their password or second step first, whatever the address holds, so that being asked tells
    nothing. A form that was sent is kept meanwhile and offered again. `back` says, of the same arguments, to which page
    they go on where the view gives a file: a download leaves the browser where it was.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if recently_confirmed(getattr(request, "sign_in", None)):
            return view(request, *args, **kwargs)
        return _ask(request, back(request, *args, **kwargs) if back else request.get_full_path())

    return wrapped


def _ask(request: HttpRequest, onward: str) -> HttpResponse:
    if request.method == "POST":
        path, fields = typed_of(request)
        user_id = request.sign_in.user_id  # type: ignore[attr-defined]
        kept = form_keep(user_id=user_id, path=path, fields=fields) if fields else None
        onward = reverse("account_kept", args=[kept]) if kept else onward
    methods = get_adapter().get_reauthentication_methods(request.user)
    address = methods[0]["url"] if methods else reverse("account_login")
    return redirect(f"{address}?{urlencode({REDIRECT_FIELD_NAME: onward}, safe='/')}")
