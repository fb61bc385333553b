"""Saved searches: which there are for somebody, and what list each stands for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from agencies.choices import District
from agencies.models import Agency
from incidents.choices import Band, CaseStatus, Classification, Priority, Strand
from incidents.models import SavedSearch
from incidents.selectors.case_list import MINE, NOBODYS, CaseCriteria, lead_agencies
from kernel.actors import Actor

MOST_KEPT = 50
"""So many saved searches somebody may keep in an agency."""
_DAYS = ("received_from", "received_to")


def searches_for(actor: Actor) -> list[SavedSearch]:
    """The actor's own saved searches and those shared with their agencies, by name. One query."""
    rows = SavedSearch.objects.visible_to(actor).select_related("owner", "agency")
    return list(rows.order_by("name", "pk")[: MOST_KEPT * 4])


def search_get(actor: Actor, uid: uuid.UUID) -> SavedSearch:
    """One of those. Raises SavedSearch.DoesNotExist, the same for what is somebody else's and what is not there. One
    query.
    """
    return SavedSearch.objects.visible_to(actor).select_related("owner", "agency").get(uid=uid)


def search_own(actor: Actor, uid: uuid.UUID) -> SavedSearch:
    """One of the actor's own. Raises SavedSearch.DoesNotExist also for a colleague's. One query."""
    return SavedSearch.objects.visible_to(actor).select_related("agency").get(uid=uid, owner_id=actor.user_id or 0)


def agencies_of(actor: Actor) -> list[tuple[int, str]]:
    """The agencies for which the actor may keep searches, as (id, name). One query."""
    return list(Agency.objects.filter(pk__in=actor.agency_ids).order_by("name").values_list("pk", "name"))


def criteria_keep(criteria: CaseCriteria) -> dict[str, Any]:
    """What is kept of a list's filters: codes and days, no words. No query, or that of the directory."""
    codes = {pk: code for pk, code, _ in lead_agencies()}
    kept = {
        "status": list(criteria.status),
        "classification": list(criteria.classification),
        "priority": list(criteria.priority),
        "strand": list(criteria.strand),
        "district": criteria.district,
        "band": criteria.band,
        "lead": codes.get(criteria.lead_id or 0, ""),
        "received_from": criteria.received_from.isoformat() if criteria.received_from else "",
        "received_to": criteria.received_to.isoformat() if criteria.received_to else "",
        "worker": criteria.worker,
        "overdue": "yes" if criteria.overdue else "",
    }
    return {name: value for name, value in kept.items() if value}


def criteria_of(search: SavedSearch) -> CaseCriteria:
    """The filters of a saved search. What is no longer an option (a status, an agency that has gone) is left out."""
    kept = search.criteria
    leads = {code: pk for pk, code, _ in lead_agencies()}
    return CaseCriteria(
        q=search.words,
        status=_among(kept.get("status"), CaseStatus.values),
        classification=_among(kept.get("classification"), Classification.values),
        priority=_among(kept.get("priority"), Priority.values),
        strand=_among(kept.get("strand"), Strand.values),
        district=_one(kept.get("district"), District.values),
        band=_one(kept.get("band"), [*Band.values, "none"]),
        lead_id=leads.get(str(kept.get("lead", ""))),
        received_from=_day(kept.get("received_from")),
        received_to=_day(kept.get("received_to")),
        worker=_one(kept.get("worker"), [MINE, NOBODYS]),
        overdue=kept.get("overdue") == "yes",
    )


def query_of(search: SavedSearch) -> str:
    """The query of the list's address that a saved search stands for."""
    pairs: list[tuple[str, str]] = [("q", search.words)] if search.words else []
    for name, value in criteria_keep(criteria_of(search)).items():
        if name in _DAYS:
            day = dt.date.fromisoformat(value)
            pairs += [(f"{name}_{part}", str(getattr(day, part))) for part in ("day", "month", "year")]
        else:
            pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
    return urlencode(pairs)


def _among(values: Any, allowed: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value in allowed) if isinstance(values, list) else ()


def _one(value: Any, allowed: Iterable[str]) -> str:
    return value if isinstance(value, str) and value in allowed else ""


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
