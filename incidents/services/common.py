"""What every change of a case begins and ends with: the case's lock, the text's limits, in whose name, the trace."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from incidents.choices import LEVEL_RANK, CaseStatus, Level
from incidents.models import Case
from incidents.services.access import access_rebuild, database_now, require_level
from incidents.services.hold import kin_hold
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.words import has_hidden_characters

Row = TypeVar("Row", bound=models.Model)

_SENT_BEFORE = "This page was sent before. Open it again and check what was saved."


def case_hold(
    actor: Actor,
    case: Case,
    level: Level,
    *,
    open_only: bool = True,
    people: bool = False,
    known: Collection[uuid.UUID] = (),
) -> Case:
    """The case's row, locked until the transaction ends, so that two clicks or two people act in turn; with it those among
    which its incidents went, and for `people` the other cases of who stands in it or is `known` and comes: for whoever
    changes who that is, or what stands on all of their cases. Three queries, and a fourth where access to it ends one day.

    Raises Case.DoesNotExist out of scope, ForbiddenError below the level, RuleError where the case is closed.
    """
    kin_hold(case.pk, people=people, known=known)
    rows = Case.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=case.pk)
    held = rows.get()
    if held.access_ends_at is not None and held.access_ends_at <= database_now():
        # Past an end the walls ask each grant anew; a service that ends its own would shut itself out half-way.
        access_rebuild([held.pk])
        held = rows.all().get()
    require_level(actor, held, level)
    if open_only and not CaseStatus(held.status).is_open:
        raise RuleError(shut_words(actor, held))
    return held


def shut_words(actor: Actor, case: Case) -> str:
    """Why nothing can be added to a case that is not open: of one that was joined with another, with which, to who may
    see that one. No query, and one for a joined case."""
    if case.status != CaseStatus.MERGED:
        return f"{case.ref} is closed. Nothing can be added to it."
    into = Case.objects.visible_to(actor).filter(pk=case.merged_into_id).values_list("ref", flat=True).first()
    return f"{case.ref} was joined with {into}. Go on there." if into else f"{case.ref} was joined with another case."


def case_touch(case: Case) -> None:
    """Say that something happened in a case, for those who look at what changed. Its version stays. One query."""
    Case.objects.unscoped(reason="the case that the service holds").filter(pk=case.pk).update(updated_at=clock.now())


def text_check(text: str, *, name: str, field: str, limit: int, required: bool = True) -> str:
    """A text as it is kept: stripped, within its limit, without hidden characters. Raises RuleError for its field."""
    clean = text.strip()
    if required and not clean:
        raise RuleError(f"Enter {name[:1].lower()}{name[1:]}.", field)
    if len(clean) > limit:
        raise RuleError(f"{name} must be {limit:,} characters or fewer.", field)
    if has_hidden_characters(clean):
        raise RuleError(f"{name} has hidden characters that cannot be kept.", field)
    return clean


def text_kept(sent: str, *, stored: str, shown: str, name: str, field: str) -> str:
    """What a changed text is to be, sent by somebody to whom it was `shown`, perhaps with names left out.

    Sent back as it was shown, it stays as it is stored. Raises RuleError where it was changed and names are hidden
    in it: they would be lost, and who took them out would not even know (docs/domain.md §5.4).
    """
    if _words(sent) == _words(shown):
        return stored
    if shown != stored:
        raise RuleError(f"{name} has parts that are not shown to your agency, so you cannot change it.", field)
    return sent


def _words(text: str) -> str:
    # A browser sends a line's end in two characters.
    return text.replace("\r\n", "\n").strip()


def agency_acting(actor: Actor, case: Case) -> int:
    """In the name of which agency a person of several acts in a case: the lead agency, else one that may add to it.

    No query for a person of one agency, else one at most.
    """
    mine = list(actor.agency_ids)
    if len(mine) == 1:
        return mine[0]
    if case.lead_agency_id in mine:
        return case.lead_agency_id
    in_force = Q(starts_at__lte=Now(), ended_at=None) & (Q(until=None) | Q(until__gt=Now()))
    grants = case.grants.filter(in_force, agency_id__in=mine, rank__gte=LEVEL_RANK[Level.CONTRIBUTE])
    return grants.order_by("-rank").values_list("agency_id", flat=True).first() or mine[0]


def submitted_before(actor: Actor, model: type[Row], case: Case, submission_id: uuid.UUID) -> Row | None:
    """What the same page made when it was sent the first time; None for a page sent once. One query.

    Raises RuleError where it made something in another case: a page that was kept open too long.
    """
    earlier = model.objects.visible_to(actor).filter(submission_id=submission_id).first()  # type: ignore[attr-defined]
    if earlier is not None and earlier.case_id != case.pk:
        raise RuleError(_SENT_BEFORE)
    return earlier


def insert_once(row: models.Model) -> None:
    """Insert a row whose submission nobody else has used. Raises RuleError where somebody has."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise RuleError(_SENT_BEFORE) from error
