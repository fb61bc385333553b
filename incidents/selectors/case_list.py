"""The list of cases: 25 newest by keyset, with filters, words and references, and the signposted ones beside it.

Ids come from the narrow functions `hatecase_case_page` and `hatecase_case_page_newer`, which filter by the asker's
own identity; the cases themselves then come through both walls.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from agencies.choices import AgencyType, Role
from agencies.models import Agency, Membership
from incidents.choices import LEVEL_RANK, Level, strand_mask
from incidents.models import Case, CaseAccess, Incident, Party, Task
from incidents.rules.lead_agency import REFERS_ON
from incidents.selectors.text import case_written_by, text_shown
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.prepared import OneOf, Prepared
from kernel.references import reference_normalise

PAGE_SIZE = 25
COUNT_CAP = 200
"""So far a list is counted: beyond it a filter that little fits would walk through all that one may see."""
SIGNPOSTS = 10

_FUNCTIONS = {"older": "hatecase_case_page", "newer": "hatecase_case_page_newer"}


@dataclass(frozen=True)
class CaseCriteria:
    """What a list is narrowed by. `band` is "none" for cases without an assessment; dates are local and inclusive."""

    q: str = ""
    status: tuple[str, ...] = ()
    strand: tuple[str, ...] = ()
    district: str = ""
    band: str = ""
    lead_id: int | None = None
    received_from: dt.date | None = None
    received_to: dt.date | None = None

    @property
    def any(self) -> bool:
        """Whether anything narrows the list at all."""
        return self != CaseCriteria()

    @property
    def starts(self) -> dt.datetime | None:
        """The first instant of the first day wanted."""
        return _midnight(self.received_from)

    @property
    def ends(self) -> dt.datetime | None:
        """The first instant after the last day wanted."""
        return _midnight(self.received_to + dt.timedelta(days=1)) if self.received_to else None

    def as_json(self) -> str:
        """As the narrow functions take them."""
        values: dict[str, Any] = {
            "q": self.q or None,
            "status": list(self.status) or None,
            "strands": strand_mask(self.strand) or None,
            "district": self.district or None,
            "band": {"": None, "none": ""}.get(self.band, self.band),
            "lead": self.lead_id,
            "received_from": self.starts.isoformat() if self.starts else None,
            "received_before": self.ends.isoformat() if self.ends else None,
        }
        return json.dumps({name: value for name, value in values.items() if value is not None})


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), LONDON) if day else None


@dataclass(frozen=True)
class Signpost:
    """A case of which only the existence may be known: its reference, who leads, and whom to ask."""

    ref: str
    lead_agency: str
    spocs: list[str]


@dataclass(frozen=True)
class CaseListPage:
    """One page of the list. `older` and `newer` are references to page from; `more` says that the count was capped."""

    cases: list[Case]
    count: int
    more: bool = False
    older: str = ""
    newer: str = ""
    signposts: list[Signpost] = field(default_factory=list)


def case_list(*, actor: Actor, criteria: CaseCriteria, before: str = "", after: str = "") -> CaseListPage:
    """One page of the cases that the actor may see, newest first. To show it to a person: `services.reading`.

    `before` and `after` are the references of the rows at the edge of another page. Queries: on the first page the
    ids with the capped count (1), the cases (1), signposts (1, and 1 for their points of contact); on a further
    page the edge's row (1), ids (1), cases (1), count (1). A reference instead of words: cases and signposts.
    """
    edge = _edge(actor, before or after)
    if reference_normalise(criteria.q):
        return _by_reference(actor, criteria)
    if edge is None:
        return _first_page(actor, criteria)
    return _further_page(actor, criteria, edge, newer=bool(after and not before))


def _first_page(actor: Actor, criteria: CaseCriteria) -> CaseListPage:
    ids = _page_ids(criteria, None, COUNT_CAP + 1)
    cases = _cases(actor, ids[:PAGE_SIZE])
    older = cases[-1].ref if cases and len(ids) > PAGE_SIZE else ""
    return CaseListPage(
        cases=cases,
        count=min(len(ids), COUNT_CAP),
        more=len(ids) > COUNT_CAP,
        older=older,
        signposts=[] if criteria.any else signposts(actor=actor),
    )


def _further_page(actor: Actor, criteria: CaseCriteria, edge: tuple[dt.datetime, int], *, newer: bool) -> CaseListPage:
    ids = _page_ids(criteria, edge, PAGE_SIZE + 1, "newer" if newer else "older")
    beyond = len(ids) > PAGE_SIZE
    cases = _cases(actor, ids[:PAGE_SIZE])
    if newer and not beyond:
        # Fewer than a page stand above: that is the first page, whole.
        return _first_page(actor, criteria)
    count = _count(criteria)
    has_newer, has_older = (beyond, True) if newer else (True, beyond)
    return CaseListPage(
        cases=cases,
        count=min(count, COUNT_CAP),
        more=count > COUNT_CAP,
        older=cases[-1].ref if cases and has_older else "",
        newer=cases[0].ref if cases and has_newer else "",
    )


def _edge(actor: Actor, ref: str) -> tuple[dt.datetime, int] | None:
    """The sort key of the row to page from; None where there is none, or it may no longer be seen."""
    wanted = reference_normalise(ref, "HC") if ref else None
    if wanted is None:
        return None
    return Case.objects.visible_to(actor).filter(ref=wanted).values_list("received_at", "pk").first()


def _page_ids(
    criteria: CaseCriteria, edge: tuple[dt.datetime, int] | None, wanted: int, way: str = "older"
) -> list[int]:
    at, pk = edge or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select case_id from {_FUNCTIONS[way]}(%s, %s, %s, %s)",  # noqa: S608
            [criteria.as_json(), at, pk, wanted],
        )
        return [row[0] for row in cursor.fetchall()]


def case_ids_newest(limit: int) -> list[int]:
    """The keys of the newest cases that whoever the database session is for may see, newest first. One query."""
    return _page_ids(CaseCriteria(), None, limit)


def _count(criteria: CaseCriteria) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from hatecase_case_page(%s, null, null, %s)", [criteria.as_json(), COUNT_CAP + 1]
        )
        return int(cursor.fetchone()[0])


@Prepared
def _cases(actor: Actor, ids: list[int]) -> QuerySet[Case]:
    return _ordered(actor, Case.objects.visible_to(actor).filter(OneOf("pk", ids)))


def _ordered(actor: Actor, cases: QuerySet) -> QuerySet[Case]:
    shown = text_shown(actor, F("pk"), F("summary"), case_written_by(actor))
    listed = cases.select_related("lead_agency", "lead_worker", "district").annotate(summary_shown=shown)
    return listed.order_by("-received_at", "-pk")


# --- By reference ---------------------------------------------------------------------------------


def _by_reference(actor: Actor, criteria: CaseCriteria) -> CaseListPage:
    """The cases that a reference leads to: the case's own, or that of an incident, a task or a person in it."""
    ref = reference_normalise(criteria.q) or ""
    found = _narrowed(Case.objects.visible_to(actor).filter(_leads_to(actor, ref)), criteria)
    cases = list(_ordered(actor, found)[: PAGE_SIZE * 4])
    return CaseListPage(cases=cases, count=len(cases), signposts=signposts(actor=actor, ref=ref))


