"""One's own notices, and how one wants to be told."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.notice_forms import NoticeChoicesForm, NoticeFilterForm
from agencies.notice_list import by_day, notice_choices, notices_page, told_about
from agencies.services.notice import notice_read, notices_read
from agencies.services.notification import notice_choices_save
from kernel.actors import Actor
from kernel.errors import RuleError


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """All notices, latest first, by day and case; perhaps the unread ones or those of one group alone."""
    form = NoticeFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    unread, group = bool(chosen.get("unread")), str(chosen.get("group", ""))
    marks = (request.GET.get("after", ""), request.GET.get("before", ""))
    page = notices_page(actor=_actor(request), unread=unread, group=group, after=marks[0], before=marks[1])
    kept = ({"unread": "on"} if unread else {}) | ({"group": group} if group else {})
    active = []
    if unread:
        active.append(("Unread only", _address(kept, "unread")))
    if group:
        label = dict(form.fields["group"].choices)[group]  # type: ignore[attr-defined]
        active.append((str(label), _address(kept, "group")))
    context = {
        "form": form,
        "page": page,
        "days": by_day(told_about(_actor(request), page.rows)),
        "unread": any(notice.read_at is None for notice in page.rows),
        "active": active,
        "newer": page.newer and f"?{urlencode(kept | {'before': page.newer})}",
        "older": page.older and f"?{urlencode(kept | {'after': page.older})}",
        "here": request.get_full_path(),
    }
    return render(request, "agencies/notices.html", context)


def _address(kept: dict[str, str], without: str) -> str:
    return f"?{urlencode({name: value for name, value in kept.items() if name != without})}"


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; it counts as read from then on."""
    found = notice_read(actor=_actor(request), notice_id=pk)
    if found is None:
        raise Http404
    return redirect(found.url)


@require_POST
def notice_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read, and stay."""
    if notice_read(actor=_actor(request), notice_id=pk) is None:
        raise Http404
    return _stay(request)


@require_POST
def notices_mark(request: HttpRequest) -> HttpResponse:
    """Mark all notices as read."""
    count = notices_read(actor=_actor(request))
    if count:
        messages.success(request, "1 notice marked as read" if count == 1 else f"{count} notices marked as read")
    return _stay(request)


def _stay(request: HttpRequest) -> HttpResponse:
    """Back to the list as it was filtered."""
    onward = request.POST.get("next", "")
    if onward.startswith("/notices/") and url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        return redirect(onward)
    return redirect("agencies:notices")


@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request: HttpRequest) -> HttpResponse:
    """How one wants to be told of what, and when not."""
    actor = _actor(request)
    choices = notice_choices(actor=actor)
    form = NoticeChoicesForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_bound and form.is_valid():
        try:
            notice_choices_save(actor=actor, choices=form.deliveries(), quiet=form.hours())
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "How you are told is saved")
            return redirect("agencies:notices")
    return render(request, "agencies/notice_settings.html", {"form": form, "critical": choices.critical})
