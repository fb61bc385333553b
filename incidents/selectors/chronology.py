"""The chronology of a case: what was reported, noted, said, asked, assessed, decided and shared, in one order.

One query whatever the size of the case: every kind gives at most a page of rows, and the page is cut from their
union. The audit never feeds it (docs/domain.md §8.2).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, dataclass, field
from functools import partial
from typing import Any

from django.db.models import BigIntegerField, BooleanField, CharField, F, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThan

from incidents.choices import LEVEL_RANK, CaseStatus, FieldGroup, Level
from incidents.models import Case, Note
from incidents.scoping import in_case, is_decider
from incidents.selectors.chronology_sources import APART, Source, Standing, places, sources_of
from incidents.selectors.chronology_words import STRUCK, WORDS
from kernel.actors import Actor
from kernel.prepared import Prepared

PAGE_SIZE = 25
FRESH_USUAL, FRESH_SHOWN = 10, 50
"""So many new things a page is ready for at once, as few looks find more; and so many it lists."""

KINDS = {
    "note": "Notes",
    "contact": "Contacts",
    "task": "Tasks",
    "risk": "Risk",
    "evidence": "Evidence",
    "incident": "Incidents",
    "progress": "Plans and events",
    "sharing": "Sharing and decisions",
    "change": "Changes to the case",
}
"""What the chronology can be narrowed to."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened, as the timeline draws it. `mark` is the place to page from."""

    kind: str
    at: dt.datetime
    title: str
    by: str
    text: str
    href: str
    mark: str
    recorded: dt.datetime | None = None
    actions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Chronology:
    """A page of entries, newest first, with the marks of the pages around it.

    `fresh` is what was recorded since a moment, whenever it happened; `fresh_more` that there is more than is listed.
    """

    entries: list[Entry] = field(default_factory=list)
    newer: str = ""
    older: str = ""
    kind: str = ""
    fresh: list[Entry] = field(default_factory=list)
    fresh_more: bool = False


@dataclass(frozen=True)
class _Mark:
    at: dt.datetime
    place: int
    pk: int

    @classmethod
    def parse(cls, text: str) -> _Mark | None:
        at, _, rest = text.partition("~")
        place, _, pk = rest.partition("~")
        try:
            return cls(dt.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=dt.UTC), int(place), int(pk))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%f}~{self.place}~{self.pk}"


def chronology(
    *,
    actor: Actor,
    case: Case,
    kind: str = "",
    after: str = "",
    before: str = "",
    since: dt.datetime | None = None,
    shown: frozenset[FieldGroup] = frozenset(),
) -> Chronology:
    """A page of what happened in a case that the actor may see. `after` pages to older entries, `before` to newer.

    What was corrected is told as what it corrects, to who is `shown` its group of fields.
    With `since`, the first page also says what was recorded after that moment, by the very same filters.

    Programme providers see neither contacts nor notes of the victim's side; nobody but the lead agency reads what
    was said to a reporter (docs/domain.md §5.4). One query; two where more than ten things were recorded since, four where
    more than are listed.
    """
    actor = in_case(actor, case)
    start = _Mark.parse(after or before)
    if start is not None and start.place not in places(actor, kind):
        start = None
    backwards = bool(start and before and not after)
    standing = Standing(
        int(case.lead_agency_id in actor.agency_ids),
        int(FieldGroup.VICTIM_CONTACT in shown),
        int(FieldGroup.TRANS_STATUS in shown),
    )
    fresh: list[Any] = []
    if since is not None and start is None and not kind:
        rows, fresh = _page_since(actor, case.pk, standing, since)
    else:
        rows = _page(actor, case.pk, standing, start=start, backwards=backwards, kind=kind)
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    strikes = is_decider(actor, case.lead_agency_id)
    entries = [_entry(case, row, strikes=strikes) for row in rows]
    return Chronology(
        entries=entries,
        newer=entries[0].mark if entries and (more if backwards else start is not None) else "",
        older=entries[-1].mark if entries and (backwards or more) else "",
        kind=kind,
        fresh=[_entry(case, row, strikes=False) for row in fresh[:FRESH_SHOWN]],
        fresh_more=len(fresh) > FRESH_SHOWN,
    )


def _page(
    actor: Actor,
    case_id: int,
    standing: Standing,
    *,
    start: _Mark | None = None,
    backwards: bool = False,
    kind: str = "",
) -> list[Any]:
    """A page of rows and one more, in the order in which they are read. One query."""
    mark = (start.at, start.pk) if start else ()
    place = start.place if start else None
    return _rows(actor, case_id, *astuple(standing), *mark, place=place, backwards=backwards, kind=kind)


def _page_since(actor: Actor, case_id: int, standing: Standing, since: dt.datetime) -> tuple[list[Any], list[Any]]:
    """The first page of rows and one more, and what was recorded after a moment, latest first."""
    for most in (FRESH_USUAL, FRESH_SHOWN):
        found = _rows_since(actor, case_id, *astuple(standing), since, most=most)
        fresh = sorted((row for row in found if row.fresh), key=lambda row: row.recorded, reverse=True)
        if len(fresh) <= most:
            found.sort(key=lambda row: (row.moment, row.place, row.key), reverse=True)
            return found[: PAGE_SIZE + 1], fresh
    # Others may stand between these, and some that were recorded last may be cut: each list is asked for by itself.
    return _page(actor, case_id, standing), _rows_recorded(actor, case_id, *astuple(standing), since)


_STANDING = (1, 2, 3)
"""Where the reader's standing stands among the values: a source that has no use for it leaves it out."""


