"""The chronology of a case: what was reported, noted, said, asked, assessed, decided and shared, in one order.

One query whatever the size of the case: every kind gives at most a page of rows, and the page is cut from their
union. The audit never feeds it (docs/domain.md §8.2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, CharField, F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from agencies.choices import Side
from incidents.choices import (
    Band,
    Channel,
    Classification,
    ContactDirection,
    ContactMethod,
    ContactResult,
    EvidenceKind,
    Level,
    TaskState,
)
from incidents.models import Case, CaseGrant, Evidence
from incidents.scoping import hidden_sides, in_case, tasks_told
from incidents.selectors.text import (
    agency_told,
    person_told,
    purpose_text,
    task_asked_by,
    task_closed_by,
    text_shown,
    written_by,
    written_by_colleague,
)
from kernel.actors import Actor

PAGE_SIZE = 25

KINDS = {
    "note": "Notes",
    "contact": "Contacts",
    "task": "Tasks",
    "risk": "Risk",
    "evidence": "Evidence",
    "incident": "Incidents",
    "sharing": "Sharing and decisions",
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


@dataclass(frozen=True)
class Chronology:
    """A page of entries, newest first, with the marks of the pages around it."""

    entries: list[Entry] = field(default_factory=list)
    newer: str = ""
    older: str = ""
    kind: str = ""


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


def chronology(*, actor: Actor, case: Case, kind: str = "", after: str = "", before: str = "") -> Chronology:
    """A page of what happened in a case that the actor may see. `after` pages to older entries, `before` to newer.

    Programme providers see neither contacts nor notes of the victim's side; nobody but the lead agency reads what
    was said to a reporter (docs/domain.md §5.4). One query.
    """
    actor, start = in_case(actor, case), _Mark.parse(after or before)
    backwards = bool(start and before and not after)
    sources = [s for s in _sources(actor, case) if not kind or s.kind == kind]
    branches = [_branch(source, start, backwards) for source in sources]
    if not branches:
        return Chronology(kind=kind)
    first, *others = branches
    if others:
        order = ("moment", "place", "key") if backwards else ("-moment", "-place", "-key")
        first = first.union(*others, all=True).order_by(*order)[: PAGE_SIZE + 1]
    rows = list(first)
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    entries = [_entry(case, row) for row in rows]
    return Chronology(
        entries=entries,
        newer=entries[0].mark if entries and (more if backwards else start is not None) else "",
        older=entries[-1].mark if entries and (backwards or more) else "",
        kind=kind,
    )


@dataclass(frozen=True)
class _Source:
    """One kind of row: where it comes from, when it happened, and its columns as texts."""

    kind: str
    name: str
    place: int
    rows: QuerySet
    at: str
    person: Any
    agency: Any
    text: Any
    told: Any


_NOTHING = Value("", output_field=CharField())
_APART = "\x1f"
"""Between the columns of one text: a control character, which no typed text may hold."""


def _joined(*columns: Any) -> Any:
    """Several columns as one text; one that is empty keeps its place."""
    texts = (Coalesce(Cast(column, CharField()), _NOTHING) for column in columns)
    return Func(Value(_APART), *texts, function="concat_ws", output_field=CharField())


def _sources(actor: Actor, case: Case) -> list[_Source]:
    def shown(name: str, own: Q) -> Any:
        return text_shown(actor, F("case_id"), F(name), own)

    asked, ended = shown("title", task_asked_by(actor)), shown("outcome", task_closed_by(actor))

    def person(path: str) -> Any:
        return person_told(actor, path)

    incidents = case.incidents.all()
    assessments = case.risk_assessments.all()
    changes = case.classification_changes.all()
    tasks = tasks_told(case.tasks.all(), actor)
    shares = _shares(actor, case)
    evidence = Evidence.objects.visible_to(actor).filter(case_id=case.pk)
    sources = [
        _Source(
            "note", "note", 1, notes_shown(actor, case), "at", person("author"), F("agency__name"), note_text(actor),
            _NOTHING,
        ),
        _Source(
            "incident", "incident", 2, incidents, "received_at", person("entered_by"),
            agency_told(actor, "reporting_agency"), _NOTHING, _joined(F("ref"), F("channel")),
        ),
        _Source(
            "task", "asked", 3, tasks, "created_at", person("asked_by"), F("asked_by_agency__name"),
            asked, _joined(F("ref"), F("agency__name")),
        ),
        _Source(
            "task", "finished", 4, tasks.filter(closed_at__isnull=False), "closed_at", person("closed_by"),
            F("agency__name"), ended, _joined(F("ref"), F("state"), asked),
        ),
        _Source(
            "risk", "risk", 5, assessments, "assessed_at", person("assessed_by"), _NOTHING,
            F("explanation") if actor.sees_victims else _NOTHING, _joined(F("final_band"), F("uid")),
        ),
        _Source(
            "sharing", "classification", 6, changes, "at", person("by"), _NOTHING,
            shown("reason", written_by_colleague(actor, "by")),
            _joined(F("before"), F("after")),
        ),
        _Source(
            "sharing", "shared", 7, shares, "created_at", person("given_by"), _NOTHING,
            purpose_text(actor) if case.lead_agency_id in actor.agency_ids else _NOTHING,
            _joined(F("agency__name"), F("level"), F("source")),
        ),
        _Source(
            "sharing", "unshared", 8, shares.filter(ended_at__isnull=False), "ended_at", _NOTHING, _NOTHING, _NOTHING,
            _joined(F("agency__name"), F("level"), F("source")),
        ),
        # Whoever is told of a file may know both sides, or wrote these words themselves.
        _Source(
            "evidence", "evidence", 11, evidence, "added_at", person("added_by"), agency_told(actor, "agency"),
            F("description"), _joined(F("uid"), F("kind")),
        ),
        _Source(
            "evidence", "withdrawn", 12, evidence.filter(withdrawn_at__isnull=False), "withdrawn_at",
            person("withdrawn_by"), _NOTHING, F("withdrawn_reason"), _joined(F("uid"), F("kind")),
        ),
    ]  # fmt: skip
    if actor.sees_victims:
        sources += _contact_sources(actor, case, shown("note", written_by(actor, "agency")))
    return sources


def note_text(actor: Actor) -> Any:
    """An expression for a note's text as the actor may read it."""
    return text_shown(actor, F("case_id"), F("text"), written_by(actor, "agency"))


