"""Evidence as its readers see it: the list of a case, one file with its custody log.

Whoever may not know of a file finds nothing here: the scope says who that is (docs/permissions.md, "Evidence").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from incidents.choices import CopyState, CustodyKind, EvidenceKind, EvidenceOrigin, MalwareState, ReleasedTo
from incidents.models import Case, CustodyEvent, Evidence
from incidents.rules.evidence import closed_because, copy_missing, redactable
from incidents.scoping import in_case, takes_original, withdraws_evidence
from incidents.selectors.text import agency_told, person_told, text_shown, written_by, written_by_colleague
from kernel.actors import Actor

LIST_LIMIT = 200
CUSTODY_LIMIT = 200


@dataclass(frozen=True)
class EvidenceView:
    """One file as one reader may know it, its words as they may read them: `closed` says why it cannot be opened, `picture` whether the page shows it."""

    row: Evidence
    description: str
    withdrawn_reason: str
    added_by: str
    agency: str
    closed: str
    picture: bool
    picture_waits: str
    downloadable: bool
    download_is_copy: bool
    may_original: bool
    may_withdraw: bool
    may_redact: bool
    may_release: bool

    @property
    def released_to(self) -> str:
        """To whom beside both sides' agencies a redacted copy is shown, in words; nothing for other files."""
        return str(ReleasedTo(self.row.released_to).label) if self.row.redacted_from_id else ""

    @property
    def has_pages(self) -> bool:
        """Whether its pages can be read on a page of ours."""
        return not self.closed and self.row.kind == EvidenceKind.PDF

    @property
    def kind(self) -> EvidenceKind:
        """What kind of file it is."""
        return EvidenceKind(self.row.kind)

    @property
    def malware(self) -> str:
        """What the scanner said, in words."""
        return str(MalwareState(self.row.malware).label)

    @property
    def copy_state(self) -> str:
        """Whether there is a copy without location, in words."""
        return str(CopyState(self.row.copy_state).label)

    @property
    def origin(self) -> str:
        """How it came in, in words."""
        return str(EvidenceOrigin(self.row.origin).label)


@dataclass(frozen=True)
class CustodyLine:
    """One line of a custody log."""

    what: str
    at: dt.datetime
    by: str
    reason: str


def evidence_get(*, actor: Actor, case: Case, uid: Any) -> Evidence:
    """A file of a case from `case_get`, for who may know of it now. One query. Raises Evidence.DoesNotExist."""
    found: Evidence = _rows(actor, case).get(uid=uid)
    return found


def evidence_list(*, actor: Actor, case: Case) -> list[EvidenceView]:
    """The files of a case, newest first, two hundred at most. One query."""
    return [evidence_told(actor, case, row) for row in _rows(actor, case)[:LIST_LIMIT]]


def _rows(actor: Actor, case: Case) -> QuerySet[Evidence]:
    actor = in_case(actor, case)
    rows = Evidence.objects.visible_to(actor).filter(case_id=case.pk)
    return rows.annotate(
        by_told=person_told(actor, "added_by"),
        agency_name=agency_told(actor, "agency"),
        description_shown=_description(actor),
        withdrawn_shown=text_shown(
            actor, F("case_id"), F("withdrawn_reason"), written_by_colleague(actor, "withdrawn_by")
        ),
    )


def _description(actor: Actor) -> Any:
    """An expression for what a file shows: a redacted copy reaches agencies of one side, and its words name people."""
    return text_shown(actor, F("case_id"), F("description"), written_by(actor, "agency"))


def evidence_told(actor: Actor, case: Case, row: Any, *, works: bool = False) -> EvidenceView:
    """One row of `evidence_get` as the actor may use it; `works` where they may contribute to the case. No query."""
    closed = closed_because(malware=row.malware, withdrawn=row.withdrawn_at is not None, scanner=bool(settings.CLAMD))
    waits = copy_missing(kind=row.kind, copy_state=row.copy_state)
    mine, image = row.agency_id in actor.agency_ids, EvidenceKind(row.kind).is_image
    return EvidenceView(
        row=row,
        description=row.description_shown,
        withdrawn_reason=row.withdrawn_shown,
        added_by=row.by_told or "",
        agency=row.agency_name or "",
        closed=closed,
        picture=image and not closed and not waits,
        picture_waits=waits if image and not closed else "",
        downloadable=not closed and (mine or not waits),
        download_is_copy=image and not mine,
        may_original=image and not mine and not closed and takes_original(actor, case, row),
        may_withdraw=works and row.withdrawn_at is None and withdraws_evidence(actor, case, row),
        may_redact=works and not closed and not waits and redactable(row.kind),
        may_release=works and not closed and bool(row.redacted_from_id) and withdraws_evidence(actor, case, row),
    )


