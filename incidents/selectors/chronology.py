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
from incidents.models import (
    Case,
    CaseGrant,
    ClassificationChange,
    Contact,
    Evidence,
    Incident,
    Note,
    RiskAssessment,
    Task,
)
from incidents.scoping import hidden_sides, in_case
from incidents.selectors.chronology_progress import PROGRESS_WORDS, VICTIMS_PLACES, progress_sources
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
from kernel.prepared import Prepared

PAGE_SIZE = 25

KINDS = {
    "note": "Notes",
    "contact": "Contacts",
    "task": "Tasks",
    "risk": "Risk",
    "evidence": "Evidence",
    "incident": "Incidents",
    "progress": "Plans and events",
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
    actor = in_case(actor, case)
    start = _Mark.parse(after or before)
    if start is not None and start.place not in _places(actor, kind):
        start = None
    backwards = bool(start and before and not after)
    rows = _rows(
        actor,
        case.pk,
        *((start.at, start.pk) if start else ()),
        place=start.place if start else None,
        backwards=backwards,
        kind=kind,
        leads=case.lead_agency_id in actor.agency_ids,
    )
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


@Prepared
def _rows(
    actor: Actor, case_id: int, *start: Any, place: int | None, backwards: bool, kind: str, leads: bool
) -> QuerySet:
    """A page of rows and one more; beyond `start`, a moment and a key, in the source with this place."""
    sources = [source for source in _sources(actor, case_id, leads=leads) if not kind or source.kind == kind]
    mark = None if place is None else _Mark(start[0], place, start[1])
    branches = [_branch(source, mark, backwards) for source in sources]
    if len(branches) < 2:
        return branches[0] if branches else Note.objects.none()
    first, *others = branches
    order = ("moment", "place", "key") if backwards else ("-moment", "-place", "-key")
    return first.union(*others, all=True).order_by(*order)[: PAGE_SIZE + 1]


_PLACES = {
    "note": [1],
    "incident": [2],
    "task": [3, 4],
    "risk": [5],
    "sharing": [6, 7, 8],
    "contact": [9, 10],
    "evidence": [11, 12],
    "progress": [13, 14, 15, 16, 17],
}
"""The places of the sources of each kind, which settle the order of what happened at the same instant."""


def _places(actor: Actor, kind: str) -> list[int]:
    """The places of the sources that an actor reads: a mark from another one is as none."""
    kinds = [kind] if kind else [name for name in _PLACES if name != "contact" or actor.sees_victims]
    return [p for name in kinds for p in _PLACES[name] if actor.sees_victims or p not in VICTIMS_PLACES]


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


def _sources(actor: Actor, case_id: int, *, leads: bool) -> list[_Source]:
    def of_case(model: Any, path: str = "case_id") -> Any:
        return model.objects.visible_to(actor).filter(**{path: case_id})

    def shown(name: str, own: Q) -> Any:
        return text_shown(actor, F("case_id"), F(name), own)

    asked, ended = shown("title", task_asked_by(actor)), shown("outcome", task_closed_by(actor))

    def person(path: str) -> Any:
        return person_told(actor, path)

    incidents, assessments, changes = of_case(Incident), of_case(RiskAssessment), of_case(ClassificationChange)
    tasks, notes = of_case(Task), notes_shown(actor, of_case(Note))
    shares = _shares(actor, of_case(CaseGrant, "content_object_id"))
    evidence = of_case(Evidence)
    sources = [
        _Source(
            "note", "note", 1, notes, "at", person("author"), F("agency__name"), note_text(actor),
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
            purpose_text(actor) if leads else _NOTHING,
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
    sources += [_Source("progress", *row) for row in progress_sources(actor, of_case)]
    if actor.sees_victims:
        sources += _contact_sources(actor, of_case(Contact), shown("note", written_by(actor, "agency")), leads=leads)
    return sources


def note_text(actor: Actor) -> Any:
    """An expression for a note's text as the actor may read it."""
    return text_shown(actor, F("case_id"), F("text"), written_by(actor, "agency"))


def notes_shown(actor: Actor, notes: QuerySet) -> QuerySet:
    """Notes, less those of the other side's own agencies; who may not know victims reads notes of their side alone."""
    if not actor.sees_victims:
        return notes.filter(agency__side=Side.PERPETRATOR)
    return notes.exclude(agency__side__in=hidden_sides(actor))


def _shares(actor: Actor, grants: QuerySet) -> QuerySet:
    """Shares and releases that the actor may know of; their purposes are for the lead agency."""
    grants = grants.filter(source__in=[CaseGrant.Source.SHARE, CaseGrant.Source.MEETING])
    return grants.exclude(agency__side__in=hidden_sides(actor))


def _contact_sources(actor: Actor, contacts: QuerySet, note: Any, *, leads: bool) -> list[_Source]:
    facts = _joined(F("method"), F("direction"), F("result"), F("acknowledgement"), F("victim_id"))
    said = note if leads else _NOTHING
    with_victim = contacts.filter(victim__isnull=False)
    others = contacts.filter(victim__isnull=True)
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
    **PROGRESS_WORDS,
}