def notes_shown(actor: Actor, case: Case) -> QuerySet:
    """Notes, less those of the other side's own agencies; who may not know victims reads notes of their side alone."""
    if not actor.sees_victims:
        return case.notes.filter(agency__side=Side.PERPETRATOR)
    return case.notes.exclude(agency__side__in=hidden_sides(actor))


def _shares(actor: Actor, case: Case) -> QuerySet:
    """Shares and releases that the actor may know of; their purposes are for the lead agency."""
    grants = case.grants.filter(source__in=[CaseGrant.Source.SHARE, CaseGrant.Source.MEETING])
    return grants.exclude(agency__side__in=hidden_sides(actor))


def _contact_sources(actor: Actor, case: Case, note: Any) -> list[_Source]:
    facts = _joined(F("method"), F("direction"), F("result"), F("acknowledgement"), F("victim_id"))
    said = note if case.lead_agency_id in actor.agency_ids else _NOTHING
    with_victim = case.contacts.filter(victim__isnull=False)
    others = case.contacts.filter(victim__isnull=True)
    return [
        _Source("contact", "contact", 9, with_victim, "at", person_told(actor, "by"), F("agency__name"), note, facts),
        _Source("contact", "reporter", 10, others, "at", person_told(actor, "by"), F("agency__name"), said, facts),
    ]


_COLUMNS = ("what", "place", "moment", "key", "who", "whose", "words", "told")


def _branch(source: _Source, start: _Mark | None, backwards: bool) -> QuerySet:
    rows = source.rows.order_by()
    if start is not None:
        rows = rows.filter(_beyond(source, start, backwards))
    way = "" if backwards else "-"
    columns = rows.annotate(
        what=Value(source.name, output_field=CharField()),
        place=Value(source.place, output_field=IntegerField()),
        moment=F(source.at),
        key=Cast(F("pk"), BigIntegerField()),
        who=Cast(source.person, CharField()),
        whose=Cast(source.agency, CharField()),
        words=Cast(source.text, TextField()),
        told=source.told,
    )
    return columns.order_by(f"{way}{source.at}", f"{way}pk").values_list(*_COLUMNS, named=True)[: PAGE_SIZE + 1]


