"""The people of an agency, for its administrator; of every agency for a system administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from agencies import selectors
from agencies.choices import Role
from agencies.forms import InviteForm, PeopleFilterForm, ReceiverForm, RolesForm
from agencies.models import Agency, Membership
from agencies.registries import Holding, holdings
from agencies.services import people as services
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.forms import GovForm

_GET_POST = ["GET", "HEAD", "POST"]


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _data(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _membership(request: HttpRequest, pk: int) -> Membership:
    try:
        return selectors.membership_get(actor=_actor(request), pk=pk)
    except Membership.DoesNotExist:
        raise Http404 from None


def _agency(request: HttpRequest, code: str) -> tuple[Agency, list[Agency]]:
    """The agency asked for, else the first that the actor manages; and all of them."""
    managed = list(selectors.agencies_managed(_actor(request)))
    if not managed:
        raise Http404
    chosen = next((agency for agency in managed if agency.code == code), managed[0] if not code else None)
    if chosen is None:
        raise Http404
    return chosen, managed


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The people of an agency."""
    form = PeopleFilterForm(request.GET)
    valid = form.is_valid()
    agency, managed = _agency(request, form.cleaned_data.get("agency", "") if valid else "")
    closed = valid and form.cleaned_data["closed"]
    rows = selectors.people_of(agency, words=form.cleaned_data["q"] if valid else "", closed=closed)
    context = {
        "agency": agency,
        "managed": managed,
        "rows": rows,
        "form": form,
        "closed": closed,
        "narrowed": valid and bool(form.cleaned_data["q"]),
        "full": len(rows) == selectors.PEOPLE_LIMIT,
        "unconfirmed": 0 if closed else selectors.unconfirmed(rows),
    }
    return render(request, "agencies/people.html", context)


@require_http_methods(_GET_POST)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a colleague."""
    actor = _actor(request)
    agency, _ = _agency(request, request.GET.get("agency", ""))
    domains = selectors.mail_domains(agency)
    form = InviteForm(_data(request), by_system=actor.has_role(Role.SYSTEM_ADMIN), domains=domains)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.person_invite(actor=actor, agency=agency, **form.cleaned_data)
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"{made.user.name} is invited. The link in the mail is good for 3 days")
            return redirect("agencies:person", pk=made.pk)
    return render(request, "agencies/invite.html", {"form": form, "agency": agency})


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person's place in an agency."""
    membership = _membership(request, pk)
    held = _held(request, membership)
    context = {
        "membership": membership,
        "user": membership.user,
        "roles": selectors.role_labels(membership.roles),
        "standing": selectors.standing(membership),
        "held": held,
        "to_hand_on": _to_hand_on(held),
        "oneself": membership.user_id == _actor(request).user_id,
        "has_second_factor": bool(selectors.second_factors(membership.user_id)),
    }
    return render(request, "agencies/person.html", context)


@require_http_methods(_GET_POST)
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what somebody does."""
    actor, membership = _actor(request), _membership(request, pk)
    form = RolesForm(
        _data(request),
        by_system=actor.has_role(Role.SYSTEM_ADMIN),
        held=membership.roles,
        initial={"roles": membership.roles, "job_title": membership.job_title},
    )
    if request.method == "POST" and form.is_valid():
        done = _try(form, services.person_roles_set, actor=actor, membership=membership, **form.cleaned_data)
        if done:
            messages.success(request, "Roles changed")
            return redirect("agencies:person", pk=pk)
    _not_oneself(actor, membership)
    return render(request, "agencies/roles.html", {"form": form, "membership": membership})


@require_http_methods(_GET_POST)
def hand_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Give all that somebody holds to a colleague."""
    membership = _membership(request, pk)
    held = _to_hand_on(_held(request, membership))
    if not held:
        return redirect("agencies:person", pk=pk)
    form = _receiver_form(request, membership)
    if form.is_valid() and _try(
        form, services.work_hand_on, actor=_actor(request), membership=membership, to=form.receiver()
    ):
        messages.success(request, f"{membership.user.name}’s work was handed on")
        return redirect("agencies:person", pk=pk)
    return _confirm(
        request,
        membership,
        form,
        question=f"Hand on the work of {membership.user.name}",
        rows=_rows(held),
        action="Hand it on",
    )


