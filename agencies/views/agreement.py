"""Sharing agreements: when they end, who takes over, and the two people of an extension."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from agencies import selectors
from agencies.forms import DecisionForm, ExtensionForm, SuccessorForm
from agencies.models import Agency
from agencies.scoping import may_decide_agreement
from agencies.selectors import AgreementPage
from agencies.services import agreement as services
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.forms import GovForm


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that concern the actor, the next to end first."""
    rows = selectors.agreements(_actor(request))
    if not rows:
        raise Http404
    return render(request, "agencies/agreements.html", {"rows": rows})


@require_safe
def agreement(request: HttpRequest, code: str) -> HttpResponse:
    """One agency's agreement."""
    return _render(request, _page(request, code))


@require_POST
def extend(request: HttpRequest, code: str) -> HttpResponse:
    """Ask that it lasts longer."""
    page = _page(request, code)
    form = ExtensionForm(request.POST)
    if form.is_valid():
        try:
            services.extension_ask(actor=_actor(request), agency=page.agency, **form.cleaned_data)
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Asked. Somebody else decides")
            return redirect("agencies:agreement", code=code)
    return _render(request, page, extend=form)


@require_POST
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Agree to an extension that somebody else asked for, or refuse it."""
    page = _page(request, code)
    if page.asked is None:
        raise Http404
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            approve = form.cleaned_data["decision"] == "yes"
            services.extension_decide(actor=_actor(request), extension=page.asked, approve=approve)
        except ForbiddenError:
            raise PermissionDenied from None
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Saved")
            return redirect("agencies:agreement", code=code)
    return _render(request, page, decide=form)


@require_POST
def succeed(request: HttpRequest, code: str) -> HttpResponse:
    """Name the agency that takes over the open cases."""
    page = _page(request, code)
    form = SuccessorForm(request.POST, agencies=page.successors)
    if form.is_valid():
        try:
            services.successor_set(actor=_actor(request), agency=page.agency, successor=form.chosen())
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Saved")
            return redirect("agencies:agreement", code=code)
    return _render(request, page, succeed=form)


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _page(request: HttpRequest, code: str) -> AgreementPage:
    try:
        return selectors.agreement_page(actor=_actor(request), code=code)
    except Agency.DoesNotExist:
        raise Http404 from None


def _render(request: HttpRequest, page: AgreementPage, **forms: GovForm) -> HttpResponse:
    successor = page.agency.successor
    actor = _actor(request)
    context = {
        "page": page,
        "agency": page.agency,
        "extend": forms.get("extend") or ExtensionForm(),
        "decide": forms.get("decide") or DecisionForm(),
        "succeed": forms.get("succeed")
        or SuccessorForm(agencies=page.successors, initial={"successor": successor.code if successor else ""}),
        "may_decide": page.asked is not None
        and may_decide_agreement(actor)
        and page.asked.asked_by_id != actor.user_id,
    }
    return render(request, "agencies/agreement.html", context)
