"""Who lives together in a case: said of several people at once, and that one of them moved out.

A household is no record of its own: everybody in it lives with everybody else, one tie for each two, so that whoever may
not know one of them still reads the others (docs/domain.md §5.4).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Q

from agencies.choices import Side
from incidents.choices import Level
from incidents.choices.involved import TieKind
from incidents.models import Case, PersonTie
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from incidents.services.involved import people_by_key
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation

MOST_TOGETHER = 12


def household_add(
    *, actor: Actor, case: Case, people: Sequence[str], submission_id: uuid.UUID | None = None
) -> list[PersonTie]:
    """Say that these people live together; `people` are keys of `people_by_key`. Who lives together already stays so. The
    same `submission_id` twice says it once.

    Raises ForbiddenError below contribute; RuleError for fewer than two, for too many, for somebody whom the actor may
    not know here, and where all of it is recorded already.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        submission_id = submission_id or uuid.uuid4()
        if submitted_before(actor, PersonTie, held, submission_id) is not None:
            return []
        known = people_by_key(actor, held)
        ends = [known.get(key) for key in dict.fromkeys(people)]
        if None in ends:
            raise RuleError("Select people of this case.", "people")
        if not 2 <= len(ends) <= MOST_TOGETHER:
            raise RuleError(f"Select 2 to {MOST_TOGETHER} people who live together.", "people")
        missing = [pair for pair in combinations(ends, 2) if not _together(held, *pair)]
        if not missing:
            raise RuleError("This is recorded already.", "people")
        ties = [_tie(actor, held, *pair) for pair in missing]
        ties[0].submission_id = submission_id
        for tie in ties:
            insert_once(tie)
            detail = {"case": held.ref, "kind": tie.kind}
            audit.record(actor, "tie.add", tie, operation=AuditOperation.COLLECTION, detail=detail, case_id=held.pk)
        case_touch(held)
        return ties


def household_leave(*, actor: Actor, case: Case, who: str) -> int:
    """Say that somebody lives there no more: how many ties of theirs ended. Twice is once.

    Raises ForbiddenError below contribute, RuleError for somebody whom the actor may not know here.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE)
        person = people_by_key(actor, held).get(who)
        if person is None:
            raise RuleError("Select a person of this case.")
        kind, record, _ = person
        theirs = Q(**{f"from_{kind}": record}) | Q(**{f"to_{kind}": record})
        # Of what the actor may know: a tie to somebody of a side that they are not told of stays as it is.
        rows = PersonTie.objects.visible_to(actor).filter(theirs, case=held, kind=TieKind.LIVES_WITH, ended_at=None)
        ties: list[PersonTie] = list(rows.select_for_update(of=("self",)))
        for tie in ties:
            tie.ended_at, tie.ended_by_id = clock.now(), actor.user_id
            tie.save(update_fields=["ended_at", "ended_by"])
            audit.record(actor, "tie.end", tie, detail={"case": held.ref, "kind": tie.kind}, case_id=held.pk)
        if ties:
            case_touch(held)
        return len(ties)


def _together(case: Case, first: Any, second: Any) -> bool:
    there = Q(**{f"from_{first[0]}": first[1], f"to_{second[0]}": second[1]})
    back = Q(**{f"from_{second[0]}": second[1], f"to_{first[0]}": first[1]})
    return bool(case.ties.filter(there | back, kind=TieKind.LIVES_WITH, ended_at=None).exists())


def _tie(actor: Actor, case: Case, first: Any, second: Any) -> PersonTie:
    sides = {first[2], second[2]}
    return PersonTie(
        case=case,
        kind=TieKind.LIVES_WITH,
        needs_victim=Side.VICTIM in sides,
        needs_perpetrator=Side.PERPETRATOR in sides,
        agency_id=agency_acting(actor, case),
        by_id=actor.user_id,
        created_at=clock.now(),
        **{f"from_{first[0]}": first[1], f"to_{second[0]}": second[1]},
    )