def _leads_to(actor: Actor, ref: str) -> Q:
    kind = ref[:2]
    if kind == "HC":
        return Q(ref=ref)
    children: dict[str, QuerySet] = {
        "HI": Incident.objects.visible_to(actor).filter(ref=ref),
        "HT": Task.objects.visible_to(actor).filter(ref=ref),
        "HV": Party.objects.visible_to(actor).filter(victim__ref=ref),
        "HA": Party.objects.visible_to(actor).filter(perpetrator__ref=ref),
    }
    return Q(pk__in=children[kind].values("case_id")) if kind in children else Q(pk__in=[])


def _narrowed(cases: QuerySet, criteria: CaseCriteria) -> QuerySet:
    exact = {
        "status__in": criteria.status,
        "district_id": criteria.district,
        "lead_agency_id": criteria.lead_id,
        "received_at__gte": criteria.starts,
        "received_at__lt": criteria.ends,
    }
    cases = cases.filter(**{name: value for name, value in exact.items() if value})
    if criteria.band:
        cases = cases.filter(band="" if criteria.band == "none" else criteria.band)
    if criteria.strand:
        cases = cases.alias(hit=F("strands").bitand(strand_mask(criteria.strand))).filter(hit__gt=0)
    return cases


# --- Signposts ------------------------------------------------------------------------------------


def signposts(*, actor: Actor, ref: str = "") -> list[Signpost]:
    """The newest cases that the actor's agencies only know to exist; with `ref` only that one. Two queries at most."""
    found = _signposts(actor, *([ref] if ref else []))
    if not found:
        return []
    spocs = spoc_names({row.lead_agency_id for row in found})
    return [Signpost(row.case_ref, row.lead_agency.name, spocs.get(row.lead_agency_id, [])) for row in found]


@Prepared
def _signposts(actor: Actor, *ref: str) -> QuerySet[CaseAccess]:
    rows = CaseAccess.objects.visible_to(actor).filter(level=LEVEL_RANK[Level.SIGNPOST])
    if ref:
        rows = rows.filter(case_ref=ref[0])
    return rows.select_related("lead_agency").order_by("-sort_at")[:SIGNPOSTS]


def spoc_names(agency_ids: Iterable[int]) -> dict[int, list[str]]:
    """The single points of contact and their deputies, by agency. One query."""
    rows = Membership.objects.filter(
        agency_id__in=list(agency_ids),
        is_active=True,
        user__is_active=True,
        roles__overlap=[Role.SPOC, Role.DEPUTY_SPOC],
    )
    names: dict[int, list[str]] = {}
    for agency_id, name in rows.values_list("agency_id", "user__name").order_by("user__name"):
        names.setdefault(agency_id, []).append(name)
    return names


def lead_agencies() -> list[tuple[int, str, str]]:
    """The partners that lead cases, as (id, code, name), for the filter. One query."""
    without = [kind.value for kind in AgencyType if not kind.is_casework]
    rows = Agency.objects.exclude(type__in=[*without, *REFERS_ON])
    return list(rows.order_by("name").values_list("pk", "code", "name"))
