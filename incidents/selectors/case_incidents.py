"""The incidents of a case in words, as one reader may see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from incidents.choices import (
    HOMES,
    Behaviour,
    Channel,
    FactField,
    FieldGroup,
    PerceivedBy,
    PlaceType,
    Priority,
    ReporterKind,
    Strand,
    sub_label,
)
from incidents.models import Case, Characteristic, FieldCorrection, Incident
from incidents.rules.triage import reasons_told, safety_told, suggested_by
from incidents.selectors.online import NOTHING, OnlineView, account_array, online_view, post_array
from incidents.selectors.text import agency_told, text_shown, written_by
from kernel.actors import Actor
from kernel.keyset import KeysetPage, KeysetWindow, keyset_rows
from kernel.prepared import Prepared
from kernel.when import moment_text
from victims.selectors import Row

PAGE_SIZE = 5


@dataclass(frozen=True)
class ReporterView:
    """Who reported. `contact` is empty where they asked not to be contacted."""

    kind: str
    name: str
    contact: str
    no_contact: bool

    @property
    def rows(self) -> list[Row]:
        """As a page lists it."""
        return [
            ("Reported by", code_label(ReporterKind, self.kind)),
            ("Name", self.name),
            ("Contact", "Asked for no contact" if self.no_contact else self.contact),
        ]


@dataclass(frozen=True)
class PriorityView:
    """How urgent a report was found when it was taken: what was said about safety, what the rule suggested and why, and
    what whoever logged it chose instead and why (docs/domain.md §2.6)."""

    safety: list[str]
    suggested: str = ""
    reasons: tuple[str, ...] = ()
    chosen: str = ""
    reason: str = ""

    @property
    def stands_out(self) -> bool:
        """Whether it has to be known beside the priority: it was urgent, or whoever logged it thought otherwise."""
        return bool(self.chosen) or self.suggested == Priority.P1.label

    @property
    def rows(self) -> list[Row]:
        """As a page lists it: nothing of what there is nothing to say of."""
        listed = [
            ("Safety, as reported", "\n".join(self.safety)),
            ("Priority suggested", "\n".join(filter(None, (self.suggested, *self.reasons)))),
            ("Priority set when it was logged", "\n".join(filter(None, (self.chosen, self.reason)))),
        ]
        return [row for row in listed if row[1]]


@dataclass(frozen=True)
class Addition:
    """What was added to the account of what happened: it stands beside it, and overwrites nothing."""

    words: str
    told: str


@dataclass(frozen=True)
class IncidentView:
    """One incident in words. `reporter` is None for everybody but a lead agency that may know victims, and for it too
    while its source is protected: then `reporter_hidden` says so; `source_protected` says it too once shown. `place_hidden` says that the place is somebody's home
    and left out. `reporting_agency` is empty for those who are not told of agencies of its side.
    """

    ref: str
    row: Incident
    happened: str
    narrative: str
    strands: list[str]
    behaviours: list[str]
    perceived_by: str
    channel: str
    place: list[Row]
    reporter: ReporterView | None
    reporting_agency: str
    urgency: PriorityView
    reporter_hidden: bool = False
    source_protected: bool = False
    place_hidden: bool = False
    same_as: str = ""
    online: OnlineView = NOTHING
    additions: tuple[Addition, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """What a page lists beneath the narrative."""
        listed: list[Row] = [
            ("Reports again", self.same_as),
            *self.urgency.rows,
            ("Aimed at", "\n".join(self.strands)),
            ("What was done", ", ".join(self.behaviours)),
            *self.place,
            *self.online.rows,
            ("Perceived as hate by", self.perceived_by),
            *(self.reporter.rows if self.reporter else []),
            ("Reported by", "Somebody other than the victim" if self.reporter_hidden else ""),
            ("Reported to", self.reporting_agency),
            ("How it was reported", self.channel.capitalize()),
        ]
        return [entry for entry in listed if entry[1]]


def incidents_page(actor: Actor, case: Case, *, older: str = "", newer: str = "") -> KeysetPage:
    """A page of a case's incidents, latest first, each with `narrative_shown`, `aimed_at`, `same_as_ref`,
    `reported_to`, what was added to what happened, and what is known of something online.

    One query.
    """
    window = KeysetWindow.of("occurred_from", size=PAGE_SIZE, descending=True, after=older, before=newer)
    return window.page(_incidents(actor, case.pk, *window.start, down=window.down))


@Prepared
def _incidents(actor: Actor, case_id: int, *start: Any, down: bool) -> QuerySet[Incident]:
    aimed_at = (
        Characteristic.objects.visible_to(actor)
        .filter(incident_id=OuterRef("pk"))
        .order_by("pk")
        .values(data=JSONObject(code="code", sub="sub", other="other", by_association="by_association"))
    )
    rows = (
        Incident.objects.visible_to(actor)
        .filter(case_id=case_id)
        .select_related("district")
        .annotate(
            narrative_shown=text_shown(actor, F("case_id"), F("narrative"), written_by(actor, "reporting_agency")),
            set_reason_shown=set_reason_shown(actor),
            aimed_at=ArraySubquery(aimed_at),
            same_as_ref=F("same_as__ref"),
            reported_to=agency_told(actor, "reporting_agency"),
            addition_rows=_additions(actor),
            post_rows=post_array(actor),
            account_rows=account_array(actor),
        )
    )
    return keyset_rows(rows, *start, moment="occurred_from", size=PAGE_SIZE, down=down)


def set_reason_shown(actor: Actor) -> Any:
    """An expression for why whoever logged an incident chose another priority, as the actor may read it."""
    return text_shown(actor, F("case_id"), F("priority_set_reason"), written_by(actor, "reporting_agency"))


def _additions(actor: Actor) -> ArraySubquery:
    rows = FieldCorrection.objects.visible_to(actor).filter(incident_id=OuterRef("pk"), field=FactField.ACCOUNT)
    words = text_shown(actor, F("case_id"), F("words_after"), written_by(actor, "agency"))
    told = JSONObject(words=words, at="at", whose=agency_told(actor, "agency"))
    return ArraySubquery(rows.order_by("at", "pk").values(data=told))


def place_told(actor: Actor, row: Incident, shown: frozenset[str]) -> bool:
    """Whether a reader (as they are in the case) who is shown these groups is told where an incident was. No query.

    Those who may not know the victim are not told the place, which may be the victim's home; nor, where it is one, are
    those who are not shown how to reach the victim.
    """
    home = row.place_type in HOMES and FieldGroup.VICTIM_CONTACT not in shown
    return actor.sees_victims and not home


def incident_view(actor: Actor, case: Case, row: Any, *, shown: frozenset[str]) -> IncidentView:
    """One incident in words, for a row of `incidents_page` and a reader who is shown these groups of fields."""
    told = actor.sees_victims and case.lead_agency_id in actor.agency_ids
    source = told and _protected(row)
    protected = source and FieldGroup.REPORTER_IDENTITY not in shown
    told_place = place_told(actor, row, shown)
    return IncidentView(
        ref=row.ref,
        row=row,
        happened=_happened(row),
        narrative=row.narrative_shown,
        strands=[aimed_at(entry) for entry in row.aimed_at],
        behaviours=[code_label(Behaviour, value) for value in row.behaviours],
        # Of anti-social behaviour nobody believes that it was hate.
        perceived_by=code_label(PerceivedBy, row.perceived_by) if row.aimed_at else "",
        channel=Channel(row.channel).told,
        place=_place(row, told=told_place),
        reporter=_reporter(row, shown) if told and not protected else None,
        reporting_agency=row.reported_to,
        urgency=urgency_view(actor, row),
        reporter_hidden=protected,
        source_protected=source,
        place_hidden=actor.sees_victims and not told_place and bool(row.location or row.postcode),
        same_as=getattr(row, "same_as_ref", None) or "",
        online=online_view(actor, case, row.post_rows, row.account_rows, shown),
        additions=tuple(_addition(entry) for entry in row.addition_rows),
    )


def urgency_view(actor: Actor, row: Any) -> PriorityView:
    """How urgent a report was found, for a row with `set_reason_shown` and a reader as they are in the case. No query."""
    suggested = suggested_by(row.priority_reasons)
    return PriorityView(
        safety=safety_told(row.triage_answers, knows_victims=actor.sees_victims),
        suggested=str(suggested.label) if suggested else "",
        reasons=tuple(reasons_told(row.priority_reasons, knows_victims=actor.sees_victims)),
        chosen=code_label(Priority, row.priority_set) if row.priority_set else "",
        reason=row.set_reason_shown,
    )


def _addition(entry: dict[str, Any]) -> Addition:
    by = f" by {entry['whose']}" if entry["whose"] else ""
    return Addition(entry["words"], f"Added on {moment_text(dt.datetime.fromisoformat(entry['at']))}{by}")


def code_label(choices: Any, value: str) -> str:
    """A code in words; itself where a later vocabulary no longer has it."""
    try:
        return str(choices(value).label)
    except ValueError:
        return value


def aimed_at(entry: dict[str, Any]) -> str:
    """A characteristic in words."""
    sub = sub_label(entry["code"], entry["sub"]) if entry["sub"] else ""
    detail = ", ".join(filter(None, (sub, entry["other"], "by association" if entry["by_association"] else "")))
    name = str(Strand(entry["code"]).label)
    return f"{name}: {detail}" if detail else name


def _happened(row: Incident) -> str:
    text = moment_text(row.occurred_from)
    if row.ongoing:
        return f"Since {text}, still going on"
    return f"{text} to {moment_text(row.occurred_to)}" if row.occurred_to else text


def _place(row: Incident, *, told: bool) -> list[Row]:
    """Where it happened, in full for those who are `told`."""
    rows = [("Kind of place", code_label(PlaceType, row.place_type)), ("District", row.district.name)]
    if told:
        rows.insert(0, ("Place", ", ".join(filter(None, (row.location, row.postcode)))))
    return [entry for entry in rows if entry[1]]


def _protected(row: Incident) -> bool:
    """Whether there is a source to protect: somebody other than the victim who is not anonymous."""
    if row.reporter_kind == ReporterKind.VICTIM:
        return False
    return row.reporter_kind != ReporterKind.ANONYMOUS or bool(row.reporter_name or row.reporter_contact)


def _reporter(row: Incident, shown: frozenset[str]) -> ReporterView:
    """Who reported. How to reach a victim who reported is told to those who are shown how to reach victims."""
    told = row.reporter_kind != ReporterKind.VICTIM or FieldGroup.VICTIM_CONTACT in shown
    contact = row.reporter_contact if told and not row.reporter_no_contact else ""
    return ReporterView(row.reporter_kind, row.reporter_name, contact, row.reporter_no_contact)


def somebody_else_reported(case: Case) -> bool:
    """Whether an incident of a case was reported by somebody other than its victim, who left a way to answer.

    One query.
    """
    return case.incidents.exclude(reporter_kind__in=[ReporterKind.VICTIM, ReporterKind.ANONYMOUS]).exists()