@partial(Prepared, spare=_STANDING)
def _rows(
    actor: Actor,
    case_id: int,
    leads: int,
    contact: int,
    trans: int,
    *start: Any,
    place: int | None,
    backwards: bool,
    kind: str,
) -> QuerySet:
    """A page of rows and one more; beyond `start`, a moment and a key, in the source with this place."""
    found = sources_of(actor, case_id, Standing(leads, contact, trans), kind=kind)
    sources = [source for source in found if not kind or source.kind == kind]
    mark = None if place is None else _Mark(start[0], place, start[1])
    way = "" if backwards else "-"
    branches = []
    for source in sources:
        rows = source.rows if mark is None else source.rows.filter(_beyond(source, mark, backwards))
        branches.append(_columns(source, rows).order_by(f"{way}{source.at}", f"{way}pk")[: PAGE_SIZE + 1])
    return _together(branches, [f"{way}{name}" for name in _ORDER], PAGE_SIZE + 1)


@partial(Prepared, spare=_STANDING)
def _rows_since(
    actor: Actor, case_id: int, leads: int, contact: int, trans: int, since: dt.datetime, *, most: int
) -> QuerySet:
    """What was recorded after a moment, as far as `most` and one more, and the rest of the first page: the page is among
    them unless more than that was recorded."""
    rows = PAGE_SIZE + 1 + most + 1
    branches = [
        _columns(source, source.rows, since).order_by("-fresh", f"-{source.at}", "-pk")[:rows]
        for source in sources_of(actor, case_id, Standing(leads, contact, trans))
    ]
    return _together(branches, ["-fresh", *(f"-{name}" for name in _ORDER)], rows)


@partial(Prepared, spare=_STANDING)
def _rows_recorded(actor: Actor, case_id: int, leads: int, contact: int, trans: int, since: dt.datetime) -> QuerySet:
    """What was recorded after a moment, latest first, as far as it is listed and one more."""
    branches = [
        _columns(source, source.rows, since).filter(fresh=True).order_by("-recorded", "-pk")[: FRESH_SHOWN + 1]
        for source in sources_of(actor, case_id, Standing(leads, contact, trans))
    ]
    return _together(branches, ["-recorded", "-place", "-key"], FRESH_SHOWN + 1)


_ORDER = ("moment", "place", "key")
_COLUMNS = ("what", "place", "moment", "key", "who", "whose", "words", "told", "recorded", "fresh")


def _together(branches: list[QuerySet], order: list[str], most: int) -> QuerySet:
    if len(branches) < 2:
        return branches[0] if branches else Note.objects.none()
    first, *others = branches
    return first.union(*others, all=True).order_by(*order)[:most]


def _columns(source: Source, rows: QuerySet, since: dt.datetime | None = None) -> QuerySet:
    """The rows of a source as the timeline reads them; `fresh` whether they were recorded after a moment."""
    recorded: Any = F(source.at) if source.recorded is None else source.recorded
    fresh: Any = Value(False) if since is None else GreaterThan(recorded, Value(since))
    columns = rows.order_by().annotate(
        what=Value(source.name, output_field=CharField()),
        place=Value(source.place, output_field=IntegerField()),
        moment=F(source.at),
        key=Cast(F("pk"), BigIntegerField()),
        who=Cast(source.person, CharField()),
        whose=Cast(source.agency, CharField()),
        words=Cast(source.text, TextField()),
        told=source.told,
        recorded=recorded,
        fresh=Coalesce(fresh, Value(False), output_field=BooleanField()),
    )
    return columns.values_list(*_COLUMNS, named=True)


def _beyond(source: Source, start: _Mark, backwards: bool) -> Q:
    way = "gt" if backwards else "lt"
    beyond = Q(**{f"{source.at}__{way}": start.at})
    if source.place == start.place:
        return beyond | Q(**{source.at: start.at, f"pk__{way}": start.pk})
    tied = source.place > start.place if backwards else source.place < start.place
    return beyond | Q(**{source.at: start.at}) if tied else beyond


# --- In words -------------------------------------------------------------------------------------


def _entry(case: Case, row: Any, *, strikes: bool) -> Entry:
    told = str(row.told or "").split(APART)
    kind, title, href = WORDS[row.what](case, *told)
    return Entry(
        kind=kind,
        at=row.moment,
        title=title,
        by=", ".join(filter(None, (row.who, row.whose))),
        text=row.words or "",
        href=href,
        mark=str(_Mark(row.moment, row.place, row.key)),
        recorded=row.recorded,
        actions=_actions(case, row.what, *told[-2:], strikes=strikes) if row.what in STRUCK else (),
    )


def _actions(case: Case, what: str, uid: str, can: str, *, strikes: bool) -> tuple[tuple[str, str], ...]:
    """What the reader may do about a note, contact or handover, as words and address; nothing about what was struck."""
    if can == "gone" or not (can or strikes) or getattr(case, "rank", 0) < LEVEL_RANK[Level.CONTRIBUTE]:
        return ()
    if what == "handover":
        return (("Strike the note", f"/cases/{case.ref}/strike/handover/{uid}/"),)
    where = f"/cases/{case.ref}/{'notes' if what == 'note' else 'contacts'}/{uid}"
    found = [("Undo", f"{where}/undo/") if can == "undo" else ("Strike", f"{where}/strike/")]
    if what != "note" and CaseStatus(case.status).is_open:
        found.append(("Correct the date", f"{where}/correct/"))
    return tuple(found)