def custody_log(*, actor: Actor, case: Case, evidence: Evidence) -> list[CustodyLine]:
    """Who had a file when, newest first, two hundred lines at most. One query."""
    actor = in_case(actor, case)
    rows: Any = CustodyEvent.objects.visible_to(actor).filter(evidence_id=evidence.pk)
    reason = text_shown(actor, F("evidence__case_id"), F("reason"), written_by(actor, "agency"))
    rows = rows.annotate(
        by_told=person_told(actor, "by"), agency_name=agency_told(actor, "agency"), reason_shown=reason
    )
    return [
        CustodyLine(
            what=_what(row),
            at=row.at,
            by=", ".join(filter(None, (row.by_told, row.agency_name))) or "The system",
            reason=row.reason_shown,
        )
        for row in rows[:CUSTODY_LIMIT]
    ]


def _what(row: CustodyEvent) -> str:
    """What was done; that a release was taken back is a line of the same kind."""
    taken_back = row.kind == CustodyKind.RELEASED and row.reason.startswith(f"{ReleasedTo.NOBODY.label}:")
    return "No longer shown to more agencies" if taken_back else str(CustodyKind(row.kind).label)


def evidence_beside(*, actor: Actor, case: Case, evidence: Evidence) -> list[tuple[str, Evidence]]:
    """The file that a redacted copy was made from and the copies of a file, as far as the actor may know of them, with
    what each is to it. One query."""
    rows = Evidence.objects.visible_to(in_case(actor, case)).filter(case_id=case.pk)
    found = rows.filter(Q(pk=evidence.redacted_from_id) | Q(redacted_from_id=evidence.pk)).order_by("pk")
    names = {True: "The file that it was made from", False: "Redacted copy"}
    return [(names[row.pk == evidence.redacted_from_id], row) for row in found]


# --- On the page of the case: part of its own query ---------------------------------------------------------

ROWS_SHOWN = 5
_NAMES = ("uid", "kind", "description", "added_at", "malware", "withdrawn_at", "original_name")


@dataclass(frozen=True)
class EvidenceLine:
    """One file as the page of its case names it."""

    uid: str
    kind: str
    description: str
    added_at: dt.datetime
    agency: str
    state: str
    name: str = ""
    """What the file is called, where it can be opened."""


def evidence_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: their latest files that the actor may know of, one more than is shown."""
    rows = Evidence.objects.visible_to(actor).filter(case_id=OuterRef("pk")).order_by("-added_at", "-pk")
    names = {name: F(name) for name in _NAMES} | {"description": _description(actor)}
    data = JSONObject(agency=agency_told(actor, "agency"), **names)
    return ArraySubquery(rows.values(data=data)[: ROWS_SHOWN + 1])


def evidence_lines(rows: list[Mapping[str, Any]]) -> list[EvidenceLine]:
    """The rows of `evidence_array` in words. No query."""
    return [
        EvidenceLine(
            uid=str(row["uid"]),
            kind=str(EvidenceKind(row["kind"]).label),
            description=row["description"],
            added_at=dt.datetime.fromisoformat(row["added_at"]),
            agency=row["agency"] or "",
            state=_state(row),
            name="" if _state(row) else row["original_name"],
        )
        for row in rows[:ROWS_SHOWN]
    ]


def _state(row: Mapping[str, Any]) -> str:
    """What has to be known before opening it, in words; nothing where it can simply be opened."""
    if row["withdrawn_at"]:
        return "Withdrawn"
    if row["malware"] == MalwareState.INFECTED:
        return "Locked"
    waits = row["malware"] == MalwareState.WAITING or (settings.CLAMD and row["malware"] != MalwareState.CLEAN)
    return "Being checked" if waits else ""
