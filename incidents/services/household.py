"""Who lives together in a case: said of several people at once, and that one of them moved out.

A household is no record of its own: everybody in it lives with everybody else, one tie for each two, so that whoever may
not know one of them still reads the others (docs/domain.md §5.4).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import combinations

from django.db import transaction
from django.db.models import Q

from incidents.choices import Level
from incidents.choices.involved import TieKind
from incidents.models import Case, PersonTie
from incidents.services.common import case_hold, submitted_before
from incidents.services.ties import KnownPerson, people_by_key, ties_end, ties_keep
from kernel.actors import Actor
from kernel.errors import RuleError

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
        keys = list(dict.fromkeys(people))
        if not known.keys() >= set(keys):
            raise RuleError("Select people of this case.", "people")
        ends = [known[key] for key in keys]
        if not 2 <= len(ends) <= MOST_TOGETHER:
            raise RuleError(f"Select 2 to {MOST_TOGETHER} people who live together.", "people")
        missing = [pair for pair in combinations(ends, 2) if not _together(held, *pair)]
        if not missing:
            raise RuleError("This is recorded already.", "people")
        return ties_keep(actor, held, TieKind.LIVES_WITH, missing, submission_id)


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
        ties_end(actor, held, ties)
        return len(ties)


def _together(case: Case, first: KnownPerson, second: KnownPerson) -> bool:
    there = Q(**{f"from_{first[0]}": first[1], f"to_{second[0]}": second[1]})
    back = Q(**{f"from_{second[0]}": second[1], f"to_{first[0]}": first[1]})
    return bool(case.ties.filter(there | back, kind=TieKind.LIVES_WITH, ended_at=None).exists())
