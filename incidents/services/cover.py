"""Standing in for a colleague who is away: their tasks, time limits and reminders, and their cases of the OWN tier."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from agencies.choices import Role
from agencies.models import Agency, User
from agencies.services.notice import NoticeData, notices_create
from incidents.models import Cover
from incidents.scoping import is_decider, may_end_cover
from incidents.selectors.allocation import covers_overlapping, works_at
from incidents.services.access import own_refresh
from incidents.services.common import text_check
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_wait
from kernel.errors import ForbiddenError, RuleError
from kernel.when import date_text

NOTE_LIMIT = 300
MOST_DAYS = 366


def cover_set(
    *,
    actor: Actor,
    agency: Agency,
    away: User,
    covering: User,
    starts_on: dt.date,
    ends_on: dt.date,
    note: str = "",
) -> Cover:
    """Let a colleague stand in from one day to another, both included. One sets it for oneself; who decides for the
    agency for anybody there, but not for themself to stand in, unless they are its point of contact. Both are told.

    Raises ForbiddenError, RuleError with the field where the days or the people do not fit. Sent twice, it is set once.
    """
    if agency.pk not in actor.agency_ids or not (away.pk == actor.user_id or is_decider(actor, agency.pk)):
        raise ForbiddenError("You set cover for yourself, or for the people of your own team.")
    note = text_check(note, name="The note", field="note", limit=NOTE_LIMIT, required=False)
    _check_days(starts_on, ends_on)
    _check_people(agency, away, covering)
    _check_not_oneself(actor, agency, covering)
    with transaction.atomic():
        # Two people who set cover at one agency do so in turn.
        advisory_wait(f"cover:{agency.pk}")
        found = list(covers_overlapping(actor, agency.pk, starts_on, ends_on).select_related("away", "covering"))
        for cover in found:
            same = (cover.away_id, cover.covering_id, cover.starts_on, cover.ends_on)
            if same == (away.pk, covering.pk, starts_on, ends_on):
                return cover
        _check_free(found, away, covering)
        cover = Cover(
            agency=agency,
            away=away,
            covering=covering,
            starts_on=starts_on,
            ends_on=ends_on,
            note=note,
            set_by_id=actor.user_id,
            created_at=clock.now(),
        )
        cover.save(force_insert=True)
        detail = {"agency": agency.code, "away": away.pk, "covering": covering.pk}
        detail |= {"from": starts_on.isoformat(), "to": ends_on.isoformat()}
        audit.record(actor, "cover.set", cover, detail=detail)
        _tell(actor, cover, "set", f"from {date_text(starts_on)} to {date_text(ends_on)}")
        _apply(cover)
    return cover


def cover_end(*, actor: Actor, cover: Cover) -> Cover:
    """End cover now, or call it off: who is away, and who decides for the agency. Ended already, it stays as it is."""
    with transaction.atomic():
        held: Cover = (
            Cover.objects.visible_to(actor)
            .select_related("agency", "away", "covering")
            .select_for_update(of=("self",))
            .get(pk=cover.pk)
        )
        if not may_end_cover(actor, held):
            raise ForbiddenError("Who is away, and who decides for the agency, can end cover.")
        if held.ended_at is not None:
            return held
        held.ended_at, held.ended_by_id = clock.now(), actor.user_id
        held.save(update_fields=["ended_at", "ended_by"])
        audit.record(actor, "cover.end", held, detail={"agency": held.agency.code})
        _tell(actor, held, "end", "has ended")
        own_refresh(held.agency_id)
    return held


def covers_apply(*, actor: Actor) -> int:
    """Let the cases of the OWN tier follow the cover that has begun; answers how many. For the sweep."""
    today, done = clock.today_real(), 0
    waiting = Cover.objects.unscoped(reason="cover that begins today").filter(
        ended_at=None, applied_at=None, starts_on__lte=today, ends_on__gte=today
    )
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            cover = waiting.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
            if cover is not None:
                _apply(cover)
                audit.record(actor, "cover.apply", cover, detail={"agency": cover.agency_id})
                done += 1
    return done


def _apply(cover: Cover) -> None:
    # Access follows the database's clock, never a frozen one.
    if cover.starts_on <= clock.today_real():
        own_refresh(cover.agency_id)
        cover.applied_at = clock.now()
        cover.save(update_fields=["applied_at"])


def _check_days(starts_on: dt.date, ends_on: dt.date) -> None:
    if ends_on < starts_on:
        raise RuleError("The last day must be the first day or later.", "ends_on")
    if ends_on < clock.today():
        raise RuleError("The last day must be today or later.", "ends_on")
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise RuleError("Cover can be set for a year at most.", "ends_on")


def _check_people(agency: Agency, away: User, covering: User) -> None:
    if away.pk == covering.pk:
        raise RuleError("Choose somebody else to stand in.", "covering")
    for person, field in ((away, "away"), (covering, "covering")):
        if not works_at(person.pk, agency.pk):
            raise RuleError(f"{person.name} does not work on cases at {agency.name}.", field)


def _check_not_oneself(actor: Actor, agency: Agency, covering: User) -> None:
    """Whoever stands in opens cases that only the agency's own people see: nobody gives that to themself, but for
    points of contact, who see them anyway (docs/domain.md §5.4)."""
    if covering.pk == actor.user_id and not actor.has_role(Role.SPOC, Role.DEPUTY_SPOC, agency_id=agency.pk):
        raise RuleError("You cannot name yourself. Ask who is away, or your single point of contact.", "covering")


def _check_free(found: list[Cover], away: User, covering: User) -> None:
    for cover in found:
        days = f"from {date_text(cover.starts_on)} to {date_text(cover.ends_on)}"
        if cover.away_id == away.pk:
            raise RuleError(f"{cover.covering.name} stands in for {away.name} {days} already. End that first.", "away")
        if cover.away_id == covering.pk:
            raise RuleError(f"{covering.name} is away {days}.", "covering")
        if cover.covering_id == away.pk:
            raise RuleError(f"{away.name} stands in for {cover.away.name} {days}. End that first.", "away")


def _tell(actor: Actor, cover: Cover, what: str, words: str) -> None:
    """Both, in words that name nobody: mails carry references and links alone."""
    said = {cover.covering_id: "You stand in for a colleague", cover.away_id: "A colleague stands in for you"}
    if what == "end":
        said = dict.fromkeys(said, "Cover for leave")
    notices_create(
        NoticeData(user_id, f"cover:{what}:{cover.pk}", "cover", f"{text} {words}", "/cover/")
        for user_id, text in said.items()
        if user_id != actor.user_id
    )
