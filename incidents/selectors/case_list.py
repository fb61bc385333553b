"""The list of cases: 25 newest by keyset, with filters, words and references, and the signposted ones beside it.

Ids come from narrow functions (selectors/case_find.py), which filter by the asker's own identity; the cases themselves
then come through both walls.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from agencies.choices import AgencyType
from agencies.models import Agency
from incidents.choices import LEVEL_RANK, OPEN_STATUSES, CaseStatus, Level, strand_mask
from incidents.models import Case, CaseAccess, Clock, Incident, Party, Task
from incidents.rules.contact_words import contact_plain
from incidents.rules.lead_agency import REFERS_ON
from incidents.selectors.case_find import Found, SpocNames, page_found, page_ids
from incidents.selectors.text import case_written_by, text_shown
from incidents.selectors.titles import title_facts
from kernel import clock
from kernel.actors import Actor
from kernel.clock import LONDON
from kernel.prepared import OneOf, Prepared
from kernel.references import reference_normalise

PAGE_SIZE = 25
COUNT_CAP = 200
"""So far a list is counted: beyond it a filter that little fits would walk through all that one may see."""
SIGNPOSTS = 10
_LISTED = tuple(status.value for status in CaseStatus if status != CaseStatus.MERGED)
"""Where a case stands that is listed unasked: in one that was joined with another there is nothing to do."""
MINE, NOBODYS = "mine", "none"
"""Whose work a case is: the asker's own, or nobody's yet in an agency of theirs."""


@dataclass(frozen=True)
class CaseCriteria:
    """What a list is narrowed by. Cases that were joined with another are found where `status` asks for them, and by their
    own reference. `band` is "none" for cases without an assessment; dates are local and inclusive;
    `worker` is "mine" or "none"; `overdue` asks for open cases with a clock past its time.
    """

    q: str = ""
    status: tuple[str, ...] = ()
    classification: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    strand: tuple[str, ...] = ()
    district: str = ""
    band: str = ""
    lead_id: int | None = None
    received_from: dt.date | None = None
    received_to: dt.date | None = None
    worker: str = ""
    overdue: bool = False

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

    def listed_json(self) -> str:
        """As the narrow functions take them: with no status chosen, every one but that of a joined case."""
        return (self if self.status else replace(self, status=_LISTED)).as_json()

    def as_json(self) -> str:
        """What was chosen, in the words of the narrow functions."""
        values: dict[str, Any] = {
            "q": self.q or None,
            "contact": contact_plain(self.q) or None,
            "status": list(self.status) or None,
            "classification": list(self.classification) or None,
            "priority": list(self.priority) or None,
            "strands": strand_mask(self.strand) or None,
            "district": self.district or None,
            "band": {"": None, "none": ""}.get(self.band, self.band),
            "lead": self.lead_id,
            "received_from": self.starts.isoformat() if self.starts else None,
            "received_before": self.ends.isoformat() if self.ends else None,
            "worker": self.worker or None,
            "overdue": clock.now().isoformat() if self.overdue else None,
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
    """One page of the list. `older` and `newer` are references to page from; `more` says that the count was capped;
    `counts` are those of the cases counted, by what they can be narrowed by and value.
    """

    cases: list[Case]
    count: int
    more: bool = False
    older: str = ""
    newer: str = ""
    signposts: list[Signpost] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def case_list(*, actor: Actor, criteria: CaseCriteria, before: str = "", after: str = "") -> CaseListPage:
    """One page of the cases that the actor may see, newest first. To show it to a person: `services.reading`.

    `before` and `after` are the references of the rows at the edge of another page; one that may not be seen is none.
    Two queries, whichever page: what was found (ids, counts, the edge, signposts), and the cases. A reference instead
    of words: the cases and signposts.
    """
    if reference_normalise(criteria.q):
        return _by_reference(actor, criteria)
    edge = reference_normalise(before or after, "HC") or ""
    found = page_found(
        criteria.listed_json(),
        edge=edge,
        newer=bool(after and not before),
        wanted=PAGE_SIZE + 1,
        counted=COUNT_CAP + 1,
        signposts=0 if criteria.any or edge else SIGNPOSTS,
    )
    if found.edge_known and not (found.newer and len(found.beside) <= PAGE_SIZE):
        return _further_page(actor, found)
    # Fewer than a page stand above a row: that is the first page, whole.
    return _first_page(actor, found)


def _first_page(actor: Actor, found: Found) -> CaseListPage:
    ids = found.ids
    cases = _cases(actor, ids[:PAGE_SIZE])
    older = cases[-1].ref if cases and len(ids) > PAGE_SIZE else ""
    signposts = [Signpost(**one) for one in found.signposts]
    return _page(found, cases=cases, older=older, signposts=signposts)


def _further_page(actor: Actor, found: Found) -> CaseListPage:
    beyond = len(found.beside) > PAGE_SIZE
    cases = _cases(actor, found.beside[:PAGE_SIZE])
    has_newer, has_older = (beyond, True) if found.newer else (True, beyond)
    return _page(
        found,
        cases=cases,
        older=cases[-1].ref if cases and has_older else "",
        newer=cases[0].ref if cases and has_newer else "",
    )


def _page(found: Found, **rest: Any) -> CaseListPage:
    total = len(found.ids)
    return CaseListPage(count=min(total, COUNT_CAP), more=total > COUNT_CAP, counts=found.counts, **rest)


def case_ids_newest(limit: int) -> list[int]:
    """The keys of the newest cases that whoever the database session is for may see, newest first. One query."""
    return page_ids(CaseCriteria().listed_json(), limit)


def cases_by_ids(actor: Actor, ids: list[int]) -> list[Case]:
    """Cases as a list shows them, newest first, by both walls. One query."""
    return _cases(actor, ids)


@Prepared
def _cases(actor: Actor, ids: list[int]) -> QuerySet[Case]:
    return _ordered(actor, Case.objects.visible_to(actor).filter(OneOf("pk", ids)))


def _ordered(actor: Actor, cases: QuerySet) -> QuerySet[Case]:
    shown = text_shown(actor, F("pk"), F("summary"), case_written_by(actor))
    listed = cases.select_related("lead_agency", "lead_worker", "district").annotate(
        summary_shown=shown, **title_facts(actor)
    )
    return listed.order_by("-received_at", "-pk")


# --- By reference ---------------------------------------------------------------------------------


def _by_reference(actor: Actor, criteria: CaseCriteria) -> CaseListPage:
    """The cases that a reference leads to: the case's own, or that of an incident, a task or a person in it."""
    ref = reference_normalise(criteria.q) or ""
    found = _narrowed(actor, Case.objects.visible_to(actor).filter(_leads_to(actor, ref)), criteria)
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


