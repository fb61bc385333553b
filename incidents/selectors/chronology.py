"""The chronology of a case: what was reported, noted, said, asked, assessed, decided and shared, in one order.

One query whatever the size of the case: every kind gives at most a page of rows, and the page is cut from their
union. The audit never feeds it (docs/domain.md §8.2).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    F,
    Func,
    IntegerField,
    JSONField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models import Case as Choose
from django.db.models.functions import Cast, Coalesce, Greatest

from agencies.choices import Side
from incidents.choices import (
    LEVEL_RANK,
    Band,
    CaseStatus,
    Channel,
    Classification,
    ContactDirection,
    ContactMethod,
    ContactResult,
    DateField,
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
    FieldCorrection,
    Handover,
    Incident,
    Note,
    RiskAssessment,
    Task,
)
from incidents.rules.repair import REPEAT_EFFECTS
from incidents.scoping import hidden_sides, in_case, is_decider
from incidents.scoping.repair import UndoFrom
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
from kernel.when import moment_text

PAGE_SIZE = 25
FRESH_SHOWN = 50

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
) -> Chronology:
    """A page of what happened in a case that the actor may see. `after` pages to older entries, `before` to newer.

    With `since`, the first page also says what was recorded after that moment, by the very same filters.

    Programme providers see neither contacts nor notes of the victim's side; nobody but the lead agency reads what
    was said to a reporter (docs/domain.md §5.4). One query.
    """
    actor = in_case(actor, case)
    start = _Mark.parse(after or before)
    if start is not None and start.place not in _places(actor, kind):
        start = None
    backwards = bool(start and before and not after)
    asks_fresh = since is not None and start is None and not kind
    found = _rows(
        actor,
        case.pk,
        *((start.at, start.pk) if start else (since,) if asks_fresh else ()),
        place=start.place if start else None,
        backwards=backwards,
        kind=kind,
        leads=case.lead_agency_id in actor.agency_ids,
        fresh=asks_fresh,
    )
    rows, fresh = [row for row in found if not row.fresh], [row for row in found if row.fresh]
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


@Prepared
def _rows(
    actor: Actor, case_id: int, *start: Any, place: int | None, backwards: bool, kind: str, leads: bool, fresh: bool
) -> QuerySet:
    """A page of rows and one more; beyond `start`, a moment and a key, in the source with this place.

    With `fresh`, `start` is a moment: beside the first page stand the rows that were recorded after it.
    """
    if fresh:
        return _with_fresh(_sources(actor, case_id, leads=leads), start[0])
    sources = [source for source in _sources(actor, case_id, leads=leads) if not kind or source.kind == kind]
    mark = None if place is None else _Mark(start[0], place, start[1])
    branches = [_branch(source, mark, backwards) for source in sources]
    if len(branches) < 2:
        return branches[0] if branches else Note.objects.none()
    return _together(branches, PAGE_SIZE + 1, backwards=backwards)


def _together(branches: list[QuerySet], most: int, *, backwards: bool = False, order: str = "moment") -> QuerySet:
    first, *others = branches
    way = "" if backwards else "-"
    names = [f"{way}{name}" for name in (order, "place", "key")]
    return first.union(*others, all=True).order_by(*names)[:most]


def _with_fresh(sources: list[_Source], since: dt.datetime) -> QuerySet:
    """The first page, and what was recorded since: one query, so that the page of a case has no more."""
    page = _together([_branch(source, None, backwards=False) for source in sources], PAGE_SIZE + 1)
    new = [_fresh(source, since) for source in sources]
    recent = _together(new, FRESH_SHOWN + 1, order="recorded")
    return page.union(recent, all=True).order_by("fresh", "-moment", "-place", "-key")


_PLACES = {
    "note": [1],
    "incident": [2, 31],
    "task": [3, 4],
    "risk": [5],
    "sharing": [6, 7, 8, 21],
    "contact": [9, 10, 32],
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
    """One kind of row: where it comes from, when it happened and was recorded, and its columns as texts."""

    kind: str
    name: str
    place: int
    rows: QuerySet
    at: str
    person: Any
    agency: Any
    text: Any
    told: Any
    recorded: Any = None


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
            _struck(actor, "author_id"), Greatest(F("at"), F("struck_at")),
        ),
        _Source(
            "incident", "incident", 2, incidents, "received_at", person("entered_by"),
            agency_told(actor, "reporting_agency"), _NOTHING, _joined(F("ref"), F("channel")), F("entered_at"),
        ),
        _corrections("incident", 31, actor, of_case(FieldCorrection).filter(incident__isnull=False)),
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
        _Source(
            "sharing", "handover", 21, notes_shown(actor, of_case(Handover)), "at", person("by"), F("agency__name"),
            shown("note", written_by(actor, "agency")), _joined(person("from_user"), person("to_user")),
        ),
        _Source(
            "evidence", "evidence", 11, evidence, "added_at", person("added_by"), agency_told(actor, "agency"),
            shown("description", written_by(actor, "agency")), _joined(F("uid"), F("kind")),
        ),
        _Source(
            "evidence", "withdrawn", 12, evidence.filter(withdrawn_at__isnull=False), "withdrawn_at",
            person("withdrawn_by"), _NOTHING, shown("withdrawn_reason", written_by_colleague(actor, "withdrawn_by")), _joined(F("uid"), F("kind")),
        ),
    ]  # fmt: skip
    sources += [_Source("progress", *row) for row in progress_sources(actor, of_case)]
    if actor.sees_victims:
        sources += _contact_sources(actor, of_case(Contact), shown("note", written_by(actor, "agency")), leads=leads)
        sources.append(
            _corrections(
                "contact", 32, actor, of_case(FieldCorrection).filter(contact__isnull=False, contact__struck_at=None)
            )
        )
    return sources


def _struck(actor: Actor, author: str) -> Any:
    """When and by whom a row was struck, its address, and whether the actor may take it back or strike it."""
    fresh = Q(added_at__gt=UndoFrom(), **{author: actor.user_id or 0})
    can = Choose(
        When(struck_at__isnull=False, then=Value("gone")),
        When(fresh, then=Value("undo")),
        When(agency_id__in=actor.agency_ids, then=Value("strike")),
        default=_NOTHING,
        output_field=CharField(),
    )
    return _joined(F("struck_at"), person_told(actor, "struck_by"), F("uid"), can)


def _corrections(kind: str, place: int, actor: Actor, rows: QuerySet) -> _Source:
    """Dates that were corrected: what changed, which deadlines moved, and why."""
    reason = text_shown(actor, F("case_id"), F("reason"), written_by(actor, "agency"))
    told = _joined(F("field"), F("before"), F("after"), Cast(_effects(actor), TextField()))
    agency = agency_told(actor, "agency")
    return _Source(kind, "corrected", place, rows, "at", person_told(actor, "by"), agency, reason, told)


def _effects(actor: Actor) -> Any:
    """An expression for what a correction moved; that a victim is targeted again is for who may know victims."""
    effects: Any = F("effects")
    for said in () if actor.sees_victims else REPEAT_EFFECTS:
        effects = Func(
            effects,
            Cast(Value(said), TextField()),
            template="(%(expressions)s)",
            arg_joiner=" - ",
            output_field=JSONField(),
        )
    return effects


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
    facts = _joined(
        F("method"), F("direction"), F("result"), F("acknowledgement"), F("victim_id"), _struck(actor, "by_id")
    )
    added = Greatest(F("created_at"), F("struck_at"))
    said = note if leads else _NOTHING
    with_victim = contacts.filter(victim__isnull=False)
    others = contacts.filter(victim__isnull=True)
    return [
        _Source(
            "contact", "contact", 9, with_victim, "at", person_told(actor, "by"), F("agency__name"), note, facts, added
        ),
        _Source(
            "contact", "reporter", 10, others, "at", person_told(actor, "by"), F("agency__name"), said, facts, added
        ),
    ]


_COLUMNS = ("what", "place", "moment", "key", "who", "whose", "words", "told", "recorded", "fresh")


def _branch(source: _Source, start: _Mark | None, backwards: bool) -> QuerySet:
    rows = source.rows.order_by()
    if start is not None:
        rows = rows.filter(_beyond(source, start, backwards))
    way = "" if backwards else "-"
    return _columns(source, rows, 0).order_by(f"{way}{source.at}", f"{way}pk")[: PAGE_SIZE + 1]


def _fresh(source: _Source, since: dt.datetime) -> QuerySet:
    """What was recorded since, latest first."""
    rows = _columns(source, source.rows.order_by(), 1)
    return rows.filter(recorded__gt=since).order_by("-recorded", "-pk")[: FRESH_SHOWN + 1]


def _columns(source: _Source, rows: QuerySet, fresh: int) -> QuerySet:
    columns = rows.annotate(
        what=Value(source.name, output_field=CharField()),
        place=Value(source.place, output_field=IntegerField()),
        moment=F(source.at),
        key=Cast(F("pk"), BigIntegerField()),
        who=Cast(source.person, CharField()),
        whose=Cast(source.agency, CharField()),
        words=Cast(source.text, TextField()),
        told=source.told,
        recorded=F(source.at) if source.recorded is None else source.recorded,
        fresh=Value(fresh, output_field=IntegerField()),
    )
    return columns.values_list(*_COLUMNS, named=True)


def _beyond(source: _Source, start: _Mark, backwards: bool) -> Q:
    way = "gt" if backwards else "lt"
    beyond = Q(**{f"{source.at}__{way}": start.at})
    if source.place == start.place:
        return beyond | Q(**{source.at: start.at, f"pk__{way}": start.pk})
    tied = source.place > start.place if backwards else source.place < start.place
    return beyond | Q(**{source.at: start.at}) if tied else beyond


# --- In words -------------------------------------------------------------------------------------


def _entry(case: Case, row: Any, *, strikes: bool) -> Entry:
    told = str(row.told or "").split(_APART)
    kind, title, href = _WORDS[row.what](case, *told)
    return Entry(
        kind=kind,
        at=row.moment,
        title=title,
        by=", ".join(filter(None, (row.who, row.whose))),
        text=row.words or "",
        href=href,
        mark=str(_Mark(row.moment, row.place, row.key)),
        recorded=row.recorded,
        actions=_actions(case, row.what, *told[-2:], strikes=strikes) if row.what in _STRUCK else (),
    )


def _actions(case: Case, what: str, uid: str, can: str, *, strikes: bool) -> tuple[tuple[str, str], ...]:
    """What the reader may do about a note or contact, as words and address; nothing about what was struck."""
    where = f"/cases/{case.ref}/{'notes' if what == 'note' else 'contacts'}/{uid}"
    if can == "gone" or not (can or strikes) or getattr(case, "rank", 0) < LEVEL_RANK[Level.CONTRIBUTE]:
        return ()
    found = [("Undo", f"{where}/undo/") if can == "undo" else ("Strike", f"{where}/strike/")]
    if what != "note" and CaseStatus(case.status).is_open:
        found.append(("Correct the date", f"{where}/correct/"))
    return tuple(found)


_Words = tuple[str, str, str]


_STRUCK = ("note", "contact", "reporter")
"""What can be struck: the last four of their columns say when and by whom they were, their address and what can be done."""


def _struck_words(what: str, at: str, by: str) -> str:
    when = moment_text(dt.datetime.fromisoformat(at))
    return f"A {what} was struck on {when}{f' by {by}' if by else ''}"


def _note(case: Case, struck_at: str, struck_by: str, *_: str) -> _Words:
    return "note", _struck_words("note", struck_at, struck_by) if struck_at else "Note", ""


def _corrected(case: Case, field: str, before: str, after: str, *effects: str) -> _Words:
    old, new = (moment_text(dt.datetime.fromisoformat(value)) for value in (before, after))
    moved = "".join(f"; {effect}" for effect in json.loads(_APART.join(effects) or "[]"))
    kind = "contact" if field == DateField.CONTACT_AT else "incident"
    return kind, f"{DateField(field).label} corrected from {old} to {new}{moved}", ""


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


def _handover(case: Case, before: str, after: str) -> _Words:
    return "sharing", f"Handed over from {before} to {after}" if before else f"Given to {after}", ""


def _unshared(case: Case, agency: str, level: str, source: str) -> _Words:
    return "sharing", f"Sharing with {agency} ended", "#sharing"


def _contact(
    case: Case, method: str, direction: str, result: str, acknowledged: str, victim_id: str, *struck: str
) -> _Words:
    if struck[0]:
        return "contact", _struck_words("contact", *struck[:2]), ""
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
    "handover": _handover,
    "shared": _shared,
    "unshared": _unshared,
    "contact": _contact,
    "reporter": _contact,
    "corrected": _corrected,
    **PROGRESS_WORDS,
}