@require_http_methods(_GET_POST)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account, after handing on what its owner holds."""
    actor, membership = _actor(request), _membership(request, pk)
    held = _held(request, membership)
    form = _receiver_form(request, membership) if _to_hand_on(held) else GovForm(_data(request))
    if request.method == "POST" and form.is_valid():
        to = form.receiver() if isinstance(form, ReceiverForm) else None
        if _try(form, services.person_close, actor=actor, membership=membership, to=to):
            messages.success(request, f"The account of {membership.user.name} is closed")
            return redirect("agencies:person", pk=pk)
    _not_oneself(actor, membership)
    return _confirm(
        request,
        membership,
        form,
        question=f"Close the account of {membership.user.name}",
        explanation="They are signed out at once and cannot sign in again until the account is reopened."
        + (" Their work goes to a colleague first." if held else " They hold no open work."),
        rows=_rows(held),
        action="Close the account",
        danger=True,
    )


@require_http_methods(_GET_POST)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    membership = _membership(request, pk)
    return _asked(
        request,
        membership,
        services.person_reopen,
        f"The account of {membership.user.name} is open again",
        question=f"Reopen the account of {membership.user.name}",
        explanation="They get a new invitation and the roles they had.",
        rows=[("Roles", ", ".join(selectors.role_labels(membership.roles)))],
        action="Reopen the account",
    )


@require_http_methods(_GET_POST)
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a new invitation."""
    membership = _membership(request, pk)
    return _asked(
        request,
        membership,
        services.person_invite_again,
        f"A new invitation goes to {membership.user.email}",
        question=f"Invite {membership.user.name} again",
        explanation=f"A new link to choose a password, good for 3 days, goes to {membership.user.email}.",
        action="Send the invitation",
    )


@require_http_methods(_GET_POST)
def wake(request: HttpRequest, pk: int) -> HttpResponse:
    """Wake an account that fell asleep."""
    membership = _membership(request, pk)
    _not_oneself(_actor(request), membership)
    return _asked(
        request,
        membership,
        services.person_wake,
        f"{membership.user.name} can sign in again",
        question=f"Wake the account of {membership.user.name}",
        explanation="Make sure that they still work here. They sign in with the password they had.",
        rows=[("Roles", ", ".join(selectors.role_labels(membership.roles)))],
        action="Wake the account",
    )


@require_http_methods(_GET_POST)
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a second step that was lost."""
    membership = _membership(request, pk)
    _not_oneself(_actor(request), membership)
    return _asked(
        request,
        membership,
        services.second_factor_reset,
        f"{membership.user.name} sets up another second step at the next sign-in",
        question=f"Reset the second step of {membership.user.name}",
        explanation="Speak with them first, on a number that you know. Their app, passkeys and recovery codes stop"
        " working, and they are signed out.",
        action="Reset the second step",
        danger=True,
    )


# --- What the views share --------------------------------------------------------------------------


def _asked(request: HttpRequest, membership: Membership, service: Any, said: str, **words: Any) -> HttpResponse:
    """Asks whether to do it, does it once it is confirmed, and says so on the person's page."""
    form = GovForm(_data(request))
    if request.method == "POST" and _try(form, service, actor=_actor(request), membership=membership):
        messages.success(request, said)
        return redirect("agencies:person", pk=membership.pk)
    return _confirm(request, membership, form, **words)


def _try(form: GovForm, service: Any, **values: Any) -> bool:
    """Whether the service did it; its refusal is shown on the form."""
    form.is_valid()
    try:
        service(**values)
    except ForbiddenError:
        raise PermissionDenied from None
    except RuleError as error:
        form.add_rule_error(error)
        return False
    return True


def _not_oneself(actor: Actor, membership: Membership) -> None:
    if membership.user_id == actor.user_id:
        raise PermissionDenied


def _held(request: HttpRequest, membership: Membership) -> list[Holding]:
    return [one for one in holdings(_actor(request), membership.user_id, membership.agency_id) if one.count]


def _to_hand_on(held: list[Holding]) -> list[Holding]:
    return [one for one in held if not one.personal]


def _receiver_form(request: HttpRequest, membership: Membership) -> ReceiverForm:
    return ReceiverForm(_data(request), staff=selectors.colleagues(membership))


def _rows(held: list[Holding]) -> list[tuple[str, int]]:
    return [(one.label[:1].upper() + one.label[1:], one.count) for one in held]


def _confirm(request: HttpRequest, membership: Membership, form: GovForm, **words: Any) -> HttpResponse:
    back = reverse("agencies:person", kwargs={"pk": membership.pk})
    return render(request, "shared/confirm.html", {"form": form, "back": back, **words})