def _narrowed(actor: Actor, cases: QuerySet, criteria: CaseCriteria) -> QuerySet:
    exact = {
        "status__in": criteria.status,
        "classification__in": criteria.classification,
        "priority__in": criteria.priority,
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
    return _narrowed_by_work(actor, cases, criteria)


def _narrowed_by_work(actor: Actor, cases: QuerySet, criteria: CaseCriteria) -> QuerySet:
    if criteria.worker == MINE:
        cases = cases.filter(lead_worker_id=actor.user_id)
    elif criteria.worker == NOBODYS:
        cases = cases.filter(lead_worker=None, lead_agency_id__in=actor.agency_ids, status__in=OPEN_STATUSES)
    if criteria.overdue:
        late = Clock.objects.visible_to(actor).filter(met_at=None, closed_at=None, paused_at=None)
        late = late.filter(due_at__lte=clock.now(), case_id=OuterRef("pk"))
        cases = cases.filter(Exists(late), status__in=OPEN_STATUSES)
    return cases


# --- Signposts ------------------------------------------------------------------------------------


def signposts(*, actor: Actor, ref: str = "") -> list[Signpost]:
    """The newest cases that the actor's agencies only know to exist; with `ref` only that one. One query."""
    found = _signposts(actor, *([ref] if ref else []))
    return [Signpost(row.case_ref, row.lead_agency.name, row.spocs) for row in found]


@Prepared
def _signposts(actor: Actor, *ref: str) -> QuerySet[CaseAccess]:
    rows = CaseAccess.objects.visible_to(actor).filter(level=LEVEL_RANK[Level.SIGNPOST])
    if ref:
        rows = rows.filter(case_ref=ref[0])
    rows = rows.select_related("lead_agency").annotate(spocs=SpocNames("lead_agency_id"))
    return rows.order_by("-sort_at")[:SIGNPOSTS]


@dataclass
class _Kept:
    """The partners that lead cases, as this process has read them, and until when that holds."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)
    until: float = 0.0


_LEADS = _Kept()
_LEADS_SECONDS = 60.0


def lead_agencies() -> list[tuple[int, str, str]]:
    """The partners that lead cases, as (id, code, name), for the filter. One query a minute: the directory is open to
    everybody and changes once in months.
    """
    if time.monotonic() >= _LEADS.until:
        without = [kind.value for kind in AgencyType if not kind.is_casework]
        rows = Agency.objects.exclude(type__in=[*without, *REFERS_ON])
        _LEADS.rows = list(rows.order_by("name").values_list("pk", "code", "name"))
        _LEADS.until = time.monotonic() + _LEADS_SECONDS
    return _LEADS.rows


def lead_agencies_forget() -> None:
    """Read the directory anew when it is next asked."""
    _LEADS.until = 0.0