def _beyond(source: _Source, start: _Mark, backwards: bool) -> Q:
    way = "gt" if backwards else "lt"
    beyond = Q(**{f"{source.at}__{way}": start.at})
    if source.place == start.place:
        return beyond | Q(**{source.at: start.at, f"pk__{way}": start.pk})
    tied = source.place > start.place if backwards else source.place < start.place
    return beyond | Q(**{source.at: start.at}) if tied else beyond


# --- In words -------------------------------------------------------------------------------------


def _entry(case: Case, row: Any) -> Entry:
    kind, title, href = _WORDS[row.what](case, *str(row.told or "").split(_APART))
    by = ", ".join(filter(None, (row.who, row.whose)))
    mark = str(_Mark(row.moment, row.place, row.key))
    return Entry(kind=kind, at=row.moment, title=title, by=by, text=row.words or "", href=href, mark=mark)


_Words = tuple[str, str, str]


def _note(case: Case, *_: str) -> _Words:
    return "note", "Note", ""


def _incident(case: Case, ref: str, channel: str) -> _Words:
    return "incident", f"Incident {ref} reported ({Channel(channel).label.lower()})", f"#{ref}"


def _task_asked(case: Case, ref: str, agency: str) -> _Words:
    return "task", f"Task {ref} for {agency}", f"/tasks/{ref}/"


def _task_finished(case: Case, ref: str, state: str, *title: str) -> _Words:
    return "task", f"Task {TaskState(state).label.lower()}: {' '.join(title)}", f"/tasks/{ref}/"


def _risk(case: Case, band: str, uid: str) -> _Words:
    return "risk", f"Risk assessed: {Band(band).label}", f"/cases/{case.ref}/risk/{uid}/"


def _evidence(case: Case, uid: str, kind: str) -> _Words:
    return "evidence", f"Evidence added: {EvidenceKind(kind).label}", f"/cases/{case.ref}/evidence/{uid}/"


def _withdrawn(case: Case, uid: str, kind: str) -> _Words:
    return "evidence", f"Evidence withdrawn: {EvidenceKind(kind).label}", f"/cases/{case.ref}/evidence/{uid}/"


def _classification(case: Case, before: str, after: str) -> _Words:
    earlier = Classification(before).label.lower()
    return "sharing", f"Classification: {Classification(after).label} (before: {earlier})", ""


def _shared(case: Case, agency: str, level: str, source: str) -> _Words:
    where = "Released to a meeting: " if source == CaseGrant.Source.MEETING else "Shared with "
    return "sharing", f"{where}{agency} ({Level(level).label.lower()})", "#sharing"


def _unshared(case: Case, agency: str, level: str, source: str) -> _Words:
    return "sharing", f"Sharing with {agency} ended", "#sharing"


def _contact(case: Case, method: str, direction: str, result: str, acknowledged: str, victim_id: str = "") -> _Words:
    whom = "the victim" if victim_id else "the reporter"
    how = ContactMethod(method).label.lower()
    if result == ContactResult.ATTEMPT:
        title = f"Tried to reach {whom} ({how})"
    elif direction == ContactDirection.INBOUND:
        title = f"{whom.capitalize()} got in touch ({how})"
    else:
        title = f"In touch with {whom} ({how})"
    return "contact", f"{title}; report acknowledged" if acknowledged == "true" else title, ""


_WORDS: dict[str, Callable[..., tuple[str, str, str]]] = {
    "note": _note,
    "incident": _incident,
    "asked": _task_asked,
    "finished": _task_finished,
    "risk": _risk,
    "evidence": _evidence,
    "withdrawn": _withdrawn,
    "classification": _classification,
    "shared": _shared,
    "unshared": _unshared,
    "contact": _contact,
    "reporter": _contact,
}
