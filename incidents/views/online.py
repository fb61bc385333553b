"""What is known of something posted or sent online, and the accounts that posted it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import Classification, FieldGroup
from incidents.forms.online import ADVICE, AccountForm, PostForm
from incidents.models import Case, Incident, OnlineAccount
from incidents.rules.names import QUARANTINE_WORKING_DAYS
from incidents.scoping import in_case
from incidents.selectors.fields import FieldAccess, field_access
from incidents.selectors.online import account_get, incident_online, screenshots
from incidents.selectors.repair import incident_get
from incidents.services.fields import worker_note
from incidents.services.online import online_post_save
from incidents.services.online_account import accounts_shown, online_account_add, online_account_change
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_to
from kernel.errors import StaleError
from kernel.references import reference_normalise


@asks
def online(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """The details of a post, and the accounts that posted it."""
    actor = actor_of(request)
    case, found, access = _incident(request, ref, incident)
    view, files = (
        incident_online(in_case(actor, case), case, found, access.shown),
        screenshots(in_case(actor, case), case),
    )
    knows = in_case(actor, case)
    form = PostForm(_sent(request), view=view, files=files, victims=knows.sees_victims)

    def save() -> Any:
        version = form.cleaned_data["version"]
        return online_post_save(actor=actor, case=case, incident=found, version=version, data=form.post())

    status = 200
    try:
        if attempt(form, save):
            messages.success(request, "Online details saved")
            return redirect(_back(case, found))
    except StaleError as error:
        data, status = request.POST.copy(), 409
        data["version"] = str(getattr(error.current, "version", 0))
        form = PostForm(data, view=view, files=files, victims=knows.sees_victims)
    _noted(request, case, access)
    context = {
        "case": case,
        "incident": found,
        "form": form,
        "view": view,
        "conflict": status == 409,
        "keeps": Classification(case.classification).keeps_names,
        "days": QUARANTINE_WORKING_DAYS,
        "knows": knows.sees_perpetrators,
        "lines": access.lines(FieldGroup.SUBJECT_IDENTITY) if view.hidden or view.accounts else [],
        "advice": ADVICE,
    }
    return render(request, "incidents/online/post.html", context, status=status)


@asks
def account_add(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """Adds an account that posted it, also by who may not read it back."""
    actor = actor_of(request)
    case, found, _ = _incident(request, ref, incident)
    form = AccountForm(_sent(request))

    def add() -> tuple[bool]:
        once = form.cleaned_data["submission_id"]
        done = online_account_add(actor=actor, case=case, incident=found, data=form.account(), submission_id=once)
        return (done,)

    if aside := attempt(form, add):
        messages.success(request, "Account put aside" if aside[0] else "Account added")
        return redirect(_page(case, found))
    context = {
        "case": case,
        "incident": found,
        "form": form,
        "title": "Add an account",
        "keeps": Classification(case.classification).keeps_names,
        "days": QUARANTINE_WORKING_DAYS,
        "knows": in_case(actor, case).sees_perpetrators,
    }
    return render(request, "incidents/online/account.html", context)


@asks
def account(request: HttpRequest, ref: str, incident: str, uid: uuid.UUID) -> HttpResponse:
    """Changes an account, or erases it, for who is shown who it is."""
    actor = actor_of(request)
    case, found, access = _incident(request, ref, incident)
    row = _account(request, case, found, uid)
    if not accounts_shown(case, access.shown):
        raise PermissionDenied
    form = AccountForm(_sent(request), account=row)

    def change() -> tuple[OnlineAccount | None]:
        version = form.cleaned_data["version"]
        return (online_account_change(actor=actor, case=case, uid=uid, version=version, data=form.account()),)

    status = 200
    try:
        if done := attempt(form, change):
            messages.success(request, "Account changed" if done[0] else "Account erased")
            return redirect(_page(case, found))
    except StaleError as error:
        data, status = request.POST.copy(), 409
        data["version"] = str(error.current.version)  # type: ignore[attr-defined]
        form = AccountForm(data, account=row)
    _noted(request, case, access)
    context = {
        "case": case,
        "incident": found,
        "form": form,
        "title": "Change an account",
        "changing": True,
        "conflict": status == 409,
        "keeps": True,
        "knows": True,
    }
    return render(request, "incidents/online/account.html", context, status=status)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _page(case: Case, incident: Incident) -> str:
    return reverse("incidents:online", args=[case.ref, incident.ref])


def _back(case: Case, incident: Incident) -> str:
    return f"{reverse('incidents:case', args=[case.ref])}#{incident.ref}"


def _noted(request: HttpRequest, case: Case, access: FieldAccess) -> None:
    case_part_read(actor=actor_of(request), case=case, part="online")
    worker_note(actor=actor_of(request), case=case, access=access)


def _incident(request: HttpRequest, ref: str, incident: str) -> tuple[Case, Incident, FieldAccess]:
    case, _ = case_to(request, ref, "add")
    actor = actor_of(request)
    try:
        found = incident_get(actor=actor, case=case, ref=reference_normalise(incident, "HI") or "")
    except Incident.DoesNotExist as error:
        raise Http404 from error
    return case, found, field_access(actor, case)


def _account(request: HttpRequest, case: Case, incident: Incident, uid: uuid.UUID) -> OnlineAccount:
    try:
        return account_get(actor=actor_of(request), case=case, incident=incident, uid=uid)
    except OnlineAccount.DoesNotExist as error:
        raise Http404 from error
