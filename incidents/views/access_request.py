"""Signpost and ask: the small page of a case that one only knows to exist, and what its lead agency decides.

And the question whether a partner has a record of somebody (docs/domain.md §5.5).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.choices import Level, RequestState
from incidents.forms.access_request import AccessAskForm, MessageForm, PointerForm
from incidents.forms.share import TermsForm
from incidents.models import Case, CaseAccess
from incidents.scoping import is_decider
from incidents.selectors.access_request import SignpostPage, request_get, request_messages, signpost_get, signpost_page
from incidents.selectors.case_page import Abilities
from incidents.selectors.pointer import cases_related
from incidents.services.access_decision import access_grant, access_question, access_refuse, require_decides
from incidents.services.access_request import access_ask, access_reply
from incidents.services.pointer import partner_ask
from incidents.services.reading import signpost_read
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to
from kernel.errors import AbsentError
from kernel.references import reference_normalise

# --- The agency that asks ---------------------------------------------------------------------------


def signpost_answer(request: HttpRequest, ref: str) -> HttpResponse:
    """The page of a signposted case, with its form. Raises Http404 for whoever is not signposted."""
    actor = actor_of(request)
    access = signpost_get(actor=actor, ref=reference_normalise(ref, "HC") or "")
    if access is None:
        raise Http404
    page = signpost_page(actor=actor, access=access)
    form = _signpost_form(request, page)
    done = attempt(form, lambda: _signpost_send(request, access, page, form)) if form else None
    if done:
        return redirect("incidents:case", ref=access.case_ref)
    signpost_read(actor=actor, access=access)
    return render(request, "incidents/signpost.html", {"page": page, "form": form})


def _signpost_form(request: HttpRequest, page: SignpostPage) -> Any:
    data = request.POST if request.method == "POST" else None
    if page.question:
        return MessageForm(data, label="Your answer")
    return AccessAskForm(data) if page.may_ask else None


def _signpost_send(request: HttpRequest, access: CaseAccess, page: SignpostPage, form: Any) -> Any:
    actor = actor_of(request)
    if page.question and page.request:
        reply = access_reply(
            actor=actor,
            asked=page.request,
            ref=access.case_ref,
            lead_agency_id=access.lead_agency_id,
            text=form.cleaned_data["text"],
        )
        messages.success(request, "Your answer was sent")
        return reply
    asked = access_ask(actor=actor, signpost=access, **form.cleaned_data)
    messages.success(request, f"Access was asked for. {page.lead_agency} has 5 working days to answer")
    return asked


# --- The lead agency --------------------------------------------------------------------------------


def _request_to(request: HttpRequest, ref: str, uid: uuid.UUID) -> tuple[Case, Abilities, Any]:
    case, can = case_to(request, ref, "manages")
    try:
        return case, can, request_get(actor=actor_of(request), case=case, uid=uid)
    except AbsentError as error:
        raise Http404 from error


@asks
def access_request(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """A request for access, with what was said about it and what can be done; sent, it is granted on its terms."""
    case, can, found = _request_to(request, ref, uid)
    decides = is_decider(actor_of(request), case.lead_agency_id)
    if request.method == "POST" and not decides:
        raise PermissionDenied
    form = TermsForm(
        request.POST if request.method == "POST" else None,
        own=can.level,
        least=Level.VIEW,
        initial={"purpose": found.purpose_shown, "gateway": found.gateway},
    )

    def grant() -> Any:
        terms = form.terms_with(found.agency)
        return access_grant(actor=actor_of(request), case=case, asked=found, terms=terms)

    if attempt(form, grant, {"starts_at": "starts_on", "until": "ends_on"}):
        messages.success(request, f"Granted: shared with {found.agency.name}")
        return redirect("incidents:case", ref=case.ref)
    is_open = RequestState(found.state).is_open
    context = {
        "case": case,
        "found": found,
        "messages_said": request_messages(actor=actor_of(request), case=case, asked=found),
        "form": form,
        "open": is_open,
        "decides": is_open and decides,
        "asked_back": found.state == RequestState.QUESTION,
    }
    return render(request, "incidents/access_request.html", context)


@asks
def access_refused(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Refuses a request, with a reason that the agency that asked reads."""
    return _say(request, ref, uid, access_refuse, "reason", _REFUSE)


@asks
def access_asked_back(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Asks the agency that wants access something first."""
    return _say(request, ref, uid, access_question, "text", _ASK_BACK)


_REFUSE = {
    "question": "Refuse access to {ref}",
    "explanation": "{agency} reads your reason. They can ask again with a new request.",
    "label": "Why it is refused",
    "action": "Refuse the request",
    "done": "The request is refused",
}
_ASK_BACK = {
    "question": "Ask {agency} a question",
    "explanation": "They then have 5 working days to answer. Say nothing about the case that they may not know.",
    "label": "Your question",
    "action": "Send the question",
    "done": "The question was sent",
}


def _say(
    request: HttpRequest,
    ref: str,
    uid: uuid.UUID,
    service: Callable[..., Any],
    argument: str,
    words: dict[str, str],
) -> HttpResponse:
    case, _, found = _request_to(request, ref, uid)
    require_decides(actor_of(request), case)
    form = MessageForm(request.POST if request.method == "POST" else None, label=words["label"])

    def say() -> Any:
        return service(actor=actor_of(request), case=case, asked=found, **{argument: form.cleaned_data["text"]})

    if attempt(form, say):
        messages.success(request, words["done"])
        return redirect("incidents:access_request", ref=case.ref, uid=uid)
    names = {"ref": case.ref, "agency": found.agency.name}
    context = {
        "question": words["question"].format(**names),
        "explanation": words["explanation"].format(**names),
        "rows": [("Asked by", found.agency.name), ("Why", found.purpose_shown)],
        "form": form,
        "action": words["action"],
        "back": f"/cases/{case.ref}/requests/{uid}/",
    }
    return render(request, "shared/confirm.html", context)


# --- Pointers ---------------------------------------------------------------------------------------


@asks
def partner_records(request: HttpRequest) -> HttpResponse:
    """Asks whether a partner has a record of somebody: for a case, with a reason, never as one types."""
    actor = actor_of(request)
    if not actor.agency_ids:
        raise Http404
    form = PointerForm(
        request.POST if request.method == "POST" else None,
        cases=cases_related(actor=actor),
        name=request.GET.get("q", "")[:160],
    )
    answered: list[Any] = []

    def ask() -> bool:
        chosen = form.cleaned_data
        case = case_or_404(request, chosen["case"])
        answered.extend(partner_ask(actor=actor, name=chosen["name"], case=case, reason=chosen["reason"]))
        return True

    if attempt(form, ask):
        name = form.cleaned_data["name"]
        return render(request, "incidents/partner_answer.html", {"pointers": answered, "name": name})
    return render(request, "incidents/partner_ask.html", {"form": form})
