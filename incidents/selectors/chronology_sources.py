"""Where the chronology of a case comes from: each kind of row, as far as its reader may know of it (docs/domain.md §5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, Func, JSONField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.db.models.lookups import GreaterThan

from agencies.choices import Side
from incidents.choices import HOMES, FactField, FieldGroup
from incidents.models import (
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
from incidents.scoping import hidden_sides
from incidents.scoping.repair import UndoFrom
from incidents.selectors.chronology_changes import change_sources
from incidents.selectors.chronology_moves import move_sources
from incidents.selectors.chronology_progress import VICTIMS_PLACES, progress_sources
from incidents.selectors.text import (
    agency_told,
    person_told,
    purpose_text,
    task_asked_by,
    text_shown,
    written_by,
    written_by_colleague,
)
from kernel.actors import Actor

_PLACES = {
    "note": [1],
    "incident": [2, 31],
    "task": [3, 4],
    "risk": [5],
    "sharing": [6, 7, 8, 21, 22, 23],
    "contact": [9, 10, 32],
    "evidence": [11, 12, 26, 34],
    "progress": [13, 14, 15, 16, 17, 33],
    "change": [24],
}
"""The places of the sources of each kind, which settle the order of what happened at the same instant."""

KIND_OF_PLACE = {place: kind for kind, places in _PLACES.items() for place in places}


def places(actor: Actor, kind: str) -> list[int]:
    """The places of the sources that an actor reads: a mark from another one is as none."""
    kinds = [kind] if kind else [name for name in _PLACES if name != "contact" or actor.sees_victims]
    return [p for name in kinds for p in _PLACES[name] if actor.sees_victims or p not in VICTIMS_PLACES]


@dataclass(frozen=True)
class Source:
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


NOTHING = Value("", output_field=CharField())
APART = "\x1f"
"""Between the columns of one text: a control character, which no typed text may hold."""


def _joined(*columns: Any) -> Any:
    """Several columns as one text; one that is empty keeps its place."""
    texts = (Coalesce(Cast(column, CharField()), NOTHING) for column in columns)
    return Func(Value(APART), *texts, function="concat_ws", output_field=CharField())


@dataclass(frozen=True)
class Standing:
    """What of a reader's standing in a case decides about single texts: whether their agency leads it, and whether they
    are shown how to reach its victims, and who is trans. Each 1 or 0, as a value in the query rather than a text of its own.
    """

    leads: int = 0
    contact: int = 0
    trans: int = 0


def _if(standing: int) -> GreaterThan:
    return GreaterThan(Value(standing), Value(0))


def sources_of(actor: Actor, case_id: int, standing: Standing, *, kind: str = "") -> list[Source]:
    """Everything that happened in a case, kind by kind, or of one kind, as far as the actor may know of it. No query."""

    def for_lead(text: Any) -> Any:
        return Choose(When(_if(standing.leads), then=text), default=Value(""), output_field=TextField())

    def of_case(model: Any, path: str = "case_id") -> Any:
        return model.objects.visible_to(actor).filter(**{path: case_id})

    def shown(name: str, own: Q) -> Any:
        return text_shown(actor, F("case_id"), F(name), own)

    asked = shown("title", task_asked_by(actor))

    def person(path: str) -> Any:
        return person_told(actor, path)

    def agency(path: str) -> Any:
        return agency_told(actor, path)

    incidents, assessments, changes = of_case(Incident), of_case(RiskAssessment), of_case(ClassificationChange)
    tasks, notes = of_case(Task), notes_shown(actor, of_case(Note))
    shares = _shares(actor, of_case(CaseGrant, "content_object_id"))
    evidence = of_case(Evidence)
    sources = [
        Source(
            "note", "note", 1, notes, "at", person("author"), agency("agency"), note_text(actor),
            _struck(actor, "author_id"), Greatest(F("at"), F("struck_at")),
        ),
        Source(
            "incident", "incident", 2, incidents, "received_at", person("entered_by"),
            agency("reporting_agency"), NOTHING, _joined(F("ref"), F("channel")), F("entered_at"),
        ),
        Source(
            "task", "asked", 3, tasks, "created_at", person("asked_by"), F("asked_by_agency__name"),
            asked, _joined(F("ref"), F("agency__name")),
        ),
        Source(
            "risk", "risk", 5, assessments, "assessed_at", person("assessed_by"), NOTHING,
            F("explanation") if actor.sees_victims else NOTHING, _joined(F("final_band"), F("uid")),
        ),
        Source(
            "sharing", "classification", 6, changes, "at", person("by"), NOTHING,
            shown("reason", written_by_colleague(actor, "by")),
            _joined(F("before"), F("after")),
        ),
        Source(
            "sharing", "shared", 7, shares, "created_at", person("given_by"), NOTHING,
            for_lead(purpose_text(actor)),
            _joined(agency("agency"), F("level"), F("source")),
        ),
        Source(
            "sharing", "unshared", 8, shares.filter(ended_at__isnull=False), "ended_at", NOTHING, NOTHING, NOTHING,
            _joined(agency("agency"), F("level"), F("source")),
        ),
        Source(
            "sharing", "handover", 21, notes_shown(actor, of_case(Handover)), "at", person("by"), agency("agency"),
            shown("note", written_by(actor, "agency")),
            _joined(person("from_user"), person("to_user"), _struck(actor)), Greatest(F("at"), F("struck_at")),
        ),
        Source(
            "evidence", "evidence", 11, evidence, "added_at", person("added_by"), agency("agency"),
            shown("description", written_by(actor, "agency")), _joined(F("uid"), F("kind")),
        ),
        Source(
            "evidence", "withdrawn", 12, evidence.filter(withdrawn_at__isnull=False), "withdrawn_at",
            person("withdrawn_by"), NOTHING, shown("withdrawn_reason", written_by_colleague(actor, "withdrawn_by")), _joined(F("uid"), F("kind")),
        ),
    ]  # fmt: skip
    sources += [Source("progress", *row) for row in progress_sources(actor, of_case)]
    for *row, columns in [*move_sources(actor, of_case), *change_sources(actor, of_case)]:
        parts: tuple[Any, ...] = (KIND_OF_PLACE[row[1]], *row, _joined(*columns))
        sources.append(Source(*parts))
    if actor.sees_victims:
        note = shown("note", written_by(actor, "agency"))
        sources += _contact_sources(actor, of_case(Contact), note, for_lead(note))
    sources += _corrections(actor, of_case(FieldCorrection), kind, standing)
    return sources


_CORRECTED = {
    "incident": (31, Q(incident__isnull=False)),
    "contact": (32, Q(contact__isnull=False, contact__struck_at=None)),
    "progress": (
        33,
        Q(event__isnull=False, event__struck_at=None)
        | Q(plan__isnull=False, plan__struck_at=None)
        | Q(referral__isnull=False, referral__struck_at=None),
    ),
    "evidence": (34, Q(evidence__isnull=False)),
}
"""What was corrected of each kind, with the place of its source."""


def _corrections(actor: Actor, rows: QuerySet, kind: str, standing: Standing) -> list[Source]:
    """What was corrected: of one kind, or of all as one source, which costs the page of a case least."""
    if kind:
        return [_correction(kind, *_CORRECTED[kind], actor, rows, standing)] if kind in _CORRECTED else []
    told = [wanted for name, (_, wanted) in _CORRECTED.items() if name != "contact" or actor.sees_victims]
    return [_correction("incident", 31, reduce(or_, told), actor, rows, standing)]


def _struck(actor: Actor, author: str = "") -> Any:
    """When and by whom a row was struck, its address, and whether the actor may take it back or strike it. `author`
    leads to who may take it back; nobody may where there is none."""
    fresh = [When(added_at__gt=UndoFrom(), **{author: actor.user_id or 0}, then=Value("undo"))] if author else []
    can = Choose(
        When(struck_at__isnull=False, then=Value("gone")),
        *fresh,
        When(agency_id__in=actor.agency_ids, then=Value("strike")),
        default=NOTHING,
        output_field=CharField(),
    )
    return _joined(F("struck_at"), person_told(actor, "struck_by"), F("uid"), can)


def _correction(kind: str, place: int, wanted: Q, actor: Actor, rows: QuerySet, standing: Standing) -> Source:
    """What was corrected: what it said, what it says, which deadlines moved, and why. What was added to an account
    stands before the reason."""
    rows = rows.filter(wanted)
    own = written_by(actor, "agency")
    added = When(field=FactField.ACCOUNT, then=Concat(F("words_after"), Value("\n"), F("reason")))
    said = Choose(added, default=F("reason"), output_field=TextField())
    reason = text_shown(actor, F("case_id"), said, own)
    words = [_fact(actor, name, own, standing) for name in ("words_before", "words_after")]
    about = (F("field"), F("before"), F("after"), F("incident__ref"), F("cause"))
    told = _joined(*about, *words, Cast(_effects(actor), TextField()))
    agency = agency_told(actor, "agency")
    return Source(kind, "corrected", place, rows, "at", person_told(actor, "by"), agency, reason, told)


def _fact(actor: Actor, name: str, own: Q, standing: Standing) -> Any:
    """An expression for what a corrected fact said or says: nothing for who is not shown the fact itself.

    Where somebody lives, or lived by what was recorded, is told with how to reach the victim.
    """
    lived = Q(field=FactField.PLACE, incident__place_type__in=HOMES)
    told = (Q(group="") & ~lived) | (
        Q(_if(standing.contact)) & (Q(group=FieldGroup.VICTIM_CONTACT) | lived & Q(group=""))
    )
    told |= Q(_if(standing.trans)) & Q(group=FieldGroup.TRANS_STATUS)
    words = text_shown(actor, F("case_id"), F(name), own)
    return Choose(When(~Q(field=FactField.ACCOUNT) & told, then=words), default=Value(""), output_field=TextField())


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


def _contact_sources(actor: Actor, contacts: QuerySet, note: Any, said: Any) -> list[Source]:
    facts = _joined(
        F("method"), F("direction"), F("result"), F("acknowledgement"), F("victim_id"), _struck(actor, "by_id")
    )
    added = Greatest(F("created_at"), F("struck_at"))
    by, whose = person_told(actor, "by"), agency_told(actor, "agency")

    def source(name: str, place: int, rows: QuerySet, words: Any) -> Source:
        return Source("contact", name, place, rows, "at", by, whose, words, facts, added)

    return [
        source("contact", 9, contacts.filter(victim__isnull=False), note),
        source("reporter", 10, contacts.filter(victim__isnull=True), said),
    ]
