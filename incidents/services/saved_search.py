"""Saved searches: kept, renamed, shared, deleted, and once a day looked at for what is new.

The words and the name are the owner's own; the audit keeps neither. An alert names the search and a number, no case.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Q

from agencies.scoping import actor_for_id
from agencies.services.notice import NoticeData, notice_create
from incidents.choices import SearchAlert
from incidents.models import SavedSearch
from incidents.selectors.case_find import case_fresh
from incidents.selectors.case_list import COUNT_CAP, CaseCriteria
from incidents.selectors.saved_search import MOST_KEPT, criteria_keep, criteria_of
from incidents.services.common import insert_once, text_check
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError
from kernel.identity import acting_as
from kernel.models import AuditOperation

NAME_LIMIT = 80
WORDS_LIMIT = 100
ALERT_HOUR = 7
"""Local time from which the day's alerts are made."""
SETTLED = dt.timedelta(minutes=5)
"""What is younger waits for the next day's count: a change that is still being written then is not lost."""
_PER_RUN = 500


def search_save(
    *,
    actor: Actor,
    agency_id: int,
    name: str,
    criteria: CaseCriteria,
    shared: bool = False,
    alert: str = SearchAlert.NONE,
    submission_id: uuid.UUID | None = None,
) -> SavedSearch:
    """Keep a list's filters under a name. The same `submission_id` twice (a double click) is the same search.

    Raises ForbiddenError for an agency that is not the actor's, RuleError for a list that is narrowed by nothing, a name
    that is empty or taken, and for too many.
    """
    if actor.user_id is None or agency_id not in actor.agency_ids:
        raise ForbiddenError("You can only save searches for an agency of yours.")
    if not criteria.any:
        raise RuleError("Choose filters or words first: this would be the whole list.")
    with transaction.atomic():
        submission_id = submission_id or uuid.uuid4()
        earlier = SavedSearch.objects.visible_to(actor).filter(submission_id=submission_id).first()
        if earlier is not None:
            return earlier
        own = SavedSearch.objects.visible_to(actor).filter(owner_id=actor.user_id, agency_id=agency_id)
        if own.count() >= MOST_KEPT:
            raise RuleError(f"You keep {MOST_KEPT} searches already. Delete one first.")
        search = SavedSearch(
            submission_id=submission_id,
            owner_id=actor.user_id,
            agency_id=agency_id,
            name=_name(actor, agency_id, name),
            words=text_check(criteria.q, name="Words", field="name", limit=WORDS_LIMIT, required=False),
            criteria=criteria_keep(criteria),
            shared=shared,
            alert=SearchAlert(alert),
            fresh_since=clock.now(),
        )
        insert_once(search)
        _record(actor, "search.save", search)
        return search


def search_change(*, actor: Actor, search: SavedSearch, name: str, shared: bool, alert: str) -> SavedSearch:
    """Rename a saved search, share it or take it back, choose its alert. Alerts count from when they are asked for.

    Raises SavedSearch.DoesNotExist for who is not its owner, RuleError for a name that is empty or taken.
    """
    with transaction.atomic():
        held = _hold(actor, search)
        if alert != held.alert:
            held.fresh_since, held.checked_on = clock.now(), None
        held.name = _name(actor, held.agency_id, name, besides=held.pk)
        held.shared, held.alert = shared, SearchAlert(alert)
        held.save(update_fields=["name", "shared", "alert", "fresh_since", "checked_on"])
        _record(actor, "search.change", held)
        return held


def search_delete(*, actor: Actor, search: SavedSearch) -> None:
    """Delete a saved search for everybody. Raises SavedSearch.DoesNotExist for who is not its owner."""
    with transaction.atomic():
        held = _hold(actor, search)
        _record(actor, "search.delete", held, operation=AuditOperation.ERASURE)
        held.delete()


def _hold(actor: Actor, search: SavedSearch) -> SavedSearch:
    own = SavedSearch.objects.visible_to(actor).filter(owner_id=actor.user_id or 0)
    return own.select_for_update(of=("self",)).get(pk=search.pk)


def _name(actor: Actor, agency_id: int, name: str, besides: int = 0) -> str:
    clean = text_check(name, name="Name", field="name", limit=NAME_LIMIT)
    own = SavedSearch.objects.visible_to(actor).filter(owner_id=actor.user_id or 0, agency_id=agency_id)
    if own.filter(name__iexact=clean).exclude(pk=besides).exists():
        raise RuleError("You have a saved search with this name already. Choose another name.", "name")
    return clean


def _record(actor: Actor, action: str, search: SavedSearch, operation: str = AuditOperation.ALTERATION) -> None:
    detail = {"shared": search.shared, "alert": search.alert, "filters": search.criteria}
    audit.record(actor, action, search, operation=operation, detail=detail)


# --- Alerts --------------------------------------------------------------------------------------


def searches_alert(*, actor: Actor) -> int:
    """Tell owners how many cases of their searches are new to them; answers how many were told.

    Once a day and search, each counted under its owner's own identity by both walls, since the last count: a lost night
    is made good the next. One sweeper at a time, each search in a transaction of its own. Ten queries a search that is
    due, else one.
    """
    now = clock.now()
    if now.astimezone(clock.LONDON).hour < ALERT_HOUR:
        return 0
    return sum(_alert(actor, pk, now) for pk in _due(now))


def _due(now: dt.datetime) -> list[int]:
    today = now.astimezone(clock.LONDON).date()
    rows = SavedSearch.objects.unscoped(reason="alerts of everybody's saved searches")
    late = Q(checked_on=None) | Q(checked_on__lt=today)
    return list(rows.filter(late, alert=SearchAlert.DAILY).order_by("pk").values_list("pk", flat=True)[:_PER_RUN])


def _alert(actor: Actor, pk: int, now: dt.datetime) -> bool:
    today = now.astimezone(clock.LONDON).date()
    with transaction.atomic():
        if not advisory_lock(f"saved-search-{pk}"):
            return False
        rows = SavedSearch.objects.unscoped(reason="the alert of one saved search").select_for_update()
        search = rows.filter(pk=pk, alert=SearchAlert.DAILY).exclude(checked_on=today).first()
        if search is None:
            return False
        until = max(search.fresh_since, now - SETTLED)
        count = _fresh(search, until)
        told = count > 0 and notice_create(_notice(search, count, today))
        search.fresh_since, search.checked_on = until, today
        search.save(update_fields=["fresh_since", "checked_on"])
        audit.record(actor, "search.alert", search, detail={"count": count})
        return bool(told)


def _fresh(search: SavedSearch, until: dt.datetime) -> int:
    """How many cases are new up to a moment, as their owner would find them now; none for who no longer works there."""
    with acting_as(actor_for_id(search.owner_id)) as owner:
        if search.agency_id not in owner.agency_ids:
            return 0
        filters = criteria_of(search).listed_json()
        return case_fresh(filters=filters, since=search.fresh_since, until=until, counted=COUNT_CAP)


def _notice(search: SavedSearch, count: int, day: dt.date) -> NoticeData:
    number = f"{count} or more" if count >= COUNT_CAP else str(count)
    text = f"{number} new case{'s' * (count != 1)} match{'es' * (count == 1)} {search.name}"
    return NoticeData(
        search.owner_id,
        f"saved_search:{search.uid}:{day:%Y%m%d}",
        "saved_search",
        text,
        f"/cases/searches/{search.uid}/",
    )
