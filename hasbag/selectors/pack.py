"""Briefing packs: who may know of one, and who may have it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from hasbag.choices import PackState
from hasbag.models import Meeting, Pack
from hasbag.selectors.agenda import case_ids_visible
from kernel.actors import Actor

LIST_LIMIT = 20


@dataclass(frozen=True)
class PackRow:
    """A pack as one actor may know of it. Only who may download it learns its size and digest."""

    ref: str
    meeting_ref: str
    recipient: str
    recipient_code: str
    requested_at: dt.datetime
    state: PackState
    problem: str
    downloadable: bool
    pages: int | None
    sha256: str
    made_at: dt.datetime | None
    mine: bool

    @property
    def waiting(self) -> bool:
        """Whether the worker has still to finish it."""
        return self.state in (PackState.QUEUED, PackState.MAKING)


def pack_row(actor: Actor, ref: str) -> PackRow:
    """One pack by its reference: its state for whoever asked for it, all of it for whoever may download it.

    Raises Pack.DoesNotExist for everybody else, the recipient agency's other people included while one case inside
    is closed to them. Two queries.
    """
    pack = _visible(actor).get(ref=ref)
    row = _rows(actor, [pack])
    if not row:
        raise Pack.DoesNotExist
    return row[0]


def packs_of_meeting(actor: Actor, meeting: Meeting) -> list[PackRow]:
    """The packs of a meeting that the actor may know of, newest first, twenty at most. Two queries."""
    return _rows(actor, _visible(actor).filter(meeting=meeting)[:LIST_LIMIT])


def pack_for_download(actor: Actor, meeting: Meeting, ref: str = "") -> Pack:
    """A finished pack that the actor may download now: of the actor's own agency, every case inside visible to them.

    Without a reference the latest such pack. Raises Pack.DoesNotExist otherwise, whatever the reason. Two queries.
    """
    found = _visible(actor).filter(meeting=meeting, state=PackState.READY, recipient_id__in=actor.agency_ids)
    if ref:
        found = found.filter(ref=ref)
    packs = list(found)
    seen = _cases_seen(actor, packs)
    for pack in packs:
        if seen.issuperset(pack.case_ids):
            return pack
    raise Pack.DoesNotExist


def _visible(actor: Actor) -> QuerySet[Pack]:
    return Pack.objects.visible_to(actor).select_related("recipient", "meeting").order_by("-requested_at", "-pk")


def _cases_seen(actor: Actor, packs: Iterable[Pack]) -> set[int]:
    return case_ids_visible(actor, sorted({case_id for pack in packs for case_id in pack.case_ids}))


def _rows(actor: Actor, packs: Iterable[Pack]) -> list[PackRow]:
    """Unfinished packs, and those of other agencies, are shown to who asked for them alone; finished ones of the
    actor's own agency only while they may be downloaded. A pack that came and went would tell of a case."""
    listed = list(packs)
    seen = _cases_seen(actor, listed)
    rows = []
    for pack in listed:
        mine = pack.requested_by_id is not None and pack.requested_by_id == actor.user_id
        downloadable = (
            pack.state == PackState.READY and pack.recipient_id in actor.agency_ids and seen.issuperset(pack.case_ids)
        )
        closed = pack.state == PackState.READY and pack.recipient_id in actor.agency_ids and not downloadable
        if downloadable or (mine and not closed):
            rows.append(_row(pack, mine, downloadable))
    return rows


def _row(pack: Pack, mine: bool, downloadable: bool) -> PackRow:
    return PackRow(
        ref=pack.ref,
        meeting_ref=pack.meeting.ref,
        recipient=pack.recipient.name,
        recipient_code=pack.recipient.code,
        requested_at=pack.requested_at,
        state=PackState(pack.state),
        problem=pack.problem,
        downloadable=downloadable,
        pages=pack.pages if downloadable else None,
        sha256=pack.sha256 if downloadable else "",
        made_at=pack.made_at if downloadable else None,
        mine=mine,
    )
